"""Run the gateway: python -m simulators.message_gateway --port N --home DIR (SMS over HTTP on N, SMTP on N + 1)."""

import argparse
import asyncio
from pathlib import Path

from .server import Gateway


def main() -> None:
    """Serve until stopped."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--home", type=Path, required=True)
    options = parser.parse_args()
    options.home.mkdir(parents=True, exist_ok=True)
    asyncio.run(Gateway(options.home).serve(options.port))


if __name__ == "__main__":
    main()
