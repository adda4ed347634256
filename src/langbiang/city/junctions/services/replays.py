"""Replaying a day: asked for by a person or due at night, worked on by a process of its own, kept whatever comes out."""

import json
from collections.abc import Callable, Collection, Sequence
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from langbiang.city.traffic.twin.demand import HOUR_S, Count, classed, unclassed_share
from langbiang.city.traffic.twin.described import CannotDraw, describe
from langbiang.city.traffic.twin.replay import OURS, Gap, replayable
from langbiang.city.traffic.twin.replay import Replay as Outcome
from langbiang.city.traffic.twin.replaying import Job, ReplayFailed, replay_apart
from langbiang.city.traffic.twin.sumo import SumoMissing
from langbiang.foundation.access import SYSTEM, Actor, Refusal
from langbiang.foundation.audit import services as audit

from .. import policies, queries
from ..models import Junction, ProofOfGain, Replay
from .finding import NoSuch, rule
from .layouts import WrongState

Clock = Callable[[], datetime]
Report = Callable[[int, int, str], None]
TELL_EVERY = timedelta(seconds=2)
OPEN = (Replay.State.WAITING, Replay.State.RUNNING)


class BadReplay(Refusal):
    """A replay that cannot be: the day is not over, the hours are none, or hours proved already would be left out."""

    status = 422


@transaction.atomic
def ask_for_replay(actor: Actor, *, day: date, from_hour: int, until_hour: int, at: datetime) -> Replay:
    """Ask that a day be replayed in the background. Raises Forbidden, NoSuch, BadReplay, WrongState."""
    agencies = set(Junction.objects.values_list("agency_id", flat=True))
    if not agencies:
        raise NoSuch(_("There is no junction yet."))
    for agency_id in agencies:
        policies.require(policies.may_plan(actor, agency_id=agency_id))
    row = _wanted(day=day, hours=(from_hour, until_hour), seeds=_seeds(at=at), by=actor.label, at=at)
    audit.record(actor, "traffic.replay_asked", row, after={"day": day.isoformat(), "hours": [from_hour, until_hour]}, at=at)
    from ..tasks import replay

    replay.defer(day=day.isoformat())
    return row


def _seeds(*, at: datetime) -> list[int]:
    return list(range(1, int(rule("replay_seeds", at=at)) + 1))


def _wanted(*, day: date, hours: tuple[int, int], seeds: Collection[int], by: str, at: datetime, chosen: bool = False) -> Replay:
    """The row of a day that is to be replayed, as waiting; `chosen`: by these very seeds. Raises BadReplay, WrongState.

    What was proved of a day is replaced by the same or more, never by a part of it: else a lost hour could be left out.
    """
    if day >= timezone.localdate(at):
        raise BadReplay(_("This day is not over yet."), field="day", way_out=_("Choose a day before today."))
    if not 0 <= hours[0] < hours[1] <= 24:
        raise BadReplay(_("Hours lie from 0 to 24, the first before the last."), field="from_hour")
    if len(seeds) < 2:
        raise BadReplay(_("At least two runs are needed for an interval."), field="seeds")
    row = Replay.objects.select_for_update().filter(day=day).first()
    if row is not None and row.state in OPEN and not queries.is_silent(row, at=at):
        raise WrongState(_("This day is being replayed already."), way_out=_("Wait until it has ended."))
    proved = _proved(row)
    if not proved <= set(range(*hours)):
        raise BadReplay(
            _("This day was replayed from %(first)s:00 to %(last)s:00 already; hours of it cannot be left out now.")
            % {"first": min(proved), "last": max(proved) + 1},
            field="from_hour" if min(proved) < hours[0] else "until_hour", way_out=_("Replay the same hours or more."),
        )  # fmt: skip
    if chosen and not _ran(row) <= set(seeds):
        raise BadReplay(
            _("This day was replayed with the seeds %(seeds)s already; none of them can be left out now.")
            % {"seeds": ", ".join(map(str, sorted(_ran(row))))},
            field="seeds", way_out=_("Replay with the same seeds or more."),
        )  # fmt: skip
    values = {
        "state": Replay.State.WAITING, "reason": "", "details": {}, "from_hour": hours[0], "until_hour": hours[1], "seeds": len(seeds),
        "asked_by": by[:200], "asked_at": at, "told_at": at, "ended_at": None, "runs_done": 0, "runs": 0,
    }  # fmt: skip
    row, _new = Replay.objects.update_or_create(day=day, defaults=values)
    return row


def _proved(row: Replay | None) -> set[int]:
    """Hours of a day its finished replay covers, whatever was asked for since."""
    return set(row.outcome.get("hours", ())) if row is not None else set()


def _ran(row: Replay | None) -> set[int]:
    """Seeds of the finished replay of a day."""
    return set(row.outcome.get("seeds", ())) if row is not None else set()


def due_at_night(*, at: datetime) -> date | None:
    """Yesterday, where nobody has replayed it yet; else the day of which nothing was heard for longest. It is put down as waiting."""
    day = timezone.localdate(at) - timedelta(days=1)
    if not Junction.objects.exists():
        return None
    row = Replay.objects.filter(day=day).first()
    if row is not None and not queries.is_silent(row, at=at):
        row = queries.longest_silent(at=at)
        if row is None:
            return None
        day = row.day
    rules = int(rule("replay_from_hour", at=at)), int(rule("replay_until_hour", at=at))
    hours = rules if row is None else (min({row.from_hour, *_proved(row)}), max({row.until_hour, *(hour + 1 for hour in _proved(row))}))
    with transaction.atomic():
        _wanted(day=day, hours=hours, seeds=_seeds(at=at), by=SYSTEM.label, at=at)
    return day


def replay_now(
    actor: Actor, *, day: date, from_hour: int, until_hour: int, seeds: Sequence[int], clock: Clock, report: Report | None = None,
    search: int = 0,
) -> Replay:
    """Replay a day at once, for whoever runs the machine; first search an optimised fixed plan if so many candidates are to be tried.

    Raises BadReplay, WrongState.
    """
    with transaction.atomic():
        row = _wanted(day=day, hours=(from_hour, until_hour), seeds=set(seeds), by=actor.label, at=clock(), chosen=True)
        audit.record(actor, "traffic.replay_asked", row, after={"day": day.isoformat(), "hours": [from_hour, until_hour]}, at=clock())
    return replay_day(day=day, seeds=seeds, clock=clock, report=report, search=search)


def replay_day(*, day: date, clock: Clock, seeds: Sequence[int] = (), report: Report | None = None, search: int = 0) -> Replay:
    """Work on a day that waits and keep what comes out: a proof, won or lost, or the reason why there is none.

    Where the day was proved before and nothing comes out now, that proof stays and the reason is kept beside it.
    """
    row = Replay.objects.get(day=day)
    if row.state not in OPEN:
        return row
    try:
        return _work(row, clock, seeds, report, search)
    except Exception as error:
        _end(row, "failed", {"text": f"{type(error).__name__}: {error}"[:300]}, at=clock())
        raise


def _work(row: Replay, clock: Clock, seeds: Sequence[int], report: Report | None, search: int) -> Replay:
    ground = queries.ground(row.day)
    if not ground.counts:
        return _end(row, "no_counts", {}, at=clock())
    if not ground.content["junctions"]:
        return _end(row, "no_network", {}, at=clock())
    hours = range(row.from_hour, row.until_hour)
    try:
        good, gaps = replayable(describe(ground.content), ground.counts, hours)
        if not good:
            return _end(row, "gaps", _told(gaps), at=clock())
        if missing := _proved(row) - set(good):
            return _end(row, "fewer", {"hours": sorted(missing)}, at=clock())
        counts = [c for c in ground.counts if c.begun_s // HOUR_S in good]
        mix, of_classes = class_mix_of(counts, day=row.day)
        if of_classes["unclassed_share"] and mix is None:
            return _end(row, "no_mix", {}, at=clock())
        job = Job(
            ground.content, classed(counts, mix.shares if mix else {}), good,
            list(seeds) or sorted({*range(1, row.seeds + 1), *_ran(row)}), queries.plans_of_hours(ground.layouts, day=row.day, hours=good),
            queries.searched_plan(ground.content), search=search,
        )  # fmt: skip
        outcome = replay_apart(job, _teller(row, clock, report))
    except SumoMissing:
        return _end(row, "sumo", {}, at=clock())
    except CannotDraw as error:
        return _end(row, "cannot_draw", {"junction": error.junction, "field": error.field, "text": error.told}, at=clock())
    except ReplayFailed as error:
        return _end(row, "failed", {"text": str(error)[:300]}, at=clock())
    if search:
        _keep_searched(queries.searched_file(ground.content), outcome, day=row.day)
    details: dict[str, Any] = {
        "left_out": list(ground.left_out), "planned": sum(len(plans) for plans in job.plans.values()),
        "junction_hours": len(ground.layouts) * len(good), **of_classes,
    }  # fmt: skip
    if gaps:
        details["gaps"] = _told(gaps)
    return _keep(row, outcome, details, source=ground.source, at=clock())


def class_mix_of(counts: Sequence[Count], *, day: date) -> tuple[queries.ClassMix | None, dict[str, Any]]:
    """The mix of the day, and what must be told beside every figure: nothing where each vehicle was counted with its class."""
    share = unclassed_share(counts)
    if not share:
        return None, {"unclassed_share": 0}
    mix = queries.class_mix(day)
    told: dict[str, Any] = {"unclassed_share": round(share, 4)}
    if mix is not None:
        told["class_mix"] = {
            "shares": {kind: round(part, 4) for kind, part in mix.shares.items()}, "valid_from": mix.valid_from.isoformat(),
            "source": mix.source, "verified": mix.verified,
        }  # fmt: skip
    return mix, told


def _keep_searched(file: Path, outcome: Outcome, *, day: date) -> None:
    """Later days of this very network are compared with the plan found, until a layout or a street changes."""
    file.parent.mkdir(parents=True, exist_ok=True)
    content = {"day": day.isoformat(), "limits": outcome.limits, "plans": dict(outcome.searched)}
    file.write_text(json.dumps(content, indent=1) + "\n", encoding="utf-8")


def _told(gaps: Sequence[Gap]) -> dict[str, Any]:
    return {"hours": [g.hour for g in gaps], "lanes": max(g.lanes for g in gaps), "of": gaps[0].of}


def _teller(row: Replay, clock: Clock, report: Report | None) -> Report:
    """Keeps the progress for the page, not more often than anybody looks."""
    Replay.objects.filter(pk=row.pk).update(state=Replay.State.RUNNING, told_at=clock())
    last = clock()

    def tell(done: int, total: int, what: str) -> None:
        nonlocal last
        now = clock()
        if done == total or now - last >= TELL_EVERY:
            Replay.objects.filter(pk=row.pk).update(runs_done=done, runs=total, told_at=now)
            last = now
        if report:
            report(done, total, what)

    return tell


def _end(row: Replay, reason: str, details: dict[str, Any], *, at: datetime) -> Replay:
    """Put down why there is no proof; a proof of an earlier replay of this day stays, with the reason beside it."""
    row.refresh_from_db()
    row.state, row.reason, row.details, row.ended_at, row.told_at = Replay.State.NONE, reason, details, at, at
    if row.outcome:
        row.state, row.reason, row.details = Replay.State.DONE, "", {"again": {**details, "reason": reason}}
    row.save()
    return row


@transaction.atomic
def _keep(row: Replay, outcome: Outcome, details: dict[str, Any], *, source: str, at: datetime) -> Replay:
    from .. import following  # it calls services itself

    kept = ProofOfGain.objects.filter(day=row.day, controller=OURS)
    before = {one.baseline: float(one.change_percent) for one in kept.order_by("baseline")}
    # One day, one set of conditions: a comparison that did not run again does not stand beside those that did.
    kept.exclude(baseline__in=[one.baseline for one in outcome.comparisons()]).delete()
    for one in outcome.comparisons():
        following.report_proof(
            day=row.day, controller=OURS, baseline=one.baseline, limits=outcome.limits[:120], seeds=len(outcome.seeds),
            geh_share=round(outcome.geh_share, 3), delay_s=one.ours["delay_s"], baseline_delay_s=one.base["delay_s"],
            backlog_s=one.ours["backlog_s"], baseline_backlog_s=one.base["backlog_s"], change_percent=round(one.change_percent, 2),
            low_percent=round(one.low_percent, 2), high_percent=round(one.high_percent, 2), source=source,
            figures={
                "ours": dict(one.ours), "base": dict(one.base), "hours": list(outcome.hours), "bounds": dict(outcome.bounds),
                "side_share": round(outcome.side_share, 3), "links": outcome.links, "links_good": outcome.links_good, **details,
            },
        )  # fmt: skip
    row.refresh_from_db()
    row.state, row.reason, row.details, row.ended_at, row.told_at = Replay.State.DONE, "", details, at, at
    row.outcome = outcome.as_json()
    row.runs_done = row.runs = len(outcome.hours) * len(outcome.seeds) * len(outcome.summaries)
    row.save()
    told = {each.baseline: round(each.change_percent, 2) for each in outcome.comparisons()}
    audit.record(
        SYSTEM, "traffic.replayed", row, before={"change_percent": before} if before else None,
        after={"day": row.day.isoformat(), "change_percent": told}, at=at,
    )  # fmt: skip
    return row
