"""The thirteen kinds of packets of QCVN 125:2021/BTTTT as neutral models. No wire name stands here: see `codec`.

Every packet knows whom it is from, which record it tells of, and its vintage: a correction is a new packet with the
next vintage and the identifier of the one it replaces. `extra` holds what came in and we have no name for.
"""

from datetime import date
from decimal import Decimal
from typing import Annotated, ClassVar, Literal

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, StringConstraints

Code = Annotated[str, StringConstraints(min_length=1, max_length=60, pattern=r"^[0-9A-Za-zĐđ][0-9A-Za-zĐđ._:/-]*$")]
# Characters XML cannot carry are refused here, not lost there; blanks at the edges are not kept.
Line = Annotated[
    str,
    StringConstraints(
        min_length=1, max_length=500, strip_whitespace=True,
        pattern=r"^[^\x00-\x1f\x7f-\x9f\u2028\u2029\ufeff\ufffe\uffff]+$",
    ),
]  # fmt: skip
Text = Annotated[
    str,
    StringConstraints(
        min_length=1, max_length=20_000, strip_whitespace=True,
        pattern=r"^[^\x00-\x08\x0b-\x1f\x7f-\x9f\u2028\u2029\ufeff\ufffe\uffff]+$",
    ),
]  # fmt: skip
Number = Annotated[Decimal, Field(max_digits=24, decimal_places=6, allow_inf_nan=False)]


class Part(BaseModel):
    """A part of a packet."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Packet(Part):
    """What every packet carries."""

    kind: ClassVar[str]
    title: ClassVar[str]

    packet_id: Code
    sender: Code
    receiver: Code
    made_at: AwareDatetime
    vintage: Annotated[int, Field(ge=1, le=10_000)] = 1
    replaces: Code | None = None
    extra: dict[str, str] = Field(default_factory=dict)


class ReportRegimePacket(Packet):
    """Who reports what, how often, under which act."""

    kind, title = "report_regime", "Chế độ báo cáo"
    code: Code
    name: Line
    legal_basis: Line
    frequency: Literal["D", "W", "M", "Q", "S", "A", "once"]
    period_scheme: Literal["calendar", "report_15_14", "season", "iso_week"] = "calendar"
    reporter_kinds: list[Code] = Field(default_factory=list)
    form_codes: list[Code] = Field(default_factory=list)
    valid_from: date
    valid_to: date | None = None


class FormColumn(Part):
    """One column of a form."""

    code: Code
    name: Line
    value_type: Literal["number", "text", "date", "code"]
    unit: Line | None = None
    required: bool = False


class FormTemplatePacket(Packet):
    """A form with its columns."""

    kind, title = "form_template", "Biểu mẫu báo cáo"
    code: Code
    name: Line
    regime_code: Code
    columns: list[FormColumn] = Field(min_length=1)
    valid_from: date
    valid_to: date | None = None


class OutlineSection(Part):
    """One section of an outline."""

    number: Line
    heading: Line
    guidance: Text | None = None
    required: bool = True


class OutlineTemplatePacket(Packet):
    """The outline a narrative report follows."""

    kind, title = "outline_template", "Biểu mẫu báo cáo đề cương"
    code: Code
    name: Line
    regime_code: Code
    sections: list[OutlineSection] = Field(min_length=1)


class ReportValue(Part):
    """One cell of a report."""

    item_code: Code
    column_code: Code
    breakdown: Code | None = None
    value: Number | None = None
    text: Line | None = None
    status: Literal["A", "P", "E", "O", "M", "Q", "B"] = "A"


class ReportDataPacket(Packet):
    """The figures of one reporter for one period."""

    kind, title = "report_data", "Số liệu báo cáo"
    regime_code: Code
    form_code: Code
    period: Code
    unit_code: Code
    values: list[ReportValue] = Field(min_length=1)


class ListCell(Part):
    """One cell of a listed row."""

    column_code: Code
    value: Line


class ListRow(Part):
    """One row of a list."""

    row_key: Code
    cells: list[ListCell] = Field(min_length=1)


class ListDataPacket(Packet):
    """A report whose lines are records of their own (projects, violations)."""

    kind, title = "list_data", "Số liệu báo cáo danh sách"
    regime_code: Code
    form_code: Code
    period: Code
    unit_code: Code
    rows: list[ListRow] = Field(default_factory=list)


class WrittenSection(Part):
    """One section as written."""

    number: Line
    heading: Line
    body: Text


class NarrativePacket(Packet):
    """A written report on a fixed outline."""

    kind, title = "narrative", "Gửi đề cương báo cáo"
    regime_code: Code
    outline_code: Code
    period: Code
    unit_code: Code
    summary: Text | None = None
    sections: list[WrittenSection] = Field(min_length=1)


class ReportStatusPacket(Packet):
    """Where a report stands."""

    kind, title = "report_status", "Trạng thái báo cáo"
    regime_code: Code
    period: Code
    unit_code: Code
    status: Literal["draft", "submitted", "verified", "published", "returned", "withdrawn", "locked"]
    changed_at: AwareDatetime
    changed_by: Line | None = None
    reason: Text | None = None


class PeriodRow(Part):
    """One reporting period."""

    code: Code
    name: Line
    starts_on: date
    ends_on: date
    due_at: AwareDatetime | None = None


class PeriodListPacket(Packet):
    """The reporting periods."""

    kind, title = "period_list", "Danh mục kỳ báo cáo"
    regime_code: Code
    periods: list[PeriodRow] = Field(min_length=1)


class ReportItem(Part):
    """One item that is reported."""

    code: Code
    name: Line
    unit: Line | None = None
    parent_code: Code | None = None
    position: Annotated[int, Field(ge=0, le=100_000)] = 0


class ReportItemListPacket(Packet):
    """The items that are reported."""

    kind, title = "report_item_list", "Danh mục chỉ tiêu báo cáo"
    code: Code
    items: list[ReportItem] = Field(min_length=1)


class IndicatorRow(Part):
    """One indicator of a set."""

    code: Code
    name: Line
    unit: Line
    direction: Literal["up", "down", "band", "neutral"] = "neutral"
    group_code: Code | None = None
    definition: Text | None = None
    decimals: Annotated[int, Field(ge=0, le=6)] = 0
    frequency: Literal["D", "W", "M", "Q", "S", "A", "season"] = "M"
    target: Number | None = None


class IndicatorSetPacket(Packet):
    """A set of indicators (KPI)."""

    kind, title = "indicator_set", "Bộ chỉ số (KPI)"
    code: Code
    name: Line
    legal_basis: Line | None = None
    indicators: list[IndicatorRow] = Field(min_length=1)
    valid_from: date


class GroupRow(Part):
    """One group of indicators."""

    code: Code
    name: Line
    parent_code: Code | None = None
    position: Annotated[int, Field(ge=0, le=100_000)] = 0


class IndicatorGroupPacket(Packet):
    """The groups of indicators."""

    kind, title = "indicator_group", "Danh mục nhóm chỉ số"
    set_code: Code
    groups: list[GroupRow] = Field(min_length=1)


class Category(Part):
    """One category of a breakdown."""

    code: Code
    name: Line
    is_total: bool = False


class BreakdownRow(Part):
    """One dimension figures are broken down by."""

    code: Code
    name: Line
    categories: list[Category] = Field(min_length=1)


class BreakdownListPacket(Packet):
    """The breakdowns."""

    kind, title = "breakdown_list", "Danh mục phân tổ chỉ số"
    breakdowns: list[BreakdownRow] = Field(min_length=1)


class IndicatorValue(Part):
    """One figure."""

    indicator_code: Code
    unit_code: Code
    breakdown: Code | None = None
    value: Number | None = None
    status: Literal["A", "P", "E", "O", "M", "Q", "B"] = "A"
    known_from: AwareDatetime | None = None
    vintage: Annotated[int, Field(ge=1, le=10_000)] = 1


class IndicatorDataPacket(Packet):
    """Published figures of one set and period (KPI)."""

    kind, title = "indicator_data", "Dữ liệu chỉ số (KPI)"
    set_code: Code
    period: Code
    values: list[IndicatorValue] = Field(min_length=1)


KINDS: dict[str, type[Packet]] = {
    each.kind: each
    for each in (
        ReportRegimePacket, FormTemplatePacket, OutlineTemplatePacket, ReportDataPacket, ListDataPacket,
        NarrativePacket, ReportStatusPacket, PeriodListPacket, ReportItemListPacket, IndicatorSetPacket, IndicatorGroupPacket,
        BreakdownListPacket, IndicatorDataPacket,
    )
}  # fmt: skip
