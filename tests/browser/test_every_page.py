"""Every kind of page in a real browser: nothing serious for axe, nothing that scrolls sideways on a telephone."""

from collections.abc import Callable

import pytest
from playwright.sync_api import BrowserContext, Page

from tests.browser.conftest import axe_findings, sign_in_citizen, sign_in_staff
from tests.platform import Platform

PUBLIC = [
    "/", "/procedures/", "/procedures/?q=khai+sinh", "/procedures/?q=khong+co+gi+nhu+the", "/procedures/1.001193/",
    "/procedures/1.001193/check/", "/track/", "/v/", "/v/aaaaaaaaaaaaaaaaaaaaaaaaaa", "/sign-in/", "/staff/sign-in/",
    "/open-data/", "/no-such-page",
]  # fmt: skip
CITIZEN = ["/my/cases/", "/file/1.001193/", "/account/"]
OFFICERS = {
    "receiver1.xuanhuongdalat": [
        "/work/", "/work/queue/receive/", "/work/queue/mine/", "/work/queue/unit/", "/work/queue/overdue/",
        "/work/queue/waiting/", "/work/queue/consult/", "/work/queue/sign/", "/work/queue/return/", "/work/search/?q=zz",
        "/work/register/", "/work/counter/", "/account/",
    ],
    "director.xuanhuongdalat": [
        "/work/queue/unit/", "/work/queue/soon/", "/centre/dashboards/", "/work/quality/", "/work/quality/by/agency/",
        "/work/quality/losses/ON_TIME/", "/work/quality/risk/", "/work/quality/what-if/",
    ],
    "chairperson.xuanhuongdalat": ["/centre/dashboards/new/"],
    "officer1.xuanhuongdalat": [
        "/work/indicators/", "/work/indicators/matrix/", "/work/indicators/reports/", "/work/indicators/reports/upload/",
        "/work/indicators/at/TOURIST/", "/work/indicators/at/GRDP_CAP/",
    ],
    "dispatcher.lamdong": ["/work/indicators/check/", "/work/indicators/check/publish/"],
    "catalogue.lamdong": ["/manage/procedures/", "/manage/procedures/imports/", "/manage/procedures/new/"],
    "admin.lamdong": [
        "/manage/agencies/", "/manage/roles/", "/manage/accounts/", "/manage/accounts/enrol/", "/manage/calendars/",
        "/manage/signatures/", "/manage/signatures/authorities/", "/manage/exchange/", "/manage/exchange/messages/",
        "/centre/", "/centre/figures/cases.on_time/", "/centre/figures/cases.received/cases/", "/centre/alerts/",
        "/centre/indicators/POVERTY/", "/centre/indicators/CPI/", "/centre/figures/cases.fees_paid/", "/centre/figures/cases.supplements/cases/", "/centre/brief/", "/centre/keys/",
        "/centre/rules/", "/centre/rules/?ended=1", "/centre/rules/new/", "/centre/rules/1/", "/centre/rules/1/change/", "/centre/rules/1/end/",
        "/centre/walls/", "/centre/walls/?removed=1", "/centre/walls/new/", "/centre/walls/dieu-hanh/", "/centre/walls/dieu-hanh/change/",
        "/centre/walls/sanh/remove/", "/centre/walls/sanh/restore/1/", "/centre/brief/readers/",
        "/manage/reporting/", "/manage/reporting/sources/",
        "/manage/indicators/", "/manage/indicators/locks/", "/manage/indicators/TOURIST/", "/manage/indicators/TOURIST/target/",
        "/manage/indicators/new/", "/manage/indicators/new/?kind=formula", "/manage/indicators/new/?kind=measure", "/manage/indicators/TOURIST/formula/",
        "/manage/indicators/TOURIST/end/", "/manage/indicators/ladder/", "/manage/indicators/outlines/", "/manage/indicators/outlines/BC.KTXH.THANG/",
        "/work/indicators/reminders/", "/work/indicators/time/",
        "/manage/indicators/dimensions/", "/manage/indicators/dimensions/SEX/", "/manage/indicators/dimensions/SEX/end/",
        "/manage/indicators/TOURIST/breakdowns/", "/work/indicators/at/TOURIST/?part=ORIGIN:EUR",
        "/manage/quality/", "/manage/quality/scores/", "/manage/quality/weights/ON_TIME/",
    ],
}  # fmt: skip


def problems(page: Page, address: str) -> list[str]:
    """What is wrong with a page at a telephone's and at a desk's width."""
    found = []
    for width in (360, 1440):
        page.set_viewport_size({"width": width, "height": 800})
        answer = page.goto(address)
        if answer is None or answer.status >= 500:
            found.append(f"{address}: {answer.status if answer else 'no answer'}")
            continue
        over = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
        if over > 0:
            found.append(f"{address} at {width}: {over} px too wide")
    return found + [f"{address}: {finding}" for finding in axe_findings(page)]


def test_public_pages(page: Page) -> None:
    assert [p for address in PUBLIC for p in problems(page, address)] == []


def test_pages_of_a_citizen(page: Page) -> None:
    page.goto("/my/cases/")
    sign_in_citizen(page)
    page.wait_for_url("**/my/cases/")
    assert [p for address in CITIZEN for p in problems(page, address)] == []


@pytest.mark.parametrize("username", OFFICERS)
def test_pages_of_an_officer(page: Page, username: str) -> None:
    sign_in_staff(page, username)
    assert [p for address in OFFICERS[username] for p in problems(page, address)] == []


def test_a_case_with_its_actions(page: Page, platform: Platform) -> None:
    case_id, username = platform.ask(
        "from langbiang.government.cases.models import WorkItem\n"
        "from langbiang.foundation.access import queries as access\n"
        "from django.utils import timezone\n"
        "from langbiang.foundation.accounts.models import Account\n"
        "item = WorkItem.objects.filter(is_open=True, role__in=['dispatcher', 'officer']).order_by('role', 'pk').first()\n"
        "holders = access.holders(on=timezone.localdate(), agency_id=item.agency_id, roles=[item.role])\n"
        "account = item.assignee_id or holders[0].account_id\n"
        "print(item.case_id, Account.objects.get(pk=account).username)"
    ).split()[-2:]
    sign_in_staff(page, username)
    address = f"/work/cases/{case_id}/"
    found = problems(page, address)
    page.goto(address)
    links = page.locator("#todo ~ .form-actions a[href*='/do/'], .panel a[href*='/do/']").evaluate_all(
        "all => all.map(a => a.href)"
    )
    assert links, "the case offers something to do"
    for link in dict.fromkeys(links):
        found += problems(page, link)
    assert found == []


def test_a_citizen_files_by_keyboard_alone(new_context: Callable[..., BrowserContext]) -> None:
    page = new_context(viewport={"width": 1280, "height": 900}).new_page()
    page.goto("/file/2.002516/")
    press_to(page, "main form button")
    page.wait_for_url("**/authorize**")
    press_to(page, "button[name=sub]")
    page.wait_for_url("**/file/2.002516/")
    focus(page, "select[name=place]")
    page.keyboard.type("phường Xuân Hương")
    press_to(page, "main form .btn-primary")
    page.wait_for_url("**/page/1/")
    focus(page, "[name=requester_address]")
    page.keyboard.press("Control+A")
    page.keyboard.type("12 Nguyễn Chí Thanh")
    press_to(page, "main form .btn-primary")
    page.wait_for_url("**/page/2/")
    focus(page, "[name=event_kind]")
    page.keyboard.press("Space")
    for name, text in (
        ("subject_name", "Nguyễn Văn Bình"),
        ("question_text", "Đã đăng ký khai sinh chưa"),
        ("purpose", "Bổ sung hồ sơ"),
    ):
        focus(page, f"[name={name}]")
        page.keyboard.type(text)
    press_to(page, "main form .btn-primary")
    page.wait_for_url("**/page/3/")
    press_to(page, "main form .btn-primary")
    page.wait_for_url("**/page/4/")
    focus(page, "[name=return_way]")
    page.keyboard.press("Space")
    press_to(page, "main form .btn-primary")
    page.wait_for_url("**/check/")
    press_to(page, "main form .btn-primary")
    page.wait_for_url("**/filing/done/**")


def focus(page: Page, selector: str) -> None:
    """Tab until the element has the focus, as somebody without a mouse does."""
    for _step in range(80):
        page.keyboard.press("Tab")
        if page.evaluate("s => document.activeElement !== null && document.activeElement.matches(s)", selector):
            return
    raise AssertionError(f"{selector} is not reached by the Tab key")


def press_to(page: Page, selector: str) -> None:
    """Tab to a button and press it."""
    focus(page, selector)
    page.keyboard.press("Enter")


def test_a_citizen_files_without_javascript(new_context: Callable[..., BrowserContext]) -> None:
    page = new_context(java_script_enabled=False, viewport={"width": 360, "height": 740}).new_page()
    page.goto("/file/2.002516/")
    sign_in_citizen(page)
    page.wait_for_url("**/file/2.002516/")
    page.select_option("select[name=place]", index=5)
    page.click("main form .btn-primary")
    page.fill("[name=requester_address]", "Thôn 3")
    page.click("main form .btn-primary")
    page.locator("[name=event_kind][value=birth]").check()
    page.fill("[name=subject_name]", "Nguyễn Văn Bình")
    page.fill("[name=question_text]", "Đã đăng ký khai sinh chưa")
    page.fill("[name=purpose]", "Bổ sung hồ sơ")
    page.click("main form .btn-primary")
    page.click("main form .btn-primary")
    page.locator("[name=return_way][value=counter]").check()
    page.click("main form .btn-primary")
    page.wait_for_url("**/check/")
    page.click("main form .btn-primary")
    second = page.locator("[name=second]")
    if second.count():  # the same person filed this today already
        second.check()
        page.click("main form .btn-primary")
    page.wait_for_url("**/filing/done/**")
