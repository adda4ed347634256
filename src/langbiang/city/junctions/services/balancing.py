"""The counts of neighbouring junctions are compared every hour; a camera whose count does not fit is an alert in one sentence."""

import logging
from collections.abc import Iterable
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Max, Sum
from django.utils import timezone

from langbiang.city.traffic.incidents.balance import Balance, Finding, Settings, Totals, balances, judge
from langbiang.city.traffic.twin.described import Arm, CannotDraw, Description, describe
from langbiang.foundation.access import SYSTEM

from ..models import OPEN_STATES, Alert, CountBalance, EventArm, Flow, Junction, Layout, Street
from .alerts import note_over, raise_alert
from .finding import rule

KIND = "balance:"
TRUSTED, ON_FOOT = 0.5, "pedestrian"
WHOLE = 0.95  # of the hours a lane must have been counted
log = logging.getLogger(__name__)


def settings_at(at: datetime) -> Settings:
    """The tolerances in force. Raises NoSuch."""
    return Settings(
        tolerance=rule("balance_tolerance_percent", at=at) / 100, turn_off=rule("balance_turn_off_percent", at=at) / 100,
        sigmas=rule("balance_sigmas", at=at), days_least=int(rule("balance_days_least", at=at)),
        unknown=rule("balance_unknown_percent", at=at) / 100, vehicles_least=rule("balance_vehicles_least", at=at),
    )  # fmt: skip


def balance_counts(*, at: datetime) -> list[Finding]:
    """Compare the counts of the last whole hours with what the same hours of days before say is usual; keep it and raise alerts.

    Where an event runs nothing is compared: others come and go there. Raises NoSuch where a tolerance is not set.
    """
    found, end = settings_at(at), timezone.localtime(at).replace(minute=0, second=0, microsecond=0)
    begin = end - timedelta(hours=rule("balance_hours", at=at))
    network = _network()
    if network is None:
        return []
    today = _totals(begin, end)
    days = [_totals(begin - timedelta(days=n), end - timedelta(days=n)) for n in range(1, int(rule("balance_days", at=at)) + 1)]
    festive = set(
        EventArm.objects.filter(event__state__in=("approved", "past"), event__starts_at__lt=end, event__ends_at__gt=begin).values_list("junction__code", flat=True)
    )
    rows = [row for row in balances(network, today, [day for day in days if day], found) if not festive & {row.arm[0], row.origin}]
    findings = judge(rows, found)
    _keep(rows, findings, begin=begin, end=end, at=at)
    return findings


def _network() -> Description | None:
    """Junctions with a layout in force that can be read as a network, and the streets between them."""
    rows = []
    for layout in Layout.objects.filter(state="approved").select_related("junction").order_by("junction__code"):
        place = layout.junction
        row = {"code": place.code, "latitude": float(place.latitude), "longitude": float(place.longitude), "layout": layout.content}
        try:
            describe({"junctions": [row]})
        except CannotDraw as error:
            log.warning("the counts of %s are compared with no neighbour: %s", place.code, error)
        else:
            rows.append(row)
    known = {row["code"]: {a["key"] for a in row["layout"]["approaches"]} for row in rows}
    links = [
        {"between": [f"{s.junction_a.code}:{s.arm_a}", f"{s.junction_b.code}:{s.arm_b}"], "length_m": s.length_m, "speed_kmh": s.speed_kmh}
        for s in Street.objects.select_related("junction_a", "junction_b").order_by("pk")
        if s.arm_a in known.get(s.junction_a.code, ()) and s.arm_b in known.get(s.junction_b.code, ())
    ]
    return describe({"junctions": rows, "links": links}) if links else None


def _totals(begin: datetime, end: datetime) -> Totals:
    """Vehicles by junction and lane between two instants, of lanes counted nearly all the time."""
    rows = (
        Flow.objects.filter(begun_at__gte=begin, begun_at__lt=end, ended_at__lte=end, quality__gte=TRUSTED)
        .exclude(vehicle_class=ON_FOOT)
        .values_list("junction__code", "lane", "begun_at")
        .annotate(Sum("vehicles"), Max("ended_at"))
    )
    vehicles: dict[tuple[str, str], float] = {}
    counted: dict[tuple[str, str], timedelta] = {}
    for code, lane, begun_at, number, ended_at in rows:
        key = code, lane
        vehicles[key] = vehicles.get(key, 0.0) + number
        counted[key] = counted.get(key, timedelta()) + (ended_at - begun_at)
    return {key: number for key, number in vehicles.items() if counted[key] >= WHOLE * (end - begin)}


@transaction.atomic
def _keep(rows: list[Balance], findings: list[Finding], *, begin: datetime, end: datetime, at: datetime) -> None:
    places = {place.code: place for place in Junction.objects.all()}
    off = {one.arm: one for one in findings}
    kept = {row.arm: (row.counted, row.expected, row.origin, row.days) for row in rows}
    days = max((row.days for row in rows), default=0)
    kept |= {one.arm: (one.counted, one.expected, one.origin, days) for one in findings if one.arm not in kept}
    for (code, approach), (counted, expected, origin, known) in kept.items():
        one = off.get((code, approach))
        CountBalance.objects.update_or_create(
            junction=places[code], approach=approach,
            defaults={
                "begun_at": begin, "ended_at": end, "origin": places.get(origin), "counted": round(counted), "expected": round(expected),
                "days": known, "kind": "" if one is None else "camera" if one.is_camera else "street",
                "share_percent": None if one is None else round(100 * one.share),
            },
        )  # fmt: skip
    judged = set(kept) | {arm for row in rows for arm in row.parts}
    CountBalance.objects.filter(pk__in=[row.pk for row in CountBalance.objects.select_related("junction") if (row.junction.code, row.approach) in judged - set(kept)]).delete()
    for finding in findings:
        text = sentence_of(finding, places, begin=begin, end=end)
        raise_alert(SYSTEM, junction_code=finding.arm[0], kind=f"{KIND}{finding.arm[1]}"[:30], text=text, at=at)
    _say_over(judged - set(off), at=at)


def _say_over(arms: Iterable[Arm], *, at: datetime) -> None:
    """The counts of these approaches fit: alerts that say otherwise are over."""
    fitting = {(code, f"{KIND}{approach}"[:30]) for code, approach in arms}
    open_ones = Alert.objects.filter(kind__startswith=KIND, state__in=OPEN_STATES, over_at=None)
    for code, kind in open_ones.values_list("junction__code", "kind"):
        if (code, kind) in fitting:
            note_over(SYSTEM, junction_code=code, kind=kind, at=at)


def zones_of(place: Junction, approach: str) -> list[str]:
    """What counts an approach by the layout in force: its cameras, else its detectors, else the approach itself."""
    layout = place.layouts.filter(state="approved").first()
    if layout is None:
        return [approach]
    lanes = {lane["key"] for lane in layout.content["lanes"] if lane["approach"] == approach}
    for kind in ("camera", "detector"):
        if found := [zone["key"] for zone in layout.content["zones"] if zone["kind"] == kind and lanes & set(zone["lanes"])]:
            return found
    return [approach]


def sentence_of(one: Finding, places: dict[str, Junction], *, begin: datetime, end: datetime) -> str:
    """A finding as an alert keeps it, one sentence in English (see `phrases`)."""
    code, approach = one.arm
    told = {
        "zones": ", ".join(zones_of(places[code], approach)), "approach": approach, "percent": f"{100 * one.share:.0f}",
        "begin": f"{timezone.localtime(begin):%d/%m/%Y %H:%M}", "end": f"{timezone.localtime(end):%H:%M}", "counted": f"{one.counted:.0f}",
        "expected": f"{one.expected:.0f}", "origin": places[one.origin].name if one.origin else "",
    }  # fmt: skip
    if one.is_camera and one.origin:
        text = "%(zones)s counts about %(percent)s %% of what passes: from %(begin)s to %(end)s it counted %(counted)s vehicles where about %(expected)s come from %(origin)s."
    elif one.is_camera:
        text = "%(zones)s counts about %(percent)s %% of what passes: from %(begin)s to %(end)s the junctions behind it counted %(counted)s vehicles where it lets about %(expected)s go."
    elif one.share < 1:
        text = "Of about %(expected)s vehicles from %(origin)s only %(counted)s reached approach %(approach)s from %(begin)s to %(end)s: they turn off between, or %(zones)s misses them."
    else:
        text = "Approach %(approach)s counted %(counted)s vehicles from %(begin)s to %(end)s where about %(expected)s come from %(origin)s: others join between, or %(zones)s counts twice."
    return text % told
