"""The staff plan of the demo province: who sits where, with which roles. Names come with the accounts."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime

from django.db import transaction
from django.utils import timezone

from langbiang.foundation import audit
from langbiang.foundation.access import SYSTEM

from . import queries
from .models import Agency, Department, Position

Progress = Callable[[int, int], None]
BEGUN = date(2025, 7, 1)
COMMUNE_ROOMS = (
    "Văn phòng HĐND và UBND",
    "Phòng Kinh tế",
    "Phòng Văn hóa - Xã hội",
    "Trung tâm Phục vụ hành chính công",
)


@dataclass(frozen=True)
class Line:
    """One kind of seat in an agency."""

    key: str
    title: str
    title_en: str
    roles: tuple[str, ...]
    room: int | None = None
    sign: str = "none"
    count: int = 1
    first: tuple[str, ...] = ()  # roles of the first of several only

    def roles_of(self, number: int) -> tuple[str, ...]:
        """The roles of the seat with this number."""
        return self.roles + (self.first if number == 1 else ())


@dataclass(frozen=True)
class Seat:
    """A position of the staff plan with the roles it carries at its agency."""

    position_id: int
    agency_id: int
    agency_name: str
    agency_code: str
    key: str
    number: int
    title: str
    roles: tuple[str, ...]


COMMUNE = (
    Line("chairperson", "Chủ tịch", "Chairperson", ("signer", "leader"), sign="head"),
    Line("deputy", "Phó Chủ tịch", "Vice chairperson", ("signer", "leader"), sign="kt"),
    Line("director", "Giám đốc Trung tâm Phục vụ hành chính công", "Head of the service centre",
         ("dispatcher", "reviewer"), 3),
    Line("receiver", "Công chức tiếp nhận và trả kết quả", "Receiving officer", ("receiver", "returner"), 3, count=2,
         first=("cashier",)),
    Line("officer", "Chuyên viên", "Officer", ("officer", "field_team", "council_secretary"), 2, count=3),
    Line("land", "Công chức địa chính - xây dựng", "Land and construction officer", ("officer", "field_team", "consulted"), 1),
    Line("clerk", "Văn thư", "Records clerk", ("clerk", "unit_admin"), 0),
)  # fmt: skip
DEPARTMENT = (
    Line("director", "Giám đốc", "Director", ("signer", "leader"), sign="head"),
    Line("deputy", "Phó Giám đốc", "Deputy director", ("signer", "leader"), sign="kt"),
    Line("head", "Trưởng phòng", "Head of division", ("dispatcher", "reviewer"), 0),
    Line("receiver", "Công chức tiếp nhận tại Trung tâm", "Receiving officer", ("receiver", "returner", "cashier"), 1),
    Line("officer", "Chuyên viên", "Officer", ("officer", "field_team", "consulted", "council_secretary"), 0, count=2),
    Line("clerk", "Văn thư", "Records clerk", ("clerk", "unit_admin"), 1),
)
CENTRE = (
    Line("director", "Giám đốc", "Director", ("dispatcher", "leader"), sign="head"),
    Line("receiver", "Viên chức tiếp nhận và trả kết quả", "Receiving officer", ("receiver", "returner"), 0, count=3,
         first=("cashier",)),
    Line("clerk", "Văn thư", "Records clerk", ("clerk", "unit_admin"), 0),
)  # fmt: skip
PROVINCE = (
    Line("chairperson", "Chủ tịch", "Chairperson", ("signer", "leader"), sign="head"),
    Line("deputy", "Phó Chủ tịch", "Vice chairperson", ("signer", "leader"), sign="kt"),
    Line("dispatcher", "Chánh Văn phòng", "Chief of office", ("dispatcher", "reviewer"), 0),
    Line("clerk", "Văn thư", "Records clerk", ("clerk",), 0),
    Line("catalogue", "Chuyên viên kiểm soát thủ tục hành chính", "Catalogue officer", ("catalogue_officer",), 0),
    Line("approver", "Trưởng phòng kiểm soát thủ tục hành chính", "Catalogue approver", ("catalogue_approver",), 0),
    Line("admin", "Quản trị hệ thống", "Platform administrator", ("system_admin",), 0),
    Line("auditor", "Kiểm toán viên", "Auditor", ("auditor",), 0),
)
# The ward whose operations centre runs the seven signalised junctions has seats that other communes lack.
SIGNALS = (
    Line("signals", "Viên chức vận hành đèn tín hiệu", "Signal operator", ("traffic_operator",), 1),
    Line("engineer", "Kỹ sư giao thông", "Traffic engineer", ("traffic_engineer",), 1),
    Line("shift", "Trưởng ca điều khiển giao thông", "Head of traffic control", ("traffic_head",), 1, count=2),
    Line("dispatch", "Trực ban điều hành xe ưu tiên", "Emergency dispatcher", ("emergency_dispatch",), 1),
    Line("buses", "Điều hành xe buýt", "Bus controller", ("bus_control",), 1),
)  # fmt: skip
MORE = {"H36.223": SIGNALS}


# Heads that are not called director: title, deputy's title, both in English.
HEADS = {
    "H36.01": ("Chánh Văn phòng", "Phó Chánh Văn phòng", "Chief of office", "Deputy chief of office"),
    "H36.13": ("Chánh Thanh tra", "Phó Chánh Thanh tra", "Chief inspector", "Deputy chief inspector"),
    "H36.14": ("Trưởng ban", "Phó Trưởng ban", "Head of the board", "Deputy head of the board"),
    "H36.18": ("Trưởng Thuế tỉnh", "Phó Trưởng Thuế tỉnh", "Head of the tax office", "Deputy head of the tax office"),
    "H36.20": ("Chỉ huy trưởng", "Phó Chỉ huy trưởng", "Commander", "Deputy commander"),
}


def _plan(kind: str, code: str) -> tuple[tuple[Line, ...], tuple[str, ...]]:
    if kind == Agency.Kind.COMMUNE:
        return COMMUNE + MORE.get(code, ()), COMMUNE_ROOMS
    if kind == Agency.Kind.PROVINCE:
        return PROVINCE, ("Văn phòng",)
    if kind == Agency.Kind.CENTRE:
        return CENTRE, ("Phòng tiếp nhận và trả kết quả",)
    return DEPARTMENT, ("Phòng chuyên môn", "Văn phòng")


@transaction.atomic
def load(*, at: datetime, seed: int, progress: Progress) -> None:
    """Make the departments and positions of every agency."""
    agencies = queries.agencies_on(timezone.localtime(at).date())
    rooms: list[Department] = []
    for agency in agencies:
        rooms += [Department(agency_id=agency.id, name=name, valid_from=BEGUN) for name in _plan(agency.kind, agency.code)[1]]
    made = {(d.agency_id, d.name): d for d in Department.objects.bulk_create(rooms, batch_size=1000)}
    positions = []
    for agency in agencies:
        lines, names = _plan(agency.kind, agency.code)
        for line in lines:
            for number in range(1, line.count + 1):
                room = made[(agency.id, names[line.room])] if line.room is not None else None
                positions.append(
                    Position(
                        agency_id=agency.id, department=room, title=_title(line, number, agency.code),
                        title_en=_title_en(line, number, agency.code),
                        is_leader=line.sign in ("head", "kt"), sign=line.sign, valid_from=BEGUN,
                    )
                )  # fmt: skip
    Position.objects.bulk_create(positions, batch_size=1000)
    audit.record(SYSTEM, "organizations.demo_loaded", "demo", after={"positions": len(positions)}, at=at)
    progress(len(positions), len(positions))


def _title(line: Line, number: int, code: str) -> str:
    named = HEADS.get(code) if line.key in ("director", "deputy") else None
    if named:
        return named[0 if line.key == "director" else 1]
    return line.title if line.count == 1 else f"{line.title} {number}"


def _title_en(line: Line, number: int, code: str) -> str:
    named = HEADS.get(code) if line.key in ("director", "deputy") else None
    if named:
        return named[2 if line.key == "director" else 3]
    return line.title_en if line.count == 1 else f"{line.title_en} {number}"


def seats() -> list[Seat]:
    """Every position of the staff plan, in the order of agencies."""
    found = []
    titles: dict[int, dict[str, int]] = {}
    for position_id, agency_id, title in Position.objects.order_by("pk").values_list("pk", "agency_id", "title"):
        titles.setdefault(agency_id, {})[title] = position_id
    for agency in queries.agencies_on(timezone.localdate()):
        for line in _plan(agency.kind, agency.code)[0]:
            for number in range(1, line.count + 1):
                title = _title(line, number, agency.code)
                position_id = titles.get(agency.id, {}).get(title, 0)
                if position_id:
                    found.append(
                        Seat(position_id, agency.id, agency.name, agency.code, line.key, number, title, line.roles_of(number))
                    )
    return found
