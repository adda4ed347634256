"""Starting the platform where it cannot start: a clear word at once, and nothing touched."""

import fcntl
import os
import socket
import subprocess
import sys
from pathlib import Path

PROGRAM = str(Path(sys.executable).with_name("langbiang"))


def start(home: Path, port: int) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "LANGBIANG_HOME": str(home), "COLUMNS": "200"}
    return subprocess.run(
        [PROGRAM, "up", "--port", str(port)], env=environment, capture_output=True, text=True, timeout=60, check=False
    )


def test_an_installation_that_runs_is_not_started_a_second_time(tmp_path: Path) -> None:
    with (tmp_path / "running").open("w") as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        held.write("4711")
        held.flush()
        said = start(tmp_path, 8999)
    assert said.returncode == 1
    assert "is running already (process 4711)" in said.stdout
    assert not (tmp_path / "database").exists()


def test_a_port_somebody_else_has_is_named(tmp_path: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        said = start(tmp_path, port)
    assert said.returncode == 1
    assert f"Port {port} on 127.0.0.1 is used by another program." in said.stdout
    assert "PORT=" in said.stdout
    assert not (tmp_path / "database").exists()
