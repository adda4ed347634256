"""`python -m simulators.camera --port 8020 --home DIR`: rtsp://127.0.0.1:8020/kim-cuc, faults at http://127.0.0.1:8021.

The street is asked each second at --street (or LANGBIANG_COUNTS). DIR/perceive.json describes the camera for
`langbiang traffic perceive`. `GET /fault?kind=freeze` (dark, fog, moved, drop, none) makes the camera fail;
`GET /truth` tells what the drawn street counts.
"""

import argparse
import asyncio
import contextlib
import json
import os
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from aiohttp import ClientError, ClientSession, ClientTimeout, web

from langbiang.city.traffic.vision.synthetic.drawing import Lens, Street, Weather
from simulators.camera.rtsp import Server, Stream
from simulators.camera.street import Riders

HERE = Path(__file__).resolve().parents[2]
JUNCTIONS = HERE / "src" / "langbiang" / "city" / "junctions" / "data" / "dalat.json"
FAULTS = ("none", "freeze", "dark", "fog", "moved", "drop")
# The width of the view: at 960 x 540 a metre is 6 pixels, and a motorcycle 4.5 pixels wide.
VIEW_M = 160.0
AIR = Weather(noise=3.0)


def lens_of(size: tuple[int, int]) -> Lens:
    """Straight down, turned by 45 degrees: all four arms fit a wide picture."""
    c = size[0] / VIEW_M / np.sqrt(2)
    return Lens(size, np.array([[c, c, 0, size[0] / 2], [c, -c, 0, size[1] / 2], [0, 0, 0, 1.0]]))


class Camera:
    """What one camera shows now."""

    def __init__(self, layout: dict[str, Any], size: tuple[int, int], seed: int, clock: Callable[[], float] = time.monotonic) -> None:
        cv2.setNumThreads(1)
        self.riders = Riders(layout, seed)
        self.street = Street(self.riders.scene, lens_of(size), AIR, seed=seed)
        self.fault = "none"
        self.clock, self.at = clock, clock()
        self._last: Any = None

    def draw(self) -> Any:
        """The next frame, faults included."""
        now = self.clock()
        self.riders.pass_time(min(2.0, now - self.at))
        self.at = now
        if self.fault == "freeze" and self._last is not None:
            return self._last
        frame = self.street.draw(self.riders.bodies())
        if self.fault == "dark":
            frame = cv2.convertScaleAbs(frame, alpha=0.05)
        elif self.fault == "fog":
            frame = cv2.addWeighted(cv2.GaussianBlur(frame, (9, 9), 0), 0.12, np.full_like(frame, 185), 0.88, 0)
        elif self.fault == "moved":
            height, width = frame.shape[:2]
            frame = cv2.warpAffine(frame, np.array([[1.0, 0.04, 24.0], [-0.04, 1.0, 14.0]]), (width, height))
        self._last = frame
        return frame

    def described(self, junction: str, url: str, frames_per_s: int, zones: dict[str, list[str]]) -> dict[str, Any]:
        """The camera as `langbiang traffic perceive` wants it."""
        scene, lens = self.riders.scene, self.street.lens
        ground = np.array([[0.0, 24.0], [24.0, 0.0], [0.0, -24.0], [-24.0, 0.0], [6.0, 6.0], [-12.0, 4.0]])
        pixels = lens.project(np.column_stack([ground, np.zeros(len(ground))]))
        return {
            "key": f"{junction}-1", "junction": junction, "url": url, "zones": zones, "frames_per_s": frames_per_s,
            "has_motorcycles": True, "px_per_m": lens.size[0] / VIEW_M,
            "calibration": {"size": list(lens.size), "image": pixels.round(2).tolist(), "map": ground.tolist()},
            "lanes": [{"key": lane.key, "path": lane.path.round(2).tolist(), "width_m": lane.width_m} for lane in scene.lanes],
            "exits": [{"key": one.key, "line": one.line.round(2).tolist()} for one in scene.exits],
        }  # fmt: skip


async def follow(url: str, cameras: dict[str, Camera]) -> None:
    """Ask the street each second; while it does not answer nobody comes and nobody leaves."""
    async with ClientSession(timeout=ClientTimeout(total=2)) as session:
        while True:
            with contextlib.suppress(ClientError, TimeoutError, ValueError, KeyError):
                async with session.get(url) as answer:
                    told = await answer.json()
                for code, camera in cameras.items():
                    camera.riders.hear(told[code]["lanes"])
            await asyncio.sleep(1.0)


def answers(cameras: dict[str, Camera], streams: dict[str, Stream]) -> web.Application:
    """Faults and truth over HTTP."""

    async def fault(request: web.Request) -> web.Response:
        kind = request.query.get("kind", "")
        chosen = [request.query["junction"]] if "junction" in request.query else list(cameras)
        if kind not in FAULTS or not set(chosen) <= set(cameras):
            return web.json_response({"error": f"kind is one of {', '.join(FAULTS)}"}, status=400)
        for code in chosen:
            cameras[code].fault, streams[code].is_dropped = kind, kind == "drop"
        return web.json_response({"fault": kind})

    async def truth(_request: web.Request) -> web.Response:
        return web.json_response({code: {"left": camera.riders.passed} for code, camera in cameras.items()})

    application = web.Application()
    application.router.add_get("/fault", fault)
    application.router.add_get("/truth", truth)
    return application


async def main() -> None:
    """Until it is stopped."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--port", type=int, required=True, help="of RTSP; faults and truth at the next one")
    parser.add_argument("--home", type=Path, required=True)
    parser.add_argument("--street", default=os.environ.get("LANGBIANG_COUNTS", ""), help="address of /lanes of the cabinets")
    parser.add_argument("--junctions", type=Path, default=JUNCTIONS)
    parser.add_argument("--watch", default="kim-cuc", help="codes of junctions, with commas between")
    parser.add_argument("--size", default="480x270")
    parser.add_argument("--frames", type=int, default=5, help="a second")
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    options.home.mkdir(parents=True, exist_ok=True)
    width, _x, height = options.size.partition("x")
    rows = {row["code"]: row["layout"] for row in json.loads(options.junctions.read_text(encoding="utf-8"))["junctions"]}
    cameras = {code: Camera(rows[code], (int(width), int(height)), options.seed) for code in options.watch.split(",")}
    streams = {code: Stream((int(width), int(height)), options.frames, camera.draw) for code, camera in cameras.items()}
    described = []
    for code, camera in cameras.items():
        zones = {z["key"]: list(z["lanes"]) for z in rows[code]["zones"] if z["kind"] == "camera"}
        described.append(camera.described(code, f"rtsp://127.0.0.1:{options.port}/{code}", options.frames, zones))
    told = {"cameras": described, "lamps": options.street}
    (options.home / "perceive.json").write_text(json.dumps(told, indent=1), encoding="utf-8")
    runner = web.AppRunner(answers(cameras, streams), access_log=None)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", options.port + 1).start()
    await asyncio.start_server(Server(streams).serve, "127.0.0.1", options.port)
    works = [stream.run() for stream in streams.values()]
    if options.street:
        works.append(follow(options.street, cameras))
    await asyncio.gather(*works)


if __name__ == "__main__":
    asyncio.run(main())
