"""kill -9 of web, database and worker while counters all over the province file: nothing acknowledged is lost or doubled."""

import json
import os
import signal
import threading
import time
from collections import Counter as Tally
from dataclasses import dataclass, field

import pytest

from bench.counters import Counter, Line, send
from tests.platform import ROOT, Platform

pytestmark = pytest.mark.faults
UNITS, DRAFTS, THREADS = 12, 200, 4

# What the records say afterwards, read inside the installation.
LOOK = """
import json, sys
from django.db import connection
from langbiang.foundation.events.registry import subscribers_of
from langbiang.government.cases.models import ActionKey, Case
from langbiang.government.cases.services import intake
from langbiang.foundation.numbering.models import Counter
from datetime import datetime

def all_rows(sql):
    with connection.cursor() as cursor:
        cursor.execute(sql)
        return cursor.fetchall()

days = {(c.register.split(":")[1], datetime.strptime(c.period, "%y%m%d").date()) for c in
        Counter.objects.filter(register__startswith="case:")}
print(json.dumps({
    "case_of": {k.key.partition(":")[2]: k.case_id for k in ActionKey.objects.filter(action="file_at_counter")},
    "cases": Case.objects.count(),
    "codes": list(Case.objects.filter(code__isnull=False).values_list("code", flat=True)),
    "gaps": {f"{u} {d}": intake.gaps(u, d) for u, d in days if intake.gaps(u, d)},
    "accepted_events": all_rows("SELECT (payload->>'case_id')::bigint, count(*) FROM events_event"
                                " WHERE name = 'cases.accepted' GROUP BY 1"),
    "notices": all_rows("SELECT link, count(*) FROM notifications_notice"
                       " WHERE event = 'cases.accepted' AND channel = 'in_app' GROUP BY 1"),
    "receipts": all_rows("SELECT (e.payload->>'case_id')::bigint, r.subscriber, count(*) FROM events_event e"
                         " JOIN events_receipt r ON r.event_id = e.id WHERE e.name = 'cases.accepted' GROUP BY 1, 2"),
    "subscribers": sorted(subscribers_of("cases.accepted")),
    "jobs": all_rows("SELECT status::text, count(*) FROM procrastinate_jobs WHERE queue_name = 'events' GROUP BY 1"),
    "forms": all_rows("SELECT case_id, count(*) FROM cases_issuedform WHERE form_no = '01' GROUP BY 1"),
}))
"""


@dataclass
class Filed:
    """What the people at the counters were told."""

    acknowledged: dict[str, int | None] = field(default_factory=dict)
    broken: int = 0
    odd: list[str] = field(default_factory=list)


def file_all(platform: Platform, counters: list[Counter], filed: Filed, stop_at: float) -> None:
    """Send each draft until it is acknowledged, as a person would press the button again."""
    line = Line(platform.port, timeout=10)
    waiting = [(counter, draft) for counter in counters for draft in counter.drafts]
    while waiting and time.monotonic() < stop_at:
        counter, draft = waiting.pop(0)
        try:
            answer = send(line, counter, draft)
        except OSError:
            filed.broken += 1
            waiting.append((counter, draft))
            time.sleep(0.2)
            continue
        if answer.status == 302 and answer.location.startswith(("/work/counter/done/", "/work/")):
            filed.acknowledged[draft] = answer.case_id
        elif answer.status >= 500:
            filed.broken += 1
            waiting.append((counter, draft))
            time.sleep(0.2)
        else:
            filed.odd.append(f"{answer.status} {answer.location}")


def kill(pids: list[int]) -> None:
    """kill -9, as the machine does when memory runs out."""
    assert pids
    for pid in pids:
        os.kill(pid, signal.SIGKILL)


def postmaster(platform: Platform) -> int:
    return int((platform.home / "database" / "postmaster.pid").read_text().splitlines()[0])


def look(platform: Platform) -> dict:
    return json.loads(platform.ask(LOOK))


def wait_until_quiet(platform: Platform, seconds: float = 180) -> dict:
    """Wait for the worker to have handed over every event."""
    deadline = time.monotonic() + seconds
    while True:
        found = look(platform)
        if not found["jobs"] or time.monotonic() > deadline:
            return found
        time.sleep(1)


def prepare(platform: Platform, drafts: int, seed: int) -> list[Counter]:
    done = platform.ask(
        f"import json, sys; sys.path.insert(0, {str(ROOT)!r})\n"
        "from dataclasses import asdict\nfrom bench.counters import prepare\n"
        f"print(json.dumps([asdict(c) for c in prepare(drafts={drafts}, units={UNITS}, seed={seed})]))"
    )
    return [Counter(**row) for row in json.loads(done)]


def assert_nothing_lost_or_doubled(found: dict, filed: Filed, drafts: list[str]) -> None:
    assert not filed.odd
    assert set(filed.acknowledged) == set(drafts), "somebody never got an answer"
    case_of = found["case_of"]
    lost = [draft for draft in drafts if not case_of.get(draft)]
    assert not lost, "an acknowledged filing has no case"
    told_otherwise = [d for d, case in filed.acknowledged.items() if case is not None and case != case_of[d]]
    assert not told_otherwise
    made = [case_of[draft] for draft in drafts]
    assert len(set(made)) == len(made), "one case stands for two filings"
    assert [code for code, n in Tally(found["codes"]).items() if n > 1] == []
    assert found["gaps"] == {}
    events, forms = dict(found["accepted_events"]), dict(found["forms"])
    assert {case: events.get(case) for case in made if events.get(case) != 1} == {}
    assert {case: forms.get(case) for case in made if forms.get(case) != 1} == {}


def test_kill_of_web_and_database_loses_and_doubles_nothing(platform: Platform) -> None:
    counters = prepare(platform, DRAFTS, seed=1)
    before = look(platform)["cases"]
    filed, begun = Filed(), time.monotonic()
    threads = [
        threading.Thread(target=file_all, args=(platform, counters[n::THREADS], filed, begun + 75))
        for n in range(THREADS)
    ]
    for thread in threads:
        thread.start()

    def wait_for(share: float) -> None:
        while len(filed.acknowledged) < share * DRAFTS and any(t.is_alive() for t in threads):
            time.sleep(0.02)

    wait_for(0.15)
    kill(platform.pids("granian"))
    wait_for(0.4)
    kill([postmaster(platform)])
    wait_for(0.7)
    kill([platform.pids("granian")[-1]])  # one web process of two
    for thread in threads:
        thread.join()
    platform.wait(30)

    assert filed.broken > 0, "nobody felt the kills"
    drafts = [draft for counter in counters for draft in counter.drafts]
    found = look(platform)
    assert_nothing_lost_or_doubled(found, filed, drafts)
    assert found["cases"] == before + len(drafts)
    verified = platform.run("audit", "verify", check=False)
    assert verified.returncode == 0, verified.stdout

    # Everything is sent once more, as by somebody who never saw the answer.
    line = Line(platform.port)
    for counter in counters:
        for draft in counter.drafts[:6]:
            assert send(line, counter, draft).status == 302
    assert look(platform)["cases"] == found["cases"]


def test_kill_of_the_worker_loses_no_event_and_handles_none_twice(platform: Platform) -> None:
    counters = prepare(platform, 40, seed=2)
    filed = Filed()
    sending = threading.Thread(target=file_all, args=(platform, counters, filed, time.monotonic() + 40))
    sending.start()
    for share in (8, 24):
        while len(filed.acknowledged) < share and sending.is_alive():
            time.sleep(0.02)
        kill(platform.pids("langbiang worker"))
        while not platform.pids("langbiang worker"):
            time.sleep(0.05)
        time.sleep(2)
    sending.join()

    found = wait_until_quiet(platform)
    assert found["jobs"] == [], "a delivery is left lying"
    made = [found["case_of"][draft] for counter in counters for draft in counter.drafts]
    handled = Tally({(case, subscriber): times for case, subscriber, times in found["receipts"]})
    told = dict(found["notices"])
    assert found["subscribers"], "nobody hears of an accepted case"
    expected = [(case, subscriber) for case in made for subscriber in found["subscribers"]]
    assert {pair: handled[pair] for pair in expected if handled[pair] != 1} == {}
    assert {case: told.get(f"/my/cases/{case}/") for case in made if told.get(f"/my/cases/{case}/") != 1} == {}
