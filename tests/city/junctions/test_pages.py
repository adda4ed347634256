"""The pages: what an operator sees and does, what others do not."""

import copy
import html
import json
import re
from datetime import date, timedelta
from html import unescape
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone, translation

from langbiang.city.junctions import following, pages, queries, services
from langbiang.city.junctions.api import flow_entity
from langbiang.city.junctions.differences import differences
from langbiang.city.junctions.layout import Layout
from langbiang.city.junctions.measures import ALERTS
from langbiang.city.junctions.models import Alert, ArmingRequest, Flow, Lease, Override, Plan, ProofOfGain, ShadowScore
from langbiang.city.junctions.models import Layout as LayoutRow
from langbiang.foundation.access.models import RoleAssignment
from tests.city.junctions.conftest import Browser, Control, text


def shadowed(control: Control, code: str = "kim-cuc") -> None:
    for back in range(1, 8):
        ShadowScore.objects.create(
            junction=control.junctions[code], controller="ours", day=timezone.localdate() - timedelta(days=back), minutes=1440,
            delay_s=20, live_delay_s=25, p95_s=60, live_p95_s=70, denials=0, recalls=1,
        )  # fmt: skip


def test_without_reports_the_page_says_so_and_shows_no_lamp(control: Control, browser: Browser) -> None:
    page = text(browser(control.operator).get("/work/traffic/"))
    assert "Nothing has been reported yet." in page
    assert 'class="lamp lamp-green"' not in page


def test_an_old_report_is_called_no_signal_since_its_time(control: Control, browser: Browser) -> None:
    at = timezone.now() - timedelta(seconds=10)
    following.report_status("kim-cuc", at=at, mode="local", lamps={"NT": "G"}, reason="6 xe máy chờ")
    page = text(browser(control.operator).get("/work/traffic/live/"))
    assert f"No signal since {timezone.localtime(at):%H:%M:%S %d/%m/%Y}" in page
    assert "6 xe máy" not in page


def test_a_fresh_report_shows_lamps_queues_and_the_reason(control: Control, browser: Browser) -> None:
    following.report_status(
        "kim-cuc", at=timezone.now(), mode="local", stage="1", lamps={"NT": "G", "ET": "r"}, queues={"E1": 7},
        reason="7 xe chờ ở phía Đông", cameras={"CAM-N": "fog"},
    )  # fmt: skip
    client = browser(control.operator)
    page = text(client.get("/work/traffic/at/kim-cuc/live/"))
    assert "7 xe chờ ở phía Đông" in page
    assert "NT: green" in page
    assert "CAM-N: <strong>fog</strong>" in page
    assert page.count("queue-bar") == 1
    assert "7 vehicles waiting" in text(client.get("/work/traffic/live/"))


def test_two_persons_arm_in_the_browser_and_one_disarms(control: Control, browser: Browser) -> None:
    shadowed(control)
    form = {"junctions": ["kim-cuc"], "controller": "ours", "minutes": 30, "reason": "Peak"}
    asker, head = browser(control.operator), browser(control.head)
    assert asker.post("/work/traffic/arming/ask/", form).status_code == 302
    number = ArmingRequest.objects.get().pk
    assert asker.post(f"/work/traffic/arming/{number}/confirm/").status_code == 403
    assert "Confirm and arm" in text(head.get("/work/traffic/arming/"))
    head.post(f"/work/traffic/arming/{number}/confirm/")
    assert queries.lease_at(control.junctions["kim-cuc"].pk, at=timezone.now()) is not None
    page = text(asker.get("/work/traffic/at/kim-cuc/"))
    assert "Disarm now" in page
    assert "<strong data-left>29:" in page
    asker.post("/work/traffic/at/kim-cuc/disarm/")
    assert Lease.objects.get().ended_at is not None


def test_the_same_person_twice_is_refused_in_words(control: Control, browser: Browser) -> None:
    shadowed(control)
    head = browser(control.head)
    head.post("/work/traffic/arming/ask/", {"junctions": ["kim-cuc"], "controller": "ours", "minutes": 30, "reason": "Peak"})
    number = ArmingRequest.objects.get().pk
    assert "Confirm and arm" not in text(head.get("/work/traffic/arming/"))
    answer = head.post(f"/work/traffic/arming/{number}/confirm/", follow=True)
    assert "You asked for this yourself." in text(answer)
    assert not Lease.objects.exists()


def test_too_few_days_in_shadow_are_told_at_the_form(control: Control, browser: Browser) -> None:
    form = {"junctions": ["kim-cuc"], "controller": "ours", "minutes": 30, "reason": "Peak"}
    assert "0 of 7 days in shadow" in text(browser(control.operator).post("/work/traffic/arming/ask/", form))


def test_an_order_by_hand_is_given_and_ended(control: Control, browser: Browser) -> None:
    client = browser(control.operator)
    client.post("/work/traffic/at/kim-cuc/override/", {"what": "stage:2", "minutes": 5, "reason": "Festival"})
    assert Override.objects.get().stage == "2"
    assert "Festival" in text(client.get("/work/traffic/at/kim-cuc/live/"))
    client.post("/work/traffic/at/kim-cuc/override/cancel/")
    assert "Festival" not in text(client.get("/work/traffic/at/kim-cuc/live/"))


def test_a_plan_is_drafted_and_approved_by_another(control: Control, browser: Browser) -> None:
    form = {
        "name": "Chợ đêm", "cycle_s": 75, "offset_s": 0, "green_1": 25, "green_2": 30, "weekdays": [5, 6],
        "valid_from": "01/11/2026", "valid_to": "", "time_from": "18:00", "time_to": "23:00",
    }  # fmt: skip
    engineer = browser(control.engineer)
    assert "Greens and changes take" in text(engineer.post("/work/traffic/at/kim-cuc/plans/new/", {**form, "cycle_s": 90}))
    engineer.post("/work/traffic/at/kim-cuc/plans/new/", form)
    plan = Plan.objects.get()
    head = browser(control.head)
    assert "Approve the plan" in text(head.get(f"/work/traffic/plans/{plan.pk}/"))
    head.post(f"/work/traffic/plans/{plan.pk}/approve/", {"drafted_at": plan.created_at.isoformat()})
    plan.refresh_from_db()
    assert plan.state == "approved"
    assert "Chợ đêm" in text(engineer.get("/work/traffic/plans/"))


def test_who_plans_and_approves_changes_approves_and_withdraws_drafts_of_a_colleague(control: Control, browser: Browser) -> None:
    RoleAssignment.objects.create(
        position_id=control.engineer.position_id, role="traffic_head", agency=control.world.commune, valid_from=date(2025, 7, 1),
        created_at=timezone.now(),
    )  # fmt: skip
    both = browser(control.engineer)
    own, other = control.plan(), control.plan()
    Plan.objects.filter(pk=other.pk).update(created_by_id=control.head.account_id)
    page = text(both.get(f"/work/traffic/plans/{other.pk}/"))
    assert "Save the draft" in page
    assert "Approve the plan" in page
    assert "Withdraw the plan" in page
    page = text(both.get(f"/work/traffic/plans/{own.pk}/"))
    assert "Approve the plan" not in page
    assert "another person must approve it" in page
    assert "You drafted this plan yourself." in text(both.post(f"/work/traffic/plans/{own.pk}/approve/", {"drafted_at": own.created_at.isoformat()}, follow=True))
    both.post(f"/work/traffic/plans/{other.pk}/approve/", {"drafted_at": other.created_at.isoformat()})
    assert set(Plan.objects.values_list("pk", "state")) == {(own.pk, "draft"), (other.pk, "approved")}


def test_who_plans_withdraws_a_draft_and_who_only_looks_does_not(control: Control, browser: Browser) -> None:
    plan = control.plan()
    address = f"/work/traffic/plans/{plan.pk}/"
    assert "Withdraw the plan" not in text(browser(control.operator).get(address))
    assert browser(control.operator).post(f"{address}withdraw/").status_code == 403
    engineer = browser(control.engineer)
    page = text(engineer.get(address))
    assert "Withdraw the plan" in page
    assert "Approve the plan" not in page
    assert "Say why it is withdrawn" in text(engineer.post(f"{address}withdraw/", {"reason": " "}, follow=True))
    engineer.post(f"{address}withdraw/", {"reason": "Đếm sai"})
    plan.refresh_from_db()
    assert plan.state == "withdrawn"
    assert "Đếm sai" in text(engineer.get(address))
    assert plan.name not in text(engineer.get("/work/traffic/plans/"))
    assert plan.name in text(engineer.get("/work/traffic/plans/?past=1"))


def test_a_plan_changed_since_the_page_was_opened_is_not_approved(control: Control, browser: Browser) -> None:
    plan = control.plan()
    head = browser(control.head)
    for seen in ("", "2026-13-45T00:00", (plan.created_at - timedelta(seconds=1)).isoformat()):
        page = text(head.post(f"/work/traffic/plans/{plan.pk}/approve/", {"drafted_at": seen}, follow=True))
        assert "The draft was changed since you opened it." in page
    plan.refresh_from_db()
    assert plan.state == "draft"


def put_in_force(control: Control, content: dict[str, Any]) -> LayoutRow:
    """Another layout, drafted and approved by two persons."""
    place = control.junctions["kim-cuc"]
    draft = services.define_layout(control.engineer, junction_code="kim-cuc", content=content, note="", at=timezone.now())
    before = place.layouts.get(state="approved")
    return services.approve_layout(control.head, layout_id=draft.pk, at=timezone.now(), compared_with=before.pk)


def test_a_draft_of_a_plan_is_saved_again_when_the_layout_has_other_stages(control: Control, browser: Browser) -> None:
    plan = control.plan()
    content = copy.deepcopy(control.junctions["kim-cuc"].layouts.get().content)
    content["stages"][1]["key"] = "2b"
    row = put_in_force(control, content)
    address = f"/work/traffic/plans/{plan.pk}/"
    page = text(browser(control.head).get(address))
    assert "The layout has changed since this plan was drafted." in page
    assert "Approve the plan" not in page
    engineer = browser(control.engineer)
    page = text(engineer.get(address))
    assert "No longer there: stages 2." in page
    assert "New: stages 2b." in page
    assert 'name="green_2b"' in page
    form = {
        "name": "Ngày thường", "cycle_s": 75, "offset_s": 0, "green_1": 25, "green_2b": 30, "weekdays": [5, 6], "valid_from": "01/11/2026",
        "valid_to": "", "time_from": "18:00", "time_to": "23:00",
    }  # fmt: skip
    assert engineer.post(address, form | {"revision": plan.revision}).status_code == 302
    plan.refresh_from_db()
    assert plan.layout == row
    assert [split["stage"] for split in plan.splits] == ["1", "2b"]


def test_a_form_of_a_plan_approved_meanwhile_is_refused_in_words(control: Control, browser: Browser) -> None:
    plan = control.plan()
    services.approve_plan(control.head, plan_id=plan.pk, at=timezone.now())
    page = text(browser(control.engineer).post(f"/work/traffic/plans/{plan.pk}/", {"name": "Khác"}, follow=True))
    assert "What you entered was not saved." in page
    assert 'value="Khác"' in page
    assert 'action="/work/traffic/at/kim-cuc/plans/new/"' in page


LAYOUT = "/work/traffic/at/kim-cuc/layout/"


def form_of(page: str) -> dict[str, str]:
    """The fields of the editor as a browser would send them back from this page."""
    found: dict[str, str] = {}
    for field in re.findall(r"<input [^>]*>", page):
        values = dict(re.findall(r'(\w+)="([^"]*)"', field))
        is_box = values.get("type") == "checkbox"
        if "name" in values and values["name"] != "csrfmiddlewaretoken" and (not is_box or " checked" in field):
            found[values["name"]] = html.unescape(values.get("value", "on" if is_box else ""))
    return found


def editor(client: Client) -> dict[str, str]:
    """The form of the editor as it is shown to somebody."""
    return form_of(text(client.get(LAYOUT)))


def drafted(control: Control, **times: float) -> LayoutRow:
    """A draft with other reds after the movement NT."""
    content = copy.deepcopy(control.junctions["kim-cuc"].layouts.get(state="approved").content)
    content["intergreens"] |= {f"NT>{key}": value for key, value in times.items()}
    return services.define_layout(control.engineer, junction_code="kim-cuc", content=content, note="Đo lại", at=timezone.now())


def test_the_editor_sends_back_what_it_showed(control: Control, browser: Browser) -> None:
    place = control.junctions["kim-cuc"]
    before = place.layouts.get()
    engineer = browser(control.engineer)
    assert "Save the draft" in text(engineer.get(LAYOUT))
    assert engineer.post(LAYOUT, editor(engineer)).status_code == 302
    after = place.layouts.get(number=2)
    assert differences(before.content, after.content) == []
    assert after.fingerprint == before.fingerprint
    assert Layout(after.content).stages == Layout(before.content).stages
    browser(control.head).post(f"{LAYOUT}{after.pk}/approve/", {"compared_with": before.pk})
    after.refresh_from_db()
    assert after.state == "approved"


def test_the_editor_names_the_field_of_a_mistake(control: Control, browser: Browser) -> None:
    engineer = browser(control.engineer)
    form = editor(engineer)
    form.pop("intergreen:NT:ET")
    form |= {"yellow:NT": "2", "yellow:ET": "1e999"}
    page = text(engineer.post(LAYOUT, form))
    assert "#intergreen:NT:ET" in page
    assert "#yellow:NT" in page
    assert "#yellow:ET" in page
    assert control.junctions["kim-cuc"].layouts.count() == 1


def test_a_stage_is_added_in_two_steps_and_another_removed_beside_a_mistake(control: Control, browser: Browser) -> None:
    engineer = browser(control.engineer)
    form = editor(engineer) | {"new_stage": "3", "new_stage_name": "Đi bộ", "drop_stage:2": "on"}
    page = text(engineer.post(LAYOUT, form))
    assert "Stage 3 gives green to nobody." in page
    form = form_of(page)
    assert "stage_name:2" not in form
    form |= {f"stage:3:{key}": "on" for key in Layout(control.junctions["kim-cuc"].layouts.get().content).stage("2")["movements"]}  # type: ignore[index]  # it has one
    assert engineer.post(LAYOUT, form).status_code == 302
    after = Layout(control.junctions["kim-cuc"].layouts.get(number=2).content)
    assert after.stages == ["1", "3"]


def test_what_one_engineer_entered_does_not_undo_what_was_approved_meanwhile(control: Control, browser: Browser) -> None:
    engineer, place = browser(control.engineer), control.junctions["kim-cuc"]
    form = editor(engineer) | {"min_green:NT": "33", "note": "Nhiều xe hơn"}
    old = place.layouts.get()
    was = old.content["intergreens"]["NT>ET"]
    draft = drafted(control, ET=was + 3)
    services.approve_layout(control.head, layout_id=draft.pk, at=timezone.now(), compared_with=old.pk)
    page = text(engineer.post(LAYOUT, form))
    assert "Version 2 has taken the place of the one you started from." in page
    assert "Intergreen from NT to ET" in page
    assert "Minimum green of NT" in page
    assert place.layouts.count() == 2
    again = form_of(page)
    assert (again["min_green:NT"], again["intergreen:NT:ET"], again["note"]) == ("33", f"{was + 3:g}", "Nhiều xe hơn")
    assert engineer.post(LAYOUT, again).status_code == 302
    found = differences(place.layouts.get(number=2).content, place.layouts.get(number=3).content)
    assert [(one.part, one.keys, one.becomes) for one in found] == [("movements.min_green_s", ("NT",), 33)]


def test_a_form_that_names_no_version_is_refused(control: Control, browser: Browser) -> None:
    engineer = browser(control.engineer)
    for made_from in ("", "987654321", "x", "9" * 30):
        page = text(engineer.post(LAYOUT, editor(engineer) | {"made_from": made_from}))
        assert "The draft was not saved" in page
    assert control.junctions["kim-cuc"].layouts.count() == 1


def test_the_editor_starts_from_the_layout_in_force_however_many_drafts_wait(control: Control, browser: Browser) -> None:
    in_force = control.junctions["kim-cuc"].layouts.get()
    for n in range(12):
        drafted(control, ET=5 + n / 2)
    page = text(browser(control.engineer).get(LAYOUT))
    assert f'name="made_from" value="{in_force.pk}"' in page
    assert f'href="{LAYOUT}{in_force.pk}/"' in page


def test_a_draft_is_shown_whole_with_what_differs_before_it_is_approved(control: Control, browser: Browser) -> None:
    in_force = control.junctions["kim-cuc"].layouts.get()
    was = in_force.content["intergreens"]["NT>ET"]
    draft = drafted(control, ET=0.25)
    head = browser(control.head)
    overview = text(head.get(LAYOUT))
    assert "Approve the layout" not in overview
    assert f'href="{LAYOUT}{draft.pk}/"' in overview
    page = text(head.get(f"{LAYOUT}{draft.pk}/"))
    assert "What differs from version 1, which is in force" in page
    assert "Intergreen from NT to ET" in page
    assert f"<dd>{was:g} s</dd>" in page
    assert "<dd>0.25 s</dd>" in page
    assert "dangerous" in page
    assert "This draft takes protection away" in page
    for stage in draft.content["stages"]:
        assert stage["name"] in page
    for zone in draft.content["zones"]:
        assert f'<th scope="row">{zone["key"]}</th>' in page
    for movement in draft.content["movements"]:
        assert f'<th scope="row">{movement["key"]}</th>' in page
    assert f'name="compared_with" value="{in_force.pk}"' in page
    assert "Approve the layout" in page
    head.post(f"{LAYOUT}{draft.pk}/approve/", {"compared_with": in_force.pk})
    draft.refresh_from_db()
    assert draft.state == "approved"


def test_only_another_person_who_may_approve_finds_the_button(control: Control, browser: Browser) -> None:
    draft = drafted(control, ET=9)
    for actor in (control.engineer, control.operator):
        page = text(browser(actor).get(f"{LAYOUT}{draft.pk}/"))
        assert "Intergreen from NT to ET" in page
        assert "dangerous" not in page
        assert "Approve the layout" not in page
    LayoutRow.objects.filter(pk=draft.pk).update(created_by_id=control.head.account_id)
    page = text(browser(control.head).get(f"{LAYOUT}{draft.pk}/"))
    assert "You drafted this layout yourself" in page
    assert "Approve the layout" not in page
    in_force = control.junctions["kim-cuc"].layouts.get(state="approved")
    page = text(browser(control.head).post(f"{LAYOUT}{draft.pk}/approve/", {"compared_with": in_force.pk}, follow=True))
    assert "You drafted this layout yourself." in page


def test_a_draft_looked_at_beside_another_layout_is_not_approved(control: Control, browser: Browser) -> None:
    first = control.junctions["kim-cuc"].layouts.get()
    draft, rival = drafted(control, ET=9), drafted(control, ET=9, PN=8)
    head = browser(control.head)
    form = form_of(text(head.get(f"{LAYOUT}{draft.pk}/")))
    assert form["compared_with"] == str(first.pk)
    services.approve_layout(control.head, layout_id=rival.pk, at=timezone.now(), compared_with=first.pk)
    page = text(head.post(f"{LAYOUT}{draft.pk}/approve/", form, follow=True))
    assert "It was not approved." in page
    assert "What differs from version 3, which is in force" in page
    assert "Intergreen from NT to PN" in page
    draft.refresh_from_db()
    assert draft.state == "draft"
    forms: list[dict[str, str]] = [{}, {"compared_with": "x"}]
    for nothing in forms:
        assert "It was not approved." in text(head.post(f"{LAYOUT}{draft.pk}/approve/", nothing, follow=True))
    head.post(f"{LAYOUT}{draft.pk}/approve/", form_of(page))
    draft.refresh_from_db()
    assert draft.state == "approved"


def test_a_first_draft_is_shown_and_approved_beside_nothing(control: Control, browser: Browser) -> None:
    row = control.junctions["kim-cuc"].layouts.get()
    LayoutRow.objects.filter(pk=row.pk).update(state="draft", approved_by_id=None, approved_by="", approved_at=None)
    head = browser(control.head)
    page = text(head.get(f"{LAYOUT}{row.pk}/"))
    assert "everything in this draft is new" in page
    head.post(f"{LAYOUT}{row.pk}/approve/", form_of(page))
    row.refresh_from_db()
    assert row.state == "approved"
    assert "Approve the layout" not in text(head.get(f"{LAYOUT}{row.pk}/"))


def test_a_draft_of_another_junction_or_unit_is_not_found(control: Control, browser: Browser) -> None:
    draft = drafted(control, ET=9)
    in_force = control.junctions["kim-cuc"].layouts.get(state="approved")
    for client, code in ((browser(control.foreign), "kim-cuc"), (browser(control.head), "yersin")):
        address = f"/work/traffic/at/{code}/layout/{draft.pk}/"
        assert client.get(address).status_code == 404
        assert client.post(f"{address}approve/", {"compared_with": in_force.pk}).status_code == 404
    draft.refresh_from_db()
    assert draft.state == "draft"


def test_an_alert_is_closed_with_words(control: Control, browser: Browser) -> None:
    following.report_alert("kim-cuc", at=timezone.now(), kind="queue", text="Queue over the zone")
    client, alert = browser(control.operator), Alert.objects.get()
    assert "Queue over the zone" in text(client.get("/work/traffic/alerts/"))
    client.post(f"/work/traffic/alerts/{alert.pk}/acknowledge/")
    assert "Say what was found" in text(client.post(f"/work/traffic/alerts/{alert.pk}/close/", {"note": ""}, follow=True))
    client.post(f"/work/traffic/alerts/{alert.pk}/close/", {"note": "Cleared"})
    assert "Cleared" in text(client.get("/work/traffic/alerts/?closed=1"))


def test_the_proof_says_what_is_missing_and_shows_lost_days(control: Control, browser: Browser) -> None:
    client = browser(control.operator)
    assert "No day has been replayed yet" in text(client.get("/work/traffic/gain/"))
    figures = {
        "limits": "yellow 3 s, all-red 2 s", "seeds": 5, "geh_share": 0.7, "delay_s": 40, "baseline_delay_s": 30, "backlog_s": 1,
        "baseline_backlog_s": 1, "change_percent": 33, "low_percent": 20, "high_percent": 46,
    }  # fmt: skip
    following.report_proof(day=timezone.localdate(), controller="ours", baseline="actuated", **figures)
    page = text(client.get("/work/traffic/gain/"))
    assert "lost" in page
    assert "not calibrated" in page
    assert ProofOfGain.objects.count() == 1


def test_shadow_mode_says_whether_a_controller_may_be_armed(control: Control, browser: Browser) -> None:
    client = browser(control.operator)
    assert "Nothing runs in shadow" in text(client.get("/work/traffic/shadow/"))
    shadowed(control)
    assert "may be armed" in text(client.get("/work/traffic/shadow/"))


def test_shadow_mode_costs_the_same_number_of_statements_for_any_number_of_controllers(control: Control, browser: Browser) -> None:
    client = browser(control.operator)

    def statements() -> int:
        with CaptureQueriesContext(connection) as asked:
            assert "may be armed" in text(client.get("/work/traffic/shadow/"))
        return len(asked)

    shadowed(control)
    statements()
    before = statements()
    shadowed(control, "yersin")
    ShadowScore.objects.bulk_create(
        ShadowScore(
            junction=place, controller=name, day=timezone.localdate() - timedelta(days=1), minutes=9, delay_s=1, live_delay_s=1, p95_s=1,
            live_p95_s=1, denials=0, recalls=0,
        )
        for place in control.junctions.values() for name in ("actuated", "max_pressure", "fixed_opt")
    )  # fmt: skip
    assert statements() == before


@pytest.mark.parametrize("changes", [{}, {"minutes": 3}, {"denials": 1}, {"p95_s": 99}, {"controller": "actuated"}])
@pytest.mark.parametrize("approved", ["long ago", "lately", "never"])
def test_what_is_said_of_many_controllers_is_what_is_said_of_each(control: Control, changes: dict[str, Any], approved: str) -> None:
    for code in ("kim-cuc", "yersin"):
        shadowed(control, code)
    kim = control.junctions["kim-cuc"]
    day = timezone.localdate() - timedelta(days=3)
    ShadowScore.objects.filter(junction=kim, day=day).update(**changes)
    if approved == "lately":
        kim.layouts.update(approved_at=timezone.now() - timedelta(days=3))
    elif approved == "never":
        kim.layouts.update(state="draft")
    pairs = [(place, name) for place in control.junctions.values() for name in ("ours", "actuated")]
    now = timezone.now()
    said = queries.objections(pairs, at=now)
    assert said == {pair: text for place, name in pairs for pair, text in queries.objections([(place, name)], at=now).items()}
    assert bool(said[kim.pk, "ours"]) == (bool(changes) or approved == "lately")
    assert not said[control.junctions["yersin"].pk, "ours"]


def test_every_closed_alert_can_be_reached_and_open_ones_as_well(control: Control, browser: Browser, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pages.alerts, "SHOWN", 3)
    now = timezone.now()
    for state in ("closed", "open"):
        for n in range(8):  # two and two at the same moment
            at = now - timedelta(hours=n // 2)
            Alert.objects.create(
                junction=control.junctions["kim-cuc"], kind=f"{state}-{n}", text=f"{state} number {n}.", state=state, raised_at=at, last_at=at,
                closed_at=at if state == "closed" else None,
            )  # fmt: skip
    client = browser(control.operator)
    for state, address in (("closed", "/work/traffic/alerts/?closed=1"), ("open", "/work/traffic/alerts/")):
        seen: list[str] = []
        while address:
            page = text(client.get(address))
            seen += re.findall(rf"{state} number (\d)\.", page)
            onward = re.search(r'rel="next" href="([^"]+)"', page)
            address = unescape(onward[1]) if onward else ""
        assert sorted(seen) == [str(n) for n in range(8)]
        assert [int(n) // 2 for n in seen] == [0, 0, 1, 1, 2, 2, 3, 3]
    assert "number" in text(client.get("/work/traffic/alerts/?after=nonsense"))


def test_earlier_runs_can_be_paged_through(control: Control, browser: Browser, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pages.priority, "ENDED", 2)
    for n in range(5):
        at = timezone.now() - timedelta(hours=n + 1)
        services.announce_run(
            control.operator, vehicle=f"car-{n}.", kind="fire", start=services.Place("kim-cuc", "N"), goal=None, eta_s=9, minutes=1, reason="", at=at
        )
    client, address, seen = browser(control.operator), "/work/traffic/priority/", list[str]()
    while address:
        page = text(client.get(address))
        seen += re.findall(r"car-(\d)\.", page)
        onward = re.search(r'rel="next" href="([^"]+)"', page)
        address = unescape(onward[1]) if onward else ""
    assert seen == ["0", "1", "2", "3", "4"]


def test_an_alert_is_read_in_the_language_of_the_reader_whoever_wrote_it(control: Control, browser: Browser) -> None:
    with translation.override("vi"):
        following.report_status("kim-cuc", at=timezone.now(), mode="fault", cameras={"CAM-N": "fog"})
        following.report_status("yersin", at=timezone.now(), mode="armed")
    told = {row.kind: row for row in Alert.objects.all()}
    assert {kind: row.text for kind, row in told.items()} == {
        "camera:CAM-N": "Camera CAM-N: fog. Its approach is served as if somebody always waited.",
        "fault": "The cabinet reports a fault.",
        "unlicensed": "The control process drives this junction without a valid lease.",
    }
    with translation.override("vi"):
        assert told["camera:CAM-N"].words == "Camera CAM-N: sương mù. Nhánh này được phục vụ như luôn có xe chờ."
        assert told["fault"].words == "Tủ báo lỗi."
        assert ALERTS.cells(told["fault"])[1] == "Tủ báo lỗi."
        assert told["unlicensed"].words != told["unlicensed"].text
    assert ALERTS.cells(told["fault"])[1] == "The cabinet reports a fault."


def test_a_foreign_unit_finds_neither_junction_nor_plan(control: Control, browser: Browser) -> None:
    plan = control.plan()
    client = browser(control.foreign)
    for address in ("at/kim-cuc/", "at/kim-cuc/live/", "at/kim-cuc/layout/", f"plans/{plan.pk}/"):
        assert client.get(f"/work/traffic/{address}").status_code == 404, address
    assert client.post("/work/traffic/at/kim-cuc/disarm/").status_code == 404


def test_a_flow_is_told_as_the_data_model_wants_it(control: Control) -> None:
    end = timezone.now().replace(microsecond=0)
    following.report_flow(
        "kim-cuc", lane="N1", vehicle_class="motorcycle", begun_at=end - timedelta(minutes=5), ended_at=end, vehicles=42, quality=0.9,
        occupancy=0.25, speed_kmh=18.5,
    )  # fmt: skip
    entity = flow_entity(Flow.objects.select_related("junction").get())
    assert entity["intensity"]["value"] == 42
    assert entity["occupancy"]["value"] == 0.25
    assert entity["id"].startswith("urn:ngsi-ld:ItemFlowObserved:kim-cuc-N1-motorcycle-")
    assert entity["location"]["value"]["type"] == "Point"
    json.dumps(entity)
