"""The pages of the trail: what an auditor finds, what nobody else sees, and what a verification says."""

import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.db import connection, transaction
from django.test import Client
from django.utils import timezone, translation

from langbiang.foundation import audit
from langbiang.foundation.access import Actor
from langbiang.foundation.access.models import RoleAssignment
from langbiang.foundation.accounts.models import Account
from langbiang.foundation.audit import queries, reading, services
from langbiang.foundation.audit.models import Entry, Lane
from langbiang.foundation.organizations import queries as organizations
from langbiang.foundation.organizations.models import Agency, Holding, Position

pytestmark = pytest.mark.django_db
NOON = datetime(2026, 11, 20, 5, 0, tzinfo=UTC)  # 12:00 in Đà Lạt
Sign = Callable[..., Client]


def agency(name: str, parent: Agency | None = None) -> Agency:
    row = Agency.objects.create(
        code=f"T-{name}", name=name, kind="people_committee_commune", parent=parent, path="", valid_from=NOON.date(),
        sort_key=name,
    )  # fmt: skip
    row.path = f"{parent.path if parent else '/'}{row.pk}/"
    row.save()
    organizations.forget()
    return row


@pytest.fixture
def province() -> Agency:
    return agency("Tỉnh Lâm Đồng")


@pytest.fixture
def ward(province: Agency) -> Agency:
    return agency("Phường Xuân Hương", province)


@pytest.fixture
def sign_in(province: Agency) -> Sign:
    """A browser of an officer with these roles over an agency and what lies below it."""

    def made(*roles: str, over: Agency | None = None) -> Client:
        today = timezone.localdate()
        over = over or province
        account = Account.objects.create(
            kind="staff", username=f"officer{Account.objects.count()}", full_name="Lê Thị Kiểm", created_at=NOON
        )
        position = Position.objects.create(agency=over, title="Kiểm toán viên", valid_from=today)
        Holding.objects.create(position=position, account=account, valid_from=today)
        for role in roles:
            RoleAssignment.objects.create(
                position_id=position.pk, role=role, agency_id=over.pk, valid_from=today, created_at=NOON
            )
        client = Client()
        client.cookies["django_language"] = "en"
        client.force_login(account, backend="allauth.account.auth_backends.AuthenticationBackend")
        return client

    return made


@pytest.fixture
def auditor(sign_in: Sign) -> Client:
    return sign_in("auditor")


def officer(of: Agency | None, name: str = "Nguyễn Thị Mai") -> Actor:
    return Actor(
        kind="staff", account_id=7, position_id=3, agency_id=of.pk if of else None, label=f"{name}, văn thư, {of}",
        address="10.1.1.1", reference="abc123",
    )  # fmt: skip


def note(actor: Actor, action: str = "cases.accepted", target: str = "cases.case:1", **more: Any) -> int:
    with transaction.atomic():
        audit.record(actor, action, target, at=more.pop("at", NOON), **more)
    return Lane.objects.get(lane=actor.agency_id or 0).seq


def text(answer: Any) -> str:
    page = re.sub(r"<script.*?</script>", "", answer.content.decode(), flags=re.S)
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", page))


def records(answer: Any) -> list[str]:
    """The records of the rows shown, in order."""
    return re.findall(r"<td>(Case \d+)</td>", answer.content.decode())


def tamper(statement: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE audit_entry DISABLE TRIGGER USER")
        cursor.execute(statement)
        cursor.execute("ALTER TABLE audit_entry ENABLE TRIGGER USER")


# The list


def test_only_those_who_may_read_the_trail_open_it(sign_in: Sign) -> None:
    assert sign_in("officer").get("/manage/audit/").status_code == 403


def test_acts_stand_newest_first_whatever_the_order_they_were_written_in(auditor: Client, ward: Agency) -> None:
    for number, hours in ((1, 0), (2, 5), (3, 2)):
        note(officer(ward), target=f"cases.case:{number}", at=NOON + timedelta(hours=hours))
    assert records(auditor.get("/manage/audit/")) == ["Case 2", "Case 3", "Case 1"]


def test_an_act_is_told_in_words(auditor: Client, ward: Agency) -> None:
    note(officer(ward))
    shown = text(auditor.get("/manage/audit/"))
    assert "12:00:00 20/11/2026 Nguyễn Thị Mai Received a case Case 1 Phường Xuân Hương" in shown


def test_an_act_nobody_has_named_shows_its_code(auditor: Client, ward: Agency) -> None:
    note(officer(ward), "parks.tree_planted", "parks.tree:4")
    assert "parks.tree_planted parks.tree:4" in text(auditor.get("/manage/audit/"))


@pytest.mark.parametrize(
    ("asked", "found"),
    [
        ("who=thị+mai", ["Case 1"]),
        ("who=mai+văn+thư", ["Case 1"]),
        ("who=100%25", []),
        ("action=cases.accepted", ["Case 1"]),
        ("action=cases.", ["Case 3", "Case 1"]),
        ("target=cases.case:2", ["Case 2"]),
        ("target=cases.case", ["Case 3", "Case 2", "Case 1"]),
        ("target=cases.cas", []),
        ("first=21/11/2026", ["Case 3", "Case 2"]),
        ("last=21/11/2026", ["Case 2", "Case 1"]),
        ("first=21/11/2026&last=21/11/2026", ["Case 2"]),
        ("who=mai&action=case_notes.", []),
    ],
)
def test_the_trail_is_narrowed_by_person_act_record_and_days(
    auditor: Client, ward: Agency, asked: str, found: list[str]
) -> None:
    note(officer(ward))
    note(officer(ward, "Trần Văn Bảo"), "people.looked", "cases.case:2", at=datetime(2026, 11, 21, 16, 59, tzinfo=UTC))
    # One minute later by the clock in Đà Lạt it is the 22nd.
    note(officer(ward, "Trần Văn Bảo"), "cases.signed", "cases.case:3", at=datetime(2026, 11, 21, 17, 0, tzinfo=UTC))
    assert records(auditor.get(f"/manage/audit/?{asked}")) == found


def test_the_trail_is_narrowed_to_one_agency_or_to_none(auditor: Client, ward: Agency, province: Agency) -> None:
    note(officer(ward))
    note(officer(province), target="cases.case:2")
    note(officer(None), target="cases.case:3")
    assert records(auditor.get(f"/manage/audit/?agency={ward.pk}")) == ["Case 1"]
    assert records(auditor.get("/manage/audit/?agency=0")) == ["Case 3"]


def test_an_agency_that_is_no_longer_known_has_its_number_for_a_name(auditor: Client) -> None:
    note(Actor(kind="staff", agency_id=987654, label="Nguyễn Thị Mai"))
    assert "Case 1 Agency 987654" in text(auditor.get("/manage/audit/"))
    assert "Agency 987654 1" in text(auditor.get("/manage/audit/chains/"))


def test_a_filter_can_be_taken_away_alone(auditor: Client, ward: Agency) -> None:
    note(officer(ward))
    page = auditor.get("/manage/audit/?who=mai&first=20/11/2026").content.decode()
    assert 'href="/manage/audit/?first=20%2F11%2F2026"' in page
    assert 'href="/manage/audit/?who=mai"' in page


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        ("first=32/11/2026", "day"),
        ("first=22/11/2026&last=21/11/2026", "This day is before the first one."),
        ("target=no such thing", "Enter the kind of a record and its number"),
        ("agency=999999", "not one of the available choices"),
    ],
)
def test_a_filter_that_makes_no_sense_is_named_and_nothing_is_shown(
    auditor: Client, ward: Agency, asked: str, said: str
) -> None:
    note(officer(ward))
    answer = auditor.get(f"/manage/audit/?{asked}")
    assert answer.status_code == 200
    assert said in text(answer)
    assert records(answer) == []


def test_an_act_nobody_has_named_can_still_be_filtered_by(auditor: Client, ward: Agency) -> None:
    note(officer(ward), "parks.tree_planted")
    note(officer(ward), target="cases.case:2")
    assert records(auditor.get("/manage/audit/?action=parks.tree_planted")) == ["Case 1"]


def test_nothing_found_says_what_to_do(auditor: Client) -> None:
    assert "Take away a filter" in text(auditor.get("/manage/audit/?who=nobody"))


# Page by page


def test_pages_cover_the_trail_without_gap_or_repetition_both_ways(auditor: Client, ward: Agency) -> None:
    numbers = range(1, 121)
    for number in numbers:  # many acts share their instant, as those of one transaction do
        note(officer(ward), target=f"cases.case:{number}", at=NOON + timedelta(seconds=number // 7))
    seen: list[list[str]] = []
    url = "/manage/audit/?action=cases."
    while url:
        answer = auditor.get(url)
        seen.append(records(answer))
        url = link(answer, "next")
    assert [len(page) for page in seen] == [50, 50, 20]
    assert [row for page in seen for row in page] == [f"Case {number}" for number in reversed(numbers)]
    back = auditor.get(link(answer, "prev"))
    assert records(back) == seen[1]
    first = auditor.get(link(back, "prev"))
    assert records(first) == seen[0]
    assert link(first, "prev") == ""


def link(answer: Any, rel: str) -> str:
    found = re.search(rf'rel="{rel}" href="([^"]+)"', answer.content.decode())
    return found[1].replace("&amp;", "&") if found else ""


def test_what_happens_meanwhile_does_not_move_the_next_page(auditor: Client, ward: Agency) -> None:
    for number in range(1, 61):
        note(officer(ward), target=f"cases.case:{number}", at=NOON + timedelta(seconds=number))
    older = link(auditor.get("/manage/audit/?action=cases."), "next")
    note(officer(ward), target="cases.case:99", at=NOON + timedelta(hours=1))
    assert records(auditor.get(older)) == [f"Case {number}" for number in range(10, 0, -1)]


@pytest.mark.parametrize("place", ["", "x", "1", "1.", ".1", "-1.1", "1.1.1", "٣.٣", "9" * 40 + ".1", "1." + "9" * 40])
def test_a_place_that_is_none_shows_the_newest(auditor: Client, ward: Agency, place: str) -> None:
    note(officer(ward))
    assert records(auditor.get("/manage/audit/", {"before": place, "after": place})) == ["Case 1"]


def test_the_list_costs_the_same_whatever_its_length(
    auditor: Client, province: Agency, django_assert_max_num_queries: Any
) -> None:
    for number in range(40):
        note(officer(agency(f"Phường {number}", province)))
    auditor.get("/manage/audit/")
    with django_assert_max_num_queries(14):
        assert len(records(auditor.get("/manage/audit/"))) == 40


def test_a_question_too_wide_is_stopped_and_says_how_to_narrow_it(ward: Agency, monkeypatch: pytest.MonkeyPatch) -> None:
    with (
        translation.override("en"),
        pytest.raises(queries.TookTooLong, match=r"too long.*Choose the days"),
        reading.no_longer_than(1, "Choose the days."),
        connection.cursor() as cursor,
    ):
        cursor.execute("SELECT pg_sleep(3)")


# One row


def test_a_row_shows_what_stood_before_and_after(auditor: Client, ward: Agency) -> None:
    seq = note(
        officer(ward), before={"name": "<b>An</b>", "floors": 2}, after={"name": "Bình", "floors": 2, "tags": ["a", "b"]}
    )
    answer = auditor.get(f"/manage/audit/{ward.pk}/{seq}/")
    shown = text(answer)
    assert "&lt;b&gt;An&lt;/b&gt;" in shown
    assert re.search(r"name &lt;b&gt;An&lt;/b&gt; Bình floors 2 2 tags – \[ ?&quot;a&quot;, &quot;b&quot;\]", shown)
    assert "<strong>Bình</strong>" in answer.content.decode()
    assert "10.1.1.1" in shown
    assert "abc123" in shown
    assert "matches its hash" in shown


def test_a_row_leads_to_everything_done_to_its_record(auditor: Client, ward: Agency) -> None:
    seq = note(officer(ward))
    note(officer(ward), "cases.signed")
    note(officer(ward), target="cases.case:2")
    page = auditor.get(f"/manage/audit/{ward.pk}/{seq}/").content.decode()
    url = re.search(r'href="(/manage/audit/\?target=[^"]+)"', page)
    assert url
    assert records(auditor.get(url[1])) == ["Case 1", "Case 1"]


def test_a_row_that_was_changed_says_so(auditor: Client, ward: Agency) -> None:
    seq = note(officer(ward))
    tamper("UPDATE audit_entry SET actor_label = 'Somebody else'")
    assert "This row is not what was written" in text(auditor.get(f"/manage/audit/{ward.pk}/{seq}/"))


@pytest.mark.parametrize("place", ["1/99999", f"{2**70}/1", f"1/{2**70}"])
def test_a_row_that_does_not_exist_is_not_found(auditor: Client, place: str) -> None:
    assert auditor.get(f"/manage/audit/{place}/").status_code == 404


# Chains and verification


def test_every_chain_shows_its_length_anchor_and_last_verification(auditor: Client, ward: Agency) -> None:
    for _number in range(3):
        note(officer(ward))
    services.anchor(at=NOON)
    note(officer(ward))
    assert "Phường Xuân Hương 4 3 never –" in text(auditor.get("/manage/audit/chains/"))
    auditor.post(f"/manage/audit/chains/{ward.pk}/verify/")
    assert re.search(r"Phường Xuân Hương 4 3 [\d:]+ [\d/]+ intact", text(auditor.get("/manage/audit/chains/")))


def test_the_chains_cost_the_same_whatever_their_number(
    auditor: Client, province: Agency, django_assert_max_num_queries: Any
) -> None:
    for number in range(30):
        note(officer(agency(f"Phường {number}", province)))
    auditor.get("/manage/audit/chains/")
    with django_assert_max_num_queries(14):
        assert text(auditor.get("/manage/audit/chains/")).count("never") == 30


def test_verifying_an_untouched_chain_says_so_and_is_on_record(auditor: Client, ward: Agency) -> None:
    note(officer(ward))
    answer = auditor.post(f"/manage/audit/chains/{ward.pk}/verify/", follow=True)
    assert "The chain is intact." in text(answer)
    assert "Rows 1 to 1 were read" in text(answer)
    kept = Entry.objects.get(action="audit.verified")
    assert kept.target == f"audit.lane:{ward.pk}"
    assert kept.detail["after"] == {"first": 1, "last": 1, "rows": 1, "findings": []}
    assert queries.verify().is_intact


@pytest.mark.parametrize(
    ("statement", "said"),
    [
        ("UPDATE audit_entry SET target = 'cases.case:9' WHERE seq = 4", "Row 4 was changed after it was written"),
        ("DELETE FROM audit_entry WHERE seq = 4", "Row 4 is missing"),
        ("DELETE FROM audit_entry WHERE seq IN (4, 5, 6)", "Rows 4 to 6 are missing"),
        ("DELETE FROM audit_entry WHERE seq > 8", "Rows 9 to 10 are missing"),
        ("UPDATE audit_entry SET seq = CASE seq WHEN 4 THEN -5 ELSE -4 END WHERE seq IN (4, 5);"
         "UPDATE audit_entry SET seq = -seq WHERE seq < 0", "Row 4 does not stand where it was written"),
        ("UPDATE audit_lane SET seq = 9", "The end of the chain was tampered with"),
    ],
)  # fmt: skip
def test_whatever_was_done_to_a_chain_is_said_in_words(auditor: Client, ward: Agency, statement: str, said: str) -> None:
    for number in range(10):
        note(officer(ward), target=f"cases.case:{number}")
    tamper(statement)
    shown = text(auditor.post(f"/manage/audit/chains/{ward.pk}/verify/", follow=True))
    assert said in shown
    assert "The chain is not intact." in shown
    assert "not intact" in text(auditor.get("/manage/audit/chains/"))


def test_a_chain_written_anew_differs_from_its_anchor(auditor: Client, ward: Agency) -> None:
    for _number in range(3):
        note(officer(ward))
    services.anchor(at=NOON)
    tamper("UPDATE audit_entry SET actor_label = 'x' WHERE seq = 3")
    tamper(
        "UPDATE audit_entry SET hash = audit_digest(previous, lane, seq, at, account_id, position_id, actor_label,"
        " channel, address, reference, action, target, detail) WHERE seq = 3"
    )
    with connection.cursor() as cursor:
        cursor.execute("UPDATE audit_lane SET hash = (SELECT hash FROM audit_entry WHERE seq = 3)")
    shown = text(auditor.post(f"/manage/audit/chains/{ward.pk}/verify/", follow=True))
    assert "Row 3 differs from what was anchored" in shown


def test_an_anchor_that_was_changed_is_named(auditor: Client, ward: Agency) -> None:
    note(officer(ward))
    services.anchor(at=NOON)
    with connection.cursor() as cursor:
        cursor.execute("UPDATE audit_anchor SET heads = '{}'")
    shown = text(auditor.post(f"/manage/audit/chains/{ward.pk}/verify/", follow=True))
    assert "An anchor was changed after it was made." in shown


def test_a_long_chain_is_read_from_its_newest_rows_and_told_so(
    auditor: Client, ward: Agency, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(services, "MOST_ROWS", 4)
    for _number in range(10):
        note(officer(ward))
    assert "The newest 4 rows are read." in text(auditor.get(f"/manage/audit/chains/{ward.pk}/"))
    answer = text(auditor.post(f"/manage/audit/chains/{ward.pk}/verify/", follow=True))
    assert "Rows 7 to 10 were read" in answer
    assert "The chain is intact." in answer


def test_what_is_missing_just_before_the_newest_rows_is_noticed(ward: Agency) -> None:
    for _number in range(10):
        note(officer(ward))
    tamper("DELETE FROM audit_entry WHERE seq = 6")
    found = queries.verify_chain(ward.pk, most_rows=4, anchors=[])
    assert [(each.kind, each.seq, each.until) for each in found.findings] == [("removed", 6, 6)]


def test_a_chain_is_not_verified_by_following_a_link(auditor: Client, ward: Agency) -> None:
    note(officer(ward))
    assert auditor.get(f"/manage/audit/chains/{ward.pk}/verify/").status_code == 405


@pytest.mark.parametrize("lane", [999999, 2**70])
def test_a_chain_that_does_not_exist_is_not_found(auditor: Client, lane: int) -> None:
    assert auditor.get(f"/manage/audit/chains/{lane}/").status_code == 404
    assert auditor.post(f"/manage/audit/chains/{lane}/verify/").status_code == 404


# The reach of an auditor


def test_an_auditor_of_one_agency_finds_nothing_of_another(sign_in: Sign, ward: Agency, province: Agency) -> None:
    other = agency("Phường Cam Ly", province)
    theirs = note(officer(other), target="cases.case:2")
    own = note(officer(ward))
    note(officer(None), target="cases.case:3")
    client = sign_in("auditor", over=ward)
    assert records(client.get("/manage/audit/")) == ["Case 1"]
    assert "Cam Ly" not in text(client.get("/manage/audit/chains/"))
    assert client.get(f"/manage/audit/{ward.pk}/{own}/").status_code == 200
    assert client.get(f"/manage/audit/{other.pk}/{theirs}/").status_code == 404
    assert client.get("/manage/audit/0/1/").status_code == 404
    assert client.get(f"/manage/audit/chains/{other.pk}/").status_code == 404
    assert client.post(f"/manage/audit/chains/{other.pk}/verify/").status_code == 404
    assert "not one of the available choices" in text(client.get(f"/manage/audit/?agency={other.pk}"))


# Every night


def test_the_nightly_verification_is_told_on_the_page(auditor: Client, ward: Agency) -> None:
    note(officer(ward))
    assert "this has not happened yet" in text(auditor.get("/manage/audit/chains/"))
    assert services.verify_newest(at=NOON) == []
    assert "verified at 12:00 20/11/2026: 1 rows in 1 chains" in text(auditor.get("/manage/audit/chains/"))


def test_what_was_tampered_with_stands_on_top_the_next_morning(auditor: Client, ward: Agency, province: Agency) -> None:
    for who in (ward, ward, province):
        note(officer(who))
    services.anchor(at=NOON)
    tamper(f"UPDATE audit_entry SET action = 'x' WHERE seq = 2 AND lane = {ward.pk}")
    with connection.cursor() as cursor:
        cursor.execute("UPDATE audit_anchor SET heads = '{}'")
    found = services.verify_newest(at=NOON)
    assert [(each.kind, each.lane, each.seq) for each in found] == [("anchor", 0, 0), ("changed", ward.pk, 2)]
    shown = text(auditor.get("/manage/audit/chains/"))
    assert "Phường Xuân Hương : Row 2 was changed after it was written" in shown
    assert shown.count("An anchor was changed after it was made.") == 1


def test_what_is_missing_at_the_end_of_the_chain_without_agency_leads_to_it(auditor: Client) -> None:
    note(officer(None))
    last = note(officer(None))
    tamper(f"DELETE FROM audit_entry WHERE lane = 0 AND seq = {last}")
    services.verify_newest(at=NOON)
    page = auditor.get("/manage/audit/chains/")
    assert "Citizens and the platform itself : Row 2 is missing" in text(page)
    assert '<li><a href="/manage/audit/chains/0/">' in page.content.decode()


def test_the_nightly_verification_names_no_other_agency_to_an_auditor_of_one(
    sign_in: Sign, ward: Agency, province: Agency
) -> None:
    other = agency("Phường Cam Ly", province)
    for who in (ward, other):
        note(officer(who))
    tamper(f"UPDATE audit_entry SET action = 'x' WHERE lane = {other.pk}")
    services.verify_newest(at=NOON)
    assert "Cam Ly" not in text(sign_in("auditor", over=ward).get("/manage/audit/chains/"))
