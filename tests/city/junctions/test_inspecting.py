"""Layouts in force are judged by the rules of now: what breaks one is an alert and is not armed; the command says the same."""

import ast
import copy
from datetime import timedelta
from pathlib import Path

import pytest
from django.utils import translation
from typer.testing import CliRunner

import langbiang.city.junctions as room
from langbiang.city.junctions import phrases, services, tasks
from langbiang.city.junctions.models import Alert, Layout, Lease, Rule
from langbiang.city.traffic.cli import app
from tests.city.junctions.conftest import NOW, Browser, Control, text

pytestmark = pytest.mark.django_db
HOUR = timedelta(hours=1)


def shorten(control: Control, code: str = "kim-cuc", key: str = "PN", **times: float) -> Layout:
    """A layout in force as it may have been approved before walks were checked."""
    row = control.junctions[code].layouts.get(state="approved")
    for movement in row.content["movements"]:
        if movement["key"] == key:
            movement |= times
    row.save(update_fields=["content"])
    return row


def test_sound_layouts_raise_nothing(control: Control) -> None:
    assert [(one.layout.junction.code, one.faults) for one in services.judge_layouts(at=NOW)] == [("kim-cuc", ()), ("yersin", ())]
    assert not Alert.objects.exists()


def test_a_walk_too_short_for_its_crossing_is_an_alert_that_names_movement_value_rule_and_way_out(control: Control) -> None:
    shorten(control, length_m=30)
    services.judge_layouts(at=NOW)
    assert set(Alert.objects.values_list("junction__code", "kind")) == {("kim-cuc", "layout:walk:PN"), ("kim-cuc", "layout:clear:PN")}
    alert = Alert.objects.get(kind="layout:walk:PN")
    assert alert.words == (
        "Layout version 1 breaks rule G4: walk time of PN is 6 s. Rule G4: people walk 1.2 m/s and need at least 12.5 s to the middle of 30 m. "
        "Lengthen the walk, or correct the length of the crossing. Draft a corrected layout and let another person approve it."
    )
    with translation.override("vi"):
        said = alert.words
    assert "PN" in said
    assert "12.5" in said
    assert not any(word in said for word in ("Layout", "walk", "Lengthen", "Draft"))


def test_an_alert_that_stands_is_not_counted_every_hour_and_is_over_when_the_layout_is_mended(control: Control) -> None:
    row = shorten(control, length_m=30)
    tasks.judge_layouts(0)
    services.judge_layouts(at=NOW + HOUR)
    assert set(Alert.objects.values_list("times", flat=True)) == {1}
    content = copy.deepcopy(row.content)
    for movement in content["movements"]:
        if movement["key"] == "PN":
            movement |= {"walk_s": 13, "clear_s": 26}
    draft = services.define_layout(control.engineer, junction_code="kim-cuc", content=content, note="", at=NOW + HOUR)
    services.approve_layout(control.head, layout_id=draft.pk, at=NOW + HOUR, compared_with=row.pk)
    assert set(Alert.objects.values_list("state", "over_at")) == {("open", NOW + HOUR)}


def test_another_walking_speed_is_asked_of_layouts_approved_before_it(control: Control) -> None:
    day = NOW.date()
    Rule.objects.filter(name="walking_mps").update(valid_to=day)
    Rule.objects.create(name="walking_mps", value="0.8", valid_from=day, source="Nghiên cứu tại chỗ")
    services.judge_layouts(at=NOW)
    assert "people walk 0.8 m/s" in Alert.objects.filter(junction__code="kim-cuc")[0].words


def test_a_junction_whose_layout_breaks_a_rule_is_not_armed(control: Control, browser: Browser) -> None:
    control.shadow("kim-cuc")
    request = control.ask()
    shorten(control, walk_s=2)
    with pytest.raises(services.Unsafe, match=r"breaks rule G4 \(walk:PN\)"):
        services.confirm_arming(control.head, request_id=request.pk, at=NOW)
    with pytest.raises(services.Unsafe):
        control.ask()
    assert not Lease.objects.exists()
    form = {"junctions": ["kim-cuc"], "controller": "ours", "minutes": 30, "reason": "Peak"}
    page = text(browser(control.operator).post("/work/traffic/arming/ask/", form))
    assert "Version 1 of the layout of kim-cuc breaks rule G4 (walk:PN)" in page
    assert "Draft a corrected layout" in page
    assert 'value="Peak"' in page


def test_what_concerns_no_lamp_keeps_nobody_from_arming(control: Control) -> None:
    row = control.junctions["kim-cuc"].layouts.get(state="approved")
    row.content["lanes"][0]["width_m"] = 12
    row.save(update_fields=["content"])
    assert control.arm().junction_id == row.junction_id


def test_a_draft_of_other_figures_is_judged_by_those_of_its_approval(control: Control) -> None:
    before = control.junctions["kim-cuc"].layouts.get()
    draft = services.define_layout(control.engineer, junction_code="kim-cuc", content=before.content, note="", at=NOW)
    Rule.objects.filter(name="walking_mps").update(value="0.6")
    with pytest.raises(services.Unsafe):
        services.approve_layout(control.head, layout_id=draft.pk, at=NOW, compared_with=before.pk)
    draft.refresh_from_db()
    assert draft.state == "draft"


@pytest.mark.parametrize(
    ("change", "kind"),
    [
        ({"conflicts": "ET>NT"}, "layout:conflict:ET:NT"), ({"yellow_s": 1}, "layout:yellow:NT"), ({"intergreens": "NT>ET"}, "layout:intergreen:NT:ET"),
        ({"max_red_s": 20}, "layout:stages"),
    ],
)  # fmt: skip
def test_other_rules_are_judged_as_well_and_said_in_the_language_of_the_reader(control: Control, change: dict[str, object], kind: str) -> None:
    row = control.junctions["kim-cuc"].layouts.get(state="approved")
    match change:
        case {"conflicts": pair}:
            row.content["conflicts"].remove(str(pair).split(">"))
            del row.content["intergreens"][pair]
        case {"intergreens": pair}:
            del row.content["intergreens"][pair]
        case {"max_red_s": most}:
            row.content["max_red_s"] = most
        case _:
            next(m for m in row.content["movements"] if m["key"] == "NT").update(change)
    row.save(update_fields=["content"])
    services.judge_layouts(at=NOW)
    alert = Alert.objects.get(kind=kind)
    with translation.override("vi"):
        assert all(phrases.say(line) != line for line in alert.text.split("\n")), alert.text


def test_every_mistake_a_layout_may_have_can_be_said_in_an_alert() -> None:
    source = ast.parse((Path(room.__file__).parent / "layout.py").read_text(encoding="utf-8"))
    said = [
        node.args[0].value for node in ast.walk(source)
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "_" and isinstance(node.args[0], ast.Constant)
    ]  # fmt: skip
    assert len(said) > 20
    assert [text for text in said if text not in phrases.PHRASES] == []


def test_the_command_names_what_breaks_a_rule_and_ends_with_1(control: Control) -> None:
    runner = CliRunner()
    sound = runner.invoke(app, ["layouts"])
    assert sound.exit_code == 0, sound.output
    assert "2 layouts in force, 0 of them break a rule." in sound.output
    shorten(control, walk_s=2)
    broken = runner.invoke(app, ["layouts"])
    assert broken.exit_code == 1
    assert "kim-cuc: version 1 breaks a rule" in broken.output
    assert "walk time of PN is 2 s" in broken.output
    assert Alert.objects.filter(kind="layout:walk:PN").exists()
    Rule.objects.filter(name="walking_mps").delete()
    unset = runner.invoke(app, ["layouts"])
    assert unset.exit_code == 2
    assert "walking_mps" in unset.output
