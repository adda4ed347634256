"""Run the stand-in: python -m simulators.ministries --port N --home DIR."""

import argparse
import threading
from pathlib import Path

from .server import Ministries


def main() -> None:
    """Serve until stopped."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--home", type=Path, required=True)
    options = parser.parse_args()
    with Ministries(port=options.port):
        threading.Event().wait()


if __name__ == "__main__":
    main()
