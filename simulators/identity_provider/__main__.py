"""python -m simulators.identity_provider --port 8101 --home var/simulators/identity-provider"""

import argparse
import os
import signal
from pathlib import Path
from types import FrameType

from .server import IdentityServer


def main() -> None:
    home = os.environ.get("LANGBIANG_HOME")
    parser = argparse.ArgumentParser(prog="simulators.identity_provider", description=__doc__)
    parser.add_argument("--port", type=int, default=8101)
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--home", type=Path, required=True, help="folder of the signing key, made on first start")
    parser.add_argument(
        "--citizens",
        type=Path,
        default=Path(home) / "demo" / "citizens.json" if home else None,
        help="who can sign in; three built-in citizens where the file is absent",
    )
    arguments = parser.parse_args()
    server = IdentityServer(arguments.home, port=arguments.port, host=arguments.host, citizens=arguments.citizens)

    def leave(signum: int, frame: FrameType | None) -> None:
        raise KeyboardInterrupt

    signal.signal(signal.SIGTERM, leave)
    print(f"Stand-in for VNeID on {server.issuer.base_url}", flush=True)
    try:
        server.http.serve_forever()
    except KeyboardInterrupt:
        pass
    finally:
        server.http.server_close()


if __name__ == "__main__":
    main()
