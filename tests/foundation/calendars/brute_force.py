"""A second calendar, written in another way on purpose: own tables, walking day by day and minute by minute.

It shares no code and no data with the deadline module. Times are naive and local; nothing here is fast.
"""

import datetime as dt
from dataclasses import dataclass, field
from fractions import Fraction

MORNING = ("07:30", "11:30")
AFTERNOON = ("13:30", "17:30")

OFFICIAL_2025 = """
2025-01-01 2025-01-27 2025-01-28 2025-01-29 2025-01-30 2025-01-31 2025-04-07 2025-04-30 2025-05-01 2025-05-02
2025-09-01 2025-09-02
"""
WORKED_2025 = "2025-04-26"
OFFICIAL_2026 = """
2026-01-01 2026-02-16 2026-02-17 2026-02-18 2026-02-19 2026-02-20 2026-04-27 2026-04-30 2026-05-01 2026-08-31
2026-09-01 2026-09-02 2026-11-24
"""
WORKED_2026 = "2026-08-22"
# Nobody knows the swaps of 2027 yet; these are invented so that the rules are tried on something new.
INVENTED_2027 = """
2027-01-01 2027-02-04 2027-02-05 2027-02-08 2027-02-09 2027-02-10 2027-04-16 2027-04-30 2027-05-03 2027-05-04
2027-09-02 2027-09-03 2027-09-06 2027-11-24 2027-11-26
"""
WORKED_2027 = "2027-05-08 2027-09-11 2027-11-27"
HALF_DAYS = "2025-08-29 2026-02-13 2026-12-31 2027-02-03 2027-10-16"


def days(text: str) -> set[dt.date]:
    return {dt.date.fromisoformat(word) for word in text.split()}


@dataclass
class BruteForce:
    """Working days by a set of days off, a set of extra working days and a set of half days."""

    off: set[dt.date] = field(default_factory=lambda: days(OFFICIAL_2025 + OFFICIAL_2026 + INVENTED_2027))
    worked: set[dt.date] = field(default_factory=lambda: days(f"{WORKED_2025} {WORKED_2026} {WORKED_2027}"))
    half: set[dt.date] = field(default_factory=lambda: days(HALF_DAYS))
    # (first day, last day, morning, afternoon), the first that holds wins: a summer that starts earlier.
    seasons: list = field(default_factory=list)
    known: dict = field(default_factory=dict)

    def with_day(self, day: dt.date, *, off: bool) -> "BruteForce":
        """The same calendar after one day was declared off or worked."""
        changed = BruteForce(set(self.off), set(self.worked), set(self.half), list(self.seasons))
        for table in (changed.off, changed.worked, changed.half):
            table.discard(day)
        (changed.off if off else changed.worked).add(day)
        return changed

    def works(self, day: dt.date) -> bool:
        if day in self.off:
            return False
        if day in self.worked or day in self.half:
            return True
        return day.isoweekday() not in (6, 7)

    def sessions(self, day: dt.date) -> list[tuple[str, str]]:
        if not self.works(day):
            return []
        morning, afternoon = MORNING, AFTERNOON
        for first, last, other_morning, other_afternoon in self.seasons:
            if first <= day.strftime("%m-%d") <= last:
                morning, afternoon = other_morning, other_afternoon
                break
        return [morning] if day in self.half else [morning, afternoon]

    def is_open(self, minute: dt.datetime) -> bool:
        return minute.time() in self.open_minutes(minute.date())

    def open_minutes(self, day: dt.date) -> set[dt.time]:
        if day not in self.known:
            self.known[day] = {
                dt.time(hour, minute)
                for hour in range(24)
                for minute in range(60)
                if any(begin <= f"{hour:02}:{minute:02}" < end for begin, end in self.sessions(day))
            }
        return self.known[day]

    def end_of_office(self, day: dt.date) -> dt.datetime:
        return dt.datetime.fromisoformat(f"{day}T{self.sessions(day)[-1][1]}")

    def start_of_office(self, day: dt.date) -> dt.datetime:
        return dt.datetime.fromisoformat(f"{day}T{self.sessions(day)[0][0]}")

    def next_working(self, day: dt.date) -> dt.date:
        day += dt.timedelta(days=1)
        while not self.works(day):
            day += dt.timedelta(days=1)
        return day

    def start(self, received: dt.datetime, same_day: bool, cutoff: str | None) -> dt.datetime:
        """The instant reception counts from; `cutoff` is "HH:MM" when the rule bears on the matter."""
        day = received.date()
        late = False
        if self.works(day):
            if cutoff is not None and received > dt.datetime.fromisoformat(f"{day}T{cutoff}"):
                late = True
            if same_day and received >= self.end_of_office(day):
                late = True
            if not late:
                return received
        return self.start_of_office(self.next_working(day))

    def add_working_days(self, day: dt.date, count: int) -> dt.date:
        while count:
            day += dt.timedelta(days=1)
            if self.works(day):
                count -= 1
        return day

    def add_minutes(self, begin: dt.datetime, count: int) -> dt.datetime:
        minute = begin.replace(second=0, microsecond=0)
        while count:
            if self.is_open(minute):
                count -= 1
            minute += dt.timedelta(minutes=1)
        return minute

    def count_minutes(self, begin: dt.datetime, end: dt.datetime) -> int:
        minute = begin.replace(second=0, microsecond=0)
        end = end.replace(second=0, microsecond=0)
        count = 0
        while minute < end:
            count += self.is_open(minute)
            minute += dt.timedelta(minutes=1)
        return count

    def count_working_days(self, after: dt.date, upto: dt.date) -> int:
        count = 0
        while after < upto:
            after += dt.timedelta(days=1)
            count += self.works(after)
        return count

    def not_on_a_day_off(self, day: dt.date) -> dt.date:
        return day if self.works(day) else self.next_working(day)

    def due(self, received: dt.datetime, amount: str, unit: str, cutoff: str | None) -> dt.datetime:
        size = Fraction(amount)
        start = self.start(received, size == 0, cutoff)
        if unit == "working_hours":
            return self.add_minutes(start, int(size * 60))
        if unit == "working_days" and size.denominator != 1:
            return self.add_minutes(start, int(size * 8 * 60))
        if unit == "working_days":
            return self.end_of_office(self.add_working_days(start.date(), int(size)))
        day = start.date()
        if unit == "calendar_days":
            for _ in range(int(size)):
                day += dt.timedelta(days=1)
        else:
            wanted = day.day
            for _ in range(int(size)):
                first_of_next = (day.replace(day=1) + dt.timedelta(days=31)).replace(day=1)
                day = first_of_next
            while True:
                try:
                    day = day.replace(day=wanted)
                    break
                except ValueError:
                    wanted -= 1
            if size.denominator == 2:
                day += dt.timedelta(days=15)
        return self.end_of_office(self.not_on_a_day_off(day))

    def after_suspension(
        self, due: dt.datetime, amount: str, unit: str, stopped: dt.datetime, resumed: dt.datetime
    ) -> dt.datetime:
        if unit == "working_hours" or (unit == "working_days" and Fraction(amount).denominator != 1):
            lost = self.count_minutes(stopped, resumed)
            return self.add_minutes(due, lost) if lost else due
        if unit == "working_days":
            lost = self.count_working_days(stopped.date(), resumed.date())
            return self.end_of_office(self.add_working_days(due.date(), lost)) if lost else due
        lost = 0
        day = stopped.date()
        while day < resumed.date():
            day += dt.timedelta(days=1)
            lost += 1
        if not lost:
            return due
        return self.end_of_office(self.not_on_a_day_off(due.date() + dt.timedelta(days=lost)))
