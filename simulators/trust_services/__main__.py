"""python -m simulators.trust_services --port 8190 --home var/simulators/trust_services"""

import argparse
import signal
from pathlib import Path
from types import FrameType

from .server import TrustServer


def main() -> None:
    parser = argparse.ArgumentParser(prog="simulators.trust_services", description=__doc__)
    parser.add_argument("--port", type=int, default=8190)
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument(
        "--home", type=Path, required=True, help="folder of keys and register, made on first start"
    )
    arguments = parser.parse_args()
    server = TrustServer(arguments.home, port=arguments.port, host=arguments.host)
    if not server.reachable:
        print(
            f"The certificates in {arguments.home} point to {server.base_url}, which is taken: OCSP and"
            " revocation lists cannot be asked, so signatures stay below B-LT.",
            flush=True,
        )

    def leave(signum: int, frame: FrameType | None) -> None:
        raise KeyboardInterrupt

    signal.signal(signal.SIGTERM, leave)
    print(f"Test trust services on port {server.port} (keys in {arguments.home})", flush=True)
    try:
        server.serve_forever()
    except KeyboardInterrupt:
        pass
    finally:
        server.stop()


if __name__ == "__main__":
    main()
