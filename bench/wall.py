"""What a wall costs: the map of every measure and period, the bytes of every wall with all it loads, and the brief.

python bench/wall.py [--home HOME] [--cases 2000] [--days 1 7 30 90 365]

HOME is an installation, running or not; without one a demo province is made and thrown away. Maps are computed and drawn
as a page does it: figures from the book, classes, words, SVG. Bytes are those of a first visit, compressed as a proxy does
it (gzip 6; fonts as they are): page, style sheets, scripts, every font they name. The brief is written for past days and
rolled back. What is wanted of a map is judged by processor time, of this process and of its database backend together: on a
machine with other work the time that passes says more of that work. Both are told.
"""

import argparse
import gzip
import os
import re
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from datetime import time as clock
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urljoin

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from bench.measuring import keep, processor_seconds, province, run, say, spread, table

MAP_MS, WALL_BYTES, BRIEF_MS = 50, 600_000, 3000
LINKED = re.compile(r'(?:href|src)="(/static/[^"#?]+\.(?:css|js|svg|woff2|png|ico))')
NAMED = re.compile(r"url\([\"']?([^\"')]+?\.(?:woff2|svg|png))[\"']?\)")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--home", type=Path)
    parser.add_argument("--cases", type=int, default=2000)
    parser.add_argument("--days", type=int, nargs="+", default=[1, 7, 30, 90, 365])
    parser.add_argument("--turns", type=int, default=5, help="how often each map is drawn")
    parser.add_argument("--drawing", choices=("hex", "land"), default="hex", help="hexagons, or the real boundaries that are loaded")
    options = parser.parse_args()
    with installation(options):
        from langbiang.site.ready import setup

        setup()
        raise SystemExit(0 if measure(options) else 1)


@contextmanager
def installation(options: argparse.Namespace) -> Iterator[None]:
    """The installation asked for, or a demo province of its own."""
    if options.home:
        os.environ["LANGBIANG_HOME"] = str(options.home.resolve())
        yield
        return
    with province(None, cases=options.cases) as home:
        os.environ["LANGBIANG_HOME"] = str(home)
        run("migrate", "--quiet")
        run("measures", "rebuild")
        yield


def measure(options: argparse.Namespace) -> bool:
    """Draw, weigh, write; gives whether what is wanted was met."""
    say("maps")
    maps = drawn(options.days, options.turns, options.drawing)
    say("walls")
    walls = weighed()
    say("briefs")
    briefs = written()
    whole = {key: spread([ms for each in maps.values() for ms in each[key]]) for key in ("elapsed", "processor")}
    database = max(each["database"][0] for each in maps.values())
    slowest = max(maps, key=lambda name: spread(maps[name]["processor"])["p95"])
    heaviest = max(walls, key=lambda name: sum(walls[name].values()))
    table(
        ["", "median", "p95", "worst", "wanted"],
        [
            (f"a map of 124 units, processor ms ({len(maps)} measures, {len(options.days)} periods)",
             *(whole["processor"][key] for key in ("median", "p95", "worst")), f"p95 <= {MAP_MS}"),
            ("and of its database, mean of the costliest measure", round(database, 2), "", "", "together"),
            ("the same as time that passed, ms", *(whole["elapsed"][key] for key in ("median", "p95", "worst")), ""),
            (f"costliest measure: {slowest}", *(spread(maps[slowest]["processor"])[key] for key in ("median", "p95", "worst")), ""),
            *((f"wall {name}, kB: page {each['page'] / 1000:.0f}, what it loads {each['assets'] / 1000:.0f}", "", "",
               f"{sum(each.values()) / 1000:.0f}", f"< {WALL_BYTES // 1000}") for name, each in walls.items()),
            ("the morning brief, ms", *(briefs[key] for key in ("median", "p95", "worst")), f"<= {BRIEF_MS}"),
        ],
    )  # fmt: skip
    passed = whole["processor"]["p95"] + database <= MAP_MS and sum(walls[heaviest].values()) < WALL_BYTES and briefs["worst"] <= BRIEF_MS
    by_measure = {name: {key: spread(each[key]) for key in each} for name, each in maps.items()}
    path = keep("wall", {"map_ms": whole, "map_database_ms": database, "map_ms_by_measure": by_measure, "wall_bytes": walls, "brief_ms": briefs, "passed": passed})
    print(f"{path}: {'met' if passed else 'MISSED'}")
    return passed


def drawn(periods: list[int], turns: int, drawing: str = "hex") -> dict[str, dict[str, list[float]]]:
    """Milliseconds of each map by measure: elapsed, and of the processor; and of the database, as a mean."""
    from django.db import connection
    from django.template.loader import render_to_string
    from django.utils import timezone, translation

    from langbiang.operations.centre import figures, walls

    today = timezone.localdate()
    found: dict[str, dict[str, list[float]]] = {}
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_backend_pid()")
        backend = int(cursor.fetchone()[0])
    with translation.override("vi"):
        for known in figures.every():
            before = processor_seconds([backend]).get(backend, 0.0)
            for days in periods:
                scope = figures.Scope(today - timedelta(days=days - 1), today)
                for turn in range(turns + 1):
                    began, used = time.perf_counter(), time.process_time()
                    shown = walls.map_of(known, scope, way="diverging", url_of=lambda code: f"/centre/figures/x/?unit={code}", drawing=drawing)
                    render_to_string("centre/map.html", {"map": shown, "figures_only": True})
                    if turn:  # the first one also makes the drawing and the template
                        each = found.setdefault(known.name, {"elapsed": [], "processor": []})
                        each["elapsed"].append((time.perf_counter() - began) * 1000)
                        each["processor"].append((time.process_time() - used) * 1000)
            spent = processor_seconds([backend]).get(backend, 0.0) - before
            found[known.name]["database"] = [1000 * spent / (len(periods) * (turns + 1))]
    return found


def weighed() -> dict[str, dict[str, int]]:
    """Bytes of every scene of every wall: the page, and what it loads."""
    from django.conf import settings
    from django.test import Client

    from langbiang.foundation.accounts.models import Account
    from langbiang.operations.centre.models import Layout

    client = Client(HTTP_HOST=next((host for host in settings.ALLOWED_HOSTS if host.strip("*.")), "localhost"))
    account = Account.objects.get(username="admin.lamdong")
    client.force_login(account, backend="allauth.account.auth_backends.AuthenticationBackend")
    found = {}
    for layout in Layout.objects.order_by("pk"):
        for number in range(len(layout.scenes)):
            page: Any = client.get(f"/wall/{layout.slug}/", {"scene": number})
            if page.status_code != 200:
                raise SystemExit(f"The wall {layout.slug} answers {page.status_code}.")
            html = page.content
            name = layout.slug + (f" {number + 1}" if len(layout.scenes) > 1 else "")
            found[name] = {"page": len(gzip.compress(html, 6)), "assets": _assets(html.decode())}
    client.logout()
    return found


def _assets(html: str) -> int:
    """What a page loads, and what its style sheets load in turn."""
    waiting, seen, size = set(LINKED.findall(html)), set(), 0
    while waiting:
        address = waiting.pop()
        seen.add(address)
        data = _static(address)
        size += len(data) if address.endswith((".woff2", ".png")) else len(gzip.compress(data, 6))
        if address.endswith(".css"):
            waiting |= {urljoin(address, each) for each in NAMED.findall(data.decode())} - seen
    return size


def _static(address: str) -> bytes:
    from django.conf import settings
    from django.contrib.staticfiles import finders

    name = unquote(address).removeprefix("/static/")
    collected = Path(settings.STATIC_ROOT) / name
    if collected.is_file():
        return collected.read_bytes()
    source = finders.find(name)
    if not source:
        raise SystemExit(f"{address} is named by a page and is not there.")
    return Path(str(source)).read_bytes()


def written() -> dict[str, float]:
    """Milliseconds of briefs of past days, as written at 06:30 of each."""
    from django.db import transaction
    from django.utils import timezone

    from langbiang.operations.centre import services
    from langbiang.operations.centre.models import Brief

    took = []
    for back in range(1, 8):
        day = timezone.localdate() - timedelta(days=back)
        at = timezone.make_aware(datetime.combine(day, clock(6, 30)))
        with transaction.atomic():
            Brief.objects.filter(day=day).delete()
            began = time.perf_counter()
            services.write_brief(day=day, at=at)
            took.append((time.perf_counter() - began) * 1000)
            transaction.set_rollback(True)
    return spread(took)


if __name__ == "__main__":
    main()
