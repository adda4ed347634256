"""One group of questions as a page that works without scripts."""

from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.http import QueryDict
from django.template.loader import render_to_string
from django.utils import translation
from django.utils.datastructures import MultiValueDict
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from langbiang.foundation.access import Refusal
from langbiang.foundation.forms import queries, wizard
from tests.foundation.forms.definitions import EVERYTHING, forms

CHILD, MEMBERS, MORE = EVERYTHING["groups"]


@pytest.fixture(autouse=True)
def _english() -> Any:
    with translation.override("en"):
        yield


def posted(**values: Any) -> QueryDict:
    data = QueryDict(mutable=True)
    for name, value in values.items():
        data.setlist(name.replace("__", "-"), value if isinstance(value, list) else [value])
    return data


def take(group: dict[str, Any], data: QueryDict, answers: Any = None, files: Any = None, store: Any = None) -> Any:
    return wizard.take(
        group, answers or {}, data, MultiValueDict(files or {}), store=store or (lambda upload: 7), english=True
    )


def html_of(page: wizard.Page) -> str:
    return render_to_string("forms/errors.html", {"page": page}) + render_to_string("forms/group.html", {"page": page})


GOOD = {"child_name": "Trần An", "birth_day_day": "20", "birth_day_month": "11", "birth_day_year": "2026"}


def test_a_right_page_is_taken_and_goes_on() -> None:
    taken = take(CHILD, posted(**GOOD, place="clinic", lang=["vi", "kho"]))
    assert not taken.again
    assert taken.changes == {
        "child_name": "Trần An", "birth_day": "2026-11-20", "place": "clinic", "witness": None, "lang": ["vi", "kho"],
    }  # fmt: skip


def test_what_is_wrong_is_kept_as_typed_and_named_once() -> None:
    taken = take(CHILD, posted(**{**GOOD, "child_name": "4"}, place="clinic"))
    assert taken.again
    assert taken.changes["child_name"] == "4"
    assert [fault["target"] for fault in taken.page.faults] == ["id_child_name"]


def test_a_question_under_a_condition_of_the_same_page_is_missed_only_when_it_applies() -> None:
    assert not take(CHILD, posted(**GOOD, place="clinic")).again
    taken = take(CHILD, posted(**GOOD, place="home"))
    assert [fault["target"] for fault in taken.page.faults] == ["id_witness"]


def test_a_page_shows_labels_hints_errors_and_conditions() -> None:
    html = html_of(take(CHILD, posted(child_name="Trần An")).page)
    assert 'href="#id_birth_day_day"' in html
    assert 'name="birth_day_month"' in html
    assert "Papers come later." in html
    assert 'data-shown-if="{&quot;question&quot;: &quot;place&quot;, &quot;is&quot;: &quot;home&quot;}"' in html
    assert 'value="Trần An"' in html


def test_the_same_page_in_vietnamese() -> None:
    with translation.override("vi"):
        html = html_of(wizard.page(CHILD, {}))
    assert "Giấy tờ nộp ở bước sau." in html
    assert "Họ tên" in html


def test_entries_are_added_and_removed_by_buttons() -> None:
    data = posted(entries="1", members__0_member_name="x", add="1")
    data = posted(entries="1", **{"members-0-member_name": "Trần Bình"}, add="1")
    taken = take(MEMBERS, data, {"place": "home"})
    assert taken.again
    assert taken.changes == {"members": [{"member_name": "Trần Bình"}, {}]}
    assert len(taken.page.sections) == 2
    html = html_of(taken.page)
    assert "Add another person" in html
    assert "Remove Person 2" in html
    data = posted(entries="2", **{"members-0-member_name": "Trần Bình", "members-1-member_name": "Lê Chi"}, remove="0")
    assert take(MEMBERS, data, {"place": "home"}).changes == {"members": [{"member_name": "Lê Chi"}]}


def test_an_entry_nobody_wrote_into_is_no_entry_where_none_is_needed() -> None:
    taken = take(MEMBERS, posted(entries="2", **{"members-1-member_name": "Lê Chi"}), {"place": "home"})
    assert not taken.again
    assert taken.changes == {"members": [{"member_name": "Lê Chi"}]}
    assert take(MEMBERS, posted(entries="1"), {"place": "home"}).changes == {"members": []}


def test_entries_that_are_needed_are_asked_for() -> None:
    group = {**MEMBERS, "repeat": {**MEMBERS["repeat"], "min": 1}}
    taken = take(group, posted(entries="1"), {"place": "home"})
    assert taken.again
    assert taken.page.faults[0]["text"].startswith("Person 1: ")


def test_no_more_entries_than_allowed() -> None:
    data = posted(entries="99", add="1", **{f"members-{n}-member_name": f"Lê {c}" for n, c in enumerate("ABCDEF")})
    assert len(take(MEMBERS, data, {"place": "home"}).changes["members"]) == 3


@pytest.mark.django_db
def test_files_are_stored_kept_and_taken_back() -> None:
    photo = SimpleUploadedFile("ảnh.png", b"x")
    taken = take(MORE, posted(), files={"evidence": [photo]})
    assert taken.changes["evidence"] == [7]
    again = take(MORE, posted(copies="2"), {"evidence": [7]})
    assert again.changes["evidence"] == [7]
    gone = take(MORE, posted(evidence_remove="7"), {"evidence": [7]})
    assert gone.changes["evidence"] is None


def test_a_refused_file_is_said_at_its_question_and_the_others_stay() -> None:
    def store(upload: Any) -> int:
        if upload.name == "virus.exe":
            raise Refusal("Programs are not taken.")
        return 8

    files = {"evidence": [SimpleUploadedFile("virus.exe", b"x"), SimpleUploadedFile("a.png", b"x")]}
    taken = take(MORE, posted(), files=files, store=store)
    assert taken.again
    assert taken.changes["evidence"] == [8]
    assert "virus.exe: Programs are not taken." in taken.page.faults[0]["text"]


def test_a_file_that_is_needed_counts_when_it_was_attached_before() -> None:
    question = {**MORE["questions"][3], "required": True}
    group = {**MORE, "questions": [question]}
    assert not take(group, posted(), {"evidence": [7]}).again
    assert take(group, posted(evidence_remove="7"), {"evidence": [7]}).again
    assert [f["target"] for f in take(group, posted()).page.faults] == ["id_evidence"]


@pytest.mark.parametrize("nonsense", ["²", "-1", "9" * 5000, "x", "1e3"])
def test_numbers_of_the_page_may_be_nonsense(nonsense: str) -> None:
    take(MEMBERS, posted(entries=nonsense, remove=nonsense), {"place": "home"})
    take(MORE, posted(evidence_remove=nonsense), {"evidence": [7]})


def test_an_answer_from_before_somebody_changed_their_mind_decides_nothing() -> None:
    answers = {"place": "clinic", "witness": "Lê Chi", "birth_day": "1990-01-01", "lang": ["vi"]}
    assert queries.applying(EVERYTHING, answers) == {k: v for k, v in answers.items() if k != "witness"}
    assert [g["key"] for g in queries.visible_groups(EVERYTHING, answers)] == ["child"]
    assert [g["key"] for g in queries.visible_groups(EVERYTHING, {**answers, "lang": ["kho"]})] == ["child", "more"]


def test_what_is_known_is_filled_in() -> None:
    assert wizard.prefilled(EVERYTHING, {"person.full_name": "Trần An"}) == {"child_name": "Trần An"}
    assert wizard.prefilled(EVERYTHING, {"person.full_name": "4"}) == {}


def _fields(page: wizard.Page) -> dict[str, Any]:
    """What a browser would send of a page as it stands."""
    data: dict[str, Any] = {"entries": str(len(page.sections))}
    for section in page.sections:
        for name in section.form.fields:
            bound = section.form[name]
            value = bound.value()
            shown = bound.field.widget.format_value(value) if hasattr(bound.field.widget, "format_value") else value
            if hasattr(bound.field.widget, "parts"):
                parts = [str(value.day), str(value.month), str(value.year)] if value else ["", "", ""]
                data |= {f"{bound.html_name}_{p}": v for p, v in zip(("day", "month", "year"), parts, strict=True)}
            elif shown not in (None, "", []):
                data[bound.html_name] = [str(v) for v in shown] if isinstance(shown, list) else str(shown)
    return data


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(forms(), st.integers(0, 10**6))
def test_a_page_sent_back_as_it_stands_changes_nothing(form: dict[str, Any], seed: int) -> None:
    answers = queries.example_answers(form, full_name="Trần An", seed=seed)
    for group in queries.visible_groups(form, answers):
        shown = wizard.page(group, answers)
        taken = wizard.take(group, answers, posted(**_fields(shown)), MultiValueDict(), store=lambda upload: 0)
        assert not taken.again, taken.page.faults
        expected = {q["key"] for q in group["questions"]} if not group.get("repeat") else {group["key"]}
        kept = {k: v for k, v in answers.items() if k in expected}
        assert {k: v for k, v in taken.changes.items() if v not in (None, [])} == {
            k: v for k, v in kept.items() if v != []
        }


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.data())
def test_whatever_is_posted_a_page_comes_back(data: st.DataObject) -> None:
    form = data.draw(forms())
    names = [f for g in form["groups"] for s in wizard.page(g, {}).sections for n in s.form.fields
             for f in (s.form.add_prefix(n), s.form.add_prefix(n) + "_day")] + ["entries", "remove", "add"]  # fmt: skip
    texts = st.text(max_size=10) | st.sampled_from(["a", "yes", "068199000001", "²", "\x00"])
    values = data.draw(st.dictionaries(st.sampled_from(names), st.lists(texts, min_size=1, max_size=3)))
    for group in form["groups"]:
        taken = wizard.take(group, {}, posted(**values), MultiValueDict(), store=lambda upload: 0)
        kept = {k: v for k, v in taken.changes.items() if v is not None}
        wizard.page(group, kept)
        queries.summary(form, kept)
        html_of(taken.page)
