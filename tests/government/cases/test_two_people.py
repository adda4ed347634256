"""Two people on one case, the same message twice, and actions where they do not belong."""

import threading
from datetime import timedelta

import pytest
from django.db import connection

from langbiang.foundation.access import Refusal, Stale
from langbiang.foundation.access.errors import Forbidden
from langbiang.foundation.audit.models import Entry
from langbiang.government.cases import queries, services
from langbiang.government.cases.models import Case, CaseEvent
from tests.government.cases.world import MORNING, World


def test_the_second_of_two_officers_is_told_who_was_first_and_overwrites_nothing(world: World) -> None:
    case = world.submit()
    seen = Case.objects.get(pk=case.pk).revision
    first, second = world.officer("receiver"), world.officer("receiver", world.commune)
    services.accept(first, case_id=case.pk, revision=seen, at=MORNING)
    with pytest.raises(Stale) as refused:
        services.refuse(
            second, case_id=case.pk, reason_code="not_competent", explanation="Không thuộc thẩm quyền giải quyết.",
            revision=seen, at=MORNING,
        )  # fmt: skip
    assert first.label in str(refused.value)
    case.refresh_from_db()
    assert case.business == "accepted"


def test_of_two_acceptances_at_the_same_moment_one_wins_and_one_is_refused(live_world: World) -> None:
    case = live_world.submit()
    officer = live_world.officer("receiver")
    outcomes: list[object] = []
    gate = threading.Barrier(2)

    def run() -> None:
        gate.wait()
        try:
            outcomes.append(services.accept(officer, case_id=case.pk, at=MORNING).code)
        except Refusal as refused:
            outcomes.append(refused)
        finally:
            connection.close()

    threads = [threading.Thread(target=run) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sum(isinstance(o, str) for o in outcomes) == 1
    assert sum(isinstance(o, services.WrongState) for o in outcomes) == 1
    assert CaseEvent.objects.filter(case_id=case.pk, kind="accepted").count() == 1


@pytest.mark.parametrize("role", ["dispatcher", "officer", "signer", "clerk", "returner", "consulted"])
def test_only_receivers_receive(world: World, role: str) -> None:
    case = world.submit()
    with pytest.raises(Refusal) as refused:
        services.accept(world.officer(role), case_id=case.pk, at=MORNING)
    assert refused.value.status == 403
    assert Case.objects.get(pk=case.pk).business == "submitted"


def test_the_officer_of_another_unit_neither_sees_nor_receives(world: World) -> None:
    case = world.submit()
    foreign = world.officer("receiver", world.neighbour)
    with pytest.raises(Forbidden):
        queries.case_for_officer(foreign, case.pk)
    with pytest.raises(services.NotYourWork):
        services.accept(foreign, case_id=case.pk, at=MORNING)


def test_another_citizen_finds_no_such_case(world: World) -> None:
    case = world.submit()
    with pytest.raises(services.NoSuchCase):
        queries.case_for_applicant(world.stranger, case.pk)


def test_nobody_files_in_the_name_of_somebody_else_online(world: World) -> None:
    with pytest.raises(Forbidden):
        services.submit(world.stranger, filing=world.filing(), at=MORNING)


def test_a_refused_action_leaves_no_trace(world: World) -> None:
    case = world.submit()
    lines, rows = CaseEvent.objects.count(), Entry.objects.count()
    with pytest.raises(Refusal):
        services.refuse(
            world.officer("receiver"), case_id=case.pk, reason_code="no such reason", explanation="x" * 20, at=MORNING
        )
    assert (CaseEvent.objects.count(), Entry.objects.count()) == (lines, rows)


def test_an_apology_cannot_be_sent_after_the_date_has_passed(world: World) -> None:
    case = world.assigned()
    assert case.due_current is not None
    late = case.due_current + timedelta(minutes=1)
    with pytest.raises(Refusal):
        services.extend(
            world.officer("signer"), case_id=case.pk, reason_code="workload", explanation="Số lượng hồ sơ tăng đột biến.",
            due=late + timedelta(days=3), at=late,
        )  # fmt: skip


def test_the_history_of_a_case_is_a_chain_that_shows_a_changed_line(world: World) -> None:
    case = world.assigned()
    assert queries.history_is_intact(case)
    with connection.cursor() as cursor:
        cursor.execute("UPDATE cases_event SET note = 'changed' WHERE case_id = %s AND seq = 2", [case.pk])
    assert not queries.history_is_intact(case)
