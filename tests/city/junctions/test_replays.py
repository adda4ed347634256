"""Replayed days: what they stand on, what is kept of them, and why some have no proof."""

import json
from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone
from typer.testing import CliRunner

from langbiang.city.junctions import counts_demo, demo, following, queries, services
from langbiang.city.junctions.models import Flow, Junction, Layout, Plan, ProofOfGain, Replay, Rule, Street
from langbiang.city.junctions.services import replays
from langbiang.city.junctions.tasks import replay_yesterday
from langbiang.city.traffic.cli import app
from langbiang.city.traffic.metrics import RunMetrics, Summary
from langbiang.city.traffic.twin.demand import Count, hour_demand
from langbiang.city.traffic.twin.described import CannotDraw, describe, read_description
from langbiang.city.traffic.twin.network_cli import DALAT
from langbiang.city.traffic.twin.replay import Replay as Outcome
from langbiang.city.traffic.twin.replay import replayable
from langbiang.city.traffic.twin.replaying import Job, ReplayFailed
from langbiang.city.traffic.twin.sumo import SumoMissing
from langbiang.foundation.access import Refusal
from langbiang.foundation.audit.models import Entry
from tests.city.junctions.conftest import NOW, Browser, Control, text

YESTERDAY = date(2026, 11, 2)
MORNING = datetime(2026, 11, 2, 0, 0, tzinfo=UTC)  # 07:00 in Đà Lạt
SEARCHED = {"kim-cuc": {"splits": [{"stage": "1", "green_s": 30}, {"stage": "2", "green_s": 30}], "offset_s": 0}}
Told = list[Job]


def clock() -> datetime:
    return NOW


def counted(control: Control, *, codes: tuple[str, ...] = ("kim-cuc", "yersin"), hours: int = 2, **more: Any) -> None:
    """Whole hours from 07:00 on, in quarters."""
    for code in codes:
        place = control.junctions[code]
        layout = Layout.objects.get(junction=place, state="approved")
        for lane in layout.content["lanes"]:
            for quarter in range(4 * hours):
                begun = MORNING + timedelta(minutes=15 * quarter)
                values = {"vehicles": 20, "quality": 0.9, "vehicle_class": "motorcycle", **more}
                Flow.objects.create(
                    junction=place, lane=lane["key"], begun_at=begun, ended_at=begun + timedelta(minutes=15), **values
                )


def outcome(job: Job, *, ours: float = 20.0, base: float = 40.0, good: int = 9) -> Outcome:
    def runs(name: str, delay: float) -> Summary:
        return Summary(name, tuple(
            RunMetrics(name, seed, 100, delay + seed / 10, 1.5, 3, 4, 0, 5, 90, 120, 80, 0, 2, 1.25) for seed in job.seeds
        ))  # fmt: skip

    bounds = {
        "yellow_s": 3, "change_least_s": 6, "change_most_s": 13, "green_least_s": 6, "green_most_s": 12, "range_m": 100, "missed_percent": 10,
    }  # fmt: skip
    return Outcome(
        tuple(job.hours), tuple(job.seeds), "limits", bounds, good, 10, 0.04, (runs("fixed", base), runs("actuated", 15.0), runs("ours", ours)),
        {"fixed": 1}, SEARCHED,
    )  # fmt: skip


@pytest.fixture
def twin(monkeypatch: pytest.MonkeyPatch) -> Told:
    """In place of the simulator: keeps the job it was given and answers with fixed figures."""
    given: Told = []

    def answer(job: Job, report: Callable[[int, int, str], None]) -> Outcome:
        given.append(job)
        report(1, 2, "7:00")
        return outcome(job)

    monkeypatch.setattr(replays, "replay_apart", answer)
    return given


def failing(monkeypatch: pytest.MonkeyPatch, problem: Exception) -> None:
    def answer(job: Job, report: object) -> Outcome:
        raise problem

    monkeypatch.setattr(replays, "replay_apart", answer)


def ask(control: Control, **changes: Any) -> Replay:
    given = {"day": YESTERDAY, "from_hour": 7, "until_hour": 9, "at": NOW, **changes}
    return services.ask_for_replay(control.engineer, **given)


def done(control: Control, **changes: Any) -> Replay:
    ask(control, **changes)
    return services.replay_day(day=YESTERDAY, clock=clock)


def test_a_day_nobody_counted_has_no_proof_and_says_so(control: Control, twin: Told) -> None:
    row = done(control)
    assert (row.state, queries.why_not(row)) == ("none", "No vehicle was counted on this day.")
    assert not ProofOfGain.objects.exists()
    assert twin == []


def test_a_day_with_gaps_in_every_hour_has_no_proof_and_names_them(control: Control, twin: Told) -> None:
    counted(control)
    Flow.objects.filter(junction__code="yersin", lane="N1").delete()
    row = done(control)
    assert queries.why_not(row) == "No hour was counted whole: at 7:00, 8:00 up to 1 of 14 lanes have no count."
    assert not ProofOfGain.objects.exists()


def test_counts_nobody_trusts_and_people_on_foot_are_not_replayed(control: Control, twin: Told) -> None:
    counted(control, quality=0.4)
    counted(control, vehicle_class="pedestrian")
    assert done(control).reason == "no_counts"


@pytest.mark.parametrize(
    ("problem", "words"),
    [
        (SumoMissing("x"), "The traffic simulator (SUMO) is not installed here."),
        (CannotDraw("yersin", "lane:N1", "no movement uses it"), "The layout of yersin cannot be simulated (lane:N1)"),
        (ReplayFailed("killed"), "The simulation broke off: killed"),
    ],
)
def test_what_keeps_the_simulation_from_running_is_told_and_nothing_breaks(
    control: Control, monkeypatch: pytest.MonkeyPatch, problem: Exception, words: str
) -> None:
    counted(control)
    failing(monkeypatch, problem)
    row = done(control)
    assert row.state == "none"
    assert words in queries.why_not(row)
    assert not ProofOfGain.objects.exists()


def test_the_proof_is_kept_against_every_baseline_also_where_it_was_lost(control: Control, twin: Told) -> None:
    counted(control, source="made up")
    row = done(control)
    assert (row.state, row.reason, row.runs_done) == ("done", "", 2 * 5 * 3)
    won = ProofOfGain.objects.get(baseline="fixed")
    lost = ProofOfGain.objects.get(baseline="actuated")
    assert won.high_percent < 0 < lost.low_percent
    assert (won.seeds, won.geh_share, won.source) == (5, won.geh_share, "made up")
    assert won.figures["ours"]["c1"] == 3
    assert won.figures["base"]["failures"] == 1
    assert won.figures["hours"] == [7, 8]
    assert Entry.objects.filter(action="traffic.replayed").count() == 1
    done(control)
    assert ProofOfGain.objects.count() == 2


def test_the_job_holds_the_counts_the_streets_and_the_approved_plan_of_the_hour(control: Control, twin: Told) -> None:
    counted(control)
    kim_cuc, yersin = control.junctions["kim-cuc"], control.junctions["yersin"]
    Street.objects.create(junction_a=kim_cuc, arm_a="E", junction_b=yersin, arm_b="W", length_m=900, speed_kmh=40, source="test")
    plan = control.plan(valid_from=date(2026, 1, 1), at=NOW - timedelta(days=9), offset_s=4)
    services.approve_plan(control.head, plan_id=plan.pk, at=NOW - timedelta(days=8))
    done(control)
    job = twin[0]
    assert job.description["links"] == [{"between": ["kim-cuc:E", "yersin:W"], "length_m": 900, "speed_kmh": 40}]
    assert sum(c.vehicles for c in job.counts) == 14 * 8 * 20
    assert {c.begun_s for c in job.counts} == {7 * 3600 + 900 * n for n in range(8)}
    assert job.plans[7] == {"kim-cuc": {"splits": plan.splits, "offset_s": 4}}
    assert ProofOfGain.objects.get(baseline="fixed").figures["planned"] == 2
    describe(job.description)


def test_a_junction_nobody_counted_is_left_out_and_named(control: Control, twin: Told) -> None:
    counted(control, codes=("kim-cuc",))
    done(control)
    assert [row["code"] for row in twin[0].description["junctions"]] == ["kim-cuc"]
    assert ProofOfGain.objects.get(baseline="fixed").figures["left_out"] == ["yersin"]


def test_only_who_plans_may_ask(control: Control) -> None:
    for actor in (control.operator, control.second):
        with pytest.raises(Refusal, match="planning"):
            services.ask_for_replay(actor, day=YESTERDAY, from_hour=7, until_hour=9, at=NOW)
    assert not Replay.objects.exists()


@pytest.mark.parametrize(
    ("change", "field"),
    [({"day": date(2026, 11, 3)}, "day"), ({"from_hour": 9}, "from_hour"), ({"until_hour": 25}, "from_hour")],
)
def test_a_replay_that_cannot_be_is_refused_by_its_field(control: Control, change: dict[str, Any], field: str) -> None:
    with pytest.raises(services.BadReplay) as caught:
        ask(control, **change)
    assert caught.value.field == field


def test_a_day_is_replayed_once_at_a_time_unless_it_was_never_heard_of_again(control: Control) -> None:
    ask(control)
    for minutes in (5, 31, 24 * 60):  # behind a night of other replays it waits for hours
        with pytest.raises(services.WrongState, match="already"):
            ask(control, at=NOW + timedelta(minutes=minutes))
    assert ask(control, at=NOW + timedelta(days=1, minutes=1)).state == "waiting"
    Replay.objects.update(state="running", told_at=NOW)
    with pytest.raises(services.WrongState, match="already"):
        ask(control, at=NOW + timedelta(minutes=29))
    assert ask(control, at=NOW + timedelta(minutes=31)).state == "waiting"


def test_what_waits_behind_a_night_of_replays_is_not_called_dead(control: Control, browser: Browser) -> None:
    ask(control)
    Replay.objects.update(day=timezone.localdate() - timedelta(days=1), told_at=timezone.now() - timedelta(hours=7))
    client = browser(control.operator)
    page = text(client.get("/work/traffic/gain/"))
    assert "waiting for the worker" in page
    assert "stopped without a word" not in page
    Replay.objects.update(state="running")
    assert "stopped without a word; it is taken up again at night" in text(client.get("/work/traffic/gain/"))


def test_the_night_takes_up_the_day_silent_for_longest_with_the_hours_it_was_asked_for(control: Control, twin: Told) -> None:
    assert services.due_at_night(at=NOW) == YESTERDAY
    services.replay_day(day=YESTERDAY, clock=clock)
    for back, hours in ((5, 3), (9, 2)):
        row = ask(control, day=YESTERDAY - timedelta(days=back), at=NOW - timedelta(hours=hours))
        Replay.objects.filter(pk=row.pk).update(state="running")
    assert services.due_at_night(at=NOW) == YESTERDAY - timedelta(days=5)
    row = Replay.objects.get(day=YESTERDAY - timedelta(days=5))
    assert (row.state, row.from_hour, row.until_hour) == ("waiting", 7, 9)
    Replay.objects.filter(state="running").update(outcome={"hours": [6, 7, 9]})  # asked for when fewer hours could be
    assert services.due_at_night(at=NOW) == YESTERDAY - timedelta(days=9)
    row = Replay.objects.get(day=YESTERDAY - timedelta(days=9))
    assert (row.from_hour, row.until_hour) == (6, 10)
    assert services.due_at_night(at=NOW) is None


def test_the_night_takes_up_yesterday_once(control: Control, twin: Told) -> None:
    assert services.due_at_night(at=NOW) == YESTERDAY
    assert services.due_at_night(at=NOW) is None
    row = services.replay_day(day=YESTERDAY, clock=clock)
    assert (row.from_hour, row.until_hour, row.seeds) == (6, 20, 5)
    assert services.due_at_night(at=NOW) is None


def test_the_task_of_the_night_survives_a_machine_without_sumo(control: Control, monkeypatch: pytest.MonkeyPatch) -> None:
    failing(monkeypatch, SumoMissing("x"))
    yesterday = timezone.localdate() - timedelta(days=1)
    begun = timezone.make_aware(datetime.combine(yesterday, datetime.min.time())) + timedelta(hours=7)
    for code, place in control.junctions.items():
        lanes = Layout.objects.get(junction__code=code, state="approved").content["lanes"]
        for lane in lanes:
            following.report_flow(
                place.code, lane=lane["key"], vehicle_class="car", begun_at=begun, ended_at=begun + timedelta(hours=1), vehicles=9, quality=1
            )
    replay_yesterday(0)
    assert Replay.objects.get(day=yesterday).reason == "sumo"


def test_an_interval_that_leaves_out_its_middle_is_no_proof(control: Control) -> None:
    with pytest.raises(following.BadReport, match="interval"):
        following.report_proof(day=YESTERDAY, controller="ours", baseline="fixed", low_percent=1, change_percent=0, high_percent=2, seeds=5)


@pytest.mark.parametrize("short", [{"minutes": 900}, {"minutes": 0}])
def test_a_day_only_partly_in_shadow_does_not_count(control: Control, short: dict[str, int]) -> None:
    control.shadow("kim-cuc", **short)
    with pytest.raises(services.NotReady, match="0 of 7 days"):
        control.ask()


def test_one_day_with_worse_long_delays_keeps_a_controller_from_being_armed(control: Control) -> None:
    control.shadow("kim-cuc")
    control.junctions["kim-cuc"].shadow_scores.filter(day=(NOW - timedelta(days=3)).date()).update(p95_s=70.5)
    with pytest.raises(services.NotReady, match="31/10/2026"):
        control.ask()


def test_days_in_shadow_under_another_layout_do_not_count(control: Control) -> None:
    control.shadow("kim-cuc")
    place = control.junctions["kim-cuc"]
    before = place.layouts.get(state="approved")
    at = NOW - timedelta(days=4)
    draft = services.define_layout(control.engineer, junction_code="kim-cuc", content=before.content, note="", at=at)
    services.approve_layout(control.head, layout_id=draft.pk, at=at, compared_with=before.pk)
    with pytest.raises(services.NotReady, match="3 of 7 days"):
        control.ask()


@pytest.mark.parametrize("scores", [{"minutes": 1441}, {"delay_s": -1}])
def test_a_score_that_cannot_be_is_no_report(control: Control, scores: dict[str, int]) -> None:
    with pytest.raises(following.BadReport):
        following.report_shadow("kim-cuc", controller="ours", day=YESTERDAY, **scores)


def test_an_engineer_asks_in_the_browser_and_sees_how_far_it_is(control: Control, browser: Browser) -> None:
    client = browser(control.engineer)
    assert "Replay this day now" in text(client.get("/work/traffic/gain/"))
    yesterday = timezone.localdate() - timedelta(days=1)
    form = {"day": f"{yesterday:%d/%m/%Y}", "from_hour": 7, "until_hour": 9}
    assert client.post("/work/traffic/gain/replay/", form).status_code == 302
    page = text(client.get("/work/traffic/gain/"))
    assert "waiting for the worker" in page
    Replay.objects.update(state="running", runs_done=3, runs=30)
    assert "3 of 30 simulated hours" in text(client.get("/work/traffic/gain/running/"))
    assert "being replayed already" in text(client.post("/work/traffic/gain/replay/", form))
    Replay.objects.update(state="none", reason="no_counts")
    assert client.get("/work/traffic/gain/running/")["HX-Redirect"] == "/work/traffic/gain/"
    assert "No vehicle was counted on this day." in text(client.get("/work/traffic/gain/"))


def test_a_day_that_is_not_over_is_refused_at_its_field(control: Control, browser: Browser) -> None:
    form = {"day": f"{timezone.localdate():%d/%m/%Y}", "from_hour": 7, "until_hour": 9}
    page = text(browser(control.engineer).post("/work/traffic/gain/replay/", form))
    assert "This day is not over yet." in page
    assert not Replay.objects.exists()


def test_who_does_not_plan_sees_no_button(control: Control, browser: Browser) -> None:
    client = browser(control.operator)
    assert "Replay this day now" not in text(client.get("/work/traffic/gain/"))
    assert client.post("/work/traffic/gain/replay/", {}).status_code == 403


def proof(baseline: str, change: float, **more: Any) -> None:
    figures = {
        "limits": "yellow 3 s", "seeds": 5, "geh_share": 0.9, "delay_s": 40, "baseline_delay_s": 30, "backlog_s": 2.5,
        "baseline_backlog_s": 1.5, "change_percent": change, "low_percent": change - 5, "high_percent": change + 5, **more,
    }  # fmt: skip
    following.report_proof(day=timezone.localdate() - timedelta(days=1), controller="ours", baseline=baseline, **figures)


def test_everybody_reads_days_lost_with_all_that_belongs_to_a_percentage(control: Control) -> None:
    proof("fixed", -30.0, figures={"planned": 4, "junction_hours": 4})
    proof("actuated", 33.0, geh_share=0.7, source="made up")
    client = Client(HTTP_ACCEPT_LANGUAGE="en")
    client.cookies["django_language"] = "en"
    page = text(client.get("/traffic-lights/?against=actuated"))
    for wanted in (
        "Against Plan of the cabinet: time lost per trip -30.0 % (between -35.0 and -25.0 %, 5 runs)", "lost", "not calibrated",
        "yellow 3 s; 5 runs; GEH below 5 on 70 % of links", "2.5 / 1.5", "made up", "Vehicle-actuated",
    ):  # fmt: skip
        assert wanted in page.replace("\N{MINUS SIGN}", "-"), wanted
    assert "/traffic-lights/" in text(client.get("/open-data/"))


def test_the_chart_shows_the_baseline_chosen_and_its_lost_days(control: Control, browser: Browser) -> None:
    proof("fixed", -30.0)
    proof("actuated", 33.0)
    client = browser(control.operator)
    assert 'class="gain-won"' in text(client.get("/work/traffic/gain/"))
    page = text(client.get("/work/traffic/gain/?against=actuated"))
    assert 'class="gain-lost"' in page
    assert 'class="gain-won"' not in page


def test_the_command_says_why_a_day_cannot_be_replayed(control: Control) -> None:
    result = CliRunner().invoke(app, ["replay", "--day", "2026-10-01"])
    assert result.exit_code == 2
    assert "2026-10-01" not in result.output
    assert Replay.objects.get(day=date(2026, 10, 1)).reason == "no_counts"


def test_the_command_writes_what_came_out(control: Control, twin: Told, tmp_path: Path) -> None:
    counted(control)
    file = tmp_path / "out.json"
    result = CliRunner().invoke(app, ["replay", "--day", "2026-11-02", "--hours", "7-9", "--seeds", "1-3", "--json", str(file)])
    assert result.exit_code == 0, result.output
    assert (list(twin[0].seeds), list(twin[0].hours)) == ([1, 2, 3], [7, 8])
    assert '"is_calibrated": true' in file.read_text()


def test_a_searched_plan_is_kept_for_this_very_network_only(control: Control, twin: Told, settings: Any, tmp_path: Path) -> None:
    settings.HOME = tmp_path
    counted(control)
    given = {"day": YESTERDAY, "from_hour": 7, "until_hour": 9, "seeds": (1, 2), "clock": clock}
    services.replay_now(control.engineer, **given, search=5)
    assert (twin[0].search, twin[0].searched) == (5, {})
    services.replay_now(control.engineer, **given)
    assert (twin[1].search, twin[1].searched) == (0, SEARCHED)
    Street.objects.create(
        junction_a=control.junctions["kim-cuc"], arm_a="E", junction_b=control.junctions["yersin"], arm_b="W", length_m=900,
        speed_kmh=40, source="test",
    )  # fmt: skip
    services.replay_now(control.engineer, **given)
    assert twin[2].searched == {}


@pytest.mark.parametrize("hours", ["seven", "9-7", "20-30"])
def test_hours_that_are_none_are_refused_before_anything_runs(hours: str) -> None:
    result = CliRunner().invoke(app, ["replay", "--day", "2026-11-02", "--hours", hours])
    assert result.exit_code == 2
    assert "write 7-9" in result.output.replace("\n", " ").replace("│", "")


def test_the_demo_leaves_a_day_that_can_be_replayed_whole(control: Control) -> None:
    content = json.loads(DALAT.read_text(encoding="utf-8"))
    for row in content["junctions"]:
        if row["code"] in control.junctions:
            continue
        place = Junction.objects.create(
            agency=control.world.commune, source="test", **{key: row[key] for key in ("code", "name", "x", "y", "latitude", "longitude")}
        )
        draft = services.define_layout(control.engineer, junction_code=place.code, content=row["layout"], note="", at=NOW)
        services.approve_layout(control.head, layout_id=draft.pk, at=NOW)
    demo.streets_and_counts(content, day=YESTERDAY, seed=68)
    ground = queries.ground(YESTERDAY)
    assert ground.source == counts_demo.SOURCE
    assert ground.left_out == []
    drawn = describe(ground.content)
    assert {(s.a, s.b) for s in drawn.streets} == {(s.a, s.b) for s in read_description(DALAT).streets}
    assert replayable(drawn, ground.counts, range(24)) == (list(range(24)), [])


def test_the_made_up_counts_say_so_and_hang_together() -> None:
    drawn = read_description(DALAT)
    places = {code: Junction(code=code) for code in drawn.places}
    rows = list(counts_demo.counts(drawn, places, day=YESTERDAY, seed=68))
    assert {row.source for row in rows} == {counts_demo.SOURCE}
    begin = timezone.make_aware(datetime.combine(YESTERDAY, datetime.min.time()))
    counts = [
        Count(
            row.junction.code, row.lane, row.vehicle_class, int((row.begun_at - begin).total_seconds()),
            int((row.ended_at - begin).total_seconds()), row.vehicles,
        )
        for row in rows
    ]  # fmt: skip
    for hour in (7, 12, 23):
        demand = hour_demand(drawn, counts, begin_s=hour * 3600)
        assert demand.side_share < 0.12, hour
    again = counts_demo.counts(drawn, places, day=YESTERDAY, seed=68)
    assert [row.vehicles for row in rows] == [row.vehicles for row in again]


# What is claimed against the plan of the cabinet.


def approved(control: Control, *, at: datetime, **changes: Any) -> Plan:
    plan = control.plan(at=at - timedelta(days=1), **{"valid_from": date(2026, 1, 1), **changes})
    return services.approve_plan(control.head, plan_id=plan.pk, at=at)


def known(job: Job) -> dict[int, list[str]]:
    return {hour: sorted(plans) for hour, plans in job.plans.items()}


def test_a_plan_approved_after_the_hour_was_not_in_the_cabinet_then(control: Control, twin: Told) -> None:
    counted(control)
    approved(control, at=MORNING + timedelta(minutes=30))
    done(control)
    assert known(twin[0]) == {7: [], 8: ["kim-cuc"]}


@pytest.mark.parametrize(
    ("minutes", "hours"), [(-5, {7: [], 8: []}), (70, {7: ["kim-cuc"], 8: []}), (24 * 60, {7: ["kim-cuc"], 8: ["kim-cuc"]})]
)
def test_a_plan_counts_until_it_was_withdrawn(control: Control, twin: Told, minutes: int, hours: dict[int, list[str]]) -> None:
    counted(control)
    plan = approved(control, at=NOW - timedelta(days=8))
    services.withdraw_plan(control.head, plan_id=plan.pk, reason="Đếm lại", at=MORNING + timedelta(minutes=minutes))
    done(control)
    assert known(twin[0]) == hours


def test_a_layout_approved_after_the_day_changes_nothing_of_it(control: Control, twin: Told) -> None:
    counted(control)
    plan = approved(control, at=NOW - timedelta(days=8))
    before = Layout.objects.get(junction__code="kim-cuc", state="approved")
    content = json.loads(json.dumps(before.content))
    content["lanes"] = content["lanes"][:-1]
    Layout.objects.filter(pk=before.pk).update(state="past")
    Layout.objects.create(
        junction=control.junctions["kim-cuc"], number=2, content=content, fingerprint="x", state="approved", created_by_id=1, created_at=NOW,
        approved_by_id=2, approved_at=NOW,
    )  # fmt: skip
    Plan.objects.filter(pk=plan.pk).update(state="past")
    done(control)
    assert known(twin[0]) == {7: ["kim-cuc"], 8: ["kim-cuc"]}
    assert twin[0].description["junctions"][0]["layout"] == before.content


@pytest.mark.parametrize(
    ("planned", "name"),
    [
        (0, "Against Evenly timed stages: "), (3, "Against Plan of the cabinet, known in 3 of 4 junction hours: "),
        (4, "Against Plan of the cabinet: "),
    ],
)  # fmt: skip
def test_the_headline_names_the_baseline_by_how_far_the_plan_was_known(control: Control, planned: int, name: str) -> None:
    proof("fixed", -30.0, figures={"hours": [7, 8], "planned": planned, "junction_hours": 4, "unclassed_share": 0})
    client = Client(HTTP_ACCEPT_LANGUAGE="en")
    client.cookies["django_language"] = "en"
    page = text(client.get("/traffic-lights/"))
    assert name in page
    condition = f"an approved plan in {planned} of 4 junction hours, evenly timed stages in the others"
    assert (condition in page) is (planned < 4)
    assert page.count("<td>Plan of the cabinet</td>") == (planned == 4)


# Vehicles counted without a class.


def test_vehicles_without_a_class_drive_by_the_mix_in_force_and_the_page_says_so(control: Control, twin: Told) -> None:
    counted(control, vehicle_class="vehicle")
    counted(control, codes=("yersin",), vehicle_class="car", vehicles=5)
    done(control)
    driven = Counter[str]()
    for count in twin[0].counts:
        driven[count.vehicle_class] += count.vehicles
    assert "vehicle" not in driven
    assert driven["motorcycle"] / (14 * 8 * 20) == pytest.approx(0.8, abs=0.03)
    figures = ProofOfGain.objects.get(baseline="fixed").figures
    assert figures["unclassed_share"] == pytest.approx(14 * 20 / (14 * 20 + 6 * 5), abs=0.0001)
    assert figures["class_mix"]["shares"]["motorcycle"] == 0.8
    assert (figures["class_mix"]["verified"], figures["class_mix"]["valid_from"]) == (False, "2026-01-01")
    Replay.objects.all().delete()
    ProofOfGain.objects.update(day=timezone.localdate() - timedelta(days=1))
    client = Client(HTTP_ACCEPT_LANGUAGE="en")
    client.cookies["django_language"] = "en"
    page = text(client.get("/traffic-lights/")).replace("\N{NO-BREAK SPACE}", " ")
    for wanted in ("90.3 % of the vehicles were counted without a class", "class mix of 01/01/2026", "motorbikes 80 %", "not verified: Giả định"):
        assert wanted in page, wanted


def test_the_mix_is_the_one_in_force_on_the_day_counted(control: Control, twin: Told) -> None:
    counted(control, vehicle_class="vehicle")
    Rule.objects.filter(name__startswith="class_mix_").update(valid_to=date(2026, 11, 1))
    assert done(control).reason == "no_mix"
    assert twin == []
    Rule.objects.create(name="class_mix_truck", value=40, valid_from=date(2026, 11, 1), source="counted by hand", verified=True)
    Rule.objects.create(name="class_mix_car", value=90, valid_from=date(2026, 11, 3), source="later", verified=True)
    done(control)
    assert {count.vehicle_class for count in twin[0].counts} == {"truck"}


def test_counts_with_a_class_are_replayed_as_they_are(control: Control, twin: Told) -> None:
    counted(control)
    done(control)
    figures = ProofOfGain.objects.get(baseline="fixed").figures
    assert figures["unclassed_share"] == 0
    assert "class_mix" not in figures


# A day that was lost stays lost.


def lost(job: Job, _report: object) -> Outcome:
    return outcome(job, ours=60.0)


@pytest.mark.parametrize("hours", [(7, 8), (8, 9), (9, 12)])
def test_a_day_proved_is_not_replayed_on_fewer_hours(control: Control, twin: Told, hours: tuple[int, int]) -> None:
    counted(control)
    done(control)
    with pytest.raises(services.BadReplay, match="7:00 to 9:00") as caught:
        ask(control, from_hour=hours[0], until_hour=hours[1])
    assert "same hours or more" in caught.value.way_out
    assert Replay.objects.get().state == "done"
    assert ask(control, from_hour=6, until_hour=9).state == "waiting"


def test_a_day_proved_is_not_replayed_with_other_seeds(control: Control, twin: Told) -> None:
    counted(control)
    given = {"day": YESTERDAY, "from_hour": 7, "until_hour": 9, "clock": clock}
    services.replay_now(control.engineer, **given, seeds=(4, 8))
    with pytest.raises(services.BadReplay, match="4, 8"):
        services.replay_now(control.engineer, **given, seeds=(1, 2, 4))
    done(control)
    assert twin[-1].seeds == [1, 2, 3, 4, 5, 8]


def test_a_rerun_without_an_outcome_leaves_the_loss_where_it_was(
    control: Control, monkeypatch: pytest.MonkeyPatch, browser: Browser
) -> None:
    counted(control)
    monkeypatch.setattr(replays, "replay_apart", lost)
    done(control)
    for problem, words in ((SumoMissing("x"), "SUMO"), (ReplayFailed("killed"), "broke off: killed")):
        failing(monkeypatch, problem)
        row = done(control)
        assert (row.state, row.reason) == ("done", "")
        assert words in queries.why_not_again(row)
    assert ProofOfGain.objects.get(baseline="fixed").low_percent > 0
    with pytest.raises(services.BadReplay):
        ask(control, from_hour=8)
    yesterday = timezone.localdate() - timedelta(days=1)
    Replay.objects.update(day=yesterday)
    ProofOfGain.objects.update(day=yesterday)
    for state in ("done", "running"):
        Replay.objects.update(state=state)
        page = text(browser(control.engineer).get("/work/traffic/gain/"))
        assert 'class="gain-lost"' in page
        assert "Days without a proof" not in page
        assert "Days replayed again without an outcome" in page


def test_a_rerun_in_which_an_hour_can_no_longer_be_replayed_replaces_nothing(control: Control, twin: Told) -> None:
    counted(control)
    done(control)
    Flow.objects.filter(junction__code="yersin", lane="N1", begun_at__gte=MORNING + timedelta(hours=1)).delete()
    row = done(control)
    assert queries.why_not_again(row) == "Hours replayed before can no longer be replayed: 8:00."
    assert ProofOfGain.objects.get(baseline="fixed").figures["hours"] == [7, 8]
    assert len(twin) == 1


def test_hours_with_gaps_are_not_told_as_replayed(control: Control, twin: Told) -> None:
    counted(control)
    Flow.objects.filter(junction__code="yersin", lane="N1", begun_at__gte=MORNING + timedelta(hours=1)).delete()
    done(control)
    assert ProofOfGain.objects.get(baseline="fixed").figures["hours"] == [7]


def test_a_rerun_leaves_no_comparison_of_the_run_before(control: Control, monkeypatch: pytest.MonkeyPatch) -> None:
    counted(control)

    def with_searched(job: Job, _report: object) -> Outcome:
        found = outcome(job)
        return replace(found, summaries=(*found.summaries, replace(found.summaries[0], controller="fixed_opt")))

    monkeypatch.setattr(replays, "replay_apart", with_searched)
    done(control)
    assert ProofOfGain.objects.filter(baseline="fixed_opt").exists()
    monkeypatch.setattr(replays, "replay_apart", lost)
    done(control)
    assert set(ProofOfGain.objects.values_list("baseline", flat=True)) == {"fixed", "actuated"}
    told = Entry.objects.filter(action="traffic.replayed").order_by("pk").last()
    assert told is not None
    assert set(told.detail["before"]["change_percent"]) == {"fixed", "fixed_opt", "actuated"}


def test_a_replay_that_breaks_in_an_unknown_way_is_not_left_running(control: Control, monkeypatch: pytest.MonkeyPatch) -> None:
    counted(control)
    failing(monkeypatch, KeyError("stage"))
    ask(control)
    with pytest.raises(KeyError):
        services.replay_day(day=YESTERDAY, clock=clock)
    row = Replay.objects.get()
    assert (row.state, queries.why_not(row)) == ("none", "The simulation broke off: KeyError: 'stage'")


def test_the_command_says_that_a_rerun_gave_nothing_and_what_was_assumed(control: Control, twin: Told, monkeypatch: pytest.MonkeyPatch) -> None:
    counted(control, vehicle_class="vehicle")
    arguments = ["replay", "--day", "2026-11-02", "--hours", "7-9", "--seeds", "1-3"]
    result = CliRunner().invoke(app, arguments)
    assert "an approved plan in 0 of 4 junction hours" in result.output
    assert "100 % of the vehicles were counted without a class" in result.output
    failing(monkeypatch, ReplayFailed("killed"))
    result = CliRunner().invoke(app, arguments)
    assert result.exit_code == 2
    assert "broke off: killed" in result.output
    assert CliRunner().invoke(app, [*arguments[:-1], "1-2"]).exit_code == 2
