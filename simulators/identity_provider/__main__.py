"""python -m simulators.identity_provider --port 8001 --home DIR"""

import argparse
import signal
import threading
from pathlib import Path

from .server import IdentityServer


def main() -> None:
    """Serve until stopped."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--home", type=Path, required=True)
    given = parser.parse_args()
    stop = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: stop.set())
    with IdentityServer(given.home, port=given.port):
        stop.wait()


main()
