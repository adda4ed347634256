"""The desk: drilling with filters kept, records limited to the viewer, notes, alerts and the brief."""

import re
from dataclasses import replace
from datetime import datetime, timedelta
from io import BytesIO
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from docx import Document
from openpyxl import load_workbook

from langbiang.foundation.access import SYSTEM, Refusal
from langbiang.foundation.access.errors import Forbidden
from langbiang.foundation.accounts.models import Account
from langbiang.foundation.audit.models import Entry
from langbiang.foundation.measures import queries as measures
from langbiang.foundation.organizations import queries as organizations
from langbiang.foundation.places import queries as places
from langbiang.foundation.places import reference as places_reference
from langbiang.government.cases.models import Case
from langbiang.operations.centre import drill, figures, policies, printing, reference, services, walls, writing
from langbiang.operations.centre.composing import Fact
from langbiang.operations.centre.figures import Scope, Value
from langbiang.operations.centre.models import Alert, AlertRule, Brief
from langbiang.operations.centre.pages.brief import address, pieces
from langbiang.operations.centre.services.alerts import WrongState
from tests.government.cases.world import World, build

BACKEND = "allauth.account.auth_backends.AuthenticationBackend"
pytestmark = pytest.mark.django_db
NAMES = sorted(each.name for each in measures.every())


@pytest.fixture
def world() -> World:
    found = build()
    reference.load(at=timezone.now())
    return found


def signed_in(account_id: int | None) -> Client:
    client = Client()
    client.force_login(Account.objects.get(pk=account_id), backend=BACKEND)
    return client


def today(agencies: frozenset[int] | None = None, known_at: datetime | None = None) -> Scope:
    day = timezone.localdate()
    return Scope(day - timedelta(days=29), day, agencies, {}, known_at)


@pytest.mark.parametrize("name", NAMES)
def test_parts_are_the_whole_and_the_records_are_the_figure(world: World, name: str) -> None:
    for hours in (1, 2, 30):
        world.accepted(timezone.now() - timedelta(hours=hours))
    scope = today()
    whole = figures.total(name, scope)
    assert sum(value.top for value in figures.by_agency(name, scope).values()) == whole.top
    assert figures.records(SYSTEM, name, scope).total == whole.top
    if not measures.known(name).is_stock:
        assert sum(value.top for value in figures.by_day(name, scope).values()) == whole.top
    if whole.base is not None:
        assert figures.records(SYSTEM, name, scope, base=True).total == whole.base


def test_what_was_known_at_a_moment_does_not_move(world: World) -> None:
    now = timezone.now()
    world.accepted(now - timedelta(hours=5))
    then = figures.total("cases.received", today(known_at=now - timedelta(hours=3)))
    world.accepted(now - timedelta(hours=1))
    assert figures.total("cases.received", today(known_at=now - timedelta(hours=3))) == then
    assert figures.total("cases.received", today()).top == then.top + 1


@pytest.mark.parametrize("name", NAMES)
def test_every_figure_has_its_pages(world: World, name: str) -> None:
    world.accepted(timezone.now() - timedelta(hours=1))
    client = signed_in(world.officer("leader").account_id)
    page = client.get(reverse("centre:figure", args=[name]), {"agency": world.commune.pk})
    assert page.status_code == 200
    assert client.get(reverse("centre:figure", args=[name])).status_code == 200
    assert client.get(reverse("centre:records", args=[name])).status_code == 200


def test_an_auditor_sees_the_number_and_an_officer_opens_the_case(world: World) -> None:
    case = world.accepted(timezone.now() - timedelta(hours=1))
    url = reverse("centre:records", args=["cases.received"])
    link = reverse("cases:case", args=[case.pk])
    assert link in signed_in(world.officer("dispatcher").account_id).get(url).content.decode()
    auditor = signed_in(world.officer("auditor").account_id)
    assert link not in auditor.get(url).content.decode()
    assert auditor.get(link).status_code in (403, 404)


def test_filters_are_kept_on_the_way_down(world: World) -> None:
    client = signed_in(world.officer("leader").account_id)
    page = client.get(
        reverse("centre:figure", args=["cases.received"]),
        {"intake": "online", "from": "2026-11-01", "to": "2026-11-20"},
    )
    links = re.findall(r'href="(/centre/figures/cases\.received/[^"]*(?:unit|agency)=[^"]*)"', page.content.decode())
    assert all("intake=online" in link and "01%2F11%2F2026" in link for link in links)


def test_a_figure_is_narrowed_by_the_filters_of_its_own_records(world: World) -> None:
    client = signed_in(world.officer("leader").account_id)
    cases = client.get(reverse("centre:figure", args=["cases.received"]), {"procedure": "1.000001"}).content.decode()
    assert 'name="intake"' in cases
    assert "procedure=1.000001" in cases  # it has no list to choose from, and is not lost on the way down
    traffic = client.get(reverse("centre:figure", args=["traffic.alerts_open"])).content.decode()
    assert 'name="intake"' not in traffic
    reports = client.get(reverse("centre:figure", args=["indicators.overdue"])).content.decode()
    assert 'name="field"' not in reports


def test_a_unit_is_compared_with_units_of_its_kind(world: World) -> None:
    places_reference.load(at=timezone.now())
    codes = [row.code for row in places.communes(on=timezone.localdate()) if row.kind == "ward"][:4]
    homes = dict(zip((world.commune.pk, world.neighbour.pk, -1, -2), codes, strict=True))
    values = dict(zip(homes, (Value(9, 10), Value(5, 10), Value(7, 10), Value(9, 10)), strict=True))
    asked = drill.Asked(timezone.localdate(), timezone.localdate(), unit=codes[1])
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(figures, "by_agency", lambda _name, scope: {k: v for k, v in values.items() if scope.agencies is None or k in scope.agencies})
        patch.setattr(measures, "place_of_agencies", lambda _day: homes)
        patch.setattr(policies, "agencies_seen", lambda _actor: None)
        level = drill.level(SYSTEM, measures.known("cases.on_time"), asked)
        first = drill.level(SYSTEM, measures.known("cases.on_time"), replace(asked, unit=codes[0]))
    assert level.peers == drill.Peers(4, 4, 80.0)
    assert first.peers == drill.Peers(1, 4, 80.0)


def test_a_wrong_period_is_explained_beside_the_field(world: World) -> None:
    client = signed_in(world.officer("leader").account_id)
    url = reverse("centre:figure", args=["cases.received"])
    for asked in (
        {"from": "31/02/2026"},
        {"from": "20/11/2026", "to": "01/11/2026"},
        {"known_at": "01/01/2999 08:00"},
        {"field": "?"},
    ):
        page = client.get(url, asked)
        assert page.status_code == 200
        assert "error-summary" in page.content.decode()


def test_another_agency_is_not_found(world: World) -> None:
    client = signed_in(world.officer("leader").account_id)
    url = reverse("centre:figure", args=["cases.received"])
    assert client.get(url, {"agency": world.neighbour.pk}).status_code == 404
    assert client.get(reverse("centre:figure", args=["cases.nothing"])).status_code == 404


def test_a_note_is_left_by_those_who_handle_the_agency(world: World) -> None:
    day = timezone.localdate()
    now = timezone.now()
    services.annotate(
        world.officer("leader"), measure="cases.received", agency_id=world.commune.pk, day=day, text="Mất điện", at=now
    )
    page = signed_in(world.officer("leader").account_id).get(reverse("centre:figure", args=["cases.received"]))
    assert "Mất điện" in page.content.decode()
    assert re.search(r'class="chart-mark"[^>]*aria-label="[^"]*Mất điện"', page.content.decode())
    with pytest.raises(Forbidden):
        services.annotate(
            world.officer("auditor"), measure="cases.received", agency_id=world.commune.pk, day=day, text="x", at=now
        )


@pytest.fixture
def raised(world: World) -> Alert:
    AlertRule.objects.exclude(code="khong-tiep-nhan").delete()
    AlertRule.objects.update(measure="cases.open", trigger=2, clear=0)
    for hours in (1, 2):
        world.accepted(timezone.now() - timedelta(hours=hours))
    assert services.evaluate(at=timezone.now()) == 1
    assert services.evaluate(at=timezone.now()) == 0
    return Alert.objects.get()


def test_an_alert_lives_from_raising_to_closing_with_evidence(world: World, raised: Alert) -> None:
    leader, now = world.officer("leader"), timezone.now()
    services.acknowledge(leader, alert_id=raised.pk, at=now)
    with pytest.raises(WrongState):
        services.acknowledge(leader, alert_id=raised.pk, at=now)
    clerk = world.officer("officer").account_id
    assert clerk is not None
    services.assign(leader, alert_id=raised.pk, account_id=clerk, due_at=now + timedelta(hours=2), at=now)
    with pytest.raises(WrongState):
        services.close(leader, alert_id=raised.pk, evidence="Đã xử lý xong toàn bộ.", at=now)
    AlertRule.objects.update(trigger=100, clear=50)
    assert services.evaluate(at=now) == 1
    with pytest.raises(Refusal):
        services.close(leader, alert_id=raised.pk, evidence="xong", at=now)
    services.close(leader, alert_id=raised.pk, evidence="Đã xử lý xong toàn bộ hồ sơ.", at=now)
    raised.refresh_from_db()
    assert raised.state == "closed"
    assert list(raised.steps.order_by("pk").values_list("what", flat=True)) == [
        "raised",
        "acknowledged",
        "assigned",
        "cleared",
        "closed",
    ]


def test_an_alert_nobody_answers_is_escalated_once(world: World, raised: Alert) -> None:
    later = timezone.now() + timedelta(hours=25)
    assert services.escalate_overdue(at=later) == 1
    assert services.escalate_overdue(at=later) == 0
    raised.refresh_from_db()
    assert raised.state == "escalated"


def test_an_alert_of_another_agency_is_nobody_elses_business(world: World, raised: Alert) -> None:
    stranger = world.officer("leader", world.neighbour)
    with pytest.raises(Forbidden):
        services.acknowledge(stranger, alert_id=raised.pk, at=timezone.now())
    assert signed_in(stranger.account_id).get(reverse("centre:alert", args=[raised.pk])).status_code == 404
    assert (
        signed_in(world.officer("leader").account_id).get(reverse("centre:alert", args=[raised.pk])).status_code == 200
    )


def numbers(text: str) -> list[str]:
    return re.findall(r"\d[\d.,]*\d|\d", text)


def test_every_number_of_the_brief_is_in_the_store_and_counted_again_the_same(world: World, raised: Alert) -> None:
    for hours in (26, 27, 28):
        world.accepted(timezone.now() - timedelta(hours=hours))
    now = timezone.now()
    brief = services.write_brief(day=timezone.localdate(now), at=now)
    assert brief.took_ms < 3000
    assert services.write_brief(day=timezone.localdate(now), at=now + timedelta(hours=1)).pk == brief.pk
    for section in brief.sections:
        for line in section["sentences"]:
            assert numbers(line["pattern"].replace("{", " ").replace("}", " ")) == []
            stored = " ".join(brief.figures[ref]["words"] for ref in line["facts"].values()) + " ".join(
                line["names"].values()
            )
            text = "".join(piece.words for piece in pieces(brief, line))
            assert all(number in stored for number in numbers(text))
    for told in brief.figures.values():
        fact = Fact(**told)
        if fact.measure in NAMES and not fact.unit:
            scope = Scope(
                datetime.fromisoformat(fact.first).date(),
                datetime.fromisoformat(fact.last).date(),
                None,
                {},
                brief.as_of,
            )
            counted = figures.total(fact.measure, scope).number
            assert (counted if counted is not None else -1) == pytest.approx(fact.value)


def test_the_brief_is_a_page_and_one_sheet_of_paper(world: World) -> None:
    now = timezone.now()
    services.write_brief(day=timezone.localdate(now), at=now)
    client = signed_in(world.officer("leader").account_id)
    assert client.get(reverse("centre:brief")).status_code == 200
    pdf: Any = client.get(reverse("centre:brief_paper"))
    assert pdf.content.startswith(b"%PDF")
    assert len(re.findall(rb"/Type\s*/Page\b", pdf.content)) <= 1
    assert Brief.objects.count() == 1


def test_a_spreadsheet_holds_the_parts_and_their_whole(world: World) -> None:
    world.accepted(timezone.now() - timedelta(hours=1))
    client = signed_in(world.officer("leader").account_id)
    answer: Any = client.get(reverse("centre:export", args=["cases.online"]))
    rows = list(load_workbook(BytesIO(answer.content)).active.iter_rows(values_only=True))
    assert rows[-1][2:] == (sum(row[2] for row in rows[4:-1]), sum(row[3] for row in rows[4:-1])) == (1, 1)


def test_a_report_is_also_a_text_document_and_sheets_of_paper(world: World) -> None:
    world.accepted(timezone.now() - timedelta(hours=1))
    client = signed_in(world.officer("leader").account_id)
    address = reverse("centre:export", args=["cases.online"])
    document = Document(BytesIO(client.get(address, {"as": "docx"}).content))
    assert [cell.text for cell in document.tables[0].rows[-1].cells][2:] == ["1", "1"]
    pdf = client.get(address, {"as": "pdf"})
    assert pdf.content.startswith(b"%PDF")
    assert pdf["Content-Disposition"].endswith('.pdf"')
    assert client.get(address, {"as": "exe"})["Content-Disposition"].endswith('.xlsx"')


def test_the_list_behind_a_figure_is_asked_at_the_same_second(world: World) -> None:
    minute = (timezone.now() - timedelta(hours=2)).replace(second=0, microsecond=0)
    for second in (10, 50):
        world.accepted(minute + timedelta(seconds=second) - timedelta(minutes=10))
    then = minute + timedelta(seconds=41, microseconds=5)
    client = signed_in(world.officer("leader").account_id)
    page: Any = client.get(reverse("centre:figure", args=["cases.received"]), {"known_at": then.isoformat()})
    assert page.context["sums"].top == 1
    listed: Any = client.get(page.context["records_url"])
    assert listed.context["found"].total == 1
    told: Any = client.get(page.context["export_url"])
    assert list(load_workbook(BytesIO(told.content)).active.iter_rows(values_only=True))[-1][1] == 1


def test_a_figure_of_the_brief_leads_to_the_moment_of_the_brief(world: World) -> None:
    now = timezone.now().replace(second=17, microsecond=3) - timedelta(minutes=1)
    brief = services.write_brief(day=timezone.localdate(now), at=now)
    fact = next(each for each in brief.figures.values() if each["measure"] == "cases.received")
    asked = parse_qs(urlsplit(address(brief, fact)).query)
    assert datetime.fromisoformat(asked["known_at"][0]) == now


@pytest.fixture
def placed(world: World) -> World:
    """The two communes stand on the map; who leads one sees nothing of the other."""
    places_reference.load(at=timezone.now())
    codes = [row.code for row in places.communes(on=timezone.localdate())]
    for agency, code in ((world.commune, codes[0]), (world.neighbour, codes[1])):
        agency.place_code = code
        agency.save()
    organizations.forget()
    for unit in (world.commune.pk, world.neighbour.pk):
        case = world.accepted(timezone.now() - timedelta(days=9))
        Case.objects.filter(pk=case.pk).update(competent_unit=unit, due_current=timezone.now() - timedelta(days=3))
    return world


def test_a_unit_outside_of_what_one_sees_is_not_found_instead_of_nothing(placed: World) -> None:
    client = signed_in(placed.officer("leader").account_id)
    for name in ("figure", "records", "export"):
        url = reverse(f"centre:{name}", args=["cases.overdue"])
        assert client.get(url, {"unit": placed.commune.place_code}).status_code == 200
        assert client.get(url, {"unit": placed.neighbour.place_code}).status_code == 404
    group = next(each for each in places.groups(kind="planning_area", on=timezone.localdate()) if placed.commune.place_code not in each.codes)
    assert client.get(reverse("centre:figure", args=["cases.overdue"]), {"area": group.slug}).status_code == 404


def test_a_map_says_nothing_of_units_outside_of_what_one_sees(placed: World) -> None:
    tile = {"view": "map", "measure": "cases.overdue", "x": 1, "y": 1, "w": 1, "h": 1}
    seen = policies.agencies_seen(placed.officer("leader"))
    (shown,) = walls.tiles({"tiles": [tile]}, agencies=seen, at=timezone.now(), links=True)
    assert shown.map is not None
    told = {cell.shape.code: (cell.written, bool(cell.url)) for cell in shown.map.cells}
    assert told.pop(placed.commune.place_code) == ("1", True)
    assert set(told.values()) == {("", False)}


def test_the_brief_tells_a_leader_of_one_unit_nothing_of_another(placed: World) -> None:
    AlertRule.objects.exclude(code="khong-tiep-nhan").delete()
    AlertRule.objects.update(measure="cases.overdue", trigger=1, clear=0)
    now = timezone.now()
    services.evaluate(at=now - timedelta(hours=30))
    assert Alert.objects.count() == 2
    services.write_brief(day=timezone.localdate(now), at=now)
    mine, other = (writing.title_of(each.place_code) for each in (placed.commune, placed.neighbour))
    page = signed_in(placed.officer("leader").account_id).get(reverse("centre:brief")).content.decode()
    assert f"{mine}:" in page
    assert placed.commune.name in page
    assert f"{other}:" not in page
    assert placed.neighbour.name not in page
    assert "Toàn tỉnh còn" not in page
    whole: Any = signed_in(placed.officer("leader", placed.province).account_id).get(reverse("centre:brief"))
    assert f"{other}:" in whole.content.decode()
    assert "Toàn tỉnh còn" in whole.content.decode()
    with pytest.MonkeyPatch.context() as patch:
        printed: dict[str, Any] = {}
        patch.setattr(printing, "sheet", lambda _template, context: printed.update(context) or b"%PDF")
        signed_in(placed.officer("leader").account_id).get(reverse("centre:brief_paper"))
    assert printed["is_extract"]
    assert all(other not in piece.words for _title, sentences in printed["sections"] for line in sentences for piece in line)


def test_a_note_is_withdrawn_by_whose_it_is_or_who_manages_the_centre(world: World) -> None:
    now = timezone.now()

    def left() -> int:
        return services.annotate(
            world.officer("leader"), measure="cases.received", agency_id=world.commune.pk, day=timezone.localdate(), text="Mất điện", at=now
        ).pk

    note = left()
    url = reverse("centre:note_withdraw", args=[note])
    assert signed_in(world.officer("dispatcher").account_id).post(url).status_code == 403
    assert signed_in(world.officer("leader", world.neighbour).account_id).post(url).status_code == 404
    with pytest.raises(Forbidden):
        services.withdraw_note(world.officer("auditor"), note_id=note, at=now)
    owner, page = signed_in(world.officer("leader").account_id), reverse("centre:figure", args=["cases.received"])
    assert url in owner.get(page).content.decode()
    assert url not in signed_in(world.officer("dispatcher").account_id).get(page).content.decode()
    assert owner.post(url).status_code == 302
    assert "Mất điện" not in owner.get(page).content.decode()
    assert Entry.objects.filter(action="centre.annotation_withdrawn").count() == 1
    services.withdraw_note(world.officer("leader"), note_id=note, at=now)
    assert Entry.objects.filter(action="centre.annotation_withdrawn").count() == 1
    withdrawn = services.withdraw_note(world.officer("system_admin"), note_id=left(), at=now)
    assert (withdrawn.withdrawn_at, withdrawn.withdrawn_by) == (now, world.officer("system_admin").label)
