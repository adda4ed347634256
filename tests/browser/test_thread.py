"""One thread in a real browser: filed at home, supplemented, decided, signed, numbered, handed over, verified."""

import re
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from playwright.sync_api import BrowserContext, Page, expect

from tests.browser.conftest import sign_in_citizen, sign_in_staff
from tests.platform import Platform

PNG = bytes.fromhex(
    "89504e470d0a1a0a0000000d49484452000000010000000108060000001f15c4890000000d49444154789c6360606060000000050001a5f64540"
    "0000000049454e44ae426082"
)
WARD = "phường Xuân Hương - Đà Lạt"
Contexts = Callable[..., BrowserContext]


def working_day_in_a_fortnight() -> str:
    """A day far enough ahead, no Saturday or Sunday, written as a person types it."""
    day = datetime.now(ZoneInfo("Asia/Ho_Chi_Minh")).date() + timedelta(days=14)
    return (day + timedelta(days=8 - day.isoweekday() if day.isoweekday() > 5 else 0)).strftime("%d/%m/%Y")


def officer(contexts: Contexts, username: str) -> Page:
    page = contexts(viewport={"width": 1440, "height": 900}).new_page()
    sign_in_staff(page, username)
    return page


def press_on(page: Page) -> None:
    """Save and continue."""
    page.locator("main form .btn-primary").first.click()
    page.wait_for_load_state()


def act(page: Page, label: str, **values: str) -> None:
    """Choose an action of the open case, fill what it asks, and confirm."""
    link = page.locator("#todo, .panel").get_by_role("link", name=label, exact=True)
    if not link.is_visible():
        page.locator("details.menu summary", has_text="Việc khác").first.click()
        link = page.get_by_role("link", name=label, exact=True)
    link.click()
    page.wait_for_load_state()
    for name, value in values.items():
        field = page.locator(f"[name={name}]").first
        if field.evaluate("e => e.tagName") == "SELECT":
            option = field.locator("option", has_text=value).first.get_attribute("value")
            field.select_option(option)
        elif field.get_attribute("type") == "radio":
            page.locator(f"[name={name}][value={value}]").check()
        else:
            field.fill(value)
    page.locator("main form button.btn-primary, main form button.btn-danger").first.click()
    page.wait_for_load_state()
    assert not page.locator(".error-summary").is_visible(), page.locator(".error-summary").inner_text()


def open_case(page: Page, code: str) -> None:
    page.goto(f"/work/search/?q={code}")
    page.wait_for_url(re.compile(r"/work/cases/\d+/"))


def answer_birth_form(page: Page) -> None:
    """The pages of birth registration, right answers, until the papers."""
    page.locator("[name=requester_role][value=mother]").check()
    page.fill("[name=requester_address]", "12 Nguyễn Chí Thanh")
    press_on(page)
    page.fill("[name=child_name]", "Nguyễn Gia Hân")
    for part, value in (("day", "5"), ("month", "11"), ("year", "2026")):
        page.fill(f"[name=child_birth_date_{part}]", value)
    page.locator("[name=child_sex][value=female]").check()
    page.select_option("[name=child_ethnicity]", "Kinh")
    page.select_option("[name=child_nationality]", "Việt Nam")
    page.fill("[name=birth_place]", "Bệnh viện Đa khoa Lâm Đồng")
    page.fill("[name=home_town]", "Lạc Dương, Lâm Đồng")
    page.locator("[name=situation][value=no_father]").check()
    page.locator("[name=is_late][value=no]").check()
    press_on(page)
    page.fill("[name=mother_name]", "Nguyễn Thị Hồng Hạnh")
    for part, value in (("day", "12"), ("month", "5"), ("year", "1990")):
        page.fill(f"[name=mother_birth_date_{part}]", value)
    page.select_option("[name=mother_ethnicity]", "Kinh")
    page.fill("[name=mother_address]", "12 Nguyễn Chí Thanh")
    press_on(page)
    press_on(page)  # no extra copies


@pytest.fixture
def scan(tmp_path: Path) -> Path:
    path = tmp_path / "giấy chứng sinh.png"
    path.write_bytes(PNG)
    return path


def test_birth_registration_from_home_to_the_verified_result(new_context: Contexts, scan: Path, tmp_path: Path) -> None:
    citizen = new_context(viewport={"width": 390, "height": 844}).new_page()
    citizen.goto("/")
    citizen.get_by_role("searchbox").or_(citizen.locator("main input[name=q]")).first.fill("khai sinh")
    citizen.keyboard.press("Enter")
    citizen.get_by_role("link", name="Đăng ký khai sinh", exact=True).first.click()
    citizen.goto("/file/1.001193/")
    sign_in_citizen(citizen)
    citizen.wait_for_url("**/file/1.001193/")
    citizen.select_option("select[name=place]", label=WARD)
    press_on(citizen)
    answer_birth_form(citizen)
    citizen.set_input_files("[name=paper_birth-certificate]", str(scan))
    press_on(citizen)
    citizen.locator("[name=return_way][value=online]").check()
    press_on(citizen)
    expect(citizen.locator("main")).to_contain_text("Nguyễn Gia Hân")
    press_on(citizen)
    citizen.wait_for_url("**/filing/done/**")
    code = citizen.locator("main strong.nowrap").first.inner_text()

    receiver = officer(new_context, "receiver1.xuanhuongdalat")
    open_case(receiver, code)
    act(
        receiver,
        "Yêu cầu bổ sung",
        reason="không đọc được",
        due_on=working_day_in_a_fortnight(),
        what_1="Giấy chứng sinh",
        why_1="Bản chụp mờ",
    )

    citizen.goto("/my/cases/")
    citizen.locator("main .panel a").first.click()
    citizen.get_by_role("link", name="Trả lời ngay").click()
    citizen.set_input_files("input[name=file_0]", str(scan))
    citizen.fill("textarea[name=note]", "Đã chụp lại rõ hơn.")
    citizen.locator("main form button").first.click()
    citizen.wait_for_url(re.compile(r"/my/cases/\d+/$"))

    open_case(receiver, code)
    act(receiver, "Tiếp nhận")
    number = receiver.locator(".record-head .nowrap").first.inner_text()
    assert re.match(r"H36\.\d+-\d{6}-\d{4}", number)

    worker = officer(new_context, "officer1.xuanhuongdalat")
    open_case(worker, number)
    act(worker, "Trình kết quả", outcome="granted")

    leader = officer(new_context, "chairperson.xuanhuongdalat")
    open_case(leader, number)
    act(leader, "Duyệt và ký số")

    clerk = officer(new_context, "clerk.xuanhuongdalat")
    open_case(clerk, number)
    act(clerk, "Cấp số, đóng dấu và phát hành")

    citizen.goto("/my/cases/")
    citizen.locator("main .panel a").first.click()
    with citizen.expect_download() as got:
        citizen.evaluate(
            "url => { const a = document.createElement('a'); a.href = url; a.download = 'kq.pdf'; document.body.append(a); a.click(); }",
            citizen.get_by_role("link", name=re.compile("PDF")).first.get_attribute("href"),
        )
    result = tmp_path / "ket-qua-doi-ten.pdf"
    got.value.save_as(result)
    assert result.read_bytes().startswith(b"%PDF-")
    check_verification(new_context, result, tmp_path)


def check_verification(contexts: Contexts, result: Path, tmp_path: Path) -> None:
    """The public page confirms the very file, and refuses it after one changed byte."""
    anybody = contexts().new_page()
    anybody.goto("/v/")
    anybody.set_input_files("input[type=file]", str(result))
    press_on(anybody)
    expect(anybody.locator("main")).to_contain_text("Đây đúng là tệp đã được cấp")
    expect(anybody.locator("main")).to_contain_text("Xuân Hương")
    data = bytearray(result.read_bytes())
    data[len(data) // 3] ^= 1
    broken = tmp_path / "sua.pdf"
    broken.write_bytes(bytes(data))
    anybody.goto("/v/")
    anybody.set_input_files("input[type=file]", str(broken))
    press_on(anybody)
    expect(anybody.locator("main")).not_to_contain_text("Đây đúng là tệp đã được cấp")


def test_the_counter_of_another_commune_takes_in_a_case(new_context: Contexts, platform: Platform) -> None:
    receiver = officer(new_context, "receiver1.lacduong")
    receiver.goto("/work/counter/")
    receiver.fill(
        "[name=card]", "068190004321||Phạm Thị Cúc|05061990|Nữ|12 Hai Bà Trưng, phường Xuân Hương, Lâm Đồng|01012022"
    )
    receiver.fill("[name=procedure]", "1.001193")
    receiver.select_option("[name=place]", label=WARD)
    press_on(receiver)
    answer_birth_form(receiver)
    receiver.fill("[name=originals_birth-certificate]", "1")
    press_on(receiver)
    press_on(receiver)
    press_on(receiver)
    receiver.wait_for_url("**/work/counter/done/**")
    code = receiver.locator("#case-code").inner_text()
    assert re.match(r"H36\.\d+-\d{6}-\d{4}", code)
    worker = officer(new_context, "officer1.xuanhuongdalat")
    open_case(worker, code)
    expect(worker.locator("#case-title")).to_have_text("Đăng ký khai sinh")
    foreign = officer(new_context, "receiver1.damrong1")
    foreign.goto(worker.url)
    expect(foreign.locator("main")).not_to_contain_text("Phạm Thị Cúc")
