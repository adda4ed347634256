"""Drafts are taken back with a reason and stay to be read; nobody saves over what they have not seen, and nothing typed is lost."""

import copy
from typing import Any

import pytest
from django.urls import reverse
from django.utils import timezone

from langbiang.city.junctions import following, services
from langbiang.city.junctions.models import Alert, CameraCalibration, DetectorTable, EventPlan, Layout, Override, Plan
from langbiang.foundation.access import Forbidden, Stale
from langbiang.foundation.audit.models import Entry
from langbiang.foundation.events.models import EventRow
from tests.city.junctions.conftest import NOW, Browser, Control, text
from tests.city.junctions.test_calibrations import FIELDS, QUAD
from tests.city.junctions.test_happenings import CLOSED, HOUR
from tests.city.junctions.test_happenings import plan as planned
from tests.city.junctions.test_pages import LAYOUT, drafted, editor, form_of

pytestmark = pytest.mark.django_db


# Layouts.


def test_a_draft_of_a_layout_is_withdrawn_with_a_reason_and_never_approved(control: Control) -> None:
    draft = drafted(control, ET=9)
    with pytest.raises(services.NoReason):
        services.withdraw_layout(control.engineer, layout_id=draft.pk, reason="  ", at=NOW)
    for refused in (control.operator, control.second):
        with pytest.raises(Forbidden):
            services.withdraw_layout(refused, layout_id=draft.pk, reason="Đo sai", at=NOW)
    with pytest.raises(services.NoSuch):
        services.withdraw_layout(control.foreign, layout_id=draft.pk, reason="Đo sai", at=NOW)
    services.withdraw_layout(control.head, layout_id=draft.pk, reason="Đo sai", at=NOW)
    in_force = control.junctions["kim-cuc"].layouts.get(state="approved")
    with pytest.raises(services.WrongState):
        services.approve_layout(control.head, layout_id=draft.pk, at=NOW, compared_with=in_force.pk)
    with pytest.raises(services.WrongState):
        services.withdraw_layout(control.engineer, layout_id=draft.pk, reason="Nữa", at=NOW)
    with pytest.raises(services.WrongState):
        services.withdraw_layout(control.engineer, layout_id=in_force.pk, reason="Đang chạy", at=NOW)
    entry = Entry.objects.get(action="traffic.layout_withdrawn")
    assert entry.detail["after"]["reason"] == "Đo sai"
    assert EventRow.objects.filter(name="traffic.layout_withdrawn").count() == 1


def test_the_withdrawn_version_is_read_in_the_history_with_its_reason(control: Control, browser: Browser) -> None:
    draft, engineer = drafted(control, ET=9), browser(control.engineer)
    address = f"{LAYOUT}{draft.pk}/"
    assert "Withdraw the draft" in text(engineer.get(address))
    assert "Withdraw the draft" not in text(browser(control.operator).get(address))
    assert browser(control.operator).post(f"{address}withdraw/", {"reason": "x"}).status_code == 403
    assert "Say why it is withdrawn" in text(engineer.post(f"{address}withdraw/", follow=True))
    page = text(engineer.post(f"{address}withdraw/", {"reason": "Đo sai"}, follow=True))
    assert "Đo sai" in page
    assert "Approve the layout" not in text(browser(control.head).get(address))
    overview = text(engineer.get(LAYOUT))
    assert f'href="{address}"' in overview
    assert "Đo sai" in overview
    assert browser(control.foreign).post(f"{address}withdraw/", {"reason": "x"}).status_code == 404
    assert browser(control.head).post(f"/work/traffic/at/yersin/layout/{draft.pk}/withdraw/", {"reason": "x"}).status_code == 404


def test_a_first_draft_that_was_withdrawn_is_not_what_the_next_one_starts_from(control: Control) -> None:
    place = control.junctions["kim-cuc"]
    place.layouts.update(state="draft", approved_by_id=None, approved_by="", approved_at=None)
    first, second = place.layouts.get(), drafted_beside(control)
    services.withdraw_layout(control.engineer, layout_id=second.pk, reason="Đo sai", at=NOW)
    assert services.layout_to_change(place) == first
    services.withdraw_layout(control.engineer, layout_id=first.pk, reason="Đo sai", at=NOW)
    assert services.layout_to_change(place) == second


def drafted_beside(control: Control) -> Layout:
    content = copy.deepcopy(control.junctions["kim-cuc"].layouts.get().content)
    return services.define_layout(control.engineer, junction_code="kim-cuc", content=content, note="", at=NOW)


def test_a_draft_of_a_colleague_saved_meanwhile_is_shown_before_another_is_kept_beside_it(control: Control, browser: Browser) -> None:
    engineer, place = browser(control.engineer), control.junctions["kim-cuc"]
    form = editor(engineer) | {"min_green:NT": "33", "note": "Nhiều xe hơn"}
    drafted(control, ET=9)
    page = text(engineer.post(LAYOUT, form))
    assert "Nothing of yours was saved over it." in page
    assert "Intergreen from NT to ET" in page
    assert "Minimum green of NT" in page
    assert place.layouts.count() == 2
    again = form_of(page)
    assert (again["min_green:NT"], again["note"], again["seen"]) == ("33", "Nhiều xe hơn", "2")
    assert engineer.post(LAYOUT, again).status_code == 302
    assert place.layouts.get(number=3).content["intergreens"] == place.layouts.get(number=1).content["intergreens"]


# Plans.


PLAN: dict[str, Any] = {
    "name": "Chợ đêm", "cycle_s": 75, "offset_s": 0, "green_1": 25, "green_2": 30, "weekdays": [5, 6], "valid_from": "01/11/2026",
    "valid_to": "", "time_from": "18:00", "time_to": "23:00",
}  # fmt: skip


def test_the_second_of_two_who_change_a_draft_of_a_plan_is_refused_and_keeps_what_was_typed(control: Control, browser: Browser) -> None:
    plan = control.plan()
    address, engineer = f"/work/traffic/plans/{plan.pk}/", browser(control.engineer)
    assert 'name="revision" value="1"' in text(engineer.get(address))
    assert engineer.post(address, PLAN | {"revision": 1, "name": "Lễ hội"}).status_code == 302
    page = text(engineer.post(address, PLAN | {"revision": 1}))
    assert "Nothing of yours was saved over it." in page
    assert "Lễ hội" in page
    assert 'value="Chợ đêm"' in page
    assert 'name="revision" value="2"' in page
    plan.refresh_from_db()
    assert (plan.name, plan.revision) == ("Lễ hội", 2)
    assert engineer.post(address, PLAN | {"revision": 2}).status_code == 302
    plan.refresh_from_db()
    assert (plan.name, plan.revision) == ("Chợ đêm", 3)
    for nothing in ({}, {"revision": "x"}, {"revision": "9" * 40}):
        assert "Nothing of yours was saved over it." in text(engineer.post(address, PLAN | nothing))


def test_a_plan_withdrawn_meanwhile_gives_back_what_was_typed_as_a_new_draft(control: Control, browser: Browser) -> None:
    plan, engineer = control.plan(), browser(control.engineer)
    services.withdraw_plan(control.head, plan_id=plan.pk, reason="Đếm sai", at=timezone.now())
    page = text(engineer.post(f"/work/traffic/plans/{plan.pk}/", PLAN | {"revision": 1}))
    assert "What you entered was not saved." in page
    assert 'action="/work/traffic/at/kim-cuc/plans/new/"' in page
    assert engineer.post("/work/traffic/at/kim-cuc/plans/new/", PLAN).status_code == 302
    plan.refresh_from_db()
    assert (plan.state, plan.withdraw_reason) == ("withdrawn", "Đếm sai")
    assert Plan.objects.get(state="draft").name == "Chợ đêm"
    with pytest.raises(services.WrongState):
        services.approve_plan(control.head, plan_id=plan.pk, at=NOW)


# Events.


def test_a_draft_of_an_event_is_changed_and_its_rehearsal_is_void(control: Control) -> None:
    row = planned(control)
    EventPlan.objects.filter(pk=row.pk).update(rehearsal="done", outcome={"controllers": []})
    given: dict[str, Any] = {
        "event_id": row.pk, "name": "Festival Trà", "reason": "Diễu hành", "starts_at": NOW + HOUR, "ends_at": NOW + 3 * HOUR, "arms": [CLOSED], "at": NOW,
    }  # fmt: skip
    with pytest.raises(Forbidden):
        services.change_event(control.operator, **given)
    with pytest.raises(services.NoSuch):
        services.change_event(control.foreign, **given)
    with pytest.raises(services.BadEvent):
        services.change_event(control.engineer, **given | {"arms": []})
    services.change_event(control.engineer, **given, revision=1)
    row.refresh_from_db()
    assert (row.name, row.revision, row.rehearsal, row.outcome, row.arms.count()) == ("Festival Trà", 2, "", {}, 1)
    assert Entry.objects.get(action="traffic.event_changed").detail["before"]["name"] == "Festival Hoa"
    with pytest.raises(Stale):
        services.approve_event(control.head, event_id=row.pk, at=NOW, revision=1)
    services.approve_event(control.head, event_id=row.pk, at=NOW, revision=2)
    with pytest.raises(services.WrongState):
        services.change_event(control.engineer, **given)


def test_the_second_of_two_who_change_an_event_is_refused_and_keeps_what_was_typed(control: Control, browser: Browser) -> None:
    row = planned(control, starts_at=timezone.now() + HOUR, ends_at=timezone.now() + 2 * HOUR, at=timezone.now())
    address, engineer = f"/work/traffic/events/{row.pk}/change/", browser(control.engineer)
    shown = text(engineer.get(address))
    assert 'value="Festival Hoa"' in shown
    day = f"{timezone.localdate() + HOUR * 24:%d/%m/%Y}"
    form = {
        "name": "Festival Trà", "reason": "Parade", "first_day": day, "first_hour": "18:00", "last_day": day, "last_hour": "22:00",
        "arm_kim-cuc_N": "0", "arm_yersin_W": "2", "revision": 1,
    }  # fmt: skip
    assert engineer.post(address, form).status_code == 302
    page = text(engineer.post(address, form | {"name": "Festival Cà phê", "arm_yersin_W": "3"}))
    assert "Nothing of yours was saved over it." in page
    assert 'value="Festival Cà phê"' in page
    assert "<td>Festival Trà</td>" in page
    assert "<td>3 times as many come</td>" in page
    assert "<td>22:00</td>" not in page  # only what differs
    row.refresh_from_db()
    assert row.name == "Festival Trà"
    assert engineer.post(address, form | {"name": "Festival Cà phê", "revision": 2}).status_code == 302
    assert browser(control.operator).get(address).status_code == 403
    assert browser(control.foreign).get(address).status_code in (403, 404)
    head = browser(control.head)
    assert "It was not approved." in text(head.post(f"/work/traffic/events/{row.pk}/approve/", {"revision": 2}, follow=True))
    assert "Approved, not begun" in text(head.post(f"/work/traffic/events/{row.pk}/approve/", {"revision": 3}, follow=True))
    assert "Only a draft can be changed." in text(engineer.get(address, follow=True))


def test_a_draft_of_an_event_is_withdrawn_with_a_reason(control: Control, browser: Browser) -> None:
    row = planned(control, starts_at=timezone.now() + HOUR, ends_at=timezone.now() + 2 * HOUR, at=timezone.now())
    engineer, address = browser(control.engineer), f"/work/traffic/events/{row.pk}/end/"
    assert "Say why it is withdrawn" in text(engineer.post(address, follow=True))
    page = text(engineer.post(address, {"reason": "Hoãn sang năm"}, follow=True))
    assert "Hoãn sang năm" in page
    assert "Change the draft" not in page
    row.refresh_from_db()
    assert (row.state, row.withdraw_reason) == ("withdrawn", "Hoãn sang năm")
    with pytest.raises(services.WrongState):
        services.approve_event(control.head, event_id=row.pk, at=NOW)


# What is in force as soon as it is saved.


def test_a_calibration_kept_meanwhile_is_not_put_out_of_force_unseen(control: Control, browser: Browser) -> None:
    address, engineer = reverse("junctions:calibration", args=["kim-cuc", "CAM-N"]), browser(control.engineer)
    form: dict[str, Any] = {"width": "960", "height": "540", "note": "Cột mới", "seen": "0"}
    for n, row in enumerate(QUAD, start=1):
        form |= {f"{name}{n}": f"{value:g}" for name, value in zip(FIELDS, row, strict=True)}
    assert engineer.post(address, form).status_code == 302
    page = text(engineer.post(address, form | {"u1": "193"}))
    assert "Nothing of yours was saved over it." in page
    assert 'value="193"' in page
    assert 'value="Cột mới"' in page
    assert "Points saved meanwhile" in page
    assert 'name="seen" value="1"' in page
    assert CameraCalibration.objects.count() == 1
    assert engineer.post(address, form | {"u1": "193", "seen": "1"}).status_code == 302
    assert CameraCalibration.objects.count() == 2


def test_detectors_entered_meanwhile_are_not_written_over(control: Control, browser: Browser) -> None:
    address, engineer = reverse("junctions:detectors", args=["kim-cuc"]), browser(control.engineer)
    form = {"channel": ["3"], "phase": ["1"], "role": ["Advance"], "distance_m": ["40"], "speed_kmh": ["40"], "note": "Đo lại", "seen": "0-0"}
    assert 'name="seen" value="0-0"' in text(engineer.get(address))
    assert engineer.post(address, form).status_code == 302
    table = DetectorTable.objects.get()
    page = text(engineer.post(address, form | {"channel": ["9"]}))
    assert "Nothing of yours was saved over it." in page
    assert 'value="9"' in page
    assert "Saved now and not in what you entered" in page
    table.refresh_from_db()
    assert table.rows[0]["channel"] == 3
    assert engineer.post(address, form | {"channel": ["9"], "seen": f"{table.pk}-1"}).status_code == 302
    table.refresh_from_db()
    assert (table.rows[0]["channel"], table.revision) == (9, 2)


def test_an_order_given_meanwhile_is_not_ended_unseen(control: Control, browser: Browser) -> None:
    address, client = "/work/traffic/at/kim-cuc/override/", browser(control.operator)
    form = {"what": "stage:2", "minutes": 5, "reason": "Xe chữa cháy", "seen": 0}
    assert client.post(address, form).status_code == 302
    page = text(client.post(address, form | {"what": "flash:", "reason": "Mất điện"}))
    assert "Nothing of yours was saved over it." in page
    assert "Xe chữa cháy" in page
    assert 'value="Mất điện"' in page
    first = Override.objects.get()
    assert f'name="seen" value="{first.pk}"' in page
    assert client.post(address, form | {"what": "flash:", "seen": first.pk}).status_code == 302
    assert Override.objects.count() == 2


def test_a_note_on_an_alert_closed_meanwhile_is_given_back(control: Control, browser: Browser) -> None:
    following.report_alert("kim-cuc", at=timezone.now(), kind="queue", text="Queue over the zone")
    alert, client = Alert.objects.get(), browser(control.operator)
    services.close_alert(control.head, alert_id=alert.pk, note="Đã dọn", at=timezone.now())
    page = text(client.post(f"/work/traffic/alerts/{alert.pk}/close/", {"note": "Cây đổ trên đường"}, follow=True))
    assert "Đã dọn" in page
    assert "Cây đổ trên đường" in page
