"""The control room in a real browser: the picture follows the reports, two persons arm, an order ends, all without a mouse."""

import contextlib
import json
import os
import re
import signal
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

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
    "from langbiang.city.junctions.models import ArmingRequest, Lease, Override, PriorityRun\n"
    "from django.utils import timezone\n"
    "now = timezone.now()\n"
    "Lease.objects.filter(ended_at=None).update(ended_at=now)\n"
    "Override.objects.filter(ended_at=None).update(ended_at=now)\n"
    "PriorityRun.objects.filter(ended_at=None).update(ended_at=now, end='cancelled')\n"
    "ArmingRequest.objects.filter(state='asked').update(state='withdrawn')\n"
    "print('ok')"
)


@pytest.fixture(autouse=True)
def _nothing_runs(platform: Platform) -> None:
    platform.ask(CLEAR)


@pytest.fixture
def silent(platform: Platform) -> Iterator[list[int]]:
    """The control process stands still, as one that hangs; gives its process ids."""
    pids = platform.pids("traffic control")
    for pid in pids:
        os.kill(pid, signal.SIGSTOP)
    yield pids
    for pid in pids:
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, signal.SIGCONT)


@pytest.fixture
def reports(platform: Platform, silent: list[int]) -> Iterator[subprocess.Popen[str]]:
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


PROOFS = """
from datetime import timedelta
from django.utils import timezone
from langbiang.city.junctions import following
from langbiang.city.junctions.models import ProofOfGain, Replay
ProofOfGain.objects.all().delete()
Replay.objects.all().delete()
figures = {"c1": 41.2, "c2": 96.4, "stops": 1.62, "p95_s": 171.3, "max_wait_s": 402, "never_in": 0, "failures": 0, "trips": 3041}
bounds = {
    "yellow_s": 3, "change_least_s": 6, "change_most_s": 13, "green_least_s": 6, "green_most_s": 12, "range_m": 100, "missed_percent": 10,
}
for back, change, share in ((1, -31.4, 0.96), (2, 6.2, 0.94), (3, -2.1, 0.71)):
    for baseline, more in (("fixed", 0), ("actuated", 4.5)):
        following.report_proof(
            day=timezone.localdate() - timedelta(days=back), controller="ours", baseline=baseline, limits="x", seeds=5, geh_share=share,
            delay_s=61.5, baseline_delay_s=89.6, backlog_s=0.8, baseline_backlog_s=2.4, change_percent=change + more,
            low_percent=change + more - 4.4, high_percent=change + more + 4.4, source="Số đếm giả định của phép thử",
            figures={"ours": figures, "base": figures, "hours": [7, 8, 17], "bounds": bounds, "side_share": 0.04, "planned": 20, "junction_hours": 21},
        )
print("ok")
"""


def test_everybody_reads_the_proof_and_an_engineer_asks_for_a_replay(new_context: Contexts, platform: Platform) -> None:
    platform.ask(PROOFS)
    anybody = new_context(viewport={"width": 360, "height": 800}).new_page()
    anybody.goto("/open-data/")
    anybody.get_by_role("link", name="Đèn tín hiệu có tốt hơn không?").click()
    for width in (360, 1440):
        anybody.set_viewport_size({"width": width, "height": 900})
        over = anybody.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
        assert over <= 0, f"{over} px too wide at {width}"
    expect(anybody.locator("svg g.gain-won")).to_have_count(1)
    expect(anybody.locator("svg g.gain-lost")).to_have_count(1)
    expect(anybody.get_by_text("Số đếm giả định của phép thử")).to_be_visible()
    expect(anybody.locator("tbody tr", has_text="GEH dưới 5").first).to_contain_text("5 lần chạy")
    assert axe_findings(anybody) == []
    page = officer(new_context, ENGINEER)
    page.goto("/work/traffic/gain/")
    page.get_by_role("link", name="Theo xe đến").click()
    expect(page.locator("svg g.gain-won")).to_have_count(1)
    # A day nobody counted: the worker answers at once, and the page finds out by itself.
    uncounted = datetime.now(ZoneInfo("Asia/Ho_Chi_Minh")).date() - timedelta(days=5)
    page.get_by_label("Ngày cần mô phỏng lại").fill(f"{uncounted:%d/%m/%Y}")
    platform.ask("from langbiang.city.junctions.models import Flow\nFlow.objects.filter(begun_at__year__lt=2026).delete()\nprint('ok')")
    page.get_by_role("button", name="Mô phỏng lại ngày này ngay").click()
    expect(page.get_by_text("đang được mô phỏng lại ở chế độ nền")).to_be_visible()
    expect(page.locator("#running")).to_have_count(0, timeout=60_000)
    expect(page.locator("tr", has_text=f"{uncounted:%d/%m/%Y}")).to_contain_text("Ngày này không có số đếm xe nào.")
    assert axe_findings(page) == []
def armed(first: Page, second: Page) -> None:
    """Two persons arm Kim Cúc; its cabinet has to rest in a stage before it is taken over."""
    ask(first)
    second.goto("/work/traffic/arming/")
    second.get_by_role("button", name="Xác nhận và giao điều khiển").click()
    first.goto("/work/traffic/at/kim-cuc/")
    expect(first.locator("#live")).to_contain_text("Bộ điều khiển đang chạy", timeout=120_000)


def test_the_page_shows_the_lamps_of_the_cabinets_as_they_change(new_context: Contexts, platform: Platform) -> None:
    page = officer(new_context, OPERATOR)
    page.goto("/work/traffic/")
    tile = page.locator("[data-junction=kim-cuc]")
    expect(tile).to_have_attribute("data-mode", "local", timeout=60_000)
    expect(tile.locator("[data-reason]")).to_contain_text(re.compile("pha|Giữ xanh"), timeout=30_000)
    expect(tile).to_contain_text("xe đang chờ")
    green = tile.locator("path.lamp-green title", has_text="NT:")
    for count in (1, 0, 1):  # the cabinet's own plan gives it green, takes it away, and gives it again
        expect(green).to_have_count(count, timeout=120_000)


def test_two_persons_arm_a_junction_an_order_holds_its_stage_and_ends_with_it(new_context: Contexts, platform: Platform) -> None:
    first, second = officer(new_context, HEAD), officer(new_context, OTHER_HEAD)
    armed(first, second)
    reason, stage = first.locator("#live [data-reason]"), first.locator("#live dl.facts dd").first
    expect(reason).to_contain_text("pha", timeout=30_000)
    first.goto("/work/traffic/at/kim-cuc/override/")
    first.get_by_role("radio", name=re.compile("pha 2:")).check()
    first.get_by_label("Lý do").fill("Đoàn xe")
    first.get_by_role("button", name="Ra lệnh").click()
    expect(reason).to_contain_text("Đoàn xe", timeout=30_000)
    expect(reason).to_contain_text("Lệnh của")
    expect(stage).to_have_text("2", timeout=60_000)
    held = platform.home / "simulators" / "cabinet" / "kim-cuc.jsonl"
    rows = [json.loads(line) for line in held.read_text(encoding="utf-8").splitlines() if line.endswith("}")]
    assert [row["mode"] for row in rows if "mode" in row][-1] == "system"  # the cabinet says so itself
    platform.ask(
        "from datetime import timedelta\nfrom django.utils import timezone\n"
        "from langbiang.city.junctions.models import Override\n"
        "row = Override.objects.get(ended_at=None)\nrow.expires_at = timezone.now() + timedelta(seconds=2)\n"
        "row.save()\nprint(row.pk)"
    )
    expect(reason).not_to_contain_text("Đoàn xe", timeout=30_000)
    expect(first.locator("#live")).to_contain_text("Bộ điều khiển đang chạy")
    first.get_by_role("button", name="Thu lại ngay").click()
    expect(first.locator("#live")).to_contain_text("Tủ chạy kế hoạch của mình", timeout=30_000)


def test_an_announced_ambulance_gets_its_green_and_the_page_says_why(new_context: Contexts, platform: Platform) -> None:
    first, second = officer(new_context, HEAD), officer(new_context, OTHER_HEAD)
    armed(first, second)
    log = platform.home / "simulators" / "cabinet" / "kim-cuc.jsonl"
    live, reason = first.locator("#live"), first.locator("#live [data-reason]")
    stage = live.locator("dl.facts dd").first
    # An approach that the running stage does not serve, so that the lights have to change for it.
    approach = "E" if stage.inner_text() == "1" else "N"
    first.get_by_role("link", name="Báo xe ưu tiên").click()
    first.get_by_label("Biển số hoặc mật danh").fill("49A-115.15")
    first.get_by_label("Loại xe").select_option("ambulance")
    first.get_by_label("Nút đầu tiên và đường xe đi tới").select_option(f"kim-cuc:{approach}")
    first.get_by_label("Đến nút đầu tiên sau (giây)").fill("15")
    first.get_by_label("Lý do").fill("Cấp cứu")
    assert axe_findings(first) == []
    first.get_by_role("button", name="Báo xe", exact=True).click()
    expect(first.locator("[data-run]", has_text="49A-115.15")).to_contain_text("xe cứu thương")
    assert axe_findings(first) == []
    first.goto("/work/traffic/at/kim-cuc/")
    expect(live.locator("[data-coming]")).to_contain_text("49A-115.15")
    expect(reason).to_contain_text("cho 49A-115.15 (xe cứu thương)", timeout=60_000)
    expect(live.locator("[data-coming]")).to_contain_text("Đã cho xanh", timeout=30_000)
    expect(stage).to_have_text("2" if approach == "E" else "1", timeout=60_000)
    rows = [json.loads(line) for line in log.read_text(encoding="utf-8").splitlines() if line.endswith("}")]
    assert [row["mode"] for row in rows if "mode" in row][-1] == "system"  # the cabinet says so itself
    first.goto("/work/traffic/priority/")
    first.get_by_role("button", name="Đã qua nút").click()
    expect(first.get_by_text("Không có xe ưu tiên nào đang tới")).to_be_visible()
    first.goto("/work/traffic/at/kim-cuc/")
    expect(reason).not_to_contain_text("49A-115.15", timeout=30_000)
    used = platform.ask(
        "from langbiang.foundation.audit.models import Entry\n"
        "print(','.join(Entry.objects.filter(action__startswith='traffic.priority').order_by('pk').values_list('action', flat=True)))"
    )
    for act in ("announced", "used", "passed", "ended"):
        assert f"traffic.priority_{act}" in used
    first.get_by_role("button", name="Thu lại ngay").click()


def test_when_the_control_process_dies_the_page_says_so_and_the_cabinet_runs_its_own_plan(
    new_context: Contexts, platform: Platform
) -> None:
    first, second = officer(new_context, HEAD), officer(new_context, OTHER_HEAD)
    armed(first, second)
    log = platform.home / "simulators" / "cabinet" / "kim-cuc.jsonl"
    stopped = time.time()
    pids = platform.pids("traffic control")
    assert pids
    for pid in pids:
        os.kill(pid, signal.SIGSTOP)  # killed outright it would be back before anybody could look
    expect(first.locator("#live")).to_contain_text("Mất tín hiệu từ", timeout=20_000)

    def backups() -> list[float]:
        rows = [json.loads(line) for line in log.read_text(encoding="utf-8").splitlines() if line.endswith("}")]
        return [row["at"] for row in rows if row.get("event") == "backup" and row["at"] >= stopped]

    until = time.monotonic() + 60
    while time.monotonic() < until and not backups():
        time.sleep(0.5)
    assert backups()
    for pid in pids:
        os.kill(pid, signal.SIGKILL)
    platform.killed.append("traffic-control")
    expect(first.locator("#live")).not_to_contain_text("Mất tín hiệu từ", timeout=120_000)


@pytest.fixture
def camera(platform: Platform) -> Iterator[Callable[[str], None]]:
    """The fault switch of the drawn camera; it is off again afterwards."""

    def fault(kind: str) -> None:
        with urllib.request.urlopen(f"http://127.0.0.1:{platform.port + 9}/fault?kind={kind}", timeout=30) as answer:
            assert answer.status == 200

    yield fault
    fault("none")


def test_a_camera_that_goes_dark_is_told_on_the_page_and_raises_an_alert(
    new_context: Contexts, platform: Platform, camera: Callable[[str], None]
) -> None:
    page = officer(new_context, OPERATOR)
    page.goto("/work/traffic/at/hung-vuong/")
    north = page.locator("#live li", has_text="CAM-N")
    expect(north).to_have_text("CAM-N: nhìn được", timeout=120_000)
    camera("dark")
    expect(north).to_have_text("CAM-N: quá tối", timeout=120_000)
    page.goto("/work/traffic/alerts/")
    alert = page.locator("tr", has_text="Camera CAM-N: quá tối").first
    expect(alert).to_contain_text("Hùng Vương")
    expect(alert).to_contain_text("Đang mở")
    assert axe_findings(page) == []
    camera("none")
    page.goto("/work/traffic/at/hung-vuong/")
    expect(north).to_have_text("CAM-N: nhìn được", timeout=120_000)


def test_points_of_a_camera_are_moved_by_keyboard_and_mouse_and_kept(new_context: Contexts, platform: Platform) -> None:
    page = officer(new_context, ENGINEER)
    page.goto("/work/traffic/at/dai-hoc/cameras/CAM-N/")
    points = page.locator('svg[data-side="picture"] .calibration-point')
    before = int(page.locator("#u1").input_value()), int(page.locator("#v1").input_value())
    points.nth(0).focus()
    page.keyboard.press("ArrowRight")
    page.keyboard.press("Shift+ArrowUp")
    expect(page.locator("#u1")).to_have_value(str(before[0] + 1))
    expect(page.locator("#v1")).to_have_value(str(before[1] - 10))
    box = points.nth(1).bounding_box()
    assert box is not None
    dragged = page.locator("#u2").input_value()
    page.mouse.move(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    page.mouse.down()
    page.mouse.move(box["x"] - 30, box["y"] + 10, steps=4)
    page.mouse.up()
    assert int(page.locator("#u2").input_value()) < int(dragged)
    page.get_by_role("button", name="Lưu").click()
    expect(page.get_by_text(re.compile("Đã lưu phiên bản .* đang hiệu lực"))).to_be_visible()
    page.locator("#u2").fill(page.locator("#u1").input_value())
    page.locator("#v2").fill(page.locator("#v1").input_value())
    page.get_by_role("button", name="Lưu").click()
    expect(page.get_by_role("alert")).to_contain_text("Hai điểm trùng lên nhau")
    assert axe_findings(page) == []


def test_a_calibration_saved_on_the_page_is_taken_up_by_the_watching_process(new_context: Contexts, platform: Platform) -> None:
    described = json.loads((platform.home / "simulators" / "camera" / "perceive.json").read_text(encoding="utf-8"))["cameras"][0]
    page = officer(new_context, ENGINEER)
    page.goto(f"/work/traffic/at/{described['junction']}/cameras/CAM-N/")
    page.locator("#width").fill(str(described["calibration"]["size"][0]))
    page.locator("#height").fill(str(described["calibration"]["size"][1]))
    points = zip(described["calibration"]["image"], described["calibration"]["map"], strict=True)
    for n, ((u, v), (x, y)) in enumerate(points, start=1):
        for name, value in (("u", u), ("v", v), ("x", x), ("y", y)):
            page.locator(f"#{name}{n}").fill(f"{value:g}")
    page.get_by_role("button", name="Lưu").click()
    said = page.get_by_text(re.compile("Đã lưu phiên bản .* đang hiệu lực"))
    expect(said).to_be_visible()
    found = re.search(r"phiên bản (\d+)", said.inner_text())
    assert found is not None

    def in_use() -> int:
        with urllib.request.urlopen(f"http://127.0.0.1:{platform.port + 10}/lanes", timeout=10) as answer:
            return int(json.load(answer)[described["junction"]]["calibrations"]["CAM-N"])

    until = time.monotonic() + 60
    while time.monotonic() < until and in_use() != int(found[1]):
        time.sleep(0.5)
    assert in_use() == int(found[1])


@pytest.mark.parametrize(
    ("username", "address"),
    [
        (OPERATOR, "/work/traffic/"), (OPERATOR, "/work/traffic/at/dai-hoc/"), (OPERATOR, "/work/traffic/arming/"),
        (OPERATOR, "/work/traffic/arming/ask/"), (OPERATOR, "/work/traffic/at/dai-hoc/override/"),
        (OPERATOR, "/work/traffic/priority/"), (OPERATOR, "/work/traffic/priority/announce/"), (OPERATOR, "/work/traffic/events/"),
        (ENGINEER, "/work/traffic/events/new/"), (OPERATOR, "/work/traffic/alerts/"), (OPERATOR, "/work/traffic/shadow/"), (OPERATOR, "/work/traffic/gain/"),
        (HEAD, "/work/traffic/plans/"), (HEAD, "/work/traffic/plans/?past=1"), (OPERATOR, "/work/traffic/at/dai-hoc/counts/"), (ENGINEER, "/work/traffic/at/dai-hoc/plans/new/"),
        (ENGINEER, "/work/traffic/at/dai-hoc/layout/"), (OPERATOR, "/work/traffic/at/dai-hoc/signals/"),
        (ENGINEER, "/work/traffic/at/dai-hoc/detectors/"), (ENGINEER, "/work/traffic/at/dai-hoc/cameras/"),
        (ENGINEER, "/work/traffic/at/dai-hoc/cameras/CAM-N/"),
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


def test_a_draft_is_read_on_a_telephone_before_it_is_approved(new_context: Contexts) -> None:
    engineer = officer(new_context, ENGINEER)
    engineer.goto("/work/traffic/at/dai-hoc/layout/")
    engineer.locator('[id="min_green:NT"]').fill("11")
    engineer.get_by_role("button", name=re.compile("^Lưu")).click()
    expect(engineer.get_by_text("Đã lưu dự thảo.")).to_be_visible()
    head = officer(new_context, HEAD)
    head.goto("/work/traffic/at/dai-hoc/layout/")
    expect(head.get_by_role("button", name="Duyệt sơ đồ")).to_have_count(0)
    head.get_by_role("link", name=re.compile(r"^Phiên bản \d+$")).first.click()
    expect(head.get_by_role("listitem").filter(has_text="Xanh tối thiểu của NT")).to_contain_text("nguy hiểm")
    expect(head.get_by_role("button", name="Duyệt sơ đồ")).to_be_visible()
    for width in (360, 1440):
        head.set_viewport_size({"width": width, "height": 800})
        over = head.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
        assert over <= 0, f"{over} px too wide at {width}"
    assert axe_findings(head) == []
