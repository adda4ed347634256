"""Keeps the processes of an installation running: starts them, restarts those that die, stops them all together."""

import contextlib
import ctypes
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

PR_SET_PDEATHSIG = 1
_prctl = ctypes.CDLL(None, use_errno=True).prctl if sys.platform == "linux" else None


def _die_with_parent() -> None:
    """Runs in the child: when the supervisor is killed, its processes are not left behind as orphans."""
    os.setsid()
    if _prctl is not None:
        _prctl(PR_SET_PDEATHSIG, signal.SIGTERM)


@dataclass
class Process:
    """One process to keep alive."""

    name: str
    command: Sequence[str]
    environment: Mapping[str, str] = field(default_factory=dict)
    essential: bool = True
    running: subprocess.Popen[bytes] | None = None
    failures: int = 0
    retry_at: float = 0.0
    started_at: float = 0.0


class Supervisor:
    """Starts processes in order and watches them; their output goes to <home>/logs/<name>.log."""

    def __init__(self, home: Path) -> None:
        self.logs = home / "logs"
        self.logs.mkdir(parents=True, exist_ok=True)
        self.processes: list[Process] = []
        self.guards: list[tuple[str, Callable[[], bool]]] = []
        self.stopping = False

    def add(self, process: Process) -> None:
        """Start a process and keep it alive from now on."""
        self.processes.append(process)
        self._start(process)

    def guard(self, name: str, restore: Callable[[], bool]) -> None:
        """Look after something that is no child of ours: `restore` brings it back and says whether it was gone."""
        self.guards.append((name, restore))

    def _start(self, process: Process) -> None:
        with (self.logs / f"{process.name}.log").open("ab") as log:
            process.running = subprocess.Popen(
                list(process.command),
                env={**os.environ, **process.environment},
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                preexec_fn=_die_with_parent,
            )
        process.started_at = time.monotonic()

    def watch_once(self) -> None:
        """Restart what died: at once the first time, then with growing pauses up to 30 s."""
        for name, restore in self.guards:
            try:
                if restore():
                    print(f"{name} had stopped and was started again", flush=True)
            except Exception as problem:  # tried again on the next round: there is nobody else to do it
                print(f"{name} cannot be started: {problem}", flush=True)
        now = time.monotonic()
        for process in self.processes:
            if process.running is not None and process.running.poll() is not None:
                # What it had started itself must not live on beside its successor.
                with contextlib.suppress(ProcessLookupError, PermissionError):
                    os.killpg(process.running.pid, signal.SIGKILL)
                lived = now - process.started_at
                process.failures = 0 if lived > 60 else process.failures + 1
                process.running = None
                process.retry_at = now + min(
                    30.0, 0.5 * (2 ** max(0, process.failures - 1)) if process.failures > 1 else 0
                )
                print(f"{process.name} stopped and is started again (see {self.logs / process.name}.log)", flush=True)
            if process.running is None and not self.stopping and now >= process.retry_at:
                self._start(process)

    def run(self) -> None:
        """Watch until asked to stop (Ctrl-C or SIGTERM)."""
        signal.signal(signal.SIGTERM, lambda *_: self._ask_to_stop())
        signal.signal(signal.SIGINT, lambda *_: self._ask_to_stop())
        while not self.stopping:
            self.watch_once()
            time.sleep(0.5)
        self.stop()

    def _ask_to_stop(self) -> None:
        self.stopping = True

    def stop(self) -> None:
        """Ask every process to end, last started first; after ten seconds insist."""
        self.stopping = True
        for process in reversed(self.processes):
            if process.running and process.running.poll() is None:
                process.running.send_signal(signal.SIGTERM)
        deadline = time.monotonic() + 10
        for process in reversed(self.processes):
            if process.running is None:
                continue
            try:
                process.running.wait(timeout=max(0.1, deadline - time.monotonic()))
            except subprocess.TimeoutExpired:
                os.killpg(process.running.pid, signal.SIGKILL)
                process.running.wait()
