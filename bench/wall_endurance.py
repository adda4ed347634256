"""Whether a wall grows while it stands: ten hours of its own clock in a real browser, with a memory figure for each hour.

python bench/wall_endurance.py [--hours 10] [--wall dieu-hanh] [--address http://localhost:8000]

Without an address a demo province is started in a folder of its own. The clock of the page runs ahead minute by minute:
scenes change, tiles are renewed from the server, ages are reckoned every second. The hourly fresh start of the page is kept
from happening (its question to the server is refused), so that nothing is swept away with it. Memory is read after a
collection of what nobody needs any more.
"""

import argparse
import shutil
import sys
import tempfile
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from playwright.sync_api import Page, sync_playwright

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from bench.measuring import keep, say, table
from tests.browser.conftest import FLAGS, sign_in_staff
from tests.platform import start

# Growth from the first third to the last that would be called growth, as a share.
MOST_GROWTH = 0.05


def stand(page: Page, wall: str, hours: int) -> list[dict[str, float]]:
    """The figures of each hour of a wall that stands."""
    devtools = page.context.new_cdp_session(page)
    devtools.send("Performance.enable")
    page.route("**/healthz", lambda route: route.abort())
    page.clock.install()
    page.goto(f"/wall/{wall}/")
    renewed = 0

    def count(answer: Any) -> None:
        nonlocal renewed
        renewed += answer.request.headers.get("x-requested-with") == "wall"

    page.on("response", count)
    found = []
    for hour in range(1, hours + 1):
        for _half_minute in range(120):
            page.clock.run_for(30_000)
            before, waits = renewed, 0
            while renewed == before and waits < 100:  # the server answers in its own time
                page.wait_for_timeout(20)
                waits += 1
        page.wait_for_timeout(500)
        devtools.send("HeapProfiler.collectGarbage")
        figures = {each["name"]: each["value"] for each in devtools.send("Performance.getMetrics")["metrics"]}
        found.append({"hour": hour, "heap_mb": round(figures["JSHeapUsedSize"] / 1e6, 2), "nodes": figures["Nodes"],
                      "listeners": figures["JSEventListeners"], "documents": figures["Documents"], "renewed": renewed})  # fmt: skip
        say(f"hour {hour}: {found[-1]}")
    return found


def growth_of(found: list[dict[str, float]]) -> dict[str, float]:
    """Growth from the first third of the hours to the last, as shares.

    Of each third the largest counts: an hour ends at whatever scene the wall shows then, and scenes differ in size.
    """
    third = max(1, len(found) // 3)
    return {
        key: max(each[key] for each in found[-third:]) / max(each[key] for each in found[:third]) - 1
        for key in ("heap_mb", "nodes", "listeners")
    }


@contextmanager
def address_of(asked: str) -> Any:
    """The installation asked for, or a demo province of its own."""
    if asked:
        yield asked
        return
    home = Path(tempfile.mkdtemp(prefix="lb-bench-wall-"))
    try:
        platform = start(home)
        yield platform.url
    finally:
        platform.stop()
        shutil.rmtree(home, ignore_errors=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--hours", type=int, default=10)
    parser.add_argument("--wall", default="dieu-hanh")
    parser.add_argument("--address", default="")
    options = parser.parse_args()
    program = next((p for p in map(shutil.which, ("chromium", "chromium-browser", "google-chrome")) if p), None)
    with address_of(options.address) as address, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=program, args=FLAGS)
        page = browser.new_context(base_url=address, viewport={"width": 1920, "height": 1080}).new_page()
        page.set_default_timeout(60_000)
        sign_in_staff(page, "admin.lamdong")
        found = stand(page, options.wall, options.hours)
        browser.close()
    table(["hour", "heap MB", "nodes", "listeners", "documents", "renewed"], [tuple(each.values()) for each in found])
    growth = growth_of(found)
    passed = max(growth.values()) <= MOST_GROWTH
    path = keep("wall_endurance", {"wall": options.wall, "hours": found, "growth": growth, "passed": passed})
    print(f"{path}: {'met' if passed else 'MISSED'} {growth}")
    raise SystemExit(0 if passed else 1)


if __name__ == "__main__":
    main()
