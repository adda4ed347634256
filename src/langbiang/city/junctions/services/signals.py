"""What is done with the event log of signals: measured every night, watched, dropped in time; detectors are entered."""

import logging
from collections.abc import Sequence
from dataclasses import asdict
from datetime import date, datetime, timedelta

from django.db import connection, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from langbiang.city.traffic.signals import detectors as sound
from langbiang.city.traffic.signals import watchdog
from langbiang.city.traffic.signals.detectors import Detector
from langbiang.city.traffic.signals.quarters import quarters
from langbiang.foundation.access import SYSTEM, Actor, Refusal
from langbiang.foundation.audit import services as audit

from .. import policies
from ..layout import VEHICLE
from ..models import DetectorTable, Junction, SignalDay, SignalQuarter
from ..queries import signals as reading
from .alerts import raise_alert
from .finding import junction_to_write, layout_in_force, person_of, rule
from .withdrawing import overtaken

logger = logging.getLogger(__name__)


class BadDetectors(Refusal):
    """A table of detectors that cannot be: `mistakes` names rows and fields."""

    status = 422

    def __init__(self, told: list[tuple[str, str]]) -> None:
        super().__init__(told[0][1], field=told[0][0])
        self.mistakes = told


def mistake_word(mistake: sound.Mistake) -> str:
    """What is wrong with a field of a detector, and what may stand there."""
    ranges = {"channel": (1, 255), "phase": (1, 40), "distance_m": (0, 500)}
    if mistake.rule == "range":
        low, high = ranges[mistake.field]
        return _("Row %(row)s: enter a number from %(low)s to %(high)s.") % {"row": mistake.row + 1, "low": low, "high": high}
    return {
        "role": _("Row %(row)s: choose what the detector is for."),
        "speed": _("Row %(row)s: enter a speed from 5 to 120 km/h."),
        "turn": _("Row %(row)s: a turn is left, straight or right."),
        "twice": _("Row %(row)s: this channel has this use already; one channel serves one phase."),
    }[mistake.rule] % {"row": mistake.row + 1}


@transaction.atomic
def enter_detectors(
    actor: Actor, *, junction_code: str, rows: Sequence[Detector], valid_from: date, note: str, at: datetime,
    seen: tuple[int, int] | None = None,
) -> DetectorTable:  # fmt: skip
    """Say which detector watches which phase, from a day on; the same day again corrects it.

    Days measured already keep their figures. `seen` is (id, revision) of the table the form was drawn from, zeros for none: one
    entered since is not written over. Raises Forbidden, NoSuch, NoPerson, BadDetectors, Stale.
    """
    junction = junction_to_write(actor, code=junction_code)
    policies.require(policies.may_plan(actor, agency_id=junction.agency_id))
    before = reading.detector_table(junction.pk, day=valid_from)
    if seen is not None and before is not None and seen != (before.pk, before.revision):
        raise overtaken(before.entered_by, before.entered_at)
    told = [(f"{m.field}-{m.row}", mistake_word(m)) for m in sound.mistakes(rows)]
    movements = layout_in_force(junction).content["movements"]
    served = {n + 1 for n, m in enumerate(movements) if m["kind"] == VEHICLE}
    told += [
        (f"phase-{n}", _("Row %(row)s: phase %(phase)s of this junction has no vehicles.") % {"row": n + 1, "phase": one.phase})
        for n, one in enumerate(rows)
        if 1 <= one.phase <= 40 and one.phase not in served
    ]
    if not rows:
        told.append(("channel-0", _("Enter at least one detector.")))
    if told:
        raise BadDetectors(told)
    table, _new = DetectorTable.objects.update_or_create(
        junction=junction, valid_from=valid_from,
        defaults={
            "rows": [asdict(one) for one in rows], "note": note.strip()[:300], "entered_by_id": person_of(actor),
            "entered_by": actor.label[:200], "entered_at": at, "revision": before.revision + 1 if before else 1,
        },
    )  # fmt: skip
    audit.record(
        actor, "traffic.detectors_entered", table,
        after={"junction": junction.code, "from": valid_from.isoformat(), "detectors": len(rows)}, at=at,
    )  # fmt: skip
    return table


def limits_at(at: datetime) -> watchdog.Limits:
    """The limits of the watchdog in force. Raises NoSuch."""
    names = ("records_least", "ends_least", "ends_percent", "vehicles_least", "presses_most")
    return watchdog.Limits(**{name: rule(f"watchdog_{name}", at=at) for name in names})


def finding_word(finding: watchdog.Finding, *, day: date) -> str:
    """A finding as an alert keeps it, in English; whoever reads it has it said in their language (see `phrases`)."""
    text = {
        watchdog.SILENT: "%(day)s: only %(figure)s rows in the signal log, at least %(limit)s are expected. Check the cabinet and its line.",
        watchdog.STUCK_MAX: "%(day)s: at night %(figure)s %% of the greens of phase %(phase)s ran to their maximum. A detector may call all the time.",
        watchdog.STUCK_FORCE: "%(day)s: at night %(figure)s %% of the greens of phase %(phase)s were forced off. A detector may call all the time.",
        watchdog.FEW_VEHICLES: "%(day)s: only %(figure)s vehicles upstream of phase %(phase)s from 17:00 to 18:00, at least %(limit)s are expected. A detector may not see.",
        watchdog.MANY_PRESSES: "%(day)s: %(figure)s presses of the push button of phase %(phase)s from 01:00 to 05:00. It may be stuck.",
    }[finding.kind]  # fmt: skip
    return text % {
        "day": f"{day:%d/%m/%Y}", "figure": f"{finding.figure:g}", "limit": f"{finding.limit:g}", "phase": finding.phase,
    }  # fmt: skip


@transaction.atomic
def measure_day(junction: Junction, *, day: date, at: datetime) -> SignalDay:
    """Reckon the quarters of a day from its raw rows and keep them; the first time, let the watchdog look at it.

    Done again it replaces what was kept. Raises NoSuch where the limits are not set.
    """
    first, last = reading.midnight(day), reading.midnight(day + timedelta(days=1))
    log = reading.event_log(junction.pk, first=first - reading.MARGIN, last=last + reading.MARGIN)
    found = reading.detectors_of(junction, day=day)
    begin, end = reading.wall_ms(first), reading.wall_ms(last)
    SignalQuarter.objects.filter(junction_id=junction.pk, begun_at__gte=first, begun_at__lt=last).delete()
    SignalQuarter.objects.bulk_create(
        [
            SignalQuarter(
                junction_id=junction.pk, begun_at=reading.instant_of(row.bin_ms), phase=row.phase,
                # What is nothing is not written: most quarters of most phases have no walk and no skip.
                figures={k: v for k, v in asdict(row).items() if k not in ("bin_ms", "phase") and (v or k == "is_heard")},
            )
            for row in quarters(log, found, first_ms=begin, last_ms=end)
        ],
        batch_size=500,
    )  # fmt: skip
    within = log.between(begin, end)
    done, is_new = SignalDay.objects.update_or_create(junction=junction, day=day, defaults={"rows": len(within), "measured_at": at})
    if is_new:
        for finding in watchdog.findings(within, found, midnight_ms=begin, limits=limits_at(at)):
            kind = f"log:{finding.kind}:{finding.phase}"
            raise_alert(SYSTEM, junction_code=junction.code, kind=kind, text=finding_word(finding, day=day), at=at)
    return done


def measure_missing(*, at: datetime) -> int:
    """Measure every whole day of every junction that has a log and was not measured yet; gives how many days.

    A junction never heard has no log to miss. One day that cannot be measured does not keep the others from it.
    """
    today, done = timezone.localdate(at), 0
    for junction in Junction.objects.order_by("pk"):
        heard = reading.first_event(junction.pk)
        if heard is None:
            continue
        first = timezone.localdate(heard)
        known = set(SignalDay.objects.filter(junction=junction, day__gte=first).values_list("day", flat=True))
        for n in range((today - first).days):
            if (day := first + timedelta(days=n)) not in known:
                try:
                    measure_day(junction, day=day, at=at)
                except Exception:
                    logger.exception("the signal log of %s on %s was not measured", junction.code, day)
                else:
                    done += 1
    return done


def drop_old_logs(*, at: datetime) -> int:
    """Drop the months of the raw log beyond the retention in force, and quarters beyond theirs; gives how many months.

    A month with a day that was not measured stays: what it says would be lost. Raises NoSuch where the retention is not set.
    """
    before = at - timedelta(days=rule("signal_log_days", at=at))
    for junction in Junction.objects.all():
        heard = reading.first_event(junction.pk)
        if heard is None:
            continue
        known = set(SignalDay.objects.filter(junction=junction).values_list("day", flat=True))
        day = timezone.localdate(heard)
        while day <= timezone.localdate(before):
            if day not in known:
                before = min(before, reading.midnight(day))
                break
            day += timedelta(days=1)
    with connection.cursor() as cursor:
        cursor.execute("SELECT junctions_drop_signal_log(%s)", [before])
        dropped = int(cursor.fetchone()[0])
    years = int(rule("signal_quarter_years", at=at))
    SignalQuarter.objects.filter(begun_at__lt=at - timedelta(days=366 * years)).delete()
    return dropped
