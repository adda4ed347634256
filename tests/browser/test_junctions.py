"""The control room in a real browser: the picture follows the reports, two persons arm, an order ends, all without a mouse."""

import re
import subprocess
import sys
import time
from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import BrowserContext, Page, expect

from tests.browser.conftest import axe_findings, sign_in_staff
from tests.platform import ROOT, Platform

Contexts = Callable[..., BrowserContext]
OPERATOR, HEAD, OTHER_HEAD, ENGINEER = (
    f"{seat}.xuanhuongdalat" for seat in ("signals", "shift1", "shift2", "engineer")
)
WITHIN_S = 2.0
# Stands in for the control process: one report a second; another reason from the sixth on, whose instant it prints.
REPORTS = """
import time
from langbiang.site.ready import setup
setup()
from django.utils import timezone
from langbiang.city.junctions import following
for n in range(40):
    at = timezone.now()
    following.report_status(
        "kim-cuc", at=at, mode="local", stage="2" if n >= 5 else "1", queues={"E1": n},
        lamps={"NT": "r" if n >= 5 else "G", "ET": "G" if n >= 5 else "r"}, reason="Sau" if n >= 5 else "Trước",
    )
    if n == 5:
        print(at.timestamp(), flush=True)
    time.sleep(1)
"""
CLEAR = (
    "from langbiang.city.junctions.models import ArmingRequest, Lease, Override\n"
    "from django.utils import timezone\n"
    "now = timezone.now()\n"
    "Lease.objects.filter(ended_at=None).update(ended_at=now)\n"
    "Override.objects.filter(ended_at=None).update(ended_at=now)\n"
    "ArmingRequest.objects.filter(state='asked').update(state='withdrawn')\n"
    "print('ok')"
)


@pytest.fixture(autouse=True)
def _nothing_runs(platform: Platform) -> None:
    platform.ask(CLEAR)


@pytest.fixture
def reports(platform: Platform) -> Iterator[subprocess.Popen[str]]:
    process = subprocess.Popen(
        [sys.executable, "-c", REPORTS], env=platform.environment(), cwd=ROOT, stdout=subprocess.PIPE, text=True
    )
    yield process
    process.kill()
    process.wait()


def officer(contexts: Contexts, username: str) -> Page:
    page = contexts(viewport={"width": 1440, "height": 900}).new_page()
    sign_in_staff(page, username)
    return page


def ask(page: Page) -> None:
    """Ask for arming with the keyboard alone."""
    page.goto("/work/traffic/arming/ask/?at=kim-cuc")
    page.get_by_label("Trong bao nhiêu phút").focus()
    page.keyboard.press("Control+A")
    page.keyboard.type("15")
    page.keyboard.press("Tab")
    page.keyboard.type("Cao điểm")
    page.keyboard.press("Enter")
    page.wait_for_url("**/work/traffic/arming/")


def test_the_live_page_follows_a_report_within_two_seconds(
    new_context: Contexts, platform: Platform, reports: subprocess.Popen[str]
) -> None:
    page = officer(new_context, OPERATOR)
    page.goto("/work/traffic/")
    tile = page.locator("[data-junction=kim-cuc]")
    expect(tile.locator("[data-reason]")).to_have_text("Trước", timeout=20_000)
    expect(tile.locator("[data-reason]")).to_have_text("Sau", timeout=20_000)
    seen = time.time()
    assert reports.stdout is not None
    assert seen - float(reports.stdout.readline()) <= WITHIN_S
    expect(tile.locator("path.lamp-green title", has_text="ET:")).to_have_count(1)
    assert axe_findings(page) == []


def test_when_reports_stop_the_page_says_since_when(
    new_context: Contexts, platform: Platform, reports: subprocess.Popen[str]
) -> None:
    page = officer(new_context, OPERATOR)
    page.goto("/work/traffic/at/kim-cuc/")
    expect(page.locator("#live [data-reason]")).to_have_text("Trước", timeout=20_000)
    reports.kill()
    expect(page.locator("#live")).to_contain_text("Mất tín hiệu từ", timeout=6_000)
    expect(page.locator("#live circle.lamp-green")).to_have_count(0)


def test_two_persons_arm_and_the_first_cannot_confirm(new_context: Contexts, platform: Platform) -> None:
    first, second = officer(new_context, HEAD), officer(new_context, OTHER_HEAD)
    ask(first)
    expect(first.get_by_role("button", name="Xác nhận và giao điều khiển")).to_have_count(0)
    expect(first.get_by_text("Chính bạn đã đề nghị")).to_be_visible()
    number = first.locator("[data-request]").get_attribute("data-request")
    token = first.locator("input[name=csrfmiddlewaretoken]").first.input_value()
    answer = first.request.post(
        f"/work/traffic/arming/{number}/confirm/", form={"csrfmiddlewaretoken": token}, headers={"Referer": platform.url}
    )
    assert "Chính bạn đã đề nghị việc này" in answer.text()
    second.goto("/work/traffic/arming/")
    second.get_by_role("button", name="Xác nhận và giao điều khiển").focus()
    second.keyboard.press("Enter")
    expect(second.get_by_role("link", name="Nút Kim Cúc")).to_be_visible()
    assert axe_findings(second) == []
    first.goto("/work/traffic/at/kim-cuc/")
    first.get_by_role("button", name="Thu lại ngay").focus()
    first.keyboard.press("Enter")
    expect(first.get_by_text("Đã thu lại")).to_be_visible()
    expect(first.get_by_role("button", name="Thu lại ngay")).to_have_count(0)


def test_an_order_by_hand_ends_by_itself(new_context: Contexts, platform: Platform) -> None:
    page = officer(new_context, OPERATOR)
    page.goto("/work/traffic/at/kim-cuc/override/")
    page.get_by_label("Vàng nháy").check()
    page.get_by_label("Lý do").fill("Lễ hội")
    page.get_by_role("button", name="Ra lệnh").click()
    live = page.locator("#live")
    expect(live).to_contain_text("Lễ hội")
    # The clock cannot be waited for: the end is moved to two seconds from now, and the page must notice by itself.
    platform.ask(
        "from datetime import timedelta\nfrom django.utils import timezone\n"
        "from langbiang.city.junctions.models import Override\n"
        "row = Override.objects.get(ended_at=None)\nrow.expires_at = timezone.now() + timedelta(seconds=2)\n"
        "row.save()\nprint(row.pk)"
    )
    expect(live).not_to_contain_text("Lễ hội", timeout=6_000)


def test_focus_stays_where_it_is_while_the_picture_changes(
    new_context: Contexts, platform: Platform, reports: subprocess.Popen[str]
) -> None:
    page = officer(new_context, OPERATOR)
    page.goto("/work/traffic/")
    page.locator("#to-kim-cuc").focus()
    expect(page.locator("[data-junction=kim-cuc] [data-reason]")).to_have_text("Sau", timeout=30_000)
    expect(page.locator("#to-kim-cuc")).to_be_focused()
    page.keyboard.press("Enter")
    page.wait_for_url(re.compile("/work/traffic/at/kim-cuc/"))


@pytest.mark.parametrize(
    ("username", "address"),
    [
        (OPERATOR, "/work/traffic/"), (OPERATOR, "/work/traffic/at/dai-hoc/"), (OPERATOR, "/work/traffic/arming/"),
        (OPERATOR, "/work/traffic/arming/ask/"), (OPERATOR, "/work/traffic/at/dai-hoc/override/"),
        (OPERATOR, "/work/traffic/alerts/"), (OPERATOR, "/work/traffic/shadow/"), (OPERATOR, "/work/traffic/gain/"),
        (HEAD, "/work/traffic/plans/"), (ENGINEER, "/work/traffic/at/dai-hoc/plans/new/"),
        (ENGINEER, "/work/traffic/at/dai-hoc/layout/"),
    ],
)  # fmt: skip
def test_every_page_fits_a_telephone_and_satisfies_axe(page: Page, username: str, address: str) -> None:
    sign_in_staff(page, username)
    for width in (360, 1440):
        page.set_viewport_size({"width": width, "height": 800})
        page.goto(address)
        over = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
        assert over <= 0, f"{over} px too wide at {width}"
    assert axe_findings(page) == []
