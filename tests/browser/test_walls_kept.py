"""A wall is put together with the keyboard alone, seen while it is typed, and followed by its screens."""

import re
from collections.abc import Callable

from playwright.sync_api import BrowserContext, Page, expect

from tests.browser.conftest import sign_in_staff

Contexts = Callable[..., BrowserContext]


def officer(contexts: Contexts) -> Page:
    page = contexts(viewport={"width": 1440, "height": 900}).new_page()
    sign_in_staff(page, "admin.lamdong")
    return page


def tab_to(page: Page, selector: str) -> None:
    for _press in range(300):
        page.keyboard.press("Tab")
        if page.evaluate("selector => document.activeElement.matches(selector)", selector):
            return
    raise AssertionError(f"the keyboard does not reach {selector}")


def typed(page: Page, selector: str, words: str) -> None:
    tab_to(page, selector)
    page.keyboard.press("Control+A")
    page.keyboard.type(words)


def test_a_wall_is_made_by_keyboard_alone_seen_while_typing_and_followed_by_its_screen(new_context: Contexts) -> None:
    page = officer(new_context)
    page.goto("/centre/walls/new/")
    typed(page, "[name=title]", "Sảnh tầng hai")
    typed(page, "[name=s0-title]", "Hôm nay")
    tab_to(page, "button[value='tile:0']")
    page.keyboard.press("Enter")
    page.wait_for_load_state()
    expect(page.locator("[name=title]")).to_have_value("Sảnh tầng hai")
    tab_to(page, "[name=s0t0-what]")
    page.keyboard.type("Hồ sơ đã nhận")
    page.locator("[name=s0t0-what]").evaluate("each => { each.value = 'measure:cases.received'; each.dispatchEvent(new Event('input', {bubbles: true})) }")
    frame = page.frame_locator(".wall-preview iframe")
    expect(frame.locator(".tile-number")).to_have_count(1)
    typed(page, "[name=s0t0-x]", "11")
    expect(page.locator("#preview")).to_contain_text("ngoài lưới")
    expect(frame.locator(".tile-number")).to_have_count(0)
    typed(page, "[name=reason]", "Màn hình ở tầng hai")
    tab_to(page, "button[value=save]")
    page.keyboard.press("Enter")
    expect(page.locator("details[open] [name=s0t0-x]")).to_have_value("11")
    expect(page.locator("main")).to_contain_text("Cảnh 1, ô 1")
    typed(page, "[name=s0t0-x]", "4")
    tab_to(page, "button[value=save]")
    page.keyboard.press("Enter")
    page.wait_for_url(re.compile(r"/centre/walls/sanh-tang-hai(-\d+)?/(#.*)?$"))
    slug = page.url.partition("#")[0].rstrip("/").rpartition("/")[2]

    wall = officer(new_context)
    wall.goto(f"/wall/{slug}/")
    expect(wall.locator("html")).to_have_attribute("data-theme", "wall")
    expect(wall.locator(".tile-number")).to_have_attribute("data-x", "4")
    wall.wait_for_timeout(1500)  # the line stands
    page.goto(f"/centre/walls/{slug}/change/")
    page.select_option("[name=theme]", "light")
    page.locator(".tile-line summary").first.click()
    page.fill("[name=s0t0-x]", "7")
    page.fill("[name=reason]", "Phòng sáng")
    page.locator("button[value=save]").click()
    page.wait_for_url(re.compile(f"/centre/walls/{slug}/(#.*)?$"))
    expect(wall.locator("html")).to_have_attribute("data-theme", "wall-light", timeout=15_000)
    expect(wall.locator(".tile-number")).to_have_attribute("data-x", "7")
