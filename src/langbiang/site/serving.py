"""Two ways of answering under one roof.

A page is a short piece of synchronous work. Django's own way of running it inside an event loop hops between threads
several times and opens a new thread for each request, which costs more than most of our pages do (measured: 9 of 24 ms
for making a case). So pages run as plain WSGI in a few threads that live as long as the process and keep their database
connections. Only addresses below STREAMS, which stay open for hours and mostly wait, run in the event loop itself.
"""

import asyncio
import select
import sys
from collections.abc import Awaitable, Callable, Iterator, MutableMapping
from concurrent.futures import ThreadPoolExecutor
from tempfile import SpooledTemporaryFile
from typing import IO, Any

from django.db import connection

STREAMS = "/live/"
# A body up to this size is kept in memory; a longer one goes to disk until it has come in whole.
IN_MEMORY = 1 << 20
PIECE = 1 << 16

Scope = MutableMapping[str, Any]
Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]


class Answer:
    """What a page said: the whole body, or for a file sent in pieces the rest to come."""

    def __init__(self, pages: Callable[..., Any], environ: dict[str, Any]) -> None:
        let_go_of_dead_connection()
        self.status = 500
        self.headers: list[tuple[bytes, bytes]] = []
        self.response = pages(environ, self._start)
        self.rest: Iterator[bytes] | None = None
        if getattr(self.response, "streaming", True):
            self.rest, self.body = iter(self.response), b""
        else:
            try:
                self.body = b"".join(self.response)
            finally:
                self.response.close()

    def _start(self, status: str, headers: list[tuple[str, str]], exc_info: Any = None) -> None:
        self.status = int(status.split(" ", 1)[0])
        self.headers = [(name.lower().encode("latin-1"), value.encode("latin-1")) for name, value in headers]

    def next_piece(self) -> bytes:
        """Some more of a body sent in pieces; empty at its end."""
        assert self.rest is not None
        gathered = bytearray()
        for piece in self.rest:
            gathered += piece
            if len(gathered) >= PIECE:
                break
        return bytes(gathered)

    def close(self) -> None:
        """Let go of files and of the database."""
        if self.rest is not None and hasattr(self.response, "close"):
            self.response.close()


class Serving:
    """The ASGI application."""

    def __init__(self, *, pages: Callable[..., Any], streams: Callable[..., Awaitable[None]], threads: int) -> None:
        self.pages, self.streams = pages, streams
        self._threads = ThreadPoolExecutor(threads, thread_name_prefix="pages")

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["type"] == "http" and not scope["path"].startswith(STREAMS):
            await self._page(scope, receive, send)
        else:
            await self.streams(scope, receive, send)

    async def _page(self, scope: Scope, receive: Receive, send: Send) -> None:
        with SpooledTemporaryFile(max_size=IN_MEMORY) as body:
            if not await _read(receive, body):
                return  # hung up before the request was complete: nothing was asked
            loop = asyncio.get_running_loop()
            answer = await loop.run_in_executor(self._threads, Answer, self.pages, environ_of(scope, body))
            await send({"type": "http.response.start", "status": answer.status, "headers": answer.headers})
            if answer.rest is None:
                await send({"type": "http.response.body", "body": answer.body})
                return
            try:
                while piece := await loop.run_in_executor(self._threads, answer.next_piece):
                    await send({"type": "http.response.body", "body": piece, "more_body": True})
                await send({"type": "http.response.body", "body": b""})
            finally:
                await loop.run_in_executor(self._threads, answer.close)


def environ_of(scope: Scope, body: IO[bytes]) -> dict[str, Any]:
    """The same request as WSGI tells it (PEP 3333).

    A header with an underscore in its name is left out: there, it could pass for one a proxy in front of us has set.
    """
    server, client = scope.get("server") or ("localhost", 80), scope.get("client")
    environ: dict[str, Any] = {
        "REQUEST_METHOD": scope["method"],
        "SCRIPT_NAME": scope.get("root_path", ""),
        "PATH_INFO": scope["path"].encode().decode("latin-1"),
        "QUERY_STRING": scope.get("query_string", b"").decode("latin-1"),
        "SERVER_NAME": server[0],
        "SERVER_PORT": str(server[1] or 0),
        "SERVER_PROTOCOL": f"HTTP/{scope['http_version']}",
        "REMOTE_ADDR": client[0] if client else "",
        "wsgi.version": (1, 0),
        "wsgi.url_scheme": scope.get("scheme", "http"),
        "wsgi.input": body,
        "wsgi.errors": sys.stderr,
        "wsgi.multithread": True,
        "wsgi.multiprocess": True,
        "wsgi.run_once": False,
    }
    for raw, value in scope["headers"]:
        name = raw.decode("latin-1").upper()
        if "_" in name:
            continue
        key = name.replace("-", "_") if name in ("CONTENT-LENGTH", "CONTENT-TYPE") else f"HTTP_{name.replace('-', '_')}"
        told = value.decode("latin-1")
        if key in environ:  # several lines of one header; cookies are joined in their own way
            told = f"{environ[key]}{'; ' if name == 'COOKIE' else ','}{told}"
        environ[key] = told
    return environ


def let_go_of_dead_connection() -> None:
    """Close this thread's connection when the database has hung up, so that the page opens a new one.

    A database that goes away closes its end, and that can be read without asking: much cheaper than a question to the
    database before every page.
    """
    kept = connection.connection
    if kept is None:
        return
    watch = select.poll()
    try:
        watch.register(kept.fileno(), select.POLLIN | select.POLLHUP | select.POLLERR)
        gone = bool(watch.poll(0))
    except Exception:  # a connection without a socket is gone as well
        gone = True
    if gone:
        connection.close()


async def _read(receive: Receive, body: IO[bytes]) -> bool:
    """Take in the whole body of a request; False when the other side hung up half way."""
    while True:
        message = await receive()
        if message["type"] != "http.request":
            return False
        body.write(message.get("body", b""))
        if not message.get("more_body"):
            body.seek(0)
            return True
