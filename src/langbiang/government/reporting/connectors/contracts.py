"""What a row of each subject must look like before it may touch a figure.

Aggregates only: a column nobody agreed on, and above all one with personal data, keeps its row out.
"""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Annotated, ClassVar

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, model_validator

Place = Annotated[str, StringConstraints(pattern=r"^[0-9]{5}$")]
Month = Annotated[str, StringConstraints(pattern=r"^20[0-9]{2}-(0[1-9]|1[0-2])$")]
Count = Annotated[int, Field(ge=0, le=10_000_000)]
Amount = Annotated[int, Field(ge=0, le=10**16)]


@dataclass(frozen=True)
class Figure:
    """One value a row gives."""

    series: str
    place_code: str
    period: str
    value: Decimal

    @property
    def key(self) -> str:
        """What makes it the same figure when it comes again."""
        return f"{self.series}/{self.place_code}/{self.period}"


class Contract(BaseModel):
    """A row as agreed with its source."""

    model_config = ConfigDict(frozen=True, extra="forbid")
    subject: ClassVar[str]
    series: ClassVar[dict[str, str]]
    unit: Place

    def period(self) -> str:
        """The period the row tells of."""
        raise NotImplementedError

    def figures(self) -> list[Figure]:
        """The values of the row."""
        return [
            Figure(series, self.unit, self.period(), Decimal(getattr(self, name)))
            for name, series in self.series.items()
        ]


class Daily(Contract):
    """A row about one day."""

    day: date

    def period(self) -> str:
        """The day."""
        return self.day.isoformat()


class BudgetRow(Daily):
    """Receipts and spending of one unit on one day."""

    subject = "budget"
    series = {"revenue_vnd": "BUDGET_REV.AMT", "expenditure_vnd": "BUDGET_EXP.AMT"}
    revenue_vnd: Amount
    expenditure_vnd: Amount


class CivilStatusRow(Daily):
    """Acts of civil status of one unit on one day."""

    subject = "civil_status"
    series = {"births": "CIVIL.BIRTHS", "deaths": "CIVIL.DEATHS", "marriages": "CIVIL.MARRIAGES"}
    births: Count
    deaths: Count
    marriages: Count


class HealthInsuranceRow(Contract):
    """People insured in one unit at the end of a month."""

    subject = "health_insurance"
    series = {"insured": "HI_COV.INSURED", "population": "HI_COV.POP"}
    month: Month
    insured: Count
    population: Count

    @model_validator(mode="after")
    def _not_more_than_all(self) -> "HealthInsuranceRow":
        if self.insured > self.population:
            raise ValueError("more people insured than there are")
        return self

    def period(self) -> str:
        """The month."""
        return self.month


class EnterprisesRow(Daily):
    """Enterprises founded and gone in one unit on one day."""

    subject = "enterprises"
    series = {
        "founded": "ENT_NEW.N", "capital_vnd": "ENT_NEW.CAPITAL", "suspended": "ENT_EXIT.SUSP",
        "dissolved": "ENT_EXIT.DISS",
    }  # fmt: skip
    founded: Count
    capital_vnd: Amount
    suspended: Count
    dissolved: Count


CONTRACTS: dict[str, type[Contract]] = {
    each.subject: each for each in (BudgetRow, CivilStatusRow, HealthInsuranceRow, EnterprisesRow)
}


def contract(subject: str) -> type[Contract] | None:
    """The contract of a subject."""
    return CONTRACTS.get(subject)
