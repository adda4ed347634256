"""The morning brief reaches its readers: who is told what, once, in which language, and who hears when there is none."""

from datetime import date, timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone, translation

from langbiang.foundation.access.errors import Forbidden
from langbiang.foundation.access.models import RoleAssignment
from langbiang.foundation.accounts.models import Account
from langbiang.foundation.events.models import EventRow
from langbiang.foundation.events.services import deliver
from langbiang.foundation.notifications.models import Notice
from langbiang.foundation.notifications.reference import load as load_templates
from langbiang.operations.centre import reference, services, tasks, telling
from langbiang.operations.centre.models import Brief, BriefReader
from langbiang.operations.centre.services.readers import NotAReader, acting_for
from tests.government.cases.world import World, build

BACKEND = "allauth.account.auth_backends.AuthenticationBackend"
pytestmark = pytest.mark.django_db


@pytest.fixture
def world() -> World:
    found = build()
    reference.load(at=timezone.now())
    load_templates(at=timezone.now())
    return found


def signed_in(account_id: int | None) -> Client:
    client = Client()
    client.force_login(Account.objects.get(pk=account_id), backend=BACKEND)
    return client


def fact(measure: str, value: float, unit: str = "", agency: int | None = None) -> dict[str, Any]:
    return {
        "measure": measure, "first": "2026-11-29", "last": "2026-11-30", "value": value, "words": f"{value:.0f}", "unit": unit,
        "agency": agency, "known_at": "2026-11-30T06:30:00+07:00",
    }  # fmt: skip


def brief(world: World, day: date = date(2026, 11, 30)) -> Brief:
    """A brief with sentences about the province and about one agency each."""
    facts = {
        "f1": fact("cases.overdue", 12), "f2": fact("alerts.open", 3), "f3": fact("alert:7", 9, agency=world.commune.pk),
        "f4": fact("alert:8", 4, agency=world.neighbour.pk), "f5": fact("cases.due", 0), "f6": fact("cases.received", 40),
    }  # fmt: skip
    sections = [
        {"key": "yesterday", "title": "Ngày hôm qua", "sentences": [{"pattern": "Tiếp nhận {n} hồ sơ.", "facts": {"n": "f6"}, "names": {}}]},
        {"key": "late", "title": "Quá hạn", "sentences": [{"pattern": "Còn {n} hồ sơ quá hạn.", "facts": {"n": "f1"}, "names": {}}]},
        {"key": "alerts", "title": "Cảnh báo", "sentences": [
            {"pattern": "Có {n} cảnh báo để quá một ngày đêm.", "facts": {"n": "f2"}, "names": {}},
            {"pattern": "{where}: {title} {n}.", "facts": {"n": "f3"}, "names": {"where": world.commune.name, "title": "hồ sơ quá hạn"}},
            {"pattern": "{where}: {title} {n}.", "facts": {"n": "f4"}, "names": {"where": world.neighbour.name, "title": "hồ sơ quá hạn"}},
        ]},
        {"key": "due", "title": "Đến hạn", "sentences": [{"pattern": "Có {n} hồ sơ phải có kết quả.", "facts": {"n": "f5"}, "names": {}}]},
        {"key": "gaps", "title": "Chưa có", "sentences": [{"pattern": "Chưa gồm: thời tiết.", "facts": {}, "names": {}}]},
    ]  # fmt: skip
    return Brief.objects.create(day=day, as_of=timezone.now(), sections=sections, figures=facts, took_ms=1)


def told_to(actor: Any, found: Brief) -> list[str]:
    return telling.lines(acting_for(actor.account_id, at=timezone.now()), found)


def reading(actor: Any, **more: Any) -> BriefReader:
    return services.read_brief(actor, at=timezone.now(), **more)


def test_what_needs_somebody_comes_first_and_what_is_nothing_is_left_out(world: World) -> None:
    leader = world.officer("leader", world.province)
    told = told_to(leader, brief(world))
    assert told == ["Có 3 cảnh báo để quá một ngày đêm.", "Còn 12 hồ sơ quá hạn.", "Tiếp nhận 40 hồ sơ."]


def test_a_reader_is_told_of_their_own_agencies_only(world: World) -> None:
    found = brief(world)
    (line,) = told_to(world.officer("leader"), found)
    assert world.commune.name in line
    assert "9" in line
    assert world.neighbour.name not in "".join(told_to(world.officer("leader"), found))
    (nothing,) = told_to(world.officer("leader", world.department), found)
    assert not any(letter.isdigit() for letter in nothing)


def test_in_english_the_same_figures_are_told(world: World) -> None:
    with translation.override("en"):
        told = told_to(world.officer("leader", world.province), brief(world))
    assert told[0] == "Alerts open for more than a day 3"
    assert told[1].endswith("12")
    assert "hồ sơ" not in " ".join(told)


def test_each_reader_is_told_once_also_when_the_event_comes_twice(world: World) -> None:
    leader, other = world.officer("leader", world.province), world.officer("signer", world.province)
    reading(leader)
    reading(other, language="en")
    services.write_brief(day=timezone.localdate(), at=timezone.now())
    row = EventRow.objects.get(name="centre.brief_ready")
    for _ in range(2):
        deliver(row.pk)
    services.tell_readers(Brief.objects.get(), at=timezone.now())
    notices = Notice.objects.filter(event="centre.brief_ready")
    assert sorted(notices.values_list("account_id", flat=True)) == sorted([leader.account_id, other.account_id])
    mine = notices.get(account_id=leader.account_id)
    assert mine.link == f"{reverse('centre:brief')}?day={timezone.localdate():%Y-%m-%d}"
    assert mine.subject.startswith("Bản tin")
    assert notices.get(account_id=other.account_id).subject.startswith("Morning brief")
    inbox = signed_in(leader.account_id).get(reverse("notifications:inbox")).content.decode()
    assert mine.body.split("\n")[0] in inbox


def test_who_no_longer_sees_the_centre_or_wants_no_more_is_told_nothing(world: World) -> None:
    gone, quiet = world.officer("leader", world.province), world.officer("signer", world.province)
    reading(gone)
    services.stop_reading(quiet, reader_id=reading(quiet).pk, at=timezone.now())
    RoleAssignment.objects.filter(position_id=gone.position_id).update(valid_to=timezone.localdate())
    assert services.tell_readers(brief(world), at=timezone.now()) == 0
    reading(quiet)
    assert services.tell_readers(Brief.objects.get(), at=timezone.now()) == 1


def test_who_subscribes_twice_is_one_reader(world: World) -> None:
    leader = world.officer("leader")
    first, second = reading(leader), reading(leader, language="en")
    assert first.pk == second.pk
    assert BriefReader.objects.get().language == "en"


def test_a_manager_puts_officers_of_their_own_agencies_on_the_list(world: World) -> None:
    admin, mine, theirs = world.officer("system_admin"), world.officer("leader"), world.officer("leader", world.neighbour)
    clerk = world.officer("receiver")
    made = reading(admin, account_id=mine.account_id)
    assert made.by == admin.label
    for stranger in (theirs, clerk):
        with pytest.raises(NotAReader):
            reading(admin, account_id=stranger.account_id)
    with pytest.raises(Forbidden):
        reading(mine, account_id=theirs.account_id)
    with pytest.raises(NotAReader):
        services.stop_reading(world.officer("system_admin", world.neighbour), reader_id=made.pk, at=timezone.now())
    services.stop_reading(admin, reader_id=made.pk, at=timezone.now())
    assert not BriefReader.objects.filter(ended_at=None).exists()


def test_readers_subscribe_on_the_page_of_the_brief(world: World) -> None:
    brief(world)
    leader = world.officer("leader")
    client = signed_in(leader.account_id)
    assert client.post(reverse("centre:brief_subscribe"), {"language": "vi"}).status_code == 302
    assert "Không báo cho tôi nữa" in client.get(reverse("centre:brief")).content.decode()
    client.post(reverse("centre:brief_unsubscribe"))
    assert not BriefReader.objects.filter(ended_at=None).exists()
    assert signed_in(world.officer("receiver").account_id).post(reverse("centre:brief_subscribe")).status_code == 403


def test_a_manager_sees_and_ends_the_readers_of_their_own_agencies(world: World) -> None:
    mine, theirs = reading(world.officer("leader")), reading(world.officer("leader", world.neighbour))
    client = signed_in(world.officer("system_admin").account_id)
    page = client.get(reverse("centre:brief_readers"))
    assert [each.pk for each, _seat, _may in page.context["rows"]] == [mine.pk]
    assert client.post(reverse("centre:brief_reader_end", args=[theirs.pk])).status_code in (403, 404, 409)
    assert client.post(reverse("centre:brief_reader_end", args=[mine.pk])).status_code == 302
    assert list(BriefReader.objects.filter(ended_at=None)) == [theirs]
    signer = world.officer("signer")
    answer = client.post(reverse("centre:brief_readers"), {"account_id": signer.account_id, "language": "vi"})
    assert answer.status_code == 302
    other = client.post(reverse("centre:brief_readers"), {"account_id": theirs.account_id, "language": "vi"})
    assert other.status_code == 422


def test_a_brief_that_is_not_written_is_told_to_those_who_manage_the_province_once(world: World) -> None:
    admin = world.officer("system_admin", world.province)
    world.officer("system_admin")
    tasks.brief_due(timestamp=0)
    tasks.brief_due(timestamp=0)
    assert list(Notice.objects.filter(event="centre.brief_missing").values_list("account_id", flat=True)) == [admin.account_id]


def test_a_brief_that_is_written_is_not_missed(world: World) -> None:
    world.officer("system_admin", world.province)
    services.write_brief(day=timezone.localdate(), at=timezone.now())
    tasks.brief_due(timestamp=0)
    assert not Notice.objects.filter(event="centre.brief_missing").exists()


def test_the_page_says_that_the_newest_brief_is_not_of_today(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    brief(world, timezone.localdate() - timedelta(days=1))
    monkeypatch.setattr("langbiang.operations.centre.pages.brief.WRITTEN_AT", (0, 0))
    admin = signed_in(world.officer("system_admin", world.province).account_id)
    assert "Chưa lập bản tin hôm nay" in admin.get(reverse("centre:brief")).content.decode()
    admin.post(reverse("centre:brief_write"))
    assert "Chưa lập bản tin hôm nay" not in admin.get(reverse("centre:brief")).content.decode()
