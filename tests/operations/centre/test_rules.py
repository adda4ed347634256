"""Rules of alerts, kept by people: who may, what is refused, what becomes of open alerts, and what a release may touch."""

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from langbiang.foundation.access import Stale
from langbiang.foundation.access.errors import Forbidden
from langbiang.foundation.accounts.models import Account
from langbiang.foundation.audit.models import Entry
from langbiang.operations.centre import reference, services, trials, versions
from langbiang.operations.centre.models import Alert, AlertRule, AlertStep
from langbiang.operations.centre.services.rules import BadRule
from tests.government.cases.world import World, build

BACKEND = "allauth.account.auth_backends.AuthenticationBackend"
pytestmark = pytest.mark.django_db
HOUR = timedelta(hours=1)
WHY = "Theo kết luận giao ban tuần"


@pytest.fixture
def world() -> World:
    found = build()
    reference.load(at=timezone.now())
    return found


def keeper(world: World) -> Any:
    return world.officer("system_admin", world.province)


def signed_in(account_id: int | None) -> Client:
    client = Client()
    client.force_login(Account.objects.get(pk=account_id), backend=BACKEND)
    return client


def rule_for(code: str = "qua-han-tang") -> AlertRule:
    return AlertRule.objects.get(code=code)


def changed(world: World, rule: AlertRule, **told: Any) -> AlertRule:
    return services.change_rule(keeper(world), rule_id=rule.pk, revision=rule.revision, told=told, reason=WHY, at=timezone.now())


def made(world: World, **told: Any) -> AlertRule:
    usual = {
        "measure": "cases.open", "title": "Hồ sơ đang mở", "severity": "notice", "side": "above", "trigger": 1, "clear": 0, "days": 1,
        "answer_h": 4, "escalate_h": 8,
    }  # fmt: skip
    return services.make_rule(keeper(world), told={**usual, **told}, reason=WHY, at=timezone.now())


def sent(**changes: Any) -> dict[str, Any]:
    """A form filled in well."""
    usual = {
        "measure": "cases.open", "title": "Hồ sơ đang mở", "title_en": "", "severity": "notice", "side": "above", "trigger": "10",
        "clear": "6,5", "days": "1", "least_base": "", "missing_after_h": "", "answer_h": "4", "escalate_h": "8", "runbook": "1. Xem",
        "look_back": "30", "reason": WHY, "revision": "0", "act": "save",
    }  # fmt: skip
    return {**usual, **changes}


def test_a_new_rule_judges_at_once_and_is_kept_with_who_and_why(world: World) -> None:
    world.accepted(timezone.now() - HOUR)
    rule = made(world)
    assert Alert.objects.get(rule=rule).agency_id == world.commune.pk
    version = rule.versions.get()
    assert (version.number, version.reason, version.by) == (1, WHY, keeper(world).label)
    assert versions.origin(rule) == "made"
    assert Entry.objects.filter(action="centre.rule_made").exists()


def test_a_rule_of_the_same_name_gets_a_code_of_its_own(world: World) -> None:
    assert [made(world).code, made(world).code] == ["ho-so-dang-mo", "ho-so-dang-mo-2"]


def test_every_change_keeps_the_version_before(world: World) -> None:
    rule = changed(world, rule_for(), trigger=20, clear=12)
    first, second = rule.versions.order_by("number")
    assert (first.told["trigger"], second.told["trigger"]) == ("10", "20")
    assert (first.by, second.by) == ("Langbiang", keeper(world).label)
    assert versions.origin(rule) == "changed"
    row = Entry.objects.get(action="centre.rule_changed")
    assert row.detail["before"] == {"trigger": "10", "clear": "6"}


def test_of_two_who_change_a_rule_the_second_is_told_who_was_first(world: World) -> None:
    rule = rule_for()
    changed(world, rule, trigger=20)
    with pytest.raises(Stale) as refused:
        services.change_rule(keeper(world), rule_id=rule.pk, revision=1, told={"trigger": 30}, reason=WHY, at=timezone.now())
    assert keeper(world).label in str(refused.value)
    assert WHY in str(refused.value)
    assert rule_for().trigger == 20


@pytest.mark.parametrize(
    ("field", "told"),
    [
        ("clear", {"side": "above", "trigger": 10, "clear": 11}),
        ("clear", {"side": "below", "trigger": 90, "clear": 89}),
        ("measure", {"measure": "cases.nothing"}),
        ("measure", {"filters": {"weather": "rain"}}),
        ("filter_field", {"filters": {"field": "no-such-field"}}),
        ("days", {"days": 0}),
        ("answer_h", {"answer_h": 0}),
        ("escalate_h", {"escalate_h": 1000}),
        ("missing_after_h", {"missing_after_h": 0}),
        ("title", {"title": " "}),
        ("severity", {"severity": "red"}),
        ("side", {"side": "left"}),
    ],
    ids=str,
)
def test_a_rule_that_cannot_hold_is_refused_by_its_field(world: World, field: str, told: dict[str, Any]) -> None:
    with pytest.raises(BadRule) as refused:
        made(world, **told)
    assert refused.value.field == field
    assert refused.value.way_out


def test_without_a_reason_nothing_is_changed(world: World) -> None:
    rule = rule_for()
    with pytest.raises(BadRule) as refused:
        services.change_rule(keeper(world), rule_id=rule.pk, revision=1, told={"trigger": 30}, reason=" ", at=timezone.now())
    assert refused.value.field == "reason"
    assert rule_for().trigger == 10


def test_open_alerts_are_judged_by_the_new_levels_and_say_so(world: World) -> None:
    world.accepted(timezone.now() - HOUR)
    rule = made(world)
    changed(world, rule, trigger=5, clear=3)
    alert = Alert.objects.get(rule=rule)
    assert alert.state == "cleared"
    assert [each.what for each in alert.steps.order_by("pk")] == ["raised", "rule_changed", "cleared"]
    assert WHY in alert.steps.get(what="rule_changed").note


def test_a_rule_that_looks_at_something_else_begins_anew(world: World) -> None:
    world.accepted(timezone.now() - HOUR)
    rule = made(world)
    changed(world, rule, filters={"field": "test-civil"}, trigger=100, clear=99)
    alert = Alert.objects.get(rule=rule)
    assert alert.state == "cleared"
    assert alert.steps.order_by("-pk")[0].what == "rule_changed"


def test_a_rule_that_raised_alerts_keeps_its_figure(world: World) -> None:
    world.accepted(timezone.now() - HOUR)
    rule = made(world)
    with pytest.raises(BadRule) as refused:
        changed(world, rule, measure="cases.overdue")
    assert refused.value.field == "measure"
    assert changed(world, rule_for(), measure="cases.open").measure == "cases.open"


def test_an_ended_rule_raises_nothing_and_its_alerts_can_be_closed(world: World) -> None:
    world.accepted(timezone.now() - HOUR)
    rule = made(world)
    services.end_rule(keeper(world), rule_id=rule.pk, revision=rule.revision, reason=WHY, at=timezone.now())
    alert = Alert.objects.get(rule=rule)
    assert alert.steps.get(what="rule_ended").note == WHY
    services.close(world.officer("leader"), alert_id=alert.pk, evidence="Quy tắc đã được kết thúc.", at=timezone.now())
    services.evaluate(at=timezone.now())
    assert not Alert.objects.filter(rule=rule, closed_at=None).exists()
    rule.refresh_from_db()
    services.resume_rule(keeper(world), rule_id=rule.pk, revision=rule.revision, reason=WHY, at=timezone.now())
    assert Alert.objects.filter(rule=rule, closed_at=None).count() == 1
    assert [each.told["is_active"] for each in rule.versions.order_by("number")] == [True, False, True]


@pytest.mark.parametrize("role", ["system_admin", "leader", "dispatcher", "auditor"])
def test_who_does_not_manage_the_whole_province_changes_no_rule(world: World, role: str) -> None:
    actor, rule = world.officer(role), rule_for()
    told = {"rule_id": rule.pk, "revision": 1, "reason": WHY, "at": timezone.now()}
    for act in (lambda: services.change_rule(actor, told={"trigger": 1}, **told), lambda: services.end_rule(actor, **told)):
        with pytest.raises(Forbidden):
            act()
    client = signed_in(actor.account_id)
    may_read = role == "system_admin"
    assert client.get(reverse("centre:rules")).status_code == (200 if may_read else 403)
    for name in ("rule_change", "rule_end", "rule_resume"):
        assert client.get(reverse(f"centre:{name}", args=[rule.pk])).status_code == 403
        assert client.post(reverse(f"centre:{name}", args=[rule.pk]), sent()).status_code == 403
    assert client.post(reverse("centre:rule_make"), sent()).status_code == 403


def test_the_list_counts_what_was_raised_where_one_may_look(world: World) -> None:
    world.accepted(timezone.now() - HOUR)
    rule = made(world)
    AlertStep.objects.create(alert=rule.alerts.get(), at=timezone.now() - timedelta(days=40), what="raised", by="x")
    here = signed_in(keeper(world).account_id).get(reverse("centre:rules"))
    assert [(each.raised, each.open) for each in here.context["lines"] if each.rule == rule] == [(1, 1)]
    there = signed_in(world.officer("system_admin", world.neighbour).account_id).get(reverse("centre:rules"))
    assert [(each.raised, each.open) for each in there.context["lines"] if each.rule == rule] == [(0, 0)]
    assert "Quy tắc mới" not in there.content.decode()


def test_a_rule_is_made_and_changed_in_pages(world: World) -> None:
    client = signed_in(keeper(world).account_id)
    assert client.post(reverse("centre:rule_make"), sent(filter_field="test-civil")).status_code == 302
    rule = rule_for("ho-so-dang-mo")
    assert (rule.trigger, rule.clear, rule.filters) == (Decimal(10), Decimal("6.5"), {"field": "test-civil"})
    form = client.get(reverse("centre:rule_change", args=[rule.pk])).content.decode()
    assert 'value="6,5"' in form
    assert client.post(reverse("centre:rule_change", args=[rule.pk]), sent(trigger="12", revision="1")).status_code == 302
    page = client.get(reverse("centre:rule", args=[rule.pk])).content.decode()
    assert page.count(WHY) == 2
    assert "10 → 12" in page
    back = client.get(reverse("centre:rule_change", args=[rule.pk]), {"version": 1}).context["form"]
    assert (back["trigger"].value(), back["filter_field"].value()) == (10, "test-civil")


def test_what_was_typed_is_kept_when_something_is_refused(world: World) -> None:
    client = signed_in(keeper(world).account_id)
    answer = client.post(reverse("centre:rule_make"), sent(clear="11", answer_h="0", runbook="Gọi trực ban"))
    page = answer.content.decode()
    assert answer.status_code == 422
    assert set(answer.context["form"].errors) == {"answer_h"} or set(answer.context["form"].errors) == {"answer_h", "clear"}
    assert "Gọi trực ban" in page
    answer = client.post(reverse("centre:rule_make"), sent(clear="11", runbook="Gọi trực ban"))
    assert set(answer.context["form"].errors) == {"clear"}
    assert not AlertRule.objects.filter(code="ho-so-dang-mo").exists()


def test_the_second_of_two_editors_sees_what_changed_and_keeps_what_they_typed(world: World) -> None:
    client, rule = signed_in(keeper(world).account_id), rule_for()
    changed(world, rule, trigger=20)
    told = sent(measure="cases.overdue", revision="1", trigger="30", title="Tên khác")
    answer = client.post(reverse("centre:rule_change", args=[rule.pk]), told)
    page = answer.content.decode()
    assert answer.status_code == 409
    assert "10 → 20" in page
    assert 'value="Tên khác"' in page
    assert rule_for().trigger == 20
    told["revision"] = str(answer.context["form"]["revision"].value())
    assert client.post(reverse("centre:rule_change", args=[rule.pk]), told).status_code == 302
    assert rule_for().trigger == 30


def test_a_filter_of_another_figure_is_refused_not_forgotten(world: World) -> None:
    client = signed_in(keeper(world).account_id)
    answer = client.post(reverse("centre:rule_make"), sent(measure="traffic.alerts_open", filter_procedure="1.001193"))
    assert answer.status_code == 422
    assert "measure" in answer.context["form"].errors


def test_a_try_out_says_what_a_rule_would_have_raised_and_saves_nothing(world: World) -> None:
    world.accepted(timezone.now() - timedelta(days=5))
    client = signed_in(keeper(world).account_id)
    answer = client.post(reverse("centre:rule_make"), sent(act="try", trigger="1", clear="0", title="", reason=""))
    trial = answer.context["trial"]["trial"]
    assert answer.status_code == 200
    assert (trial.alerts, trial.up_now, trial.longest, trial.rows[0].agency_id) == (1, 1, 6, world.commune.pk)
    assert not AlertRule.objects.filter(measure="cases.open").exists()
    none = client.post(reverse("centre:rule_make"), sent(act="try", trigger="50", clear="40"))
    assert none.context["trial"]["trial"].alerts == 0


def test_a_try_out_costs_the_same_for_many_agencies_and_days(world: World, django_assert_max_num_queries: Any) -> None:
    for agency in (world.commune, world.neighbour):
        world.accepted(timezone.now() - timedelta(days=3), competent_unit_id=agency.pk, receiving_unit_id=agency.pk)
    told = {"measure": "cases.on_time", "days": 30, "side": "below", "trigger": 90, "clear": 95, "missing_after_h": 48}
    with django_assert_max_num_queries(6):
        trials.try_out(told, days=90, agencies=None, at=timezone.now())
    with django_assert_max_num_queries(6):
        trials.try_out({**told, "measure": "cases.open", "side": "above", "clear": 5}, days=90, agencies=None, at=timezone.now())


def test_a_release_renews_what_nobody_changed_and_leaves_what_somebody_did(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    mine, theirs = changed(world, rule_for("khong-tiep-nhan"), trigger=33), rule_for()
    assert reference.load(at=timezone.now()) == ""
    read = reference._read

    def newer(name: str) -> list[dict[str, Any]]:
        return [{**each, "runbook": "Bản mới"} for each in read(name)] if name == "alert_rules.json" else read(name)

    monkeypatch.setattr(reference, "_read", newer)
    reference.load(at=timezone.now())
    mine.refresh_from_db()
    theirs.refresh_from_db()
    assert (mine.trigger, mine.runbook == "Bản mới", versions.origin(mine)) == (33, False, "changed")
    assert (theirs.runbook, theirs.revision, versions.origin(theirs)) == ("Bản mới", 2, "delivered")
    assert theirs.versions.get(number=1).told["runbook"] != "Bản mới"
    assert reference.load(at=timezone.now()) == ""


def test_a_rule_ended_by_somebody_stays_ended_after_a_release(world: World) -> None:
    rule = rule_for()
    services.end_rule(keeper(world), rule_id=rule.pk, revision=1, reason=WHY, at=timezone.now())
    reference.load(at=timezone.now())
    assert not rule_for().is_active


def test_rules_from_before_versions_are_taken_as_they_are(world: World) -> None:
    rule = rule_for()
    rule.versions.all().delete()
    AlertRule.objects.filter(pk=rule.pk).update(delivered=None, trigger=77)
    reference.load(at=timezone.now())
    rule.refresh_from_db()
    assert (rule.trigger, versions.origin(rule), rule.versions.get().told["trigger"]) == (77, "changed", "77")
