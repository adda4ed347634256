"""Where a figure is used: formulas, rules, outlines, written reports and packets, with links only where one may go."""

from datetime import date

from langbiang.foundation.exchange import reference as exchange_reference
from langbiang.foundation.measures import Shown, Use, uses_of
from langbiang.government.indicators import services
from langbiang.government.indicators.models import Indicator
from langbiang.government.reporting import reference as reporting_reference

from .conftest import NOW, Reporting
from .test_catalogue import add
from .test_pages import Enter, enter

__all__ = ["enter"]


def uses(reporting: Reporting, who: str, code: str = "TOURIST") -> dict[str, list[Use]]:
    row = Indicator.objects.get(code=code)
    shown = Shown("", code, tuple(row.series_codes), reporting.commune, date(2026, 9, 1), date(2026, 9, 30), "2026-09")
    found: dict[str, list[Use]] = {}
    for use in uses_of(getattr(reporting, who), shown):
        found.setdefault(str(use.kind), []).append(use)
    return found


def test_a_figure_names_the_formulas_rules_walls_and_packets_that_use_it(reporting: Reporting) -> None:
    exchange_reference.load(at=NOW)
    reporting_reference.load(at=NOW)
    add(reporting)
    services.add_rule(
        reporting.keeper, code="TOURIST", name="Khách quốc tế không quá tổng số", name_en="Foreign not above all", kind="compare", left=["TOURIST.INTL"],
        sign="<=", right=["TOURIST.ALL"], source="x", valid_from=date(2026, 1, 1), at=NOW,
    )  # fmt: skip
    reporting.publish("TOURIST", ALL="100", INTL="10", STAY="20")
    assert services.send_published(at=NOW) >= 1
    found = uses(reporting, "keeper")
    (formula,) = found["Formula"]
    assert formula.title == "Share of foreign visitors = TOURIST.INTL / TOURIST * 100"
    assert formula.url == f"/work/indicators/at/INTL/{reporting.commune}/2026-09/"
    (rule,) = found["Rule between figures"]
    assert rule.url == "/manage/indicators/TOURIST/rules/"
    (packet,) = found["Packet sent"]
    assert (bool(packet.title), packet.url) == (True, "")
    (same,) = uses(reporting, "reporter")["Rule between figures"]
    assert (same.title, same.url) == (rule.title, "")


def test_written_reports_stand_there_with_a_link_for_those_who_may_read_them(reporting: Reporting) -> None:
    services.make_narratives(first=date(2026, 9, 30), last=date(2026, 10, 31), at=NOW)
    from langbiang.government.indicators.models import Narrative, Outline

    outline = Outline.objects.get(code="BC.KTXH.THANG")
    code = next(code for section in outline.sections for code in section["indicators"] if Indicator.objects.get(code=code).frequency == "M")
    report = Narrative.objects.get(outline=outline, agency_id=reporting.commune, period="2026-10-R")
    assert "Written report" not in uses(reporting, "reporter", code)
    Narrative.objects.filter(pk=report.pk).update(stage="submitted")
    (mine,) = uses(reporting, "reporter", code)["Written report"]
    assert mine.url == f"/work/indicators/written/{report.pk}/"
    (theirs,) = uses(reporting, "foreign", code)["Written report"]
    assert theirs.url == ""
    assert uses(reporting, "keeper", code)["Outline of a written report"][0].url
    assert not uses(reporting, "reporter", code)["Outline of a written report"][0].url


def test_the_panel_of_a_figure_shows_them(reporting: Reporting, enter: Enter) -> None:
    add(reporting)
    page = enter("head").get(f"/work/indicators/at/TOURIST/{reporting.commune}/2026-09/").content.decode()
    assert "Con số này được dùng ở đâu" in page
    assert f"/work/indicators/at/INTL/{reporting.commune}/2026-09/" in page
    assert "What it was reckoned from" not in page
