"""What people see of the index, and what they do not."""

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

import numpy as np
import pytest
from django.test import Client
from django.utils import timezone

from langbiang.foundation.access import SYSTEM
from langbiang.foundation.access.errors import Forbidden, Refusal
from langbiang.government.cases.models import Case
from langbiang.government.quality import queries
from langbiang.government.quality.models import ProvinceScore, Weight
from langbiang.government.quality.queries.lists import chance_late
from langbiang.government.quality.services import counters
from langbiang.government.quality.services.scores import BadScores, import_scores
from langbiang.government.quality.services.weights import BadWeight, change_weight
from tests.government.quality.generated import Generated

NOW = datetime(2026, 11, 3, 2, 0, tzinfo=UTC)
YEAR = queries.period_of("2026", today=NOW.date())


@pytest.fixture
def counted(generated: Generated) -> Generated:
    counters.recompute(at=NOW)
    return generated


def row(code: str) -> Any:
    return next(r for r in queries.rows_in_force(NOW.date()).rows if r.code == code)


def test_every_lost_point_leads_to_exactly_its_cases(counted: Generated) -> None:
    result = queries.index_of(queries.rows_in_force(NOW.date()).rows, period=YEAR)
    for one in result.indicators:
        if one.points is not None:
            found = queries.losing_cases(SYSTEM, one.row, period=YEAR)
            assert found.total == one.denominator - one.numerator, one.row.code


def test_the_count_is_true_and_the_cases_are_those_one_may_open(counted: Generated) -> None:
    officer = counted.world.officer("officer")
    found = queries.losing_cases(officer, row("ON_TIME"), period=YEAR)
    assert 0 < found.openable < found.total
    unit = counted.world.commune.pk
    assert all(unit in (c.competent_unit_id, c.receiving_unit_id, c.processing_unit_id) for c in found.cases)


def test_paging_shows_each_openable_case_once(counted: Generated) -> None:
    seen: list[int] = []
    after = 0
    while True:
        page = queries.losing_cases(SYSTEM, row("REUSED_DIGITIZED_DATA"), period=YEAR, after=after)
        seen += [case.pk for case in page.cases]
        if page.next_after is None:
            break
        after = page.next_after
    assert len(seen) == len(set(seen)) == page.total


def test_returning_cases_in_time_is_worth_more_than_returning_them_late(counted: Generated) -> None:
    by = NOW + timedelta(days=3)
    ids = list(Case.objects.filter(business="processing").values_list("pk", flat=True)[:37])
    Case.objects.filter(pk__in=ids).update(due_current=by + timedelta(days=1))
    rows = queries.rows_in_force(NOW.date()).rows
    answer = queries.what_if(SYSTEM, rows, case_ids=ids, by=by, period=YEAR)
    assert (answer.chosen, answer.in_time) == (len(ids), len(ids))
    assert answer.saved is not None
    assert answer.saved > 0
    Case.objects.filter(pk__in=ids).update(business="decided", processing_end_at=by)
    counters.refresh(ids, on=NOW.date())
    needed = Case.objects.filter(pk__in=ids, procedure_version__needs_paper_result=True).count()
    real = queries.counters_of(rows, period=YEAR)
    assert answer.returned is not None
    real["result_digital"] += needed - Case.objects.filter(
        pk__in=ids, procedure_version__needs_paper_result=True, results__isnull=False
    ).count()
    # Papers of a decided case whose result is not electronic fall out of the digitised ones: that much may differ.
    assert answer.returned == pytest.approx(queries.index_of(rows, period=YEAR).total, abs=3)


def test_cases_of_others_cannot_be_chosen(counted: Generated) -> None:
    neighbour = counted.world.officer("officer", counted.world.neighbour)
    rows = queries.rows_in_force(NOW.date()).rows
    foreign = list(
        Case.objects.filter(
            business="processing", competent_unit=counted.world.commune, receiving_unit=counted.world.commune
        ).values_list("pk", flat=True)
    )
    assert foreign
    assert queries.what_if(neighbour, rows, case_ids=foreign, by=NOW, period=YEAR).chosen == 0


@pytest.mark.parametrize("dimension", ["agency", "field", "procedure", "officer"])
def test_what_is_open_of_a_part_is_that_part_of_what_is_open(counted: Generated, dimension: str) -> None:
    """Every open case belongs to exactly one agency, field, procedure and officer."""
    from langbiang.government.quality.models import CaseFact

    everything = {step.case_id for step in queries.open_cases(SYSTEM, now=NOW, days=3650, limit=10_000)}
    assert everything
    column = queries.DIMENSIONS[dimension]
    facts = dict(CaseFact.objects.values_list("case_id", column))
    parts: set[int] = set()
    for key in sorted({facts[case] for case in everything}):
        scope = queries.Scope(
            **{"agency": {"agency_ids": frozenset({key})}, "field": {"field": key}, "procedure": {"procedure_id": key},
               "officer": {"officer_id": key}}[dimension]
        )  # fmt: skip
        inside = {step.case_id for step in queries.open_cases(SYSTEM, now=NOW, days=3650, scope=scope, limit=10_000)}
        assert inside == {case for case in everything if facts[case] == key}
        assert not inside & parts
        parts |= inside
        risky = {risk.step.case_id for risk in queries.at_risk(SYSTEM, now=NOW, days=3650, scope=scope)}
        assert risky <= inside
    assert parts == everything


def test_a_forecast_is_the_same_twice_and_holds_its_middle_inside(counted: Generated) -> None:
    rows = queries.rows_in_force(NOW.date()).rows
    today = date(2026, 9, 1)
    first, second = (queries.forecast(rows, period=YEAR, today=today) for _ in range(2))
    assert first == second
    assert first is not None
    assert first.low <= first.middle <= first.high
    assert queries.forecast(rows, period=YEAR, today=date(2027, 1, 1)) is None


def test_the_chance_of_being_late_is_a_share_of_passages_that_lasted_as_long() -> None:
    durations = np.array([1.0, 2, 3, 4, 5, 6, 7, 8, 9, 10])
    assert chance_late(durations, spent=4, allowed=8) == (3 / 8, 6, 2)
    assert 0 < chance_late(durations, spent=0, allowed=100)[0] < 1


def test_the_chance_of_being_late_is_calibrated_on_passages_never_seen() -> None:
    dice = np.random.default_rng(766)
    past, future = dice.gamma(2, 3, 400), dice.gamma(2, 3, 4000)
    spent, allowed = dice.uniform(0, 4, 4000), dice.uniform(4, 12, 4000)
    asked = [
        (chance_late(past, spent=s, allowed=a)[0], f > a)
        for f, s, a in zip(future, spent, allowed, strict=True)
        if f > s
    ]
    for low in (0.1, 0.3, 0.5):
        inside = [(p, late) for p, late in asked if low <= p < low + 0.2]
        assert abs(np.mean([p for p, _ in inside]) - np.mean([late for _, late in inside])) < 0.08


def test_a_new_weight_leaves_the_past_as_it_was(counted: Generated) -> None:
    given = {"indicator_code": "ON_TIME", "points": Decimal(18), "full_from": Decimal("0.9"), "source": "QĐ mới"}
    change_weight(SYSTEM, **given, valid_from=date(2026, 10, 1), verified=True, at=NOW)
    before = next(r for r in queries.rows_in_force(date(2026, 9, 30)).rows if r.code == "ON_TIME")
    after = next(r for r in queries.rows_in_force(date(2026, 10, 1)).rows if r.code == "ON_TIME")
    assert (before.points, after.points, after.full_from) == (20, 18, 0.9)
    with pytest.raises(BadWeight):
        change_weight(SYSTEM, **given, valid_from=date(2026, 9, 1), verified=True, at=NOW)
    assert Weight.objects.filter(indicator__code="ON_TIME", valid_to__isnull=True).count() == 1


def test_an_officer_may_not_change_weights(counted: Generated) -> None:
    with pytest.raises(Forbidden):
        change_weight(
            counted.world.officer("officer"), indicator_code="ON_TIME", points=Decimal(1), full_from=Decimal(1),
            valid_from=NOW.date(), source="x", verified=False, at=NOW,
        )  # fmt: skip


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("a.csv", "code,name,total\n01,Hà Nội,\"91,20\"\n79,TP. Hồ Chí Minh,88.5\n"),
        (
            "a.json",
            '{"code": 0, "data": {"evaluation": [{"departmentCode": "01", "departmentName": "Hà Nội", "totalScore": 91.2},'
            '{"departmentCode": "79", "departmentName": "TP. Hồ Chí Minh", "totalScore": 88.5}]}}',
        ),
    ],
)
def test_scores_of_others_are_read_and_ranked_against(world: Any, name: str, content: str) -> None:
    given = {"name": name, "content": content.encode(), "period": "2026", "source": "Cổng", "as_of": date(2026, 10, 31)}
    assert import_scores(SYSTEM, **given, at=NOW) == 2
    assert import_scores(SYSTEM, **given, at=NOW) == 2
    assert ProvinceScore.objects.count() == 2
    others = queries.standings("2026", own_code="68")
    assert [queries.rank_of(total, others) for total in (95.0, 91.2, 90.0, 10.0, None)] == [1, 1, 2, 3, None]


@pytest.mark.parametrize("content", ["", "code,name,total\n01,Hà Nội,101\n", "code,name,total\n,x,5\n", "\x00\x01"])
def test_a_bad_file_of_scores_is_refused_and_changes_nothing(world: Any, content: str) -> None:
    with pytest.raises(BadScores):
        import_scores(
            SYSTEM, name="a.csv", content=content.encode(), period="2026", source="x", as_of=NOW.date(), at=NOW
        )
    assert not ProvinceScore.objects.exists()


def test_a_refusal_names_the_way_out() -> None:
    assert issubclass(BadScores, Refusal)


@pytest.fixture
def signed_in(counted: Generated, client: Client) -> Callable[[str], Client]:
    from langbiang.foundation.accounts.models import Account

    def enter(role: str) -> Client:
        actor = counted.world.officer(role)
        client.force_login(Account.objects.get(pk=actor.account_id))
        return client

    return enter


@pytest.mark.parametrize(
    "address",
    [
        "/work/quality/", "/work/quality/?period=2026-Q2", "/work/quality/by/agency/", "/work/quality/by/field/",
        "/work/quality/by/procedure/", "/work/quality/losses/ON_TIME/", "/work/quality/losses/ONLINE_PROCEDURES_USED/",
        "/work/quality/risk/", "/work/quality/what-if/", "/work/quality/risk/?field=1&period=2026-Q4",
        "/work/quality/what-if/?cases=1,2,x&procedure=1", "/work/quality/losses/ON_TIME/?field=1",
    ],
)  # fmt: skip
def test_pages_open_for_a_reviewer(signed_in: Callable[[str], Client], address: str) -> None:
    answer = signed_in("reviewer").get(address)
    assert answer.status_code == 200
    assert "quality/" in answer.templates[0].name


def test_officers_are_compared_only_by_those_who_lead_them(
    signed_in: Callable[[str], Client], counted: Generated
) -> None:
    agency = counted.world.commune.pk
    assert signed_in("reviewer").get(f"/work/quality/by/officer/?agency={agency}").status_code == 403
    client = signed_in("dispatcher")
    assert client.get(f"/work/quality/by/officer/?agency={agency}").status_code == 200
    assert client.get(f"/work/quality/by/officer/?agency={counted.world.neighbour.pk}").status_code == 403
    assert client.get("/work/quality/by/officer/").status_code == 404
    account = counted.world.officer("officer").account_id
    assert client.get(f"/work/quality/?officer={account}").status_code == 404


def test_what_if_answers_in_words(signed_in: Callable[[str], Client], counted: Generated) -> None:
    case = Case.objects.filter(business="processing", competent_unit=counted.world.commune, work__is_open=True)[0]
    soon = timezone.now() + timedelta(days=2)
    Case.objects.filter(pk=case.pk).update(due_current=soon)
    case.work.update(case_due_at=soon)
    client = signed_in("dispatcher")
    page = client.post("/work/quality/what-if/?period=2026", {"day": f"{timezone.localdate():%d/%m/%Y}", "case": case.pk})
    assert page.status_code == 200
    assert page.context["answer"].chosen == 1
    assert client.post("/work/quality/what-if/", {"day": "01/01/2020", "case": case.pk}).context["answer"] is None


def test_what_if_reckons_all_listed_cases_and_those_still_in_time_for_the_part_and_the_province(
    signed_in: Callable[[str], Client], counted: Generated
) -> None:
    unit = counted.world.commune
    soon, later = timezone.now() + timedelta(hours=1), timezone.now() + timedelta(days=4)
    cases = list(Case.objects.filter(business="processing", competent_unit=unit, work__is_open=True).distinct()[:6])
    assert len(cases) > 2
    for n, case in enumerate(cases):
        due = later if n else soon
        case.work.update(case_due_at=due)
        Case.objects.filter(pk=case.pk).update(due_current=due)
    ProvinceScore.objects.create(
        province_code="01", province_name="Hà Nội", period="2026", total=Decimal("50"), as_of=NOW.date(), source="x", imported_at=NOW
    )
    client = signed_in("dispatcher")
    address = f"/work/quality/what-if/?period=2026&agency={unit.pk}"
    day = {"day": f"{timezone.localdate() + timedelta(days=2):%d/%m/%Y}"}
    everything = client.post(address, {**day, "choose": "all"})
    listed = {step.case_id for step in everything.context["steps"]}
    assert everything.context["chosen"] == listed
    (_name, province), (part_name, part) = everything.context["answers"]
    assert province.chosen == part.chosen == len(listed)
    assert part_name in everything.content.decode()
    assert province.rank_now is not None
    assert part.rank_now is None
    in_time = client.post(address, {**day, "choose": "in_time"})
    assert in_time.context["answer"].chosen == in_time.context["answer"].in_time
    assert cases[0].pk not in in_time.context["chosen"]
    assert {case.pk for case in cases[1:]} <= in_time.context["chosen"]
    told = in_time.content.decode()
    assert f"{in_time.context['answer'].gain:.2f}" in told.replace(",", ".")


def test_an_officer_is_foretold_only_to_those_who_lead(signed_in: Callable[[str], Client], counted: Generated) -> None:
    account = counted.world.officer("officer").account_id
    agency = counted.world.commune.pk
    for page in ("risk", "what-if"):
        assert signed_in("reviewer").get(f"/work/quality/{page}/?agency={agency}&officer={account}").status_code == 403
        assert signed_in("dispatcher").get(f"/work/quality/{page}/?agency={agency}&officer={account}").status_code == 200


def test_a_long_table_is_shown_page_by_page_and_says_how_many_there_are(counted: Generated, monkeypatch: pytest.MonkeyPatch, client: Client) -> None:
    from langbiang.foundation.accounts.models import Account
    from langbiang.government.quality.pages import figures

    monkeypatch.setattr(figures, "PAGE", 2)
    client.force_login(Account.objects.get(pk=counted.world.officer("leader").account_id))
    all_keys = [line.key for line in queries.lines_by(queries.rows_in_force(NOW.date()).rows, "procedure", period=YEAR)]
    seen: list[Any] = []
    address = "/work/quality/by/procedure/?period=2026"
    while address:
        answer = client.get(address)
        assert str(len(all_keys)) in answer.content.decode()
        seen += [each["line"].key for each in answer.context["rows"]]
        address = answer.context["page"].next_url
    assert seen == all_keys
    behind = client.get("/work/quality/by/procedure/?period=2026&page=9999")
    assert [each["line"].key for each in behind.context["rows"]] == all_keys[(len(all_keys) - 1) // 2 * 2 :]
    for wrong in ("0", "-1", "x", "1" * 12):
        assert client.get(f"/work/quality/by/procedure/?period=2026&page={wrong}").status_code == 404
