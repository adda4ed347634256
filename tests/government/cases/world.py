"""A small province: two communes and a department, their officers, citizens, and one procedure worked by each."""

from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from itertools import count
from typing import Any

from langbiang.foundation.access import Actor, Grant
from langbiang.foundation.access.models import RoleAssignment
from langbiang.foundation.access.roles import role as role_of
from langbiang.foundation.accounts.models import Account
from langbiang.foundation.calendars import reference as calendars_reference
from langbiang.foundation.organizations import queries as organizations
from langbiang.foundation.organizations.models import Agency, Holding, Position
from langbiang.foundation.people.models import Person
from langbiang.government.cases import reference as cases_reference
from langbiang.government.cases import services
from langbiang.government.cases.models import Case
from langbiang.government.procedures import queries as procedures
from langbiang.government.procedures.models import (
    Channel,
    DocumentRequirement,
    Field,
    Procedure,
    ProcedureVersion,
    ProcessSheet,
    ProcessTemplate,
    ResultKind,
    SheetStep,
)

# A Tuesday morning without holidays near.
MORNING = datetime(2026, 10, 13, 1, 30, tzinfo=UTC)
_numbers = count(1)

FORM: dict[str, Any] = {
    "groups": [
        {
            "key": "requester",
            "title": "Người yêu cầu",
            "title_en": "The requester",
            "questions": [
                {"key": "full_name", "kind": "name", "label": "Họ và tên", "label_en": "Full name", "required": True,
                 "prefill": "person.full_name"},
                {"key": "copies", "kind": "number", "label": "Số bản", "label_en": "Copies", "required": True,
                 "min": 1, "max": 20},
            ],
        },
        {
            "key": "purpose",
            "title": "Mục đích",
            "title_en": "Purpose",
            "questions": [
                {"key": "purpose", "kind": "long_text", "label": "Mục đích", "label_en": "Purpose", "required": False},
            ],
        },
    ]
}  # fmt: skip
TEMPLATE = {
    "title": "GIẤY XÁC NHẬN",
    "legal": ["Căn cứ Luật mẫu dùng để kiểm thử;"],
    "body": "Xác nhận những nội dung sau là đúng.",
    "rows": [
        {"id": "name", "label": "Họ và tên", "from": "full_name", "required": True},
        {"id": "copies", "label": "Số bản", "from": "copies"},
    ],
}
STEPS = (
    ("receive", "Tiếp nhận", "receiver", "task", "0", "receiving"),
    ("assign", "Phân công", "dispatcher", "task", "2", "competent"),
    ("appraise", "Thẩm định", "officer", "task", "16", "competent"),
    ("sign", "Ký duyệt", "signer", "sign", "4", "competent"),
    ("release", "Cấp số, phát hành", "clerk", "release", "2", "competent"),
    ("return", "Trả kết quả", "returner", "return", "0", "receiving"),
)
ROLES = ("receiver", "dispatcher", "officer", "signer", "clerk", "returner", "consulted", "cashier", "reviewer")


@dataclass
class World:
    """What the tests of cases stand on."""

    commune: Agency
    neighbour: Agency
    department: Agency
    province: Agency
    version: ProcedureVersion
    sheet: ProcessSheet
    citizen: Actor
    stranger: Actor
    officers: dict[tuple[int, str], Actor] = field(default_factory=dict)

    @property
    def procedure(self) -> procedures.PinnedProcedure:
        return procedures.pinned(self.version.pk)

    def officer(self, role: str, agency: Agency | None = None) -> Actor:
        """Somebody who holds one role at an agency (the commune where none is named)."""
        place = agency or self.commune
        known = self.officers.get((place.pk, role))
        if known is None:
            known = self.officers[(place.pk, role)] = make_officer(place, role)
        return known

    def filing(self, **changes: Any) -> services.Filing:
        """A complete filing of the citizen at the commune."""
        assert self.citizen.person_id is not None
        base = services.Filing(
            procedure=self.procedure,
            owner_id=self.citizen.person_id,
            submitter_id=self.citizen.person_id,
            competent_unit_id=self.commune.pk,
            receiving_unit_id=self.commune.pk,
            intake="online",
            answers={"full_name": "Trần Thị Bưởi", "copies": 2},
            papers=(services.Paper(requirement="identity", name="Bản chụp căn cước", copies=1),),
        )
        return replace(base, **changes)

    def submit(self, at: datetime = MORNING, **changes: Any) -> Case:
        """The citizen files online."""
        return services.submit(self.citizen, filing=self.filing(**changes), confirmed_second=True, at=at)

    def accepted(self, at: datetime = MORNING, **changes: Any) -> Case:
        """Filed and received."""
        case = self.submit(at, **changes)
        receiving = Agency.objects.get(pk=case.receiving_unit_id)
        return services.accept(self.officer("receiver", receiving), case_id=case.pk, at=at + timedelta(minutes=10))

    def assigned(self, at: datetime = MORNING, **changes: Any) -> Case:
        """Filed, received and given to the officer."""
        case = self.accepted(at, **changes)
        officer = self.officer("officer")
        assert officer.account_id is not None
        return services.assign_case(
            self.officer("dispatcher"), case_id=case.pk, officer=services.Officer(officer.account_id, officer.label),
            at=at + timedelta(minutes=20),
        )  # fmt: skip

    def proposed(self, at: datetime = MORNING, **changes: Any) -> Case:
        """With a drafted result before the signing leader."""
        case = self.assigned(at, **changes)
        services.propose_result(
            self.officer("officer"), case_id=case.pk, outcome="granted",
            content={"name": "Trần Thị Bưởi", "copies": "2"}, at=at + timedelta(minutes=40),
        )  # fmt: skip
        return Case.objects.get(pk=case.pk)


def make_officer(agency: Agency, role: str) -> Actor:
    """An account in a new position with one role at an agency."""
    number = next(_numbers)
    position = Position.objects.create(
        agency=agency, title=f"{role} {number}", valid_from=date(2025, 7, 1), is_leader=role == "signer",
        sign="head" if role == "signer" else "none",
    )  # fmt: skip
    account = Account.objects.create(
        kind="staff", username=f"{role}.{number}", full_name=f"Nguyễn Văn Số {number}", created_at=MORNING
    )
    permissions = role_of(role).permissions
    Holding.objects.create(position=position, account=account, valid_from=date(2025, 7, 1))
    RoleAssignment.objects.create(
        position=position, role=role, agency=agency, valid_from=date(2025, 7, 1), created_at=MORNING
    )
    return Actor(
        kind="staff", account_id=account.pk, position_id=position.pk, agency_id=agency.pk,
        label=f"{account.full_name}, {position.title}, {agency.name}", position_title=position.title,
        agency_name=agency.name, grants=(Grant(role, permissions, frozenset({agency.pk})),),
    )  # fmt: skip


def make_citizen(name: str, number: str) -> Actor:
    """A citizen with a record and an account."""
    person = Person.objects.create(
        kind="citizen", full_name=name, name_folded=name.lower(), identity_no=number, birth_date=date(1990, 5, 4),
        created_at=MORNING, updated_at=MORNING,
    )  # fmt: skip
    account = Account.objects.create(
        kind="citizen", username=f"citizen.{number}", full_name=name, person=person, created_at=MORNING
    )
    return Actor(kind="citizen", account_id=account.pk, person_id=person.pk, label=name)


def _agency(code: str, name: str, kind: str, parent: Agency | None, place: str = "") -> Agency:
    made = Agency.objects.create(
        code=code, name=name, kind=kind, parent=parent, place_code=place, is_one_stop=True, valid_from=date(2025, 7, 1)
    )
    made.path = f"{parent.path if parent else ''}{made.pk}."
    made.save(update_fields=["path"])
    return made


def build(steps: tuple[tuple[str, str, str, str, str, str], ...] = STEPS) -> World:
    """Make the province in an empty database."""
    calendars_reference.load(at=MORNING)
    cases_reference.load(at=MORNING)
    tag = f"{next(_numbers):04d}"
    province = _agency(f"T{tag}", "Ủy ban nhân dân tỉnh", Agency.Kind.PROVINCE, None)
    department = _agency(f"T{tag}.01", "Sở Tư pháp", Agency.Kind.DEPARTMENT, province)
    commune = _agency(f"T{tag}.31", "Ủy ban nhân dân phường Xuân Hương", Agency.Kind.COMMUNE, province, f"9{tag}")
    neighbour = _agency(f"T{tag}.32", "Ủy ban nhân dân xã Lạc Dương", Agency.Kind.COMMUNE, province, f"8{tag}")
    organizations.forget()
    version, sheet = make_procedure(f"1.9{tag}", steps)
    return World(
        commune=commune, neighbour=neighbour, department=department, province=province, version=version, sheet=sheet,
        citizen=make_citizen("Trần Thị Bưởi", f"06819000{tag}"), stranger=make_citizen("Lê Văn Lạ", f"06819001{tag}"),
    )  # fmt: skip


def make_procedure(
    code: str, steps: tuple[tuple[str, str, str, str, str, str], ...] = STEPS, **changes: Any
) -> tuple[ProcedureVersion, ProcessSheet]:
    """A published procedure with its approved sheet."""
    area, _ = Field.objects.get_or_create(code="test-civil", defaults={"name": "Hộ tịch"})
    procedure = Procedure.objects.create(code=code, created_at=MORNING)
    values: dict[str, Any] = {
        "number": 1, "state": "published", "valid_from": date(2025, 7, 1), "title": "Cấp giấy xác nhận mẫu",
        "title_en": "Sample confirmation", "field": area, "levels": ["commune"], "online_level": "full",
        "cutoff_scope": "same_day", "competence": [{"level": "commune", "by": "residence"}], "form": FORM,
        "result_template": TEMPLATE, "created_at": MORNING,
    }  # fmt: skip
    version = ProcedureVersion.objects.create(procedure=procedure, **{**values, **changes})
    for rank, kind in enumerate(("direct", "online")):
        Channel.objects.create(
            version=version, rank=rank, kind=kind, duration=Decimal(3), duration_unit="working_days", fee_state="free"
        )
    DocumentRequirement.objects.create(version=version, rank=0, key="identity", name="Bản chụp căn cước", copies=1)
    ResultKind.objects.create(
        version=version,
        rank=0,
        code="KQ.MAU",
        name="Giấy xác nhận",
        register="XN",
        number_pattern="{number:02d}/{year}/XN",
    )
    template, _ = ProcessTemplate.objects.get_or_create(code="TT", defaults={"name": "Mẫu", "name_en": "Sample"})
    sheet = ProcessSheet.objects.create(
        procedure=procedure, number=1, template=template, state="approved", created_at=MORNING
    )
    for seq, (key, name, role, kind, hours, place) in enumerate(steps, 1):
        SheetStep.objects.create(
            sheet=sheet, seq=seq, key=key, name=name, role=role, kind=kind, hours=Decimal(hours), place=place
        )
    return version, sheet
