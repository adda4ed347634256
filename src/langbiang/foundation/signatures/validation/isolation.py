"""Checking strangers' files in a child process with bounded time and memory.

A small server process is started once per web process and forks for every file, so a check costs
milliseconds, not the second that importing the libraries takes; it ends with its parent. A file that loops,
swells or crashes its child costs nobody else anything.
"""

import atexit
import contextlib
import os
import resource
import signal
import socket
import struct
import subprocess
import sys
import tempfile
import threading
import time
from datetime import datetime
from pathlib import Path

from django.utils.translation import gettext_lazy as _

from langbiang.foundation.access.errors import Refusal

from .examine import MAX_BYTES, blank
from .trust import TrustStore
from .verdict import Reason, State, Verdict

SECONDS = 15
MEMORY = 1024 * 1024 * 1024
AT_ONCE = 4
_HEADER = struct.Struct("!III")
_lock = threading.Lock()
_places = threading.BoundedSemaphore(AT_ONCE)
_server: "tuple[int, subprocess.Popen[bytes], str] | None" = None


class CheckerBusy(Refusal):
    """So many files are being checked that this one would wait too long."""

    status = 503


def validate_in_child(pdf: bytes, trust: TrustStore, at: datetime, *, seconds: float = SECONDS) -> Verdict:
    """The verdict on a stranger's file; one that takes too much time or memory is called unreadable.

    Raises CheckerBusy, and OSError when no child can be started at all.
    """
    if len(pdf) > MAX_BYTES:
        return blank(pdf, State.UNREADABLE, Reason.TOO_LARGE)
    if not _places.acquire(timeout=seconds * 2):
        raise CheckerBusy(_("Many files are being checked at this moment."), way_out=_("Try again in a minute."))
    store, moment = trust.to_json().encode(), at.isoformat().encode()
    try:
        with _connected() as connection:
            connection.settimeout(seconds + 2)
            connection.sendall(_HEADER.pack(len(pdf), len(store), len(moment)) + struct.pack("!d", seconds))
            for part in (pdf, store, moment):
                connection.sendall(part)
            answer = _read_all(connection)
    except (TimeoutError, BrokenPipeError, ConnectionResetError):
        answer = b""
    finally:
        _places.release()
    return Verdict.from_json(answer.decode()) if answer else blank(pdf, State.UNREADABLE, Reason.TOO_COMPLEX)


def _connected() -> socket.socket:
    for attempt in (1, 2):
        connection = socket.socket(socket.AF_UNIX)
        try:
            connection.connect(_address())
            return connection
        except OSError:
            connection.close()
            if attempt == 2:
                raise
            stop()
    raise AssertionError


def _address() -> str:
    global _server
    with _lock:
        if _server is None or _server[0] != os.getpid() or _server[1].poll() is not None:
            path = str(Path(tempfile.mkdtemp(prefix="langbiang-check-")) / "socket")
            process = subprocess.Popen(
                [sys.executable, "-c", f"from {__name__} import serve; serve({path!r})"],
                stdin=subprocess.PIPE,
                stdout=subprocess.DEVNULL,
                env={**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))},
            )
            deadline = time.monotonic() + 30
            while not os.path.exists(path):
                if process.poll() is not None or time.monotonic() > deadline:
                    process.kill()
                    raise OSError("The process that checks files did not start.")
                time.sleep(0.02)
            _server = (os.getpid(), process, path)
        return _server[2]


def stop() -> None:
    """End the server process of this process, if there is one."""
    global _server
    with _lock:
        if _server is not None and _server[0] == os.getpid():
            _process, path = _server[1], _server[2]
            if _process.stdin is not None:
                _process.stdin.close()
            try:
                _process.wait(timeout=5)
            except subprocess.TimeoutExpired:
                _process.kill()
                _process.wait()
            with contextlib.suppress(OSError):
                os.unlink(path)
                os.rmdir(os.path.dirname(path))
        _server = None


atexit.register(stop)


def _read_exactly(connection: socket.socket, count: int) -> bytes:
    parts = []
    while count:
        part = connection.recv(min(count, 1 << 20))
        if not part:
            raise ConnectionResetError
        parts.append(part)
        count -= len(part)
    return b"".join(parts)


def _read_all(connection: socket.socket) -> bytes:
    parts = []
    while part := connection.recv(1 << 16):
        parts.append(part)
    return b"".join(parts)


def serve(path: str) -> None:
    """Accept connections until the parent closes our standard input; one short-lived fork each."""
    from . import validate

    listener = socket.socket(socket.AF_UNIX)
    draft = f"{path}.new"
    listener.bind(draft)
    os.chmod(draft, 0o600)
    listener.listen(64)
    threading.Thread(target=_leave_with_parent, daemon=True).start()
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    # Children are reaped by the kernel.
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    os.rename(draft, path)
    while True:
        connection, _peer = listener.accept()
        if os.fork() == 0:
            listener.close()
            with contextlib.suppress(BaseException):
                _answer(connection, validate.validate_pdf)
            os._exit(0)
        connection.close()


def _leave_with_parent() -> None:
    sys.stdin.buffer.read()
    os._exit(0)


def _answer(connection: socket.socket, check: "object") -> None:
    lengths = _HEADER.unpack(_read_exactly(connection, _HEADER.size))
    (seconds,) = struct.unpack("!d", _read_exactly(connection, 8))
    pdf, store, moment = (_read_exactly(connection, n) for n in lengths)
    whole = max(1, int(seconds + 0.999))
    resource.setrlimit(resource.RLIMIT_CPU, (whole, whole + 1))
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    signal.signal(signal.SIGALRM, signal.SIG_DFL)
    signal.setitimer(signal.ITIMER_REAL, seconds)
    assert callable(check)
    verdict = check(pdf, TrustStore.from_json(store.decode()), datetime.fromisoformat(moment.decode()))
    connection.sendall(verdict.to_json().encode())
    connection.close()
