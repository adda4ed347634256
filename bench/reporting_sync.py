"""Synchronisation with the Government reporting system through an outage of 72 hours and 20 % faults.

Figures are published over days by a clock that is set forward, sent over real HTTP to the stand-in, corrected now and
then. Afterwards every packet must be held there exactly once, with our bytes, in order, and the comparison must find
nothing.

python bench/reporting_sync.py [--units 124] [--days 10]

Works in a home of its own.
"""

import argparse
import random
import sys
import tempfile
import time
from collections import Counter
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from bench.measuring import keep, own_home, say, table

if TYPE_CHECKING:
    from simulators.reporting_system import ReportingSystem

START = datetime(2026, 11, 23, 1, 0, tzinfo=UTC)
RATES = {"timeout_after_commit": 0.06, "cut_before": 0.04, "busy": 0.04, "schema_change": 0.04, "reject": 0.02}


@dataclass(frozen=True)
class Setting:
    """How large the rehearsal is."""

    units: int = 124
    days: int = 10
    outage_from_h: int = 48
    outage_h: int = 72
    seed: int = 11
    every_minutes: int = 15


@dataclass
class Outcome:
    """What the books say afterwards."""

    made: int = 0
    corrections: int = 0
    superseded: int = 0
    held_there: int = 0
    lost: int = 0
    doubled: int = 0
    altered: int = 0
    out_of_order: int = 0
    tries: int = 0
    faults: int = 0
    replayed: int = 0
    differences: dict[str, int] = field(default_factory=dict)
    wait_h_p50: float = 0.0
    wait_h_p95: float = 0.0
    hours_after_outage: float = 0.0
    seconds: float = 0.0


def rehearse(receiver: "ReportingSystem", setting: Setting) -> Outcome:
    """Publish, fail, correct and send until all is quiet; the database must hold the reference data."""
    from langbiang.foundation.access import SYSTEM
    from langbiang.foundation.exchange import services as exchange
    from langbiang.foundation.exchange.models import DEAD, Attempt, Outgoing
    from langbiang.government.reporting import queries, services
    from langbiang.government.reporting.models import PacketRow

    begun, dice, outcome = time.monotonic(), random.Random(setting.seed), Outcome()
    outage = range(setting.outage_from_h, setting.outage_from_h + setting.outage_h)
    back_at = START + timedelta(hours=outage.stop)
    caught_up_at = None

    def publish(unit: int, day: int, value: int, at: datetime) -> None:
        period = (START + timedelta(days=day)).date().isoformat()
        figure = {"indicator_code": "PUB_SVC", "unit_code": f"{24700 + unit:05}", "value": value}
        services.send_packet(
            SYSTEM, kind="indicator_data", subject="LD25", period=period, unit_code=f"{24700 + unit:05}",
            values={"set_code": "LD25", "values": [figure]}, at=at,
        )  # fmt: skip

    hours = max(setting.days * 24, outage.stop) + 24 * 4
    for hour in range(hours):
        at = START + timedelta(hours=hour)
        if hour % 24 == 0 and hour // 24 < setting.days:
            for unit in range(setting.units):
                publish(unit, hour // 24, dice.randrange(10**6), at)
        elif hour < setting.days * 24 and dice.random() < 0.5:
            publish(dice.randrange(setting.units), dice.randrange(hour // 24 + 1), dice.randrange(10**6), at)
        receiver.faults.set({"rate": RATES, "seed": setting.seed * 1000 + hour, "outage": hour in outage})
        for minutes in range(0, 60, setting.every_minutes):
            exchange.flush_all(at=at + timedelta(minutes=minutes))
        # An administrator looks at the dead letters every morning.
        if hour % 24 == 7:
            for message in Outgoing.objects.filter(state__in=DEAD).order_by("pk"):
                try:
                    exchange.replay(SYSTEM, message_id=message.pk, reason="looked at", at=at)
                    outcome.replayed += 1
                except exchange.NotReplayable:
                    continue  # a later vintage arrived
        if caught_up_at is None and at >= back_at and not Outgoing.objects.filter(
            state__in=("built", "signed", "sent"), built_at__lt=back_at
        ).exists():  # fmt: skip
            caught_up_at = at
    receiver.faults.set({})
    for hour in range(hours, hours + 12):
        exchange.flush_all(at=START + timedelta(hours=hour))

    end = START + timedelta(hours=hours + 12)
    rows = list(PacketRow.objects.order_by("pk"))
    newest = {_series_of(queries.key_of(row)): row.vintage for row in rows}  # in the order of making: the last one wins
    rejected = set(Outgoing.objects.filter(state="rejected").values_list("key", flat=True))
    # A packet the receiver refused and we corrected since is settled: its correction is what counts.
    superseded = {
        key for row in rows
        if (key := queries.key_of(row)) in rejected and row.vintage < newest[_series_of(key)]
    }  # fmt: skip
    keys = [key for row in rows if (key := queries.key_of(row)) not in superseded]
    outcome.made, outcome.superseded = len(keys), len(superseded)
    outcome.corrections = sum(row.vintage > 1 for row in rows)
    outcome.lost = sum(key not in receiver.held for key in keys)
    outcome.held_there = len(receiver.held)
    arrivals = [key for key, _kind in receiver.arrivals]
    outcome.doubled = len(arrivals) - len(set(arrivals))
    sent = {row.key: bytes(row.content) for row in Outgoing.objects.filter(key__in=keys)}
    outcome.altered = sum(receiver.content_of(key) != sent[key] for key in keys if key in receiver.held)
    outcome.out_of_order = _out_of_order(arrivals)
    outcome.tries = Attempt.objects.count()
    outcome.faults = Attempt.objects.exclude(outcome="acked").count()
    made = services.reconcile(at=end)
    outcome.differences = dict(Counter(row.cause for row in queries.differences(made.pk)))
    waits = sorted(
        (row.answered_at - row.built_at).total_seconds() / 3600
        for row in Outgoing.objects.filter(state="acked") if row.answered_at
    )  # fmt: skip
    outcome.wait_h_p50, outcome.wait_h_p95 = waits[len(waits) // 2], waits[len(waits) * 95 // 100]
    outcome.hours_after_outage = (caught_up_at - back_at).total_seconds() / 3600 if caught_up_at else -1
    outcome.seconds = round(time.monotonic() - begun, 1)
    return outcome


def _series_of(key: str) -> str:
    return key.rpartition("/v")[0]


def _out_of_order(arrivals: list[str]) -> int:
    """Vintages of one series that arrived after a later one."""
    newest: dict[str, int] = {}
    wrong = 0
    for key in arrivals:
        series, _slash, vintage = key.rpartition("/v")
        number = int(vintage)
        wrong += number < newest.get(series, 0)
        newest[series] = max(number, newest.get(series, 0))
    return wrong


def main() -> int:
    """Run at full size in a home of its own and print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--units", type=int, default=124)
    parser.add_argument("--days", type=int, default=10)
    options = parser.parse_args()
    with own_home(), tempfile.TemporaryDirectory() as folder:
        from langbiang.site.ready import setup

        setup()
        from langbiang.foundation.access import SYSTEM
        from langbiang.foundation.exchange import services as exchange
        from simulators.reporting_system import ReportingSystem

        with ReportingSystem(Path(folder)) as receiver:
            exchange.change_endpoint(
                SYSTEM, system="government-reporting", carried_by="rest", address=receiver.address, timeout_s=2,
                first_day=START.date(), source="bench", at=START,
            )  # fmt: skip
            say(f"{options.units} units, {options.days} days, 72 hours of outage, 20 % faults")
            outcome = rehearse(receiver, Setting(units=options.units, days=options.days))
    told = asdict(outcome)
    table(["", "outcome"], list(told.items()))
    fine = outcome.lost == outcome.doubled == outcome.altered == outcome.out_of_order == 0 and not outcome.differences
    passed = fine and outcome.made == outcome.held_there
    keep("reporting_sync", {"units": options.units, "days": options.days, **told, "passed": passed})
    return 0 if passed else 1


if __name__ == "__main__":
    sys.exit(main())
