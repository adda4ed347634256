"""Fully modelled procedures: every shipped file can be filed, and a mistake is named with its place."""

import json
from datetime import date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from langbiang.foundation.forms import queries as forms
from langbiang.foundation.organizations import queries as organizations
from langbiang.foundation.organizations import reference as agencies
from langbiang.foundation.places import reference as places
from langbiang.government.procedures import queries, reference
from langbiang.government.procedures.loading import lint, models
from langbiang.government.procedures.models import FeeRule, Procedure, ProcedureVersion, ProcessSheet, ProcessTemplate
from langbiang.government.procedures.process_hours import balance

AT = datetime(2026, 11, 2, 9, tzinfo=ZoneInfo("Asia/Ho_Chi_Minh"))
FILES = sorted(models.MODELS.glob("*.json"))
BIRTH = models.MODELS / "1.001193.json"


def birth() -> dict[str, Any]:
    """The example as data."""
    found: dict[str, Any] = json.loads(BIRTH.read_text(encoding="utf-8"))
    return found


@pytest.mark.parametrize("path", FILES, ids=lambda p: p.stem)
def test_a_shipped_model_is_in_order_and_its_form_can_be_answered(path: Path) -> None:
    data = models.read(path)
    assert data["code"] == path.stem
    for seed in range(3):
        answers = forms.example_answers(data["form"], full_name="Nguyễn Thị An", seed=seed)
        _kept, wrong = forms.check_answers(data["form"], answers)
        assert not wrong


def test_at_least_40_procedures_of_10_fields_at_both_levels_are_modelled() -> None:
    read = [models.read(path) for path in FILES]
    assert len(read) >= 40
    assert len({data["field"] for data in read}) >= 10
    assert {level for data in read for level in data["levels"]} >= {"commune", "province"}


@pytest.mark.django_db
def test_all_models_load_once_into_procedures_that_can_be_filed() -> None:
    places.load(at=AT)
    agencies.load(at=AT)
    reference.load(at=AT)
    count = ProcedureVersion.objects.count()
    assert len(queries.fileable(on=AT.date())) == len(FILES) == count
    assert 1 <= ProcessTemplate.objects.count() <= 12
    for sheet in ProcessSheet.objects.select_related("procedure").prefetch_related("steps"):
        version = sheet.procedure.versions.get()
        reckoned = balance(sheet.steps.all(), version.channels.all())
        assert reckoned.fits, f"{sheet.procedure.code}: {reckoned}"
        for rule in version.competence:
            if code := rule.get("agency"):
                assert organizations.agency_id_of(code, on=AT.date()), f"{sheet.procedure.code}: {code}"
    assert reference.load(at=AT) == ""
    assert ProcedureVersion.objects.count() == count


@pytest.mark.django_db
def test_a_changed_model_becomes_the_next_version_and_its_fees_follow() -> None:
    reference_rows()
    models.load_one(birth(), at=AT)
    models.load_one(birth() | {"fees": [birth()["fees"][0] | {"amount_vnd": 9000}]}, at=AT)
    first, second = ProcedureVersion.objects.order_by("number")
    assert first.valid_to == second.valid_from == date(2025, 7, 2)
    assert list(FeeRule.objects.order_by("valid_from").values_list("amount_vnd", "valid_from", "valid_to")) == [
        (8000, date(2025, 7, 1), date(2025, 7, 2)),
        (9000, date(2025, 7, 2), None),
    ]
    assert ProcessSheet.objects.count() == 1, "the steps are the same, so the sheet is"
    assert queries.in_force("1.001193", on=first.valid_from).version_id == first.pk
    assert queries.in_force("1.001193", on=second.valid_from + timedelta(days=300)).version_id == second.pk


@pytest.mark.django_db
def test_a_version_an_officer_wrote_is_not_replaced_by_a_file() -> None:
    reference_rows()
    models.load_one(birth(), at=AT)
    ProcedureVersion.objects.update(source="officer")
    assert not models.load_one(birth() | {"summary": "Khác"}, at=AT)
    assert ProcedureVersion.objects.count() == 1


@pytest.mark.django_db
def test_a_broken_file_keeps_no_other_out(tmp_path: Path) -> None:
    reference_rows()
    (tmp_path / "1.json").write_text("{", encoding="utf-8")
    (tmp_path / "2.json").write_text(json.dumps(birth()), encoding="utf-8")
    with pytest.raises(models.BadModel, match=r"1\.json"):
        models.load_all(at=AT, folder=tmp_path)
    assert Procedure.objects.count() == 1


def reference_rows() -> None:
    """Fields, life events and ways of working, without the shipped procedures."""
    reference.load_lists()


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"colour": "red"}, "unknown key 'colour'"),
        ({"title": ""}, "title: missing"),
        ({"code": "../../x"}, "code: digit"),
        ({"field": "magic"}, "field: 'magic' is not in data/fields.json"),
        ({"template": "T99"}, "template: 'T99' is not in data/templates.json"),
        ({"life_events": ["birth", "party"]}, "life_events[1]: 'party'"),
        ({"levels": "commune"}, "levels: a list"),
        ({"channels": [1]}, "channels[0]: an object"),
        ({"channels": [{"kind": "fax", "duration": "x", "unit": "weeks"}]}, "channels[0].duration: a number above 0"),
        ({"channels": [{"kind": "direct", "duration": "NaN", "unit": "months"}]}, "channels[0].duration"),
        ({"fees": [{"kind": "tax", "label": "x", "amount_vnd": 1.5, "legal_source": "x"}]}, "fees[0].amount_vnd: whole"),
        ({"results": [{"name": "x", "register": "y", "number_pattern": "{number.__class__}"}]}, "results[0]"),
        ({"results": [{"name": "x", "register": "y", "number_pattern": "{number}/{secret}"}]}, "only {number}, {year}"),
        ({"competence": [{"level": "province"}]}, "competence[0]"),
        ({"hours": {"dance": 3}}, "hours.dance: T01 has no such step"),
        ({"hours": {"check": 30}}, "hours: 30 hours are named, but only 8"),
        ({"valid_from": "tomorrow"}, "valid_from: a day"),
        ({"form": {"groups": "x"}}, "form.groups"),
        ({"result_template": {"title": "x", "rows": [{"id": "a", "label": "b", "from": "no"}]}}, "rows[0].from"),
        ({"eligibility": {"outcomes": [{"verdict": "yes", "text": "a", "text_en": "b", "if": {"question": "q", "is": 1}}]}},
         "eligibility.outcomes[0].if: unknown question 'q'"),
    ],
)  # fmt: skip
def test_a_mistake_is_named_with_its_place(change: dict[str, Any], says: str) -> None:
    assert any(says in line for line in lint.problems_of(birth() | change)), lint.problems_of(birth() | change)


def test_what_is_not_an_object_is_refused_without_a_crash() -> None:
    for value in (None, [], "x", 3, {"form": 3}, {key: None for key in lint.KEYS}, {key: [[]] for key in lint.KEYS}):
        assert lint.problems_of(value)


def test_the_example_takes_a_working_day_with_hours_for_each_step() -> None:
    assert sum(Decimal(s["hours"]) for s in lint._known()["templates"]["T01"]["steps"]) <= 8
