"""Emergency vehicles on their way: announced by a person, asked for by a dispatch centre; passed, called off, expired."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from langbiang.city.traffic.priority.order import BadOrder, LegalOrder, order_on
from langbiang.city.traffic.priority.requests import LONGEST_LIFE_S, EmergencyRequest, Passage, Refused, check_terms
from langbiang.city.traffic.priority.route import Leg, NoWay, Road, way
from langbiang.foundation import events
from langbiang.foundation.access import SYSTEM, Actor, Refusal
from langbiang.foundation.audit import services as audit

from .. import policies
from ..events import PriorityChanged
from ..layout import Layout as Sound
from ..models import Junction, Layout, PriorityCall, PriorityPassage, PriorityRun, Street
from .finding import NoSuch, junction_to_write, layout_in_force, person_of, rule

LONGEST_ETA_S = 1800
NEVER = datetime(2000, 1, 1, tzinfo=UTC)
USES = ("green", "through", "given_up", "interrupted", "early_green", "extended")


class BadPriority(Refusal):
    """The vehicle cannot be given priority so; `field` names what is wrong."""

    status = 422


@dataclass(frozen=True)
class Place:
    """An arm of a junction; "" where it is not known."""

    junction: str
    arm: str


def legal_order(*, at: datetime) -> LegalOrder:
    """Who has priority on that day, by law. Raises BadPriority."""
    try:
        return order_on(timezone.localdate(at))
    except BadOrder as problem:
        raise BadPriority(_("No legal order of priority vehicles is known for this day."), field="kind") from problem


def turns_of(layout: Sound) -> frozenset[tuple[str, str]]:
    """From which approach one may drive towards which."""
    rows = layout.content["movements"]
    return frozenset((m["approach"], to) for m in rows if m["kind"] != "pedestrian" for to in m.get("to", ()))


def _tell(actor: Actor, run: PriorityRun, junctions: Sequence[Junction], what: str, *, at: datetime) -> None:
    """An event for each agency whose junctions it concerns."""
    for agency_id in sorted({place.agency_id for place in junctions}):
        events.emit(
            actor, PriorityChanged(run_id=run.pk, vehicle=run.vehicle, junctions=[p.code for p in junctions], what=what), at=at,
            agency_id=agency_id, subject=f"priorityrun:{run.pk}",
        )  # fmt: skip


def _route(start: Place, goal: Place, *, eta_s: float) -> tuple[Leg, ...]:
    """The quickest way along the streets of the platform. Raises BadPriority."""
    layouts = Layout.objects.filter(state="approved").values_list("junction__code", "content")
    turns = {code: turns_of(Sound(content)) for code, content in layouts}
    roads = []
    for street in Street.objects.select_related("junction_a", "junction_b"):
        seconds = street.length_m / (street.speed_kmh / 3.6)
        ends = (street.junction_a.code, street.arm_a), (street.junction_b.code, street.arm_b)
        roads += [Road(*ends[0], *ends[1], seconds), Road(*ends[1], *ends[0], seconds)]
    try:
        return way(roads, turns, (start.junction, start.arm), (goal.junction, goal.arm), first_s=eta_s)
    except NoWay as problem:
        raise BadPriority(
            _("No way leads from there to there over the junctions of the platform; announce the junctions one by one."), field="goal"
        ) from problem


@transaction.atomic
def announce_run(
    actor: Actor, *, vehicle: str, kind: str, start: Place, goal: Place | None, eta_s: int, minutes: int, reason: str, at: datetime
) -> PriorityRun:
    """Announce an emergency vehicle: at one junction, or along the quickest way to another. Raises Forbidden, NoSuch, BadPriority.

    `eta_s`: seconds until the first stop line. It ends by itself after `minutes`. The gate stays in front of the lamps.
    """
    person_of(actor)
    vehicle = " ".join(vehicle.split())
    if not vehicle:
        raise BadPriority(_("Say which vehicle it is: number plate or call sign."), field="vehicle")
    if len(vehicle) > 40:
        raise BadPriority(_("A number plate or call sign has at most 40 characters."), field="vehicle")
    _kind(kind, at=at)
    most = int(rule("priority_minutes_most", at=at))
    if not 1 <= minutes <= most:
        raise BadPriority(_("A run lasts from 1 to %(most)s minutes.") % {"most": most}, field="minutes")
    if not 0 <= eta_s <= min(LONGEST_ETA_S, minutes * 60):
        raise BadPriority(_("The vehicle must arrive before the run ends: enter seconds from 0 to %(most)s.") % {"most": min(LONGEST_ETA_S, minutes * 60)}, field="eta_s")  # fmt: skip
    # Rights first: nobody learns of the layout of a junction that is not theirs.
    _allowed(actor, [start.junction] + ([goal.junction] if goal else []))
    legs = _route(start, goal, eta_s=eta_s) if goal else (Leg(start.junction, start.arm, "", float(eta_s)),)
    if legs[-1].after_s > minutes * 60:
        raise BadPriority(_("The vehicle needs %(n)s minutes for this way: let the run last longer.") % {"n": int(legs[-1].after_s // 60) + 1}, field="minutes")  # fmt: skip
    passages = [Passage(leg.junction, leg.from_arm, leg.to_arm, at.timestamp() + leg.after_s) for leg in legs]
    places = _checked(actor, passages)
    _replace(actor, vehicle, at=at)
    run = PriorityRun.objects.create(
        agency_id=actor.agency_id, vehicle=vehicle, kind=kind, reason=reason.strip()[:300], asked_by_id=actor.account_id,
        asked_by=actor.label[:200], asked_at=at, expires_at=at + timedelta(minutes=minutes),
    )  # fmt: skip
    _begin(actor, run, passages, places, at=at)
    return run


@transaction.atomic
def take_request(actor: Actor, *, request: EmergencyRequest, at: datetime) -> PriorityRun | None:
    """A dispatch centre tells where a vehicle goes; the newest takes the place of what it told before. Gives None where it ends.

    Junctions the vehicle no longer names are passed; an empty route ends the run. A call sign means the vehicle of the agency that
    asks: another agency may have one of the same name on its way. Raises Forbidden, NoSuch, BadPriority. What is refused once the
    key has been accepted stands in the audit as well: see `refuse`.
    """
    if not request.vehicle.strip():
        raise BadPriority(_("Say which vehicle it is: number plate or call sign."), field="vehicle")
    places = _checked(actor, request.route)
    _use_up(actor, request, at=at)
    run = _running(actor, request.vehicle).select_for_update().first()
    if run is not None and run.expires_at <= at:
        _end(SYSTEM, run, "expired", at=run.expires_at)
        run = None
    if run is not None:  # an older run of theirs at junctions where this key may do nothing is not theirs to change
        _allowed(actor, list(run.passages.values_list("junction__code", flat=True)))
    if run is not None and not run.is_by_machine and request.route:
        _end(actor, run, "replaced", at=at)
        run = None
    if not request.route:
        if run is not None:
            run.sequence = request.sequence
            _end(actor, run, "passed", at=at)
        return None
    expires_at = datetime.fromtimestamp(request.expires_at, at.tzinfo)
    if run is None:
        run = PriorityRun.objects.create(
            agency_id=actor.agency_id, vehicle=request.vehicle, kind=request.kind, is_by_machine=True, sequence=request.sequence,
            asked_by_id=actor.account_id, asked_by=actor.label[:200], asked_at=at, expires_at=expires_at,
        )  # fmt: skip
        _begin(actor, run, request.route, places, at=at)
        return run
    run.sequence, run.expires_at = request.sequence, expires_at
    run.save(update_fields=["sequence", "expires_at"])
    _go_on(actor, run, request.route, places, at=at)
    return run


@transaction.atomic
def refuse(actor: Actor, *, vehicle: str, why: str, at: datetime) -> None:
    """Write down that a request with an accepted key was refused, and why."""
    audit.record(actor, "traffic.priority_refused", "priority", after={"vehicle": vehicle[:40], "why": why[:300]}, at=at)


@transaction.atomic
def cancel_run(actor: Actor, *, run_id: int, at: datetime) -> bool:
    """Call a run off; gives whether it still ran. Raises Forbidden, NoSuch."""
    run = _mine(actor, run_id)
    if run.ended_at is not None:
        return False
    _end(actor, run, "cancelled", at=at)
    return True


@transaction.atomic
def mark_passed(actor: Actor, *, run_id: int, junction_code: str, at: datetime) -> PriorityPassage:
    """Say that the vehicle is through a junction; at the last one the run ends. Raises Forbidden, NoSuch."""
    run = _mine(actor, run_id)
    passage = run.passages.select_related("junction").filter(junction__code=junction_code).first()
    if passage is None:
        raise NoSuch(_("The vehicle does not pass this junction."))
    if passage.passed_at is None and run.ended_at is None:
        passage.passed_at = at
        passage.save(update_fields=["passed_at"])
        audit.record(actor, "traffic.priority_passed", run, after={"junction": junction_code}, at=at)
        _tell(actor, run, [passage.junction], "passed", at=at)
        if not run.passages.filter(passed_at=None).exists():
            _end(actor, run, "passed", at=at)
    return passage


def end_expired(*, at: datetime) -> int:
    """Close runs whose instant is over; gives how many. The lights have let go of them by themselves at that very instant."""
    PriorityCall.objects.filter(expires_at__lt=at, issued_at__lt=at - timedelta(seconds=2 * LONGEST_LIFE_S)).delete()
    ended = 0
    for pk in PriorityRun.objects.filter(ended_at=None, expires_at__lte=at).values_list("pk", flat=True):
        with transaction.atomic():
            run = PriorityRun.objects.select_for_update().filter(pk=pk, ended_at=None, expires_at__lte=at).first()
            if run is not None:
                _end(SYSTEM, run, "expired", at=run.expires_at)
                ended += 1
    return ended


@transaction.atomic
def note_use(*, junction_code: str, run_id: int, vehicle: str, what: str, text: str, at: datetime) -> None:
    """What the lights did for a vehicle, as the control process tells it: in the audit, and at the passage. Raises NoSuch, BadPriority."""
    if what not in USES:
        raise BadPriority(f"unknown use {what!r}")
    junction = Junction.objects.filter(code=junction_code).first()
    if junction is None:
        raise NoSuch(_("There is no such junction."))
    run = PriorityRun.objects.filter(pk=run_id).first() if run_id else None
    if run is not None:
        field = {"green": "green_at", "given_up": "given_up_at"}.get(what)
        if field:
            run.passages.filter(junction=junction).update(**{field: at})
        _tell(SYSTEM, run, [junction], what, at=at)
    audit.record(
        SYSTEM, "traffic.priority_used", run or junction, after={"junction": junction.code, "vehicle": vehicle, "what": what, "text": text},
        at=at,
    )  # fmt: skip


# The parts.


def _kind(kind: str, *, at: datetime) -> None:
    try:
        legal_order(at=at).rank(kind)
    except BadOrder as problem:
        raise BadPriority(_("Choose a kind of vehicle that has priority by law."), field="kind") from problem


def _allowed(actor: Actor, codes: Sequence[str]) -> dict[str, Junction]:
    """The junctions, locked. Raises NoSuch, Forbidden."""
    places = {code: junction_to_write(actor, code=code) for code in sorted(set(codes))}
    for place in places.values():
        policies.require(policies.may_announce(actor, agency_id=place.agency_id))
    return places


def _checked(actor: Actor, passages: Sequence[Passage]) -> dict[str, Junction]:
    """The junctions of a way on which each turn exists. Raises NoSuch, Forbidden, BadPriority."""
    codes = [passage.junction for passage in passages]
    if len(set(codes)) != len(codes):
        raise BadPriority(_("A way leads over each junction once."), field="route")
    places = _allowed(actor, codes)
    layouts = dict(Layout.objects.filter(state="approved", junction__in=places.values()).values_list("junction_id", "content"))
    for n, passage in enumerate(passages):
        place = places[passage.junction]
        turns = turns_of(Sound(layouts[place.pk] if place.pk in layouts else layout_in_force(place).content))
        if not any(a == passage.from_edge and passage.to_edge in ("", b) for a, b in turns):
            raise BadPriority(
                _("Nobody can drive from %(a)s to %(b)s at %(junction)s.")
                % {"a": passage.from_edge, "b": passage.to_edge or "?", "junction": place.name}, field=f"route.{n}",
            )  # fmt: skip
    return places


def _mine(actor: Actor, run_id: int) -> PriorityRun:
    """A run all of whose junctions this actor may announce for, locked. Raises NoSuch, Forbidden."""
    run = PriorityRun.objects.select_for_update().filter(pk=run_id).first()
    if run is None:
        raise NoSuch(_("There is no such run."))
    _allowed(actor, list(run.passages.values_list("junction__code", flat=True)))
    return run


def _running(actor: Actor, vehicle: str) -> QuerySet[PriorityRun]:
    """The run the vehicle of that name of the actor's agency is on."""
    rows = PriorityRun.objects.filter(vehicle=vehicle, ended_at=None)
    return rows.filter(agency=None) if actor.agency_id is None else rows.filter(agency_id=actor.agency_id)


def _use_up(actor: Actor, request: EmergencyRequest, *, at: datetime) -> None:
    """Take a request as the newest of its vehicle, so that neither it nor an earlier one is taken again. Raises BadPriority.

    Numbers grow for as long as a request taken before is alive. Once all of them have expired a counter may begin anew, but what
    was issued before the newest of them is refused all the same: an old message held back is no news.
    """
    key = {"account_id": actor.account_id or 0, "vehicle": request.vehicle}
    # A row to lock also for the first request; what is refused takes it back with the transaction.
    PriorityCall.objects.bulk_create([PriorityCall(**key, sequence=-1, issued_at=NEVER, expires_at=NEVER)], ignore_conflicts=True)
    known = PriorityCall.objects.select_for_update().get(**key)
    is_alive = known.expires_at > at
    try:
        check_terms(
            request, legal_order(at=at), at.timestamp(), last=known.sequence if is_alive else -1,
            opened_at=-math.inf if is_alive else known.issued_at.timestamp(),
        )  # fmt: skip
    except Refused as refused:
        way_out = _("Send a larger number; a counter that began anew is taken 30 seconds after the last request.")
        raise BadPriority(_refused(refused), field=refused.rule, way_out=way_out if refused.rule == "replay" else "") from refused
    issued_at, expires_at = (datetime.fromtimestamp(value, at.tzinfo) for value in (request.issued_at, request.expires_at))
    known.sequence = request.sequence
    known.issued_at, known.expires_at = max(known.issued_at, issued_at), max(known.expires_at, expires_at)
    known.save(update_fields=["sequence", "issued_at", "expires_at"])


def _replace(actor: Actor, vehicle: str, *, at: datetime) -> None:
    """The run this vehicle of the actor's agency is still on ends. Raises Forbidden, NoSuch where that is not the actor's to end."""
    before = _running(actor, vehicle).first()
    if before is not None and before.expires_at <= at:
        _end(SYSTEM, before, "expired", at=before.expires_at)
    elif before is not None:
        _end(actor, _mine(actor, before.pk), "replaced", at=at)


def _begin(actor: Actor, run: PriorityRun, passages: Sequence[Passage], places: Mapping[str, Junction], *, at: datetime) -> None:
    PriorityPassage.objects.bulk_create(
        PriorityPassage(
            run=run, junction=places[p.junction], number=n, from_approach=p.from_edge, to_approach=p.to_edge,
            eta=datetime.fromtimestamp(p.eta_s, at.tzinfo),
        )
        for n, p in enumerate(passages, start=1)
    )  # fmt: skip
    audit.record(
        actor, "traffic.priority_announced", run,
        after={"vehicle": run.vehicle, "kind": run.kind, "until": run.expires_at.isoformat(), "reason": run.reason, "way": _words(passages)},
        at=at,
    )  # fmt: skip
    _tell(actor, run, list(places.values()), "announced", at=at)


def _go_on(actor: Actor, run: PriorityRun, passages: Sequence[Passage], places: Mapping[str, Junction], *, at: datetime) -> None:
    """Later requests of a run: who is passed, who comes to it, when. Only another way is a line of the audit."""
    known = {p.junction_id: p for p in run.passages.all()}
    before = {(p.junction_id, p.from_approach, p.to_approach) for p in known.values() if p.passed_at is None}
    named = {places[p.junction].pk for p in passages}
    run.passages.filter(passed_at=None).exclude(junction_id__in=named).update(passed_at=at)
    for n, p in enumerate(passages, start=1):
        PriorityPassage.objects.update_or_create(
            run=run, junction=places[p.junction],
            defaults={
                "number": known[places[p.junction].pk].number if places[p.junction].pk in known else len(known) + n, "passed_at": None,
                "from_approach": p.from_edge, "to_approach": p.to_edge, "eta": datetime.fromtimestamp(p.eta_s, at.tzinfo),
            },
        )  # fmt: skip
    if {(places[p.junction].pk, p.from_edge, p.to_edge) for p in passages} - before:
        audit.record(actor, "traffic.priority_changed", run, after={"way": _words(passages)}, at=at)
        _tell(actor, run, list(places.values()), "changed", at=at)


def _end(actor: Actor, run: PriorityRun, how: str, *, at: datetime) -> None:
    run.ended_at, run.ended_by, run.end = at, actor.label[:200], how
    run.save(update_fields=["ended_at", "ended_by", "end", "sequence"])
    audit.record(
        actor,
        {
            "passed": "traffic.priority_ended", "cancelled": "traffic.priority_cancelled", "expired": "traffic.priority_expired",
            "replaced": "traffic.priority_replaced",
        }[how],
        run, after={"vehicle": run.vehicle}, at=at,
    )  # fmt: skip
    _tell(actor, run, [p.junction for p in run.passages.select_related("junction")], how, at=at)


def _words(passages: Sequence[Passage]) -> list[str]:
    return [f"{p.junction}: {p.from_edge} > {p.to_edge or '?'}" for p in passages]


def _refused(refused: Refused) -> str:
    """Why a request is refused, in words."""
    return {
        "kind": _("This kind of vehicle has no priority by law today."),
        "clock": _("The request was issued in the future: compare the clocks."),
        "expired": _("The request has expired."),
        "life": _("A request lives at most 30 seconds: repeat it every few seconds instead."),
        "replay": _("A request with this number, or a later one, has already been used."),
    }.get(refused.rule, str(refused))
