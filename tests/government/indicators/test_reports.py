"""From the deadline to the published figure and its corrections."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest
from django.db import IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext

from langbiang.foundation.access import Forbidden, Refusal
from langbiang.foundation.audit.models import Entry as AuditEntry
from langbiang.foundation.events.models import EventRow
from langbiang.foundation.notifications.models import Notice
from langbiang.foundation.organizations import queries as organizations
from langbiang.government.indicators import queries, services
from langbiang.government.indicators.models import Indicator, Obligation, Observation

from .conftest import NOW, Reporting, actor

LATER = NOW + timedelta(days=40)


def test_every_commune_owes_its_indicators_and_a_department_those_of_the_province(reporting: Reporting) -> None:
    monthly = Obligation.objects.filter(period="2026-09")
    assert monthly.filter(indicator__code="TOURIST").count() == 124
    one = monthly.get(indicator__code="CPI")
    assert one.agency_id == organizations.agency_id_of("H36.04")
    assert one.about_id in organizations.root_ids()
    assert not Obligation.objects.filter(indicator__source_kind="internal").exists()
    before = Obligation.objects.count()
    assert services.make_obligations(first=NOW.date().replace(month=9, day=30), last=NOW.date().replace(month=9, day=30), at=NOW) == 0
    assert Obligation.objects.count() == before


def test_what_is_owed_in_a_whole_year_can_be_reckoned(reporting: Reporting) -> None:
    assert services.make_obligations(first=date(2026, 1, 1), last=date(2026, 12, 31), at=NOW) > 20_000
    assert Obligation.objects.get(indicator__code="GRDP_CAP", period="2026").due_at.date() == date(2027, 3, 31)
    assert Obligation.objects.filter(indicator__code="PI_DISB", period="2026-W47").count() == 124


def test_a_report_goes_from_hand_to_hand_and_its_figures_become_known(reporting: Reporting) -> None:
    report = reporting.publish("TOURIST", ALL="12.500", INTL="1.200", STAY="k")
    assert (report.stage, report.state) == ("published", "on_time")
    rows = {row.series.code: row for row in Observation.objects.select_related("series")}
    assert rows["TOURIST.ALL"].value == 12500
    assert rows["TOURIST.STAY"].is_no_event
    assert not rows["TOURIST.ALL"].is_no_event
    assert (rows["TOURIST.ALL"].reported_by, rows["TOURIST.ALL"].verified_by) == (reporting.reporter.label, reporting.head.label)
    assert reporting.figure("TOURIST", reporting.commune).value == 12500
    assert EventRow.objects.filter(name="indicators.published").count() == 1
    acts = set(AuditEntry.objects.filter(action__startswith="indicators.").values_list("action", flat=True))
    assert {"indicators.typed", "indicators.submitted", "indicators.verified", "indicators.published"} <= acts


def test_who_sent_a_report_does_not_check_it(reporting: Reporting) -> None:
    report = reporting.owed("TOURIST")
    reporting.fill(report, ALL="10", INTL="1", STAY="2")
    services.submit(reporting.head, report_id=report.pk, at=NOW)
    with pytest.raises(Forbidden, match="another person"):
        services.verify(reporting.head, report_id=report.pk, at=NOW)
    assert list(queries.to_check(reporting.head)) == []


@pytest.mark.parametrize("act", ["type_cell", "submit", "verify", "return_report", "publish", "reopen", "extend", "waive"])
def test_nothing_is_done_to_the_report_of_another_agency(reporting: Reporting, act: str) -> None:
    report = reporting.owed("TOURIST")
    given = {
        "type_cell": {"report_id": report.pk, "series_code": "TOURIST.ALL", "text": "1"},
        "return_report": {"report_id": report.pk, "reason": "because of this"},
        "publish": {"report_ids": [report.pk]},
        "reopen": {"report_id": report.pk, "reason": "because of this"},
        "extend": {"report_id": report.pk, "due_at": LATER, "reason": "because of this"},
        "waive": {"report_id": report.pk, "reason": "because of this"},
    }.get(act, {"report_id": report.pk})
    with pytest.raises(Forbidden):
        getattr(services, act)(reporting.foreign, **given, at=NOW)
    assert not report.entries.exists()


@pytest.mark.parametrize(
    ("text", "words"),
    [("12.5", "two ways"), ("many", "no number"), ("-4", "outside"), ("1,5", "whole number"), ("9" * 20, "too many digits")],
)
def test_a_value_that_cannot_stand_is_refused_and_the_former_stays(reporting: Reporting, text: str, words: str) -> None:
    report = reporting.owed("TOURIST")
    reporting.fill(report, ALL="77")
    with pytest.raises(Refusal, match=words) as refused:
        reporting.fill(report, ALL=text)
    assert refused.value.field == "TOURIST.ALL"
    assert refused.value.way_out
    assert report.entries.get().value == 77


def test_a_part_above_the_whole_stops_the_report(reporting: Reporting) -> None:
    report = reporting.owed("TOURIST")
    reporting.fill(report, ALL="10", INTL="11", STAY="2")
    with pytest.raises(Refusal, match="contradicts") as refused:
        services.submit(reporting.reporter, report_id=report.pk, at=NOW)
    assert refused.value.field == "TOURIST.INTL"
    reporting.fill(report, ALL="12")
    services.submit(reporting.reporter, report_id=report.pk, at=NOW)


def test_a_report_with_a_blank_is_not_sent(reporting: Reporting) -> None:
    report = reporting.owed("TOURIST")
    reporting.fill(report, ALL="10", INTL="1")
    with pytest.raises(Refusal, match="not filled in"):
        services.submit(reporting.reporter, report_id=report.pk, at=NOW)
    reporting.fill(report, ALL="")
    assert report.entries.count() == 1


def test_a_correction_adds_a_vintage_with_its_reason_and_the_former_is_still_known_then(reporting: Reporting) -> None:
    reporting.publish("TOURIST", ALL="100", INTL="10", STAY="20")
    report = reporting.owed("TOURIST")
    with pytest.raises(Refusal, match="why"):
        services.reopen(reporting.reporter, report_id=report.pk, reason=" ", at=LATER)
    services.reopen(reporting.reporter, report_id=report.pk, reason="A hotel had been counted twice", at=LATER)
    reporting.fill(report, ALL="90")
    services.submit(reporting.reporter, report_id=report.pk, at=LATER)
    services.verify(reporting.head, report_id=report.pk, at=LATER)
    services.publish(reporting.publisher, report_ids=[report.pk], at=LATER)
    rows = list(queries.vintages(["TOURIST.ALL", "TOURIST.INTL"], reporting.commune, "2026-09"))
    assert [(row.series.code, row.vintage, row.value) for row in rows] == [
        ("TOURIST.ALL", 2, 90), ("TOURIST.ALL", 1, 100), ("TOURIST.INTL", 1, 10),
    ]  # fmt: skip
    assert rows[0].reason == "A hotel had been counted twice"
    assert reporting.figure("TOURIST", reporting.commune).value == 90
    assert reporting.figure("TOURIST", reporting.commune, known_at=LATER - timedelta(seconds=1)).value == 100
    assert reporting.figure("TOURIST", reporting.commune, known_at=LATER).value == 90
    assert reporting.figure("TOURIST", reporting.commune, known_at=NOW - timedelta(seconds=1)).value is None
    report.refresh_from_db()
    assert report.state == "on_time"


@pytest.mark.parametrize("change", ["SET value = 1", "SET known_from = now()", "SET reason = 'x', known_to = now()"])
def test_the_database_refuses_to_rewrite_a_published_figure(reporting: Reporting, change: str) -> None:
    reporting.publish("TOURIST", ALL="100", INTL="10", STAY="20")
    with connection.cursor() as cursor, pytest.raises(IntegrityError, match="only added to"), transaction.atomic():
        cursor.execute(f"UPDATE indicators_observation {change}")
    with connection.cursor() as cursor, pytest.raises(IntegrityError, match="only added to"), transaction.atomic():
        cursor.execute("DELETE FROM indicators_observation")


def test_a_share_of_the_province_is_the_share_of_the_sums_and_says_how_many_units_it_has(reporting: Reporting) -> None:
    communes = [row.id for row in organizations.commune_agencies(on=NOW.date())]
    indicator = Indicator.objects.get(code="HI_COV")
    Indicator.objects.filter(code="HI_COV").update(coverage_percent=50)
    from langbiang.government.indicators.models import Series

    both = {code: Series.objects.get(code=code) for code in ("HI_COV.INSURED", "HI_COV.POP")}
    total = {"HI_COV.INSURED": 0, "HI_COV.POP": 0}
    for n, agency in enumerate(communes[:100]):
        for code, value in (("HI_COV.POP", 1000 + 300 * n), ("HI_COV.INSURED", 900 + 100 * n)):
            if n == 7 and code == "HI_COV.POP":
                continue  # a unit that has only one of the two does not count
            total[code] += 0 if n == 7 else value
            Observation.objects.create(
                series=both[code], agency_id=agency, period="2026-09", first_day="2026-09-01", last_day="2026-09-30",
                frequency="M", value=value, known_from=NOW, source="x", reported_by="x", reported_at=NOW, published_by="x",
            )  # fmt: skip
    root = next(iter(organizations.root_ids()))
    found = reporting.figure("HI_COV", root)
    assert (found.have, found.of, found.is_partial) == (99, 124, True)
    assert found.value == Decimal(100) * total["HI_COV.INSURED"] / total["HI_COV.POP"]
    Indicator.objects.filter(code="HI_COV").update(coverage_percent=90)
    assert reporting.figure("HI_COV", root).value is None
    assert indicator.is_share


def test_what_is_official_is_never_added_up(reporting: Reporting) -> None:
    from langbiang.government.indicators import periods
    from langbiang.government.indicators.queries import figures

    indicator = Indicator.objects.get(code="CPI")
    series = queries.series_of(indicator)
    period = periods.parse("2026-09")
    rows = {
        ("CPI.YOY", agency, period.name): Observation(
            series=series["CPI.YOY"], agency_id=agency, period=period.name, value=Decimal(3), known_from=NOW, status="A"
        )
        for agency in (1, 2)
    }
    assert queries.figure(indicator, series, rows, agencies=[1, 2], period=period).value is None
    one = queries.figure(indicator, series, rows, agencies=[1], period=period)
    assert one.value == 3
    assert figures.over_time(indicator, series, [(period, one), (period.next, one)]).value is None


def test_two_persons_open_a_closed_period(reporting: Reporting) -> None:
    reporting.publish("TOURIST", ALL="100", INTL="10", STAY="20")
    report = reporting.owed("TOURIST")
    closed = services.lock(reporting.keeper, code="TOURIST", period="2026-09", at=NOW)
    with pytest.raises(Refusal, match="closed"):
        services.reopen(reporting.reporter, report_id=report.pk, reason="Counted twice", at=NOW)
    with pytest.raises(Refusal, match="asked"):
        services.open_lock(reporting.second_keeper, lock_id=closed.pk, at=NOW)
    services.ask_opening(reporting.keeper, lock_id=closed.pk, reason="Letter 12 of the department", at=NOW)
    with pytest.raises(Forbidden):
        services.open_lock(reporting.keeper, lock_id=closed.pk, at=NOW)
    services.open_lock(reporting.second_keeper, lock_id=closed.pk, at=NOW)
    services.reopen(reporting.reporter, report_id=report.pk, reason="Counted twice", at=NOW)


def test_a_period_is_over_at_midnight_here_and_not_in_greenwich(reporting: Reporting) -> None:
    midnight = datetime(2026, 9, 30, 17, 0, tzinfo=UTC)
    with pytest.raises(Refusal, match="not ended"):
        services.lock(reporting.keeper, code="TOURIST", period="2026-09", at=midnight - timedelta(seconds=1))
    assert services.lock(reporting.keeper, code="TOURIST", period="2026-09", at=midnight).pk


def test_late_and_missing_are_noticed_at_their_instant_for_all_units_and_indicators(reporting: Reporting) -> None:
    due = NOW + timedelta(hours=1)
    everything = list(Indicator.objects.all())
    communes = [row.id for row in organizations.commune_agencies(on=NOW.date())]
    Obligation.objects.all().delete()
    Obligation.objects.bulk_create(
        Obligation(indicator=each, agency_id=agency, about_id=agency, period="2026-09", last_day="2026-09-30", due_at=due,
                   missing_at=due + timedelta(hours=24))
        for each in everything for agency in communes
    )  # fmt: skip
    Obligation.objects.filter(agency_id=communes[0]).update(stage="submitted", state="on_time", submitted_at=NOW)
    assert Obligation.objects.count() == 124 * 25
    assert services.flag(at=due) == {"overdue": 0, "missing": 0}
    with CaptureQueriesContext(connection, ) as asked:
        found = services.flag(at=due + timedelta(seconds=1))
    assert found == {"overdue": 123 * 25, "missing": 0}
    assert len(asked) < 15
    assert services.flag(at=due + timedelta(seconds=30)) == {"overdue": 0, "missing": 0}
    assert services.flag(at=due + timedelta(hours=24, seconds=1)) == {"overdue": 0, "missing": 123 * 25}
    assert set(EventRow.objects.filter(name="indicators.overdue").values_list("payload__reports", flat=True)) == {123 * 25}


def test_the_worker_looks_for_what_is_due_more_often_than_once_a_minute() -> None:
    """With the statement above at most one look after the deadline, nothing stays unnoticed for sixty seconds."""
    from croniter import croniter
    from procrastinate.contrib.django import app

    from langbiang.government.indicators import tasks

    crons = [each.cron for each in app.periodic_registry.periodic_tasks.values() if each.task.name == tasks.flag.name]
    assert crons
    looks = croniter(crons[0], NOW, second_at_beginning=False)
    moments = [looks.get_next(float) for _n in range(10)]
    assert max(b - a for a, b in zip(moments, moments[1:], strict=False)) <= 30


def test_reminders_are_one_a_person_and_instant(reporting: Reporting, seated: int) -> None:
    report = reporting.owed("TOURIST")
    assert Obligation.objects.filter(agency_id=reporting.commune, due_at=report.due_at).count() > 1
    at = report.due_at - timedelta(hours=2)
    assert services.remind(at=at) == 1
    assert services.remind(at=at + timedelta(seconds=30)) == 0
    notice = Notice.objects.get(account_id=seated)
    assert organizations.name_of(reporting.commune) in notice.body + notice.subject
    assert services.remind(at=report.due_at) == 1


@pytest.fixture
def seated(reporting: Reporting) -> int:
    """An officer who sits at the commune with the role of officers."""
    from langbiang.foundation.access.models import RoleAssignment
    from langbiang.foundation.notifications import reference as notices
    from langbiang.foundation.organizations.models import Holding, Position

    notices.load(at=NOW)
    seat = Position.objects.create(agency_id=reporting.commune, title="Chuyên viên", title_en="Officer", valid_from="2025-07-01")
    account = reporting.reporter.account_id
    assert account is not None
    Holding.objects.create(position=seat, account_id=account, valid_from="2025-07-01")
    RoleAssignment.objects.create(
        position=seat, role="officer", agency_id=reporting.commune, valid_from="2025-07-01", created_at=NOW
    )
    organizations.forget()
    return account


def test_more_time_and_a_waiver_say_why(reporting: Reporting) -> None:
    report = reporting.owed("TOURIST")
    services.flag(at=report.due_at + timedelta(seconds=1))
    report.refresh_from_db()
    assert report.state == "overdue"
    with pytest.raises(Refusal, match="why"):
        services.extend(reporting.publisher, report_id=report.pk, due_at=report.due_at + timedelta(days=2), reason="", at=report.due_at)
    services.extend(
        reporting.publisher, report_id=report.pk, due_at=report.due_at + timedelta(days=2), reason="Flooded roads", at=report.due_at
    )
    report.refresh_from_db()
    assert (report.state, report.first_due_at is not None) == ("open", True)
    services.waive(reporting.publisher, report_id=report.pk, reason="Decision 15 of the province", at=report.due_at)
    assert services.flag(at=report.due_at + timedelta(days=9))["overdue"] >= 0
    report.refresh_from_db()
    assert report.state == "waived"


def test_a_change_of_an_indicator_keeps_the_former_row_for_former_periods(reporting: Reporting) -> None:
    day = NOW.date().replace(day=15)
    made = services.change_indicator(
        reporting.keeper, code="TOURIST", values={"owner": "H36.04", "source": "Decision 9", "verified": True}, valid_from=day, at=NOW
    )
    rows = list(Indicator.objects.filter(code="TOURIST").order_by("valid_from"))
    assert [(row.owner, row.valid_to) for row in rows] == [("H36.11", day), ("H36.04", None)]
    assert made.pk == rows[1].pk
    for values, words in (({"owner": "H99"}, "no agency"), ({"rank": 3}, "cannot be changed"), ({"deadline": {"rule": "x"}}, "deadline")):
        with pytest.raises(Refusal, match=words):
            services.change_indicator(reporting.keeper, code="TOURIST", values=values, valid_from=day, at=NOW)
    with pytest.raises(Forbidden):
        services.change_indicator(reporting.publisher, code="TOURIST", values={}, valid_from=day, at=NOW)


def test_figures_of_the_platform_itself_are_taken_not_typed(reporting: Reporting) -> None:
    assert services.take_internal(at=NOW) > 0
    assert services.take_internal(at=NOW) == 0
    assert Observation.objects.filter(series__code="PUB_SVC.CLOSED", is_no_event=True).exists()
    assert actor(reporting.commune).account_id


def test_an_unusual_value_needs_a_reason_and_is_said_in_one_sentence(reporting: Reporting) -> None:
    from langbiang.government.indicators import periods, words
    from langbiang.government.indicators.models import Series

    series = Series.objects.get(code="TOURIST.ALL")
    period = periods.parse("2026-09")
    for back in range(1, 25):
        before = period.shifted(-back)
        Observation.objects.create(
            series=series, agency_id=reporting.commune, period=before.name, first_day=before.first, last_day=before.last,
            frequency="M", value=Decimal(12000 + 137 * (back * 7 % 11)), known_from=NOW, source="x", reported_by="x",
            reported_at=NOW, published_by="x",
        )  # fmt: skip
    report = reporting.owed("TOURIST")
    reporting.fill(report, ALL="125.000", INTL="k", STAY="k")
    entry = report.entries.get(series=series)
    assert [each["rule"] for each in entry.findings] == ["unit"]
    assert "another unit" in words.finding(entry.findings[0], series)
    with pytest.raises(Refusal, match="unusual") as refused:
        services.submit(reporting.reporter, report_id=report.pk, at=NOW)
    assert refused.value.field == "TOURIST.ALL"
    services.type_cell(
        reporting.reporter, report_id=report.pk, series_code=series.code, text="125.000", confirmed="Flower festival", at=NOW
    )
    services.submit(reporting.reporter, report_id=report.pk, at=NOW)


def test_a_second_figure_from_the_book_shows_exchanged_digits(reporting: Reporting) -> None:
    from langbiang.government.indicators import periods, words
    from langbiang.government.indicators.models import Series

    series = Series.objects.get(code="TOURIST.ALL")
    assert series.second == "year_to_date"
    report = reporting.owed("TOURIST")
    period = periods.parse(report.period)
    for back in range(1, period.last.month):
        before = period.shifted(-back)
        Observation.objects.create(
            series=series, agency_id=reporting.commune, period=before.name, first_day=before.first, last_day=before.last,
            frequency="M", value=Decimal(12000), known_from=NOW, source="x", reported_by="x", reported_at=NOW, published_by="x",
        )  # fmt: skip
    total = 12000 * (period.last.month - 1) + 12340

    def typed(text: str, second: str | None) -> list[str]:
        cell = services.type_cell(
            reporting.reporter, report_id=report.pk, series_code=series.code, text=text, second=second, at=NOW
        )
        return [each["rule"] for each in cell.findings]

    assert "running" in typed("12.430", f"{total}")
    entry = report.entries.get(series=series)
    assert "exchanged" in words.finding(entry.findings[0], series)
    assert "12.340" in words.finding(entry.findings[0], series) or "12,340" in words.finding(entry.findings[0], series)
    assert "running" not in typed("12.340", None)  # the second figure stays as it was typed
    assert report.entries.get(series=series).second == total
    with pytest.raises(Refusal) as refused:
        typed("12.340", "about 130.000")
    assert refused.value.field == series.code
    assert report.entries.get(series=series).second == total


def test_two_communes_with_the_same_figures_are_shown_to_who_checks(reporting: Reporting) -> None:
    from langbiang.government.indicators import judging

    other = reporting.owed("TOURIST", agency=reporting.other)
    for name, text in (("ALL", "731"), ("INTL", "12"), ("STAY", "445")):
        services.type_cell(reporting.foreign, report_id=other.pk, series_code=f"TOURIST.{name}", text=text, at=NOW)
    report = reporting.owed("TOURIST")
    reporting.fill(report, ALL="731", INTL="12", STAY="445")
    assert judging.copies(report) == [other]
    reporting.fill(report, STAY="446")
    assert judging.copies(report) == []
