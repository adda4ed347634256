"""Who was reminded of what when, and what comes next, along the ladder in force."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.utils import timezone

from langbiang.foundation.access import Actor
from langbiang.foundation.accounts import queries as accounts
from langbiang.foundation.notifications import queries as notifications
from langbiang.foundation.organizations import queries as organizations

from ..models import Narrative, Obligation, Rung

_SENT = ("submitted", "verified", "published")


def reminder_key(rung_id: int, due: datetime) -> str:
    """How the keys of the notices of one rung and instant begin; the agency and the account follow."""
    return f"indicators:{rung_id}:{due:%Y%m%d%H%M}:"


@dataclass(frozen=True)
class Reminded:
    """One person who was told."""

    name: str
    agency: str
    at: datetime
    read_at: datetime | None


@dataclass(frozen=True)
class Step:
    """A rung reckoned for one deadline. `state`: sent, nobody (past, and nobody had to be told), unsent (past, somebody had
    to be told and nobody was), next, later, or idle (to come, but everything is there). `others` were told at agencies this
    person does not look into."""

    rung: Rung
    at: datetime
    state: str
    people: list[Reminded]
    others: int


@dataclass(frozen=True)
class Deadline:
    """One deadline of a form and period: how many reports are owed, how many are not there yet, and its ladder."""

    due_at: datetime
    of: int
    waiting: int
    steps: list[Step]


def rungs_on(day: date) -> list[Rung]:
    """The ladder in force on a day, from the first reminder to the last."""
    return [row for row in Rung.objects.order_by("minutes", "audience") if _holds(row, day)]


def _holds(rung: Rung, day: date) -> bool:
    return rung.valid_from <= day and (rung.valid_to is None or day < rung.valid_to)


def deadlines(actor: Actor, reports: Iterable[Obligation | Narrative], *, at: datetime) -> list[Deadline]:
    """The deadlines of these reports of one form and period, each with its ladder. Four SQL statements, one a deadline more.

    A notice tells a person of everything their agency owes at that instant; it stands here for every form concerned.
    """
    rows = list(reports)
    roots = organizations.root_ids()
    rungs = list(Rung.objects.order_by("minutes", "audience"))
    found = []
    dues = {row.due_at for row in rows} | {row.first_due_at for row in rows if row.first_due_at}
    for due in sorted(dues):
        mine = [row for row in rows if row.due_at == due or row.first_due_at == due]
        waiting = [row for row in mine if row.due_at == due and row.state in ("open", "overdue", "missing") and row.stage not in _SENT]
        agencies = {row.agency_id for row in mine} | set(roots)
        here = [rung for rung in rungs if _holds(rung, timezone.localdate(due + timedelta(minutes=rung.minutes)))]
        told = notifications.told_under(*(reminder_key(rung.pk, due) for rung in here)) if here else []
        names = accounts.names_of({each.account_id for each in told})
        steps: list[Step] = []
        is_first = True
        for rung in here:
            moment, key = due + timedelta(minutes=rung.minutes), reminder_key(rung.pk, due)
            people: list[Reminded] = []
            others = 0
            for each in told:
                if not each.key.startswith(key):
                    continue
                agency = int(each.key.removeprefix(key).partition(":")[0])
                if agency not in agencies:
                    continue
                if _may_name(actor, agency):
                    people.append(Reminded(names.get(each.account_id, "–"), organizations.name_of(agency), each.at, each.read_at))
                else:
                    others += 1
            if people or others:
                state = "sent"
            elif moment <= at:
                state = "unsent" if waiting else "nobody"
            elif not waiting:
                state = "idle"
            else:
                state = "next" if is_first else "later"
                is_first = False
            steps.append(Step(rung, moment, state, people, others))
        found.append(Deadline(due, sum(row.due_at == due for row in mine), len(waiting), steps))
    return found


def _may_name(actor: Actor, agency_id: int) -> bool:
    return "indicators.keep" in actor.permissions or any(
        actor.may(f"indicators.{act}", agency_id=agency_id) for act in ("report", "verify", "publish")
    )
