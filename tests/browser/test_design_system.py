"""The style pages in a real browser: for every reader, at every width, by keyboard, and without scripts."""

from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import BrowserContext, Page, Route, expect

from tests.browser.conftest import axe_findings

PAGES = [
    "/ui/",
    "/ui/?shell=workbench",
    "/ui/portal",
    "/ui/workbench",
    "/ui/workbench?open=1",
    "/ui/wall",
    "/ui/kiosk",
    "/no-such-page",
]


@pytest.mark.parametrize("address", PAGES)
def test_axe_finds_nothing_serious(page: Page, address: str) -> None:
    page.goto(address)
    assert axe_findings(page) == []


@pytest.mark.parametrize("width", [320, 768, 1440])
@pytest.mark.parametrize("address", ["/ui/", "/ui/?shell=workbench", "/ui/portal", "/ui/workbench"])
def test_no_page_scrolls_sideways(page: Page, address: str, width: int) -> None:
    page.set_viewport_size({"width": width, "height": 800})
    page.goto(address)
    assert page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth") <= 0


@pytest.mark.parametrize("address", PAGES)
def test_the_content_security_policy_blocks_nothing_of_ours(page: Page, address: str) -> None:
    problems: list[str] = []
    page.on("console", lambda m: problems.append(m.text) if m.type == "error" and "404" not in m.text else None)
    page.on("pageerror", lambda e: problems.append(str(e)))
    page.goto(address)
    page.wait_for_load_state("networkidle")
    assert problems == []


def test_the_list_is_walked_and_opened_by_keyboard(page: Page) -> None:
    page.goto("/ui/workbench")
    page.keyboard.press("j")  # from the open record to the one below it
    items = page.locator("[data-item]")
    expect(items.nth(1)).to_have_class("queue-item is-here")
    with page.expect_response(lambda r: "open=" in r.url):
        page.keyboard.press("Enter")
    expect(page.locator(".queue-link").nth(1)).to_have_attribute("aria-current", "true")
    assert "open=" in page.url
    page.keyboard.press("j")
    expect(items.nth(2)).to_have_class("queue-item is-here")
    page.keyboard.press("k")
    expect(items.nth(1)).to_have_class("queue-item is-here")
    page.keyboard.press("x")
    expect(items.nth(1).locator("input")).to_be_checked()


def test_actions_and_help_open_by_key_and_close_by_escape(page: Page) -> None:
    page.goto("/ui/workbench?open=1")
    page.keyboard.press("a")
    menu = page.locator("details[data-action-menu]")
    expect(menu).to_have_attribute("open", "")
    expect(page.locator(".menu-item").filter(has_text="Yêu cầu bổ sung")).to_be_focused()
    page.keyboard.press("ArrowDown")
    expect(page.locator(".menu-item").filter(has_text="Xin ý kiến")).to_be_focused()
    page.keyboard.press("Escape")
    expect(menu).not_to_have_attribute("open", "")
    page.keyboard.press("?")
    expect(page.locator(".keyboard-help")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.locator(".keyboard-help")).not_to_be_visible()


def test_keys_typed_into_a_field_stay_text(page: Page) -> None:
    page.goto("/ui/?shell=workbench")
    field = page.locator("textarea").first
    field.click()
    page.keyboard.type("ajx?/")
    expect(field).to_have_value("ajx?/")
    expect(page.locator(".keyboard-help")).not_to_be_visible()


def test_a_second_click_sends_nothing(page: Page) -> None:
    page.goto("/ui/")
    form = page.locator("form.confirm-act")
    sent: list[str] = []

    def receive(route: Route) -> None:
        if route.request.method != "POST":
            return route.continue_()
        sent.append(route.request.method)
        return route.fulfill(status=204)

    page.route("**/ui/", receive)
    button = form.locator("button")
    button.click(no_wait_after=True)
    button.click(no_wait_after=True, force=True)
    button.press("Enter", no_wait_after=True)
    page.wait_for_timeout(300)
    assert sent == ["POST"]
    expect(button).to_contain_text("Đang gửi")


def test_the_error_summary_takes_the_focus_and_leads_to_the_field(page: Page) -> None:
    page.goto("/ui/")
    expect(page.locator("[data-error-summary]")).to_be_focused()
    page.locator("[data-error-summary] a").filter(has_text="Ngày sinh").click()
    expect(page.locator("#id_born_on_day")).to_be_focused()


def test_chosen_files_are_shown_checked_and_removable(page: Page, tmp_path: Path) -> None:
    small, large = tmp_path / "giấy chứng sinh.pdf", tmp_path / "ảnh lớn.png"
    small.write_bytes(b"x" * 2_000)
    large.write_bytes(b"x" * 20_500_000)
    page.goto("/ui/")
    page.set_input_files("#id_a-scan", [small, large])
    rows = page.locator(".upload-item")
    expect(rows).to_have_count(2)
    expect(rows.nth(1).locator(".upload-problem")).to_contain_text("lớn hơn 20")
    rows.nth(1).locator("button").click()
    expect(rows).to_have_count(1)
    assert page.evaluate("document.querySelector('#id_a-scan').files.length") == 1


def test_everything_is_reached_without_scripts(new_context: Callable[..., BrowserContext]) -> None:
    page = new_context(java_script_enabled=False, viewport={"width": 1280, "height": 800}).new_page()
    page.goto("/ui/workbench")
    page.locator(".queue-link").nth(2).click()
    assert "open=" in page.url
    page.locator("details[data-action-menu] summary").click()
    expect(page.locator(".menu-item").filter(has_text="Yêu cầu bổ sung")).to_be_visible()
    page.goto("/ui/")
    page.locator(".density-switch button").first.click()
    expect(page.locator(".data-table.density-compact")).to_be_visible()
    page.locator(".languages button").click()
    expect(page.locator("html")).to_have_attribute("lang", "en")


def test_print_shows_the_record_without_the_furniture(page: Page) -> None:
    page.goto("/ui/workbench?open=1")
    page.emulate_media(media="print")
    expect(page.locator(".rail")).not_to_be_visible()
    expect(page.locator(".split-list")).not_to_be_visible()
    expect(page.locator(".record-head h2")).to_be_visible()


def test_the_wall_shows_everything_without_scrolling(page: Page) -> None:
    for width, height in ((1920, 1080), (3840, 2160)):
        page.set_viewport_size({"width": width, "height": height})
        page.goto("/ui/wall")
        assert page.evaluate("document.documentElement.scrollHeight") <= height
        hidden = "[...document.querySelectorAll('.tile')].filter(t => t.scrollHeight > t.clientHeight + 1).length"
        assert page.evaluate(hidden) == 0
    smallest = "Math.min(...[...document.querySelectorAll('.wall *')].filter(e => e.childNodes.length && [...e.childNodes].some(n => n.nodeType === 3 && n.textContent.trim())).map(e => parseFloat(getComputedStyle(e).fontSize)))"
    assert page.evaluate(smallest) >= 28
    assert page.evaluate("parseFloat(getComputedStyle(document.querySelector('.tile-l .tile-value')).fontSize)") >= 96


def test_every_target_of_the_kiosk_is_large_enough(page: Page) -> None:
    page.set_viewport_size({"width": 1080, "height": 1920})
    page.goto("/ui/kiosk")
    boxes = page.evaluate(
        "[...document.querySelectorAll('a:not(.skip-link), button:not([hidden])')].map(e => e.getBoundingClientRect()).map(r => [r.width, r.height])"
    )
    assert boxes
    assert all(width >= 60 and height >= 60 for width, height in boxes)
