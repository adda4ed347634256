"""Command line of the cameras: ``langbiang traffic perceive``."""

import os
import signal
import sys
import threading
import time
from pathlib import Path
from typing import Annotated

import typer


def perceive(
    configuration: Annotated[
        Path | None, typer.Option(envvar="LANGBIANG_CAMERAS", help="JSON file: cameras with url, calibration, lanes, exits, zones.")
    ] = None,
    port: Annotated[int, typer.Option(envvar="LANGBIANG_CAMERAS_PORT", help="Port of GET /lanes.", min=0, max=65535)] = 8095,
    calibrations: Annotated[
        Path | None,
        typer.Option(envvar="LANGBIANG_CALIBRATIONS", help="Calibrations saved on the page; otherwise LANGBIANG_HOME/traffic/calibrations.json."),
    ] = None,
    host: Annotated[str, typer.Option(help="Address to listen on.")] = "127.0.0.1",
    self_test: Annotated[
        Path | None,
        typer.Option("--self-test", help="Draw vehicles as the cameras of this file would see them, count, compare, and end; 1 when one is not good."),
    ] = None,
) -> None:
    """Watch cameras and tell queues and counts by lane at GET /lanes. Needs no database; keeps no picture."""
    import cv2

    if self_test is not None:
        raise typer.Exit(_tested(self_test))
    if configuration is None:
        typer.echo("no cameras are named: give --configuration, or set LANGBIANG_CAMERAS", err=True)
        raise typer.Exit(2)

    from .configuration import BadConfiguration, read
    from .detector import BadModel
    from .saved import Shelf
    from .serving import Elsewhere, serve, take_saved
    from .station import Station

    cv2.setNumThreads(1)
    home = Path(os.environ.get("LANGBIANG_HOME") or "var") / "traffic" / "cameras"
    shelf = Shelf(calibrations or home.parent / "calibrations.json")
    try:
        told = read(configuration)
        readers = {url: Elsewhere(url) for url in (told.lamps, told.others) if url}
        lamps = readers[told.lamps].lamps if told.lamps else None
        stations = [Station(camera, home=home, log=_say, lamps=lamps) for camera in told.cameras]
        server = serve(stations, host, port, others=readers.get(told.others))
    except (BadConfiguration, BadModel) as problem:
        typer.echo(str(problem), err=True)
        raise typer.Exit(2) from problem
    except OSError as problem:
        typer.echo(f"port {port} on {host} cannot be used: {problem.strerror}; choose another with --port", err=True)
        raise typer.Exit(2) from problem
    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    works = [threading.Thread(target=station.run, args=(stop,), daemon=True) for station in stations]
    works += [threading.Thread(target=server.serve_forever, daemon=True)]
    works += [threading.Thread(target=reader.run, args=(stop,), daemon=True) for reader in readers.values()]
    for work in works:
        work.start()
    _say("perceive", f"{len(stations)} cameras, http://{host}:{server.server_address[1]}/lanes")
    # A camera that falls silent raises its alarm although nobody asks.
    while not stop.wait(0.5):
        take_saved(shelf, stations, _say)
        for station in stations:
            station.seen(time.time())
    server.shutdown()
    for station in stations:
        station.save()


def _tested(path: Path) -> int:
    """Test every camera of a file and print what was found; gives the exit code."""
    from .configuration import BadConfiguration, read
    from .selftest import self_test

    try:
        cameras = read(path).cameras
    except BadConfiguration as problem:
        typer.echo(str(problem), err=True)
        return 2
    results = [self_test(camera) for camera in cameras]
    for result in results:
        error = "not checked (four points)" if result.error_m is None else f"{result.error_m:.2f} m"
        typer.echo(f"{result.camera}: {'good' if result.is_good else 'NOT good'}; error {error}, a pixel moves {result.slip_m:.2f} m")
        for lane in result.lanes:
            told = "not counted" if lane.counted is None else f"{lane.counted} of {lane.drawn} counted"
            typer.echo(f"  {lane.lane:8} {lane.px_per_m:5.1f} px/m  {told}")
        for fault in result.faults:
            typer.echo(f"  {fault}")
    return 0 if all(result.is_good for result in results) else 1


def _say(camera: str, text: str) -> None:
    print(f"{time.strftime('%Y-%m-%dT%H:%M:%S')} {camera}: {text}", file=sys.stderr, flush=True)
