"""`python -m simulators.cabinet --port 15100 --home DIR`: a cabinet for every junction of the file, on UDP ports one after the
other, and the street in front of them at http://127.0.0.1:15100/lanes."""

import argparse
import asyncio
import json
from pathlib import Path
from typing import Any

from aiohttp import web

from simulators.cabinet.agent import run, serve
from simulators.cabinet.controller import Cabinet, log_to
from simulators.cabinet.street import Street

HERE = Path(__file__).resolve().parents[2]
JUNCTIONS = HERE / "src" / "langbiang" / "city" / "junctions" / "data" / "dalat.json"


async def main() -> None:
    """Until it is stopped."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--port", type=int, required=True, help="of the street, over TCP")
    parser.add_argument("--cabinets", type=int, help="the first UDP port of the cabinets; otherwise the one after --port")
    parser.add_argument("--home", type=Path, required=True)
    parser.add_argument("--junctions", type=Path, default=JUNCTIONS)
    parser.add_argument("--backup", type=float, default=15.0)
    parser.add_argument("--community", default="langbiang-demo")
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    first = options.cabinets or options.port + 1
    options.home.mkdir(parents=True, exist_ok=True)
    rows: list[dict[str, Any]] = json.loads(options.junctions.read_text(encoding="utf-8"))["junctions"]
    import time

    streets, works = {}, []
    for n, row in enumerate(rows):
        log = log_to(str(options.home / f"{row['code']}.jsonl"))
        cabinet = Cabinet(row["layout"], time.time(), backup_s=options.backup, log=log)
        serve(cabinet, first + n, community=options.community)
        street = Street(row["layout"], cabinet, seed=options.seed + n + 1)
        streets[row["code"]] = street
        works += [run(cabinet), street.run()]

    async def lanes(request: web.Request) -> web.Response:
        if request.query.get("lost") and (street := streets.get(request.query["lost"])):
            street.is_lost = request.query.get("for") != "0"
        return web.json_response({code: street.told() for code, street in streets.items()})

    application = web.Application()
    application.router.add_get("/lanes", lanes)
    runner = web.AppRunner(application, access_log=None)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", options.port).start()
    await asyncio.gather(*works)


if __name__ == "__main__":
    asyncio.run(main())
