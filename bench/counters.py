"""Counters of the demo province ready to file: who receives where, with a session and with drafts waiting to be sent.

`prepare` runs inside an installation (it writes sessions and drafts as the application's role); `Counter` and `Line`
talk to the running platform from outside, as a browser would, only cheaper: one kept-alive connection, no parsing.
"""

import json
import random
import re
import socket
import sys
from collections.abc import Iterable
from dataclasses import asdict, dataclass, field
from datetime import timedelta
from pathlib import Path
from urllib.parse import urlencode

TOKEN = "b" * 32  # the secret of the form token, in the cookie and in the form: any 32 letters will do
RECEIPT = re.compile(r"/work/counter/done/(\d+)/")


@dataclass
class Counter:
    """One counter of one unit: the session of its officer and the drafts to be sent."""

    agency_id: int
    unit: str
    session: str
    drafts: list[str] = field(default_factory=list)
    key: str = ""  # of a system that files at this counter
    filings: list[str] = field(default_factory=list)  # bodies it sends


@dataclass
class Answer:
    """What the platform answered."""

    status: int
    location: str
    body: bytes

    @property
    def case_id(self) -> int | None:
        """The case of a receipt page the answer leads to."""
        found = RECEIPT.search(self.location)
        return int(found.group(1)) if found else None


class Line:
    """A kept-alive connection to the platform. Raises OSError when it breaks; the next request opens a new one."""

    def __init__(self, port: int, *, timeout: float = 20) -> None:
        self.port, self.timeout = port, timeout
        self._socket: socket.socket | None = None

    def close(self) -> None:
        """Hang up."""
        if self._socket is not None:
            self._socket.close()
            self._socket = None

    def get(self, path: str, *, session: str = "") -> Answer:
        """Open a page."""
        return self._send(b"GET", path, b"", session)

    def file(self, counter: "Counter", body: str, *, key: str) -> Answer:
        """Send a filing through the machine interface; `key` makes it the same one when it is sent again."""
        data = body.encode()
        head = (
            f" /api/v1/cases HTTP/1.1\r\nHost: localhost:{self.port}\r\nAuthorization: Bearer {counter.key}\r\n"
            f"Idempotency-Key: {key}\r\nContent-Type: application/json\r\nContent-Length: {len(data)}\r\n"
        )
        return self._exchange(b"POST" + head.encode() + b"\r\n" + data)

    def post(self, path: str, values: dict[str, str], *, session: str = "") -> Answer:
        """Send a form."""
        return self._send(b"POST", path, urlencode({**values, "csrfmiddlewaretoken": TOKEN}).encode(), session)

    def _send(self, method: bytes, path: str, body: bytes, session: str) -> Answer:
        head = f" {path} HTTP/1.1\r\nHost: localhost:{self.port}\r\nCookie: csrftoken={TOKEN}; sessionid={session}\r\n"
        if body:
            head += f"Content-Type: application/x-www-form-urlencoded\r\nContent-Length: {len(body)}\r\n"
        return self._exchange(method + head.encode() + b"\r\n" + body)

    def _exchange(self, request: bytes) -> Answer:
        try:
            if self._socket is None:
                self._socket = socket.create_connection(("127.0.0.1", self.port), timeout=self.timeout)
                self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            self._socket.sendall(request)
            return self._receive()
        except OSError:
            self.close()
            raise

    def _receive(self) -> Answer:
        assert self._socket is not None
        data = b""
        while (end := data.find(b"\r\n\r\n")) < 0:
            data += self._more()
        head, body = data[:end].decode("latin-1"), data[end + 4 :]
        headers = dict(line.lower().split(": ", 1) for line in head.split("\r\n")[1:] if ": " in line)
        if "content-length" in headers:
            while len(body) < int(headers["content-length"]):
                body += self._more()
        elif headers.get("transfer-encoding") == "chunked":
            while not body.endswith(b"0\r\n\r\n"):
                body += self._more()
        return Answer(int(head.split(" ", 2)[1]), headers.get("location", ""), body)

    def _more(self) -> bytes:
        assert self._socket is not None
        data = self._socket.recv(65536)
        if not data:
            raise ConnectionError("the platform hung up")
        return data


def send(line: Line, counter: Counter, draft: str, *, second: bool = False) -> Answer:
    """Send a draft at its counter: the request that makes a case."""
    values = {"second": "1"} if second else {}
    return line.post(f"/work/counter/{draft}/check/", values, session=counter.session)


def session_of(account_id: int, *, at: float) -> str:
    """A session of an account, as signing in leaves it (without hashing a password for each)."""
    from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
    from django.contrib.sessions.backends.db import SessionStore

    from langbiang.foundation.accounts import entering
    from langbiang.foundation.accounts.models import Account

    account = Account.objects.get(pk=account_id)
    store = SessionStore()
    store.update(
        {
            SESSION_KEY: str(account.pk), BACKEND_SESSION_KEY: entering.BACKEND,
            HASH_SESSION_KEY: account.get_session_auth_hash(), entering.SIGNED_IN_AT: at, entering.SEEN_AT: at,
            entering.MUST_CHANGE: False,
        }
    )  # fmt: skip
    store.create()
    return str(store.session_key)


def prepare(
    *, drafts: int, units: int = 124, seed: int = 1, procedures: Iterable[str] = (), machine: bool = False
) -> list[Counter]:
    """Open counters at `units` communes and lay `drafts` complete filings on them, in turn: as drafts to be sent, or as
    bodies for the machine interface.

    No two filings are of the same person and procedure, and nobody who filed of late is taken, so that the look for a
    similar filing finds none.
    """
    from django.utils import timezone

    from langbiang.foundation.access import queries as access
    from langbiang.foundation.access.actor import SYSTEM
    from langbiang.foundation.accounts import keys
    from langbiang.foundation.forms import queries as forms
    from langbiang.foundation.forms.models import Draft
    from langbiang.foundation.organizations import queries as organizations
    from langbiang.foundation.people import queries as people
    from langbiang.foundation.people.models import Person
    from langbiang.government.cases.models import Case
    from langbiang.government.procedures import queries as catalogue

    dice, now, day = random.Random(seed), timezone.now(), timezone.localdate()
    communes = organizations.commune_agencies(on=day)[:units]
    holders = {h.agency_id: h for h in access.holders(on=day) if h.role == "receiver"}
    receivers = {agency_id: holder.account_id for agency_id, holder in holders.items()}
    wanted = set(procedures)
    offers = [p for p in catalogue.fileable(on=day) if not wanted or p.code in wanted]
    busy = set(Case.objects.filter(submitted_at__gte=now - timedelta(hours=24)).values_list("owner_id", flat=True))
    persons = [row for row in people.sample(count=30_000) if row[0] not in busy]
    dice.shuffle(persons)
    counters = [
        Counter(c.id, organizations.code_of(c.id), session_of(receivers[c.id], at=now.timestamp())) for c in communes
    ]
    numbers: dict[int, str] = {}
    if machine:
        numbers = dict(Person.objects.filter(identity_no__isnull=False).values_list("pk", "identity_no"))
        persons = [row for row in persons if row[0] in numbers]
        for counter in counters:
            seat = holders[counter.agency_id].position_id
            counter.key = keys.issue_key(SYSTEM, name=f"Measurement {counter.unit}", position_id=seat, days=1, at=now)[
                1
            ]
    example = {p.code: forms.example_answers(p.form, full_name="Nguyễn Thị Mai", seed=seed) for p in offers}
    rows = []
    for number in range(drafts):
        counter = counters[number % len(counters)]
        procedure = offers[number % len(offers)]
        person_id, _name = persons[(number // len(offers) + number * 7) % len(persons)]
        papers = {
            row.key: {"files": [], "originals": 1, "copies": 0, "reuse": None}
            for row in procedure.documents if row.required and not row.present_only
        }  # fmt: skip
        if machine:
            papers_in = [{"key": key, "originals": 1} for key in papers]
            body = {
                "procedure": procedure.code, "receiving_unit": counter.unit, "answers": example[procedure.code],
                "place": organizations.place_of(counter.agency_id), "owner": {"identity_no": numbers[person_id]},
                "papers": papers_in,
            }  # fmt: skip
            counter.filings.append(json.dumps(body, ensure_ascii=False))
            continue
        row = Draft(
            account_id=receivers[counter.agency_id], room="cases", subject=procedure.code, title=procedure.title,
            answers=example[procedure.code], step="delivery", created_at=now, updated_at=now, expires_at=now + timedelta(days=9),
            extra={
                "version": procedure.version_id, "owner_id": person_id, "submitter_id": person_id, "counter": True,
                "receiving_unit": counter.agency_id, "place": organizations.place_of(counter.agency_id),
                "return_way": "counter", "papers": papers,
            },
        )  # fmt: skip
        counter.drafts.append(str(row.pk))
        rows.append(row)
    Draft.objects.bulk_create(rows, batch_size=1000)
    return counters


def _main() -> None:
    """python bench/counters.py FILINGS UNITS SEED page|machine [CODE ...]: prepare in this installation, print them."""
    sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
    from langbiang.site.ready import setup

    setup()
    drafts, units, seed = (int(value) for value in sys.argv[1:4])
    json.dump(
        [
            asdict(c)
            for c in prepare(
                drafts=drafts, units=units, seed=seed, machine=sys.argv[4] == "machine", procedures=sys.argv[5:]
            )
        ],
        sys.stdout,
    )


if __name__ == "__main__":
    _main()
