"""Accounts of the demo province: one for every seat of the staff plan, all with the same memorable password."""

import random
from collections.abc import Callable
from datetime import date, datetime

from django.contrib.auth.hashers import make_password
from django.db import transaction

from langbiang.foundation import audit
from langbiang.foundation.access import SYSTEM
from langbiang.foundation.access import services as access
from langbiang.foundation.language.folding import fold
from langbiang.foundation.organizations import demo as staff_plan
from langbiang.foundation.organizations import services as organizations

from .models import Account

PASSWORD = "langbiang-demo-68"
BEGUN = date(2025, 7, 1)
Progress = Callable[[int, int], None]
FAMILY = (
    "Nguyễn",
    "Trần",
    "Lê",
    "Phạm",
    "Hoàng",
    "Huỳnh",
    "Phan",
    "Vũ",
    "Võ",
    "Đặng",
    "Bùi",
    "Đỗ",
    "Hồ",
    "Ngô",
    "Dương",
    "Lý",
)
MIDDLE = {
    True: ("Văn", "Hữu", "Minh", "Quốc", "Đức", "Thanh", "Công"),
    False: ("Thị", "Thu", "Ngọc", "Thanh", "Mỹ", "Kim"),
}
GIVEN = {
    True: (
        "An",
        "Bình",
        "Cường",
        "Dũng",
        "Hải",
        "Hiếu",
        "Hùng",
        "Khoa",
        "Long",
        "Nam",
        "Phong",
        "Quân",
        "Sơn",
        "Tuấn",
        "Vinh",
    ),
    False: (
        "Anh",
        "Chi",
        "Dung",
        "Giang",
        "Hà",
        "Hạnh",
        "Hương",
        "Lan",
        "Linh",
        "Mai",
        "Nga",
        "Oanh",
        "Thảo",
        "Trang",
        "Yến",
    ),
}
# One of each on the printed list: role as people say it, seat in the staff plan, agency.
SHOWN = (
    ("Công chức tiếp nhận", "receiver", "Xuân Hương - Đà Lạt"),
    ("Giám đốc trung tâm (phân công)", "director", "Xuân Hương - Đà Lạt"),
    ("Chuyên viên thụ lý", "officer", "Xuân Hương - Đà Lạt"),
    ("Chủ tịch phường (ký)", "chairperson", "Xuân Hương - Đà Lạt"),
    ("Văn thư (cấp số, đóng dấu)", "clerk", "Xuân Hương - Đà Lạt"),
    ("Vận hành đèn tín hiệu", "signals", "Xuân Hương - Đà Lạt"),
    ("Kỹ sư giao thông (phương án đèn)", "engineer", "Xuân Hương - Đà Lạt"),
    ("Trưởng ca điều khiển giao thông", "shift", "Xuân Hương - Đà Lạt"),
    ("Trực ban điều hành xe ưu tiên", "dispatch", "Xuân Hương - Đà Lạt"),
    ("Điều hành xe buýt", "buses", "Xuân Hương - Đà Lạt"),
    ("Công chức tiếp nhận nơi khác", "receiver", "Lạc Dương"),
    ("Chuyên viên sở", "officer", "Sở Xây dựng"),
    ("Cán bộ danh mục thủ tục", "catalogue", "tỉnh Lâm Đồng"),
    ("Người duyệt danh mục", "approver", "tỉnh Lâm Đồng"),
    ("Quản trị hệ thống", "admin", "tỉnh Lâm Đồng"),
    ("Kiểm toán", "auditor", "tỉnh Lâm Đồng"),
)


def slug_of(agency_name: str, agency_code: str) -> str:
    """The last part of user names of an agency: xuanhuongdalat, soxaydung."""
    name = agency_name
    for prefix in (
        "Ủy ban nhân dân xã ",
        "Ủy ban nhân dân phường ",
        "Ủy ban nhân dân đặc khu ",
        "Ủy ban nhân dân tỉnh ",
    ):
        name = name.removeprefix(prefix)
    flat = "".join(ch for ch in fold(name) if ch.isascii() and ch.isalnum())
    return flat or agency_code.replace(".", "").lower()


def username_of(seat: staff_plan.Seat) -> str:
    """receiver1.xuanhuongdalat"""
    many = seat.title.rsplit(" ", 1)[-1].isdigit()
    return f"{seat.key}{seat.number if many else ''}.{slug_of(seat.agency_name, seat.agency_code)}"


@transaction.atomic
def load(*, at: datetime, seed: int, progress: Progress) -> None:
    """Make an account for every seat, seat it, and give the roles of the seat."""
    dice = random.Random(seed)
    encoded = make_password(PASSWORD)
    seats = staff_plan.seats()
    accounts = []
    for seat in seats:
        man = dice.random() < 0.5
        name = f"{dice.choice(FAMILY)} {dice.choice(MIDDLE[man])} {dice.choice(GIVEN[man])}"
        accounts.append(
            Account(
                kind=Account.Kind.STAFF, username=username_of(seat), full_name=name, password=encoded, is_demo=True,
                email=f"{username_of(seat)}@langbiang.localhost", created_at=at,
            )
        )  # fmt: skip
    Account.objects.bulk_create(accounts, batch_size=1000)
    pairs = [(seat.position_id, account.pk) for seat, account in zip(seats, accounts, strict=True)]
    organizations.fill_positions(SYSTEM, pairs=pairs, on=BEGUN, at=at)
    rows = [(seat.position_id, role, seat.agency_id, None) for seat in seats for role in seat.roles]
    access.grant_roles(SYSTEM, rows=rows, on=BEGUN, at=at)
    audit.record(SYSTEM, "accounts.demo_loaded", "demo", after={"accounts": len(accounts)}, at=at)
    progress(len(accounts), len(accounts))


def sign_in_table() -> list[tuple[str, str, str, str]]:
    """Role, agency, user name, password: one line for every role, and the citizens of the stand-in for VNeID."""
    found = []
    seats = staff_plan.seats()
    for words, key, place in SHOWN:
        seat = next((s for s in seats if s.key == key and s.agency_name.endswith(place)), None)
        if seat is not None:
            found.append((words, seat.agency_name, username_of(seat), PASSWORD))
    found.append(("Công dân", "Cổng dịch vụ công", "chọn một người ở trang đăng nhập VNeID giả lập", "—"))
    return found
