"""Alerts that nobody's hand raises: silences, figures that stop coming, figures that come and go."""

from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from langbiang.foundation.access import Refusal
from langbiang.foundation.access.errors import Forbidden
from langbiang.foundation.accounts.models import Account
from langbiang.foundation.events.models import EventRow
from langbiang.foundation.events.services import deliver
from langbiang.foundation.notifications.models import Notice
from langbiang.foundation.notifications.reference import load as load_templates
from langbiang.government.cases.models import Case
from langbiang.operations.centre import reference, services
from langbiang.operations.centre.models import Alert, AlertRule, Silence
from tests.government.cases.world import World, build

BACKEND = "allauth.account.auth_backends.AuthenticationBackend"
pytestmark = pytest.mark.django_db
HOUR, MINUTE = timedelta(hours=1), timedelta(minutes=1)


@pytest.fixture
def world() -> World:
    found = build()
    reference.load(at=timezone.now())
    AlertRule.objects.exclude(code="khong-tiep-nhan").delete()
    AlertRule.objects.update(measure="cases.open", trigger=1, clear=0, days=1)
    return found


def signed_in(account_id: int | None) -> Client:
    client = Client()
    client.force_login(Account.objects.get(pk=account_id), backend=BACKEND)
    return client


def silence(world: World, **changes: object) -> Silence:
    now = timezone.now()
    told = {"agency_id": world.commune.pk, "rule_id": None, "begins_at": now - HOUR, "ends_at": now + HOUR, "reason": "Bảo trì", "at": now}
    return services.silence(world.officer("leader"), **{**told, **changes})  # type: ignore[arg-type]  # named values of one type


def test_nothing_is_raised_in_a_silence_and_what_lasts_is_raised_after_it(world: World) -> None:
    world.accepted(timezone.now() - HOUR)
    made = silence(world)
    assert services.evaluate(at=timezone.now()) == 0
    services.end_silence(world.officer("leader"), silence_id=made.pk, at=timezone.now())
    assert services.evaluate(at=timezone.now()) == 1


def test_a_silence_keeps_to_its_rule_its_agency_and_its_hours(world: World) -> None:
    world.accepted(timezone.now() - HOUR)
    now = timezone.now()
    other = AlertRule.objects.create(code="other", title="Khác", measure="cases.open", side="above", trigger=1, clear=0, severity="notice")
    silence(world, rule_id=other.pk)
    assert services.evaluate(at=now, rule_codes=frozenset({"other"})) == 0
    assert services.evaluate(at=now, rule_codes=frozenset({"khong-tiep-nhan"})) == 1
    assert services.evaluate(at=now + 2 * HOUR, rule_codes=frozenset({"other"})) == 1


def test_nothing_is_escalated_in_a_silence(world: World) -> None:
    world.accepted(timezone.now() - HOUR)
    services.evaluate(at=timezone.now())
    later = timezone.now() + timedelta(hours=25)
    made = silence(world, begins_at=later - HOUR, ends_at=later + HOUR)
    assert services.escalate_overdue(at=later) == 0
    Silence.objects.filter(pk=made.pk).update(ended_at=later)
    assert services.escalate_overdue(at=later) == 1


@pytest.mark.parametrize(
    ("field", "changes"),
    [("ends_at", {"ends_at": -HOUR}), ("ends_at", {"ends_at": timedelta(days=20)}), ("reason", {"reason": " "}), ("rule_id", {"rule_id": 0})],
    ids=str,
)
def test_a_silence_without_end_or_reason_is_refused(world: World, field: str, changes: dict[str, object]) -> None:
    now = timezone.now()
    told = {key: now + value if isinstance(value, timedelta) else value for key, value in changes.items()}
    with pytest.raises(Refusal) as refused:
        silence(world, **told)
    assert refused.value.field == field


def test_silence_is_kept_by_those_who_handle_the_alerts_there(world: World) -> None:
    with pytest.raises(Forbidden):
        silence(world, agency_id=world.neighbour.pk)
    stranger, page = world.officer("leader", world.neighbour), reverse("centre:silences")
    made = silence(world)
    assert "Bảo trì" not in signed_in(stranger.account_id).get(page).content.decode()
    assert signed_in(stranger.account_id).post(reverse("centre:silence_end", args=[made.pk])).status_code == 403
    client = signed_in(world.officer("leader").account_id)
    assert "Bảo trì" in client.get(page).content.decode()
    now = timezone.localtime()
    told = {"rule_id": "", "agency_id": world.commune.pk, "begins_at": f"{now:%d/%m/%Y %H:%M}",
            "ends_at": f"{now + 3 * HOUR:%d/%m/%Y %H:%M}", "reason": "Thay máy chủ"}  # fmt: skip
    assert client.post(page, {**told, "agency_id": world.neighbour.pk}).status_code == 422
    assert client.post(page, told).status_code == 302
    assert "Thay máy chủ" in client.get(reverse("centre:alerts")).content.decode()


def test_figures_that_stop_coming_raise_an_alert_of_their_own(world: World) -> None:
    AlertRule.objects.update(measure="cases.received", trigger=1000, missing_after_h=24)
    world.accepted(timezone.now() - timedelta(days=5))
    assert services.evaluate(at=timezone.now()) == 1
    alert = Alert.objects.get()
    assert (alert.kind, alert.agency_id, alert.value) == ("missing", world.commune.pk, None)
    assert services.evaluate(at=timezone.now()) == 0
    page = signed_in(world.officer("leader").account_id).get(reverse("centre:alert", args=[alert.pk]))
    assert "24 giờ không có số liệu" in page.content.decode()
    world.accepted(timezone.now() - MINUTE)
    assert services.evaluate(at=timezone.now()) == 1
    alert.refresh_from_db()
    assert alert.state == "cleared"


def test_an_agency_that_never_had_figures_is_not_missed(world: World) -> None:
    AlertRule.objects.update(measure="cases.received", trigger=1000, missing_after_h=24)
    assert services.evaluate(at=timezone.now()) == 0


def test_what_comes_and_goes_becomes_one_alert_until_it_is_calm(world: World) -> None:
    case = world.accepted(timezone.now() - HOUR)
    now = timezone.now()

    def shown(is_bad: bool, at: object) -> int:
        Case.objects.filter(pk=case.pk).update(closed_at=None if is_bad else now - MINUTE)
        return services.evaluate(at=at)  # type: ignore[arg-type]  # a moment or none

    for n in range(3):
        assert shown(True, now + n * MINUTE) == 1
        assert shown(False, now + n * MINUTE + timedelta(seconds=30)) == 1
    assert shown(True, now + 4 * MINUTE) == 1
    told = Alert.objects.get().steps.count()
    for n in range(5, 25):  # from here on it is told once, however often it comes and goes
        assert shown(n % 2 == 0, now + n * MINUTE) == 0
    alert = Alert.objects.get()
    assert (alert.state, alert.steps.count()) == ("raised", told)
    assert alert.flaps_since is not None
    shown(False, now + 30 * MINUTE)
    assert shown(False, now + 30 * MINUTE + timedelta(hours=1)) == 0
    assert shown(True, now + 100 * MINUTE) == 0
    assert shown(False, now + 101 * MINUTE) == 0
    assert shown(False, now + 102 * MINUTE + timedelta(hours=2)) == 1
    assert Alert.objects.get().state == "cleared"


def test_who_is_given_an_alert_is_told(world: World) -> None:
    load_templates(at=timezone.now())
    world.accepted(timezone.now() - HOUR)
    services.evaluate(at=timezone.now())
    clerk, now = world.officer("officer").account_id, timezone.now()
    assert clerk is not None
    alert = services.assign(
        world.officer("leader"), alert_id=Alert.objects.get().pk, account_id=clerk, due_at=now + HOUR, at=now
    )
    for row in EventRow.objects.filter(name="centre.alert_moved"):
        deliver(row.pk)
        deliver(row.pk)
    notice = Notice.objects.get(account_id=clerk)
    assert notice.link == reverse("centre:alert", args=[alert.pk])
    assert timezone.localtime(alert.due_at).strftime("%H:%M") in notice.subject


def shown_bad(world: World) -> Alert:
    load_templates(at=timezone.now())
    world.accepted(timezone.now() - HOUR)
    services.evaluate(at=timezone.now())
    return Alert.objects.get()


def told(name: str) -> list[int | None]:
    """Who was told of the last event of a name."""
    before = set(Notice.objects.values_list("pk", flat=True))
    deliver(EventRow.objects.filter(name=name).order_by("-pk")[0].pk)
    return sorted(Notice.objects.exclude(pk__in=before).values_list("account_id", flat=True))


def test_an_alert_that_is_back_has_to_be_answered_again(world: World) -> None:
    world.officer("dispatcher")
    alert, now = shown_bad(world), timezone.now()
    services.acknowledge(world.officer("leader"), alert_id=alert.pk, at=now)
    assert services.escalate_overdue(at=now + timedelta(days=3)) == 1
    case = Case.objects.get()
    Case.objects.update(closed_at=now)
    services.evaluate(at=now + timedelta(days=3))
    Case.objects.filter(pk=case.pk).update(closed_at=None)
    again = now + timedelta(days=4)
    services.evaluate(at=again)
    alert.refresh_from_db()
    assert (alert.state, alert.raised_at, alert.times) == ("raised", again, 2)
    assert (alert.acknowledged_at, alert.acknowledged_by, alert.escalated_at) == (None, "", None)
    assert told("centre.alert_raised") == [world.officer("dispatcher").account_id]
    assert services.escalate_overdue(at=again + timedelta(hours=alert.rule.answer_h) - MINUTE) == 0
    assert services.escalate_overdue(at=again + timedelta(hours=alert.rule.answer_h)) == 1


def test_a_task_that_ended_while_the_figure_was_back_is_nobodys_any_more(world: World) -> None:
    alert, now = shown_bad(world), timezone.now()
    clerk = world.officer("officer").account_id
    assert clerk is not None
    services.assign(world.officer("leader"), alert_id=alert.pk, account_id=clerk, due_at=now + HOUR, at=now)
    Case.objects.update(closed_at=now)
    services.evaluate(at=now)
    Case.objects.update(closed_at=None)
    services.evaluate(at=now + 2 * HOUR)
    alert.refresh_from_db()
    assert (alert.state, alert.assignee_id, alert.due_at) == ("raised", None, None)
    assert services.escalate_overdue(at=now + 2 * HOUR + MINUTE) == 0


def test_a_new_alert_reaches_who_is_on_duty_at_its_agency(world: World) -> None:
    duty, _elsewhere = world.officer("dispatcher").account_id, world.officer("dispatcher", world.neighbour)
    leader = world.officer("leader").account_id
    alert = shown_bad(world)
    assert told("centre.alert_raised") == [duty]
    notice = Notice.objects.get(account_id=duty)
    assert notice.link == reverse("centre:alert", args=[alert.pk])
    assert alert.rule.title in notice.subject
    services.escalate_overdue(at=timezone.now() + timedelta(days=1))
    assert told("centre.alert_moved") == [leader]


def test_where_nobody_is_on_duty_who_leads_is_told_and_else_the_agency_above(world: World) -> None:
    above = world.officer("leader", world.province).account_id
    shown_bad(world)
    assert told("centre.alert_raised") == [above]
    services.escalate_overdue(at=timezone.now() + timedelta(days=1))
    assert told("centre.alert_moved") == [above]
