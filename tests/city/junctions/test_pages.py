"""The pages: what an operator sees and does, what others do not."""

import json
import re
from datetime import timedelta
from html import unescape
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone, translation

from langbiang.city.junctions import following, pages, queries, services
from langbiang.city.junctions.api import flow_entity
from langbiang.city.junctions.layout import Layout
from langbiang.city.junctions.measures import ALERTS
from langbiang.city.junctions.models import Alert, ArmingRequest, Flow, Lease, Override, Plan, ProofOfGain, ShadowScore
from langbiang.city.junctions.services.arming import shadow_objection
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
    head.post(f"/work/traffic/plans/{plan.pk}/approve/")
    plan.refresh_from_db()
    assert plan.state == "approved"
    assert "Chợ đêm" in text(engineer.get("/work/traffic/plans/"))


def posted_layout(content: dict[str, Any]) -> dict[str, str]:
    """The form of the editor as the page sends it unchanged."""
    form = {"note": "x"}
    for m in content["movements"]:
        for name, field in (("walk_s", "walk"), ("clear_s", "clear"), ("min_green_s", "min_green"), ("yellow_s", "yellow")):
            if name in m:
                form[f"{field}:{m['key']}"] = str(m[name])
    for stage in content["stages"]:
        form[f"stage_name:{stage['key']}"] = stage["name"]
        form |= {f"stage:{stage['key']}:{key}": "on" for key in stage["movements"]}
    form |= {f"conflict:{a}:{b}": "on" for a, b in content["conflicts"]}
    form |= {"intergreen:" + name.replace(">", ":"): str(value) for name, value in content["intergreens"].items()}
    return form


def test_the_editor_sends_back_what_it_showed(control: Control, browser: Browser) -> None:
    place = control.junctions["kim-cuc"]
    before = place.layouts.get()
    engineer = browser(control.engineer)
    assert "Save the draft" in text(engineer.get("/work/traffic/at/kim-cuc/layout/"))
    assert engineer.post("/work/traffic/at/kim-cuc/layout/", posted_layout(before.content)).status_code == 302
    after = place.layouts.get(number=2)
    assert after.fingerprint == before.fingerprint
    assert Layout(after.content).stages == Layout(before.content).stages
    browser(control.head).post(f"/work/traffic/at/kim-cuc/layout/{after.pk}/approve/")
    after.refresh_from_db()
    assert after.state == "approved"


def test_the_editor_names_the_field_of_a_mistake(control: Control, browser: Browser) -> None:
    form = posted_layout(control.junctions["kim-cuc"].layouts.get().content)
    form.pop("intergreen:NT:ET")
    form["yellow:NT"] = "2"
    page = text(browser(control.engineer).post("/work/traffic/at/kim-cuc/layout/", form))
    assert "#intergreen:NT:ET" in page
    assert "#yellow:NT" in page
    assert control.junctions["kim-cuc"].layouts.count() == 1


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
    said = queries.objections(pairs, at=timezone.now())
    assert said == {(place.pk, name): shadow_objection(place, controller=name, at=timezone.now()) for place, name in pairs}
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
