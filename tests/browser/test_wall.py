"""A result is handed over on one page; the wall on another shows it, and leads to that very case for those who may see it."""

import re
import time
from collections.abc import Callable

from playwright.sync_api import BrowserContext, Page, expect

from tests.browser.conftest import axe_findings, sign_in_staff
from tests.platform import Platform

Contexts = Callable[..., BrowserContext]
WITHIN_S = 2.0

# A case of some unit that waits to be handed over, somebody there who may do it, and the last digits of its owner.
WAITING = """
from django.utils import timezone
from langbiang.foundation.access import queries as access
from langbiang.foundation.accounts.models import Account
from langbiang.government.cases.models import WorkItem
day = timezone.localdate()
for item in WorkItem.objects.filter(kind="return", is_open=True, case__business="decided", case__closed_at=None).select_related("case__owner").order_by("pk"):
    holders = access.holders(on=day, agency_id=item.agency_id, roles=["returner"])
    leaders = access.holders(on=day, agency_id=item.case.competent_unit_id, roles=["leader"])
    if holders and leaders and item.agency_id == item.case.competent_unit_id:
        name = lambda holder: Account.objects.get(pk=holder.account_id).username
        print(item.case_id, name(holders[0]), name(leaders[0]), (item.case.owner.identity_no or "0000")[-4:])
        break
"""

UNTOLD = """
from django.db import connection
with connection.cursor() as cursor:
    cursor.execute("SELECT count(*) FROM procrastinate_jobs WHERE queue_name IN ('events', 'measures') AND status <> 'todo'"
                   " OR queue_name = 'events' AND status = 'todo'")
    print(cursor.fetchone()[0])
"""


def officer(contexts: Contexts, username: str) -> Page:
    page = contexts(viewport={"width": 1920, "height": 1080}).new_page()
    sign_in_staff(page, username)
    return page


def at_rest(platform: Platform) -> None:
    """What the history of the demo province has left to tell is told: a day begins at rest."""
    until = time.monotonic() + 120
    while int(platform.ask(UNTOLD).splitlines()[-1]):
        assert time.monotonic() < until, "the events of the demo province are not told"
        time.sleep(1)


def returned(page: Page) -> int:
    tile = page.locator(".tile-number", has_text="Kết quả đã trả").first
    return int(tile.locator("[data-figure]").inner_text().replace(".", ""))


def test_a_returned_case_moves_the_wall_within_two_seconds_and_the_figure_leads_to_it(
    new_context: Contexts, platform: Platform
) -> None:
    case, returner, leader, digits = platform.ask(WAITING).splitlines()[-1].split()
    at_rest(platform)
    wall = officer(new_context, leader)
    wall.goto("/wall/dieu-hanh/")
    before = returned(wall)
    wall.wait_for_timeout(1500)  # the line stands
    desk = officer(new_context, returner)
    desk.goto(f"/work/cases/{case}/do/hand-over-result/")
    desk.fill("[name=collector]", "Nguyễn Thị Nhận")
    desk.fill("[name=identity_last4]", digits)
    desk.locator("main form button.btn-primary").first.click()
    desk.wait_for_load_state()
    begun = time.monotonic()
    while returned(wall) == before and time.monotonic() - begun < 10:
        wall.wait_for_timeout(50)
    took = time.monotonic() - begun
    assert returned(wall) == before + 1
    assert took < WITHIN_S, f"{took:.1f} s"

    wall.locator(".tile-number", has_text="Kết quả đã trả").first.get_by_role("link").click()
    wall.get_by_role("link", name="Hồ sơ làm nên số liệu này").click()
    link = wall.locator(f"a[href='/work/cases/{case}/']")
    expect(link).to_be_visible()
    link.click()
    expect(wall.locator("#case-title")).to_be_visible()
    stranger = officer(new_context, "receiver1.damrong1")
    assert stranger.goto(f"/work/cases/{case}/").status in (403, 404)  # type: ignore[union-attr]
    assert stranger.goto("/wall/dieu-hanh/").status == 403  # type: ignore[union-attr]


def test_a_wall_says_that_it_is_old_when_the_line_is_cut(new_context: Contexts) -> None:
    wall = officer(new_context, "admin.lamdong")
    wall.goto("/wall/toan-canh/")
    expect(wall.locator(".tile-stale")).to_have_count(0)
    wall.context.set_offline(True)
    # Two minutes later by the clock of the page, with nothing renewed since.
    wall.evaluate(
        "document.querySelectorAll('[data-as-of]').forEach(t => t.dataset.asOf = String(Number(t.dataset.asOf) - 120))"
    )
    expect(wall.locator(".tile-stale .tile-old").first).to_contain_text(re.compile("cũ", re.IGNORECASE))


def test_walls_are_light_and_readable(new_context: Contexts) -> None:
    wall = officer(new_context, "admin.lamdong")
    for address in ("/wall/dieu-hanh/", "/wall/toan-canh/", "/wall/mosaic/", "/wall/sanh/"):
        sizes: list[int] = []
        wall.on("response", lambda answer, sizes=sizes: sizes.append(int(answer.headers.get("content-length") or 0)))
        wall.goto(address)
        wall.wait_for_timeout(300)
        assert sum(sizes) < 600_000, f"{address}: {sum(sizes)} bytes"
        assert axe_findings(wall) == []
        assert wall.locator("svg.hex-choropleth polygon").count() >= 124
