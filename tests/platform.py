"""Starts the whole platform as a newcomer would, in a folder of its own, and looks at it from outside."""

import json
import os
import random
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from dataclasses import dataclass, field
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]


BLOCK = 20
PORTS = range(15000, 32000, BLOCK)  # below those the system lends to outgoing connections
_held: list[socket.socket] = []


def free_port() -> int:
    """The first of twenty free ports (the stand-ins use the next ones) that no other test on this machine is given."""
    for port in random.SystemRandom().sample(PORTS, len(PORTS)):
        claim = socket.socket()
        try:
            claim.bind(("127.0.0.1", port + BLOCK - 1))  # kept for as long as this process lives: the block is taken
        except OSError:
            claim.close()
            continue
        if all(_is_free(port + n) for n in range(BLOCK - 1)):
            _held.append(claim)
            return port
        claim.close()
    raise RuntimeError("no free ports")


def _is_free(port: int) -> bool:
    """Over TCP and over UDP: the cabinets of the demo use the same numbers over UDP."""
    for kind in (socket.SOCK_STREAM, socket.SOCK_DGRAM):
        with socket.socket(type=kind) as probe:
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                return False
    return True


@dataclass
class Platform:
    """A running installation."""

    home: Path
    port: int
    process: subprocess.Popen[bytes] | None
    killed: list[str] = field(default_factory=list)
    """Names of processes that a test killed on purpose: those had to be started again."""

    @property
    def url(self) -> str:
        """Where it answers."""
        return f"http://localhost:{self.port}"

    def environment(self) -> dict[str, str]:
        """What a command needs to work on this installation."""
        return {
            **os.environ,
            "LANGBIANG_HOME": str(self.home),
            "PORT": str(self.port),
            "LANGBIANG_PUBLIC_URL": self.url,
            "PYTHONWARNINGS": "ignore",
        }

    def run(self, *command: str, check: bool = True) -> subprocess.CompletedProcess[str]:
        """Run `langbiang ...` on this installation."""
        return subprocess.run(
            [str(Path(sys.executable).with_name("langbiang")), *command],
            env=self.environment(),
            check=check,
            capture_output=True,
            text=True,
            timeout=600,
        )

    def ask(self, code: str) -> str:
        """Run Python inside this installation, as the application, and give what it prints."""
        setup = "from langbiang.site.ready import setup; setup()\n"
        done = subprocess.run(
            [sys.executable, "-c", setup + code],
            env=self.environment(),
            capture_output=True,
            text=True,
            timeout=300,
            check=False,
        )
        assert done.returncode == 0, done.stderr[-3000:]
        return done.stdout.strip()

    def pids(self, needle: str) -> list[int]:
        """Processes of this installation whose command line holds a text."""
        found = []
        for entry in Path("/proc").iterdir():
            if not entry.name.isdigit():
                continue
            try:
                command = (entry / "cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")
                environment = (entry / "environ").read_bytes().decode(errors="replace")
            except OSError:
                continue
            if needle in command and (f"LANGBIANG_HOME={self.home}" in environment or str(self.home) in command):
                found.append(int(entry.name))
        return found

    def wait(self, seconds: float = 60) -> None:
        """Wait until it answers."""
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            try:
                with urllib.request.urlopen(f"{self.url}/healthz", timeout=3) as answer:
                    if answer.status == 200 and json.load(answer)["status"] == "ok":
                        return
            except OSError:
                pass
            if self.process is not None and self.process.poll() is not None:
                raise RuntimeError(f"the platform ended with {self.process.returncode}; see {self.home / 'up.log'}")
            time.sleep(0.3)
        raise RuntimeError(f"the platform does not answer; see {self.home / 'up.log'}")

    def stop(self) -> None:
        """Stop it as Ctrl-C does."""
        if self.process is not None and self.process.poll() is None:
            self.process.send_signal(signal.SIGINT)
            try:
                self.process.wait(timeout=40)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()


def start(home: Path, *, cases: int = 300, seconds: float = 900) -> Platform:
    """Start the platform with a small demo province in an empty folder."""
    home.mkdir(parents=True, exist_ok=True)
    port = free_port()
    environment = {
        **{k: v for k, v in os.environ.items() if not k.startswith(("LANGBIANG_", "DATABASE_URL", "DJANGO_"))},
        "LANGBIANG_HOME": str(home),
        "PORT": str(port),
        "LANGBIANG_DEMO_CASES": str(cases),
        "PYTHONWARNINGS": "ignore",
    }
    log = (home / "up.log").open("wb")
    process = subprocess.Popen(
        [str(Path(sys.executable).with_name("langbiang")), "up", "--port", str(port)],
        env=environment,
        stdout=log,
        stderr=subprocess.STDOUT,
        stdin=subprocess.DEVNULL,
        start_new_session=True,
        cwd=ROOT,
    )
    platform = Platform(home, port, process)
    try:
        platform.wait(seconds)
        return platform
    except BaseException:
        platform.stop()
        sys.stderr.write((home / "up.log").read_text(errors="replace")[-4000:])
        raise


def clear(platform: Platform) -> None:
    """Stop and remove an installation."""
    platform.stop()
    shutil.rmtree(platform.home, ignore_errors=True)
