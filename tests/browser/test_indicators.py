"""A clerk fills in reports with the keyboard alone; another person checks; the figure is known with its whole past."""

import re
from collections.abc import Callable

from playwright.sync_api import BrowserContext, Page, expect

from tests.browser.conftest import axe_findings, sign_in_staff
from tests.platform import Platform

Contexts = Callable[..., BrowserContext]
# A report of the ward that is due in a week and that nobody has begun.
OWED = """
from datetime import timedelta
from django.utils import timezone
from langbiang.foundation.organizations import queries as organizations
from langbiang.government.indicators.models import Indicator, Obligation
ward = organizations.agency_id_of("H36.223")
Obligation.objects.filter(agency_id=ward, period="2031-01").delete()
report = Obligation.objects.create(
    indicator=Indicator.objects.get(code="TOURIST", valid_to=None), agency_id=ward, about_id=ward, period="2031-01",
    last_day="2031-01-31", due_at=timezone.now() + timedelta(days=7), missing_at=timezone.now() + timedelta(days=8),
)
print(report.pk)
"""


def officer(contexts: Contexts, username: str) -> Page:
    page = contexts(viewport={"width": 1440, "height": 900}).new_page()
    sign_in_staff(page, username)
    return page


def test_figures_are_typed_with_the_keyboard_checked_by_another_and_published(platform: Platform, new_context: Contexts) -> None:
    pk = platform.ask(OWED).splitlines()[-1]
    clerk = officer(new_context, "officer1.xuanhuongdalat")
    clerk.goto(f"/work/indicators/reports/#r{pk}")
    block = clerk.locator(f"#r{pk}")
    cells = block.locator(".report-cell")
    cells.first.focus()
    clerk.keyboard.type("12.5")
    clerk.keyboard.press("Tab")
    expect(block.locator(".field-error")).to_contain_text("hai cách")
    cells.first.focus()
    clerk.keyboard.press("Control+A")
    clerk.keyboard.type("12.500")
    clerk.keyboard.press("Tab")
    expect(block.get_by_text("Đã lưu").first).to_be_visible()
    # The second figure, from the book: a slip of the hand shows where the two disagree.
    expect(cells.nth(1)).to_be_focused()
    clerk.keyboard.type("15.200")
    clerk.keyboard.press("Tab")
    expect(block.locator(".report-finding")).to_contain_text("15.200")
    cells.nth(1).focus()
    clerk.keyboard.press("Control+A")
    clerk.keyboard.type("12.500")
    clerk.keyboard.press("Tab")
    expect(block.locator(".report-finding")).to_have_count(0)
    # The field that asked why is gone with the question; the keyboard goes on to the folded parts, and past them to the next figure.
    expect(block.locator("summary")).to_be_focused()
    clerk.keyboard.press("Tab")
    expect(cells.nth(2)).to_be_focused()
    clerk.keyboard.type("99.999")
    clerk.keyboard.press("Tab")
    expect(block.get_by_text(re.compile("Lớn hơn"))).to_be_visible()
    cells.nth(2).focus()
    clerk.keyboard.press("Control+A")
    clerk.keyboard.type("900")
    clerk.keyboard.press("Tab")
    expect(block.get_by_text(re.compile("Lớn hơn"))).to_have_count(0)
    expect(cells.nth(3)).to_be_focused()
    clerk.keyboard.type("900")
    clerk.keyboard.press("Tab")
    expect(cells.nth(4)).to_be_focused()
    clerk.keyboard.type("k")
    clerk.keyboard.press("Tab")
    expect(block.get_by_text("Đã lưu").nth(2)).to_be_visible()
    assert axe_findings(clerk) == []
    expect(cells.nth(5)).to_be_focused()
    clerk.keyboard.press("Tab")
    expect(block.get_by_role("button", name="Gửi báo cáo")).to_be_focused()
    clerk.keyboard.press("Enter")
    clerk.wait_for_load_state()
    expect(clerk.locator(f"#r{pk}")).to_contain_text("Đã gửi, chờ duyệt")

    head = officer(new_context, "director.xuanhuongdalat")
    head.goto(f"/work/indicators/report/{pk}/")
    assert axe_findings(head) == []
    head.get_by_role("button", name="Số liệu đúng").click()
    head.wait_for_load_state()

    office = officer(new_context, "dispatcher.lamdong")
    office.goto("/work/indicators/check/publish/")
    for box in office.locator("input[name=report]").all():
        box.set_checked(box.get_attribute("value") == pk)
    office.get_by_role("button", name="Công bố các báo cáo đã chọn").click()
    office.wait_for_load_state()
    ward = platform.ask(
        "from langbiang.foundation.organizations import queries as o\nprint(o.agency_id_of('H36.223'))"
    ).splitlines()[-1]
    office.goto(f"/work/indicators/at/TOURIST/{ward}/2031-01/")
    expect(office.locator(".figure-value, main p").first).to_be_visible()
    expect(office.locator("main")).to_contain_text("12.500 lượt")
    expect(office.locator("main")).to_contain_text("không phát sinh")
    assert axe_findings(office) == []


def test_a_missed_deadline_is_noticed_by_the_running_platform_within_a_minute(platform: Platform) -> None:
    platform.ask(OWED.replace("2031-01", "2031-02").replace("2031-02-31", "2031-02-28"))
    platform.ask(
        "from datetime import timedelta\nfrom django.utils import timezone\n"
        "from langbiang.government.indicators.models import Obligation\n"
        "Obligation.objects.filter(period='2031-02').update(due_at=timezone.now() + timedelta(seconds=2))"
    )
    late = platform.ask(
        "import time\nfrom langbiang.government.indicators.models import Obligation\n"
        "for _ in range(70):\n"
        "    row = Obligation.objects.get(period='2031-02')\n"
        "    if row.state == 'overdue':\n"
        "        print((row.flagged_at - row.due_at).total_seconds())\n"
        "        break\n"
        "    time.sleep(1)"
    )
    assert 0 <= float(late.splitlines()[-1]) <= 60


def test_parts_are_unfolded_typed_and_held_against_their_total_with_the_keyboard(platform: Platform, new_context: Contexts) -> None:
    pk = platform.ask(OWED.replace("2031-01", "2031-03")).splitlines()[-1]
    clerk = officer(new_context, "officer1.xuanhuongdalat")
    clerk.goto(f"/work/indicators/reports/#r{pk}")
    block = clerk.locator(f"#r{pk}")
    block.locator(".report-cell").first.focus()
    clerk.keyboard.type("100")
    clerk.keyboard.press("Tab")
    expect(block.get_by_text("Đã lưu").first).to_be_visible()
    clerk.keyboard.press("Tab")
    summary, parts = block.locator("summary"), block.locator(".report-part-cell")
    expect(summary).to_be_focused()
    expect(parts.first).to_be_hidden()
    clerk.keyboard.press("Enter")
    expect(parts.first).to_be_visible()
    for n, text in enumerate(("70", "10", "8", "7", "15")):
        clerk.keyboard.press("Tab")
        expect(parts.nth(n)).to_be_focused()
        clerk.keyboard.type(text)
    clerk.keyboard.press("Tab")
    expect(summary).to_contain_text("cộng 110 trên tổng 100")
    expect(block.get_by_text(re.compile("các phần cộng lại là 110"))).to_be_visible()
    assert axe_findings(clerk) == []
    parts.nth(4).focus()
    clerk.keyboard.press("Control+A")
    clerk.keyboard.type("5")
    clerk.keyboard.press("Tab")
    expect(summary).to_contain_text("khớp tổng")
    expect(block.get_by_text(re.compile("các phần cộng lại là"))).to_have_count(0)
