"""The live stream as a browser gets it: from a real server process, through all middleware."""

import http.client
import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote

import pytest
from django.db import connection, transaction
from django.test import Client
from django.utils import timezone

from langbiang.foundation.access import SYSTEM
from langbiang.foundation.accounts.models import Account
from langbiang.government.cases.events import CaseResumed
from tests.government.cases.world import World, build

from langbiang.foundation import events  # isort: skip

BACKEND = "allauth.account.auth_backends.AuthenticationBackend"
pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def world() -> World:
    return build()


@pytest.fixture
def port() -> Iterator[int]:
    """A web server of its own on the database of the test."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        number = int(probe.getsockname()[1])
    kept = connection.settings_dict
    url = f"postgresql://{quote(kept['USER'])}:{quote(kept['PASSWORD'] or '')}@/{kept['NAME']}?host={quote(kept['HOST'], safe='')}"
    if kept["PORT"]:
        url = url.replace("@/", f"@:{kept['PORT']}/")
    process = subprocess.Popen(
        [str(Path(sys.executable).with_name("granian")), "--interface", "asginl", "--host", "127.0.0.1", "--port", str(number),
         "--workers", "1", "--no-ws", "langbiang.site.asgi:application"],
        env={**os.environ, "DATABASE_URL": url, "LANGBIANG_SECRET_KEY": "only-for-tests", "LANGBIANG_DB_KEPT": "1", "LANGBIANG_MODE": "demo"},
        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True,
    )  # fmt: skip
    try:
        for _attempt in range(150):
            with socket.socket() as probe:
                if probe.connect_ex(("127.0.0.1", number)) == 0:
                    break
            time.sleep(0.2)
        yield number
    finally:
        os.killpg(process.pid, signal.SIGKILL)  # with its worker; asked politely, it would wait for open streams
        process.wait(15)


def stream(port: int, account_id: int | None, **headers: str) -> http.client.HTTPResponse:
    if account_id:
        client = Client()
        client.force_login(Account.objects.get(pk=account_id), backend=BACKEND)
        headers["Cookie"] = f"sessionid={client.cookies['sessionid'].value}"
    wire = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
    wire.request("GET", "/live/", headers=headers)
    return wire.getresponse()


def next_data(answer: http.client.HTTPResponse) -> dict[str, object]:
    while line := answer.readline():
        if line.startswith(b"data: "):
            return dict(json.loads(line[6:]))
    raise AssertionError("the stream ended")


def happen(agency_id: int, case: int) -> None:
    with transaction.atomic():
        events.emit(SYSTEM, CaseResumed(case_id=case), at=timezone.now(), agency_id=agency_id, subject=f"case:{case}")


def test_a_server_tells_officers_of_the_agency_within_a_second_and_nobody_else(world: World, port: int) -> None:
    assert stream(port, None).status == 302
    assert stream(port, world.citizen.account_id).status == 403
    answer = stream(port, world.officer("officer").account_id)
    assert answer.status == 200
    assert answer.headers["Content-Type"].startswith("text/event-stream")
    assert "no-store" in answer.headers["Cache-Control"]
    assert answer.headers["X-Accel-Buffering"] == "no"
    assert "now" in next_data(answer)
    happen(world.neighbour.pk, 1)
    happen(world.commune.pk, 2)
    begun = time.monotonic()
    assert next_data(answer)["subject"] == "case:2"
    assert time.monotonic() - begun < 1


def test_an_open_stream_holds_no_connection_of_its_own_to_the_database(world: World, port: int) -> None:
    account = world.officer("officer").account_id
    streams = [stream(port, account) for _ in range(8)]
    for each in streams:
        next_data(each)
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()"
            " AND backend_type = 'client backend'"
        )
        assert cursor.fetchone()[0] <= 3  # the listener, and what pages keep


def test_the_line_comes_back_after_the_database_has_cut_it(world: World, port: int) -> None:
    # In an emptied table the numbers go on far above nought: without a newest event, that looks like too many missed.
    happen(world.commune.pk, 4)
    answer = stream(port, world.officer("officer").account_id)
    next_data(answer)
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'langbiang live'"
                       " AND datname = current_database()")  # fmt: skip
    happen(world.commune.pk, 5)
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        if next_data(answer).get("subject") == "case:5":
            return
    raise AssertionError("what happened while the line was cut was never told")
