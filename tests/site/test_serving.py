"""The bridge between the event loop and the threads that make pages."""

import asyncio
import io
from collections.abc import Iterator
from typing import Any

import pytest

from langbiang.site.serving import IN_MEMORY, Serving, environ_of


class Said:
    """A response as Django's handler gives it."""

    def __init__(self, pieces: list[bytes], *, streaming: bool = False) -> None:
        self.pieces, self.streaming, self.closed = pieces, streaming, 0

    def __iter__(self) -> Iterator[bytes]:
        return iter(self.pieces)

    def close(self) -> None:
        self.closed += 1


def scope(**changes: Any) -> dict[str, Any]:
    return {
        "type": "http", "method": "POST", "path": "/tệp/", "query_string": b"q=1", "http_version": "1.1",
        "scheme": "http", "server": ("localhost", 8000), "client": ("10.0.0.7", 999), "headers": [], **changes,
    }  # fmt: skip


def answer(response: Said, pieces: list[bytes], *, hangs_up: bool = False) -> tuple[list[dict[str, Any]], list[Any]]:
    """Send a request in pieces; gives what was sent back and what the page was asked."""
    asked: list[Any] = []

    def page(environ: dict[str, Any], start: Any) -> Said:
        asked.append((environ, environ["wsgi.input"].read()))
        start("201 Created", [("Content-Type", "text/plain"), ("Set-Cookie", "a=1"), ("Set-Cookie", "b=2")])
        return response

    messages = [
        {"type": "http.request", "body": p, "more_body": hangs_up or n < len(pieces) - 1} for n, p in enumerate(pieces)
    ]
    if hangs_up:
        messages.append({"type": "http.disconnect"})
    sent: list[dict[str, Any]] = []

    async def receive() -> dict[str, Any]:
        return messages.pop(0)

    async def send(message: dict[str, Any]) -> None:
        sent.append(dict(message))

    async def streams(*_: Any) -> None:
        sent.append({"type": "stream"})

    asyncio.run(Serving(pages=page, streams=streams, threads=1)(scope(), receive, send))  # type: ignore[arg-type]  # what is not used is left out
    return sent, asked


def test_a_page_gets_the_whole_body_and_gives_the_whole_answer() -> None:
    response = Said([b"a", b"b"])
    sent, asked = answer(response, [b"x" * IN_MEMORY, b"y"])
    assert asked[0][1] == b"x" * IN_MEMORY + b"y"
    assert sent[0]["status"] == 201
    assert [v for n, v in sent[0]["headers"] if n == b"set-cookie"] == [b"a=1", b"b=2"]
    assert sent[1:] == [{"type": "http.response.body", "body": b"ab"}]
    assert response.closed == 1


def test_a_file_is_sent_in_pieces_and_closed_at_its_end() -> None:
    response = Said([b"x" * 40_000] * 4, streaming=True)
    sent, _asked = answer(response, [b""])
    bodies = [m["body"] for m in sent[1:]]
    assert b"".join(bodies) == b"x" * 160_000
    assert len(bodies) == 3
    assert not sent[-1].get("more_body")
    assert response.closed == 1


def test_a_request_cut_off_half_way_asks_nothing() -> None:
    sent, asked = answer(Said([b""]), [b"half"], hangs_up=True)
    assert (sent, asked) == ([], [])


def test_only_streams_go_to_the_event_loop() -> None:
    seen: list[str] = []

    async def streams(found: Any, *_: Any) -> None:
        seen.append(found["path"])

    asyncio.run(Serving(pages=lambda *_: Said([]), streams=streams, threads=1)(scope(path="/live/"), None, None))  # type: ignore[arg-type]  # what is not used is left out
    assert seen == ["/live/"]


def test_the_request_is_told_as_wsgi_tells_it() -> None:
    headers = [
        (b"host", b"localhost:8000"), (b"content-type", b"text/plain"), (b"content-length", b"3"),
        (b"cookie", b"a=1"), (b"cookie", b"b=2"), (b"accept", b"x"), (b"accept", b"y"),
    ]  # fmt: skip
    environ = environ_of(scope(headers=headers), io.BytesIO())
    assert environ["PATH_INFO"].encode("latin-1").decode() == "/tệp/"
    assert environ["CONTENT_LENGTH"] == "3"
    assert environ["HTTP_COOKIE"] == "a=1; b=2"
    assert environ["HTTP_ACCEPT"] == "x,y"
    assert environ["REMOTE_ADDR"] == "10.0.0.7"
    assert environ["QUERY_STRING"] == "q=1"


@pytest.mark.parametrize("name", [b"x_forwarded_for", b"X_Forwarded-For", b"content_length"])
def test_a_header_that_could_pass_for_one_of_a_proxy_is_left_out(name: bytes) -> None:
    environ = environ_of(scope(headers=[(name, b"1.2.3.4")]), io.BytesIO())
    assert "HTTP_X_FORWARDED_FOR" not in environ
    assert "HTTP_CONTENT_LENGTH" not in environ
