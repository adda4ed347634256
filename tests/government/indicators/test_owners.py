"""Who owes the reports of the province when another agency answers for an indicator."""

from datetime import date

from langbiang.foundation.audit.models import Entry
from langbiang.foundation.events.models import EventRow
from langbiang.foundation.organizations import queries as organizations
from langbiang.government.indicators import services
from langbiang.government.indicators.models import Obligation

from .conftest import NOW, Reporting


def root() -> int:
    return next(iter(organizations.root_ids()))


def test_reports_nobody_has_begun_go_to_the_new_owner(reporting: Reporting) -> None:
    services.make_obligations(first=date(2026, 10, 1), last=date(2026, 12, 31), at=NOW, codes=["CPI", "TOURIST"])
    begun = reporting.owed("CPI", agency=root(), period="2026-11")
    Obligation.objects.filter(pk=begun.pk).update(stage="draft")
    old, new = organizations.agency_id_of("H36.04"), organizations.agency_id_of("H36.05")
    services.change_indicator(
        reporting.keeper, code="CPI", values={"owner": "H36.05", "source": "Quyết định 9"}, valid_from=date(2026, 10, 15), at=NOW
    )
    owed = {row.period: row.agency_id for row in Obligation.objects.filter(indicator__code="CPI")}
    assert owed == {"2026-09": old, "2026-10": new, "2026-11": old, "2026-12": new}
    assert Entry.objects.filter(action="indicators.owner_followed").count() == 2
    moved = set(EventRow.objects.filter(name="indicators.moved").values_list("payload__obligation_id", flat=True))
    assert moved == {row.pk for row in Obligation.objects.filter(indicator__code="CPI", agency_id=new)}
    before = set(Obligation.objects.filter(indicator__code="TOURIST").values_list("pk", "agency_id"))
    services.change_indicator(
        reporting.keeper, code="TOURIST", values={"owner": "H36.05", "source": "Quyết định 9"}, valid_from=date(2026, 10, 15), at=NOW
    )
    assert set(Obligation.objects.filter(indicator__code="TOURIST").values_list("pk", "agency_id")) == before


def test_making_what_is_owed_again_mends_who_owes_it(reporting: Reporting) -> None:
    Obligation.objects.filter(indicator__code="CPI").update(agency_id=organizations.agency_id_of("H36.05"))
    assert services.make_obligations(first=date(2026, 9, 30), last=date(2026, 9, 30), at=NOW) == 0
    assert reporting.owed("CPI", agency=root()).agency_id == organizations.agency_id_of("H36.04")
