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
    assert stranger.goto(f"/work/cases/{case}/").status in (403, 404)  # type: ignore[union-attr]  # a page was reached
    assert stranger.goto("/wall/dieu-hanh/").status == 403  # type: ignore[union-attr]  # a page was reached


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


SMALLEST = """() => {
  let least = [Infinity, ""];
  const walk = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (walk.nextNode()) {
    const words = walk.currentNode.textContent.trim(), home = walk.currentNode.parentElement;
    if (!words || !home.checkVisibility() || home.closest(".visually-hidden, .skip-link, title")) continue;
    const scale = home.ownerSVGElement ? home.getScreenCTM().a : 1;
    const size = parseFloat(getComputedStyle(home).fontSize) * scale;
    if (size < least[0]) least = [size, words];
  }
  return least;
}"""
CUT = """() => [...document.querySelectorAll(".tile")].flatMap((tile) => {
  const edge = tile.getBoundingClientRect();
  return [...tile.querySelectorAll(".tile-title, .tile-value, .tile-note, .tile-source, .map-side li")].filter((part) => {
    const box = part.getBoundingClientRect();
    return box.width && (box.right > edge.right + 1 || box.bottom > edge.bottom + 1);
  }).map((part) => part.textContent.trim());
})"""
WALLS = [
    ("/wall/dieu-hanh/", 3840, 2160), ("/wall/dieu-hanh/?scene=1", 3840, 2160), ("/wall/mosaic/", 3840, 2160),
    ("/wall/kinh-te-xa-hoi/", 3840, 2160), ("/wall/giao-thong/", 3840, 2160), ("/wall/toan-canh/", 7680, 2160),
    ("/wall/sanh/", 2160, 3840),
]  # fmt: skip


def test_on_4k_no_word_is_smaller_than_28_px_and_none_is_cut_off(new_context: Contexts) -> None:
    wall = officer(new_context, "admin.lamdong")
    for address, width, height in WALLS:
        wall.set_viewport_size({"width": width, "height": height})
        wall.goto(address)
        least, words = wall.evaluate(SMALLEST)
        assert least >= 27.5, f"{address}: {least:.1f} px, {words!r}"
        assert wall.evaluate(CUT) == [], address


def test_scenes_follow_each_other_and_stay_while_somebody_works_on_the_wall(new_context: Contexts) -> None:
    page = new_context(viewport={"width": 1920, "height": 1080}).new_page()
    page.clock.install()
    sign_in_staff(page, "admin.lamdong")
    page.goto("/wall/dieu-hanh/")
    grid = page.locator("[data-wall]")
    expect(grid).to_have_attribute("data-scene", "0")
    page.clock.run_for(31_000)
    expect(grid).to_have_attribute("data-scene", "1")
    page.locator(".tile a").first.focus()
    page.clock.run_for(31_000)
    expect(grid).to_have_attribute("data-scene", "1")


def test_the_way_down_needs_no_mouse(new_context: Contexts) -> None:
    page = officer(new_context, "admin.lamdong")
    page.goto("/wall/dieu-hanh/")

    def tab_to(selector: str) -> None:
        for _press in range(200):
            page.keyboard.press("Tab")
            if page.evaluate("selector => document.activeElement.matches(selector)", selector):
                return
        raise AssertionError(f"the keyboard does not reach {selector}")

    tab_to("svg.hex-choropleth a")
    name = page.evaluate("document.activeElement.getAttribute('aria-label')")
    assert re.match(r"(Xã|Phường|Đặc khu) .+: ", name)  # the unit and its figure are told without looking
    page.keyboard.press("Enter")
    page.wait_for_url("**/centre/figures/**unit=**")
    tab_to("section[aria-labelledby=parts] td a")
    page.keyboard.press("Enter")
    page.wait_for_url("**agency=**")
    tab_to("a[href*='/cases/?']")
    page.keyboard.press("Enter")
    page.wait_for_url("**/cases/?**")


def test_the_desk_is_readable_by_everybody_on_a_telephone_and_a_screen(new_context: Contexts) -> None:
    page = officer(new_context, "admin.lamdong")
    for width in (360, 1440):
        page.set_viewport_size({"width": width, "height": 900})
        for address in (
            "/centre/", "/centre/figures/cases.on_time/", "/centre/figures/traffic.alerts_open/", "/centre/alerts/",
            "/centre/alerts/silences/", "/centre/brief/", "/centre/dashboards/", "/centre/dashboards/new/", "/centre/keys/",
        ):  # fmt: skip
            page.goto(address)
            assert axe_findings(page) == [], f"{address} at {width}"
            beyond = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
            assert beyond <= 0, f"{address} at {width} is {beyond} px too wide"


def test_a_unit_chosen_on_the_map_of_a_dashboard_narrows_its_figures(new_context: Contexts) -> None:
    page = officer(new_context, "admin.lamdong")
    page.goto("/centre/dashboards/new/")
    page.fill("[name=title]", "Theo dõi buổi sáng")
    for line, view in ((0, "number"), (1, "map")):
        page.select_option(f"[name=t{line}-measure]", "cases.received")
        page.select_option(f"[name=t{line}-view]", view)
        page.select_option(f"[name=t{line}-days]", "365")
    page.locator("main form button.btn-primary").first.click()
    page.wait_for_url(re.compile(r"/centre/dashboards/\d+/"))
    whole = page.locator(".board-number [data-figure]").inner_text()
    cell = page.locator(".board-map svg a").nth(40)
    told = cell.get_attribute("aria-label") or cell.locator("title").text_content() or ""
    cell.focus()
    page.keyboard.press("Enter")
    page.wait_for_url("**unit=**")
    narrowed = page.locator(".board-number [data-figure]").inner_text()
    assert narrowed == told.rpartition(": ")[2]
    assert narrowed != whole
    page.get_by_role("link", name="Xem toàn tỉnh").click()
    expect(page.locator(".board-number [data-figure]")).to_have_text(whole)
