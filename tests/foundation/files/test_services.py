"""Handing in, keeping, reading and tidying up."""

import datetime as dt
import subprocess

import pytest
from django.apps import apps
from django.db import IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext

from langbiang.foundation.access import ANONYMOUS, SYSTEM, Forbidden
from langbiang.foundation.audit import queries as audit
from langbiang.foundation.files import examination, policies, queries, services, storage
from langbiang.foundation.files.models import Limit, StoredFile
from langbiang.foundation.files.services import BadLimit, Busy, Damaged, Full, NoSuchFile, Rejected, TooLarge, TooMuch
from tests.foundation.files import samples
from tests.foundation.files.conftest import ADMIN, CITIZEN, NEIGHBOUR, NOW, OFFICER, hand_in, made, upload

pytestmark = pytest.mark.django_db
LATER = NOW + dt.timedelta(days=30)


def test_a_file_handed_in_is_kept_with_who_when_and_what():
    data = samples.pdf(pages=3)
    file = hand_in(data, name="Giấy chứng sinh.PDF", owner="cases.case:17")
    assert (file.name, file.mime, file.pages, file.size) == ("Giấy chứng sinh.pdf", "application/pdf", 3, len(data))
    assert (file.room, file.owner, file.account_id, file.created_by) == ("trial", "cases.case:17", 501, CITIZEN.label)
    assert services.read_trusted(file.pk) == data


def test_a_file_is_named_by_its_content_not_by_its_name():
    assert hand_in(samples.picture(), name="giấy.pdf").name == "giấy.jpg"


def test_two_rows_may_share_one_content(home):
    data = samples.pdf()
    first, second = hand_in(data), hand_in(data, actor=NEIGHBOUR)
    assert first.pk != second.pk
    assert first.sha256 == second.sha256
    assert len([p for p in home.rglob("*") if p.is_file()]) == 1


def test_what_was_taken_out_is_told_in_words():
    def change(document):
        document.Root.OpenAction = samples.action("JavaScript", JS="x")

    file = hand_in(samples.pdf(change))
    assert file.cleaned == ["script"]
    assert len(file.cleaned_words) == 1
    assert b"JavaScript" not in services.read_trusted(file.pk)


@pytest.mark.parametrize("code", [*examination.REASONS, "pages"])
def test_every_reason_has_words_and_a_way_out(code):
    refused = examination.rejection(code, {"pages": 9, "limit": 3})
    assert str(refused.message)
    assert str(refused.way_out)
    assert refused.field == "file"


def test_a_refused_file_leaves_nothing(home):
    with pytest.raises(Rejected) as refused:
        hand_in(b"MZ\x90 a program", name="giấy.pdf")
    assert refused.value.code == "kind"
    assert not StoredFile.objects.exists()
    assert not [p for p in home.rglob("*") if p.is_file()]


def test_a_file_over_the_limit_is_refused_with_both_sizes():
    Limit.objects.create(room="trial", max_bytes=2 * 1024 * 1024, valid_from=dt.date(2026, 1, 1))
    with pytest.raises(TooLarge) as refused:
        hand_in(b"%PDF-" + b"0" * 3 * 1024 * 1024)
    assert "3" in str(refused.value)
    assert "2" in str(refused.value)


def test_an_upload_that_lies_about_its_size_is_still_refused():
    Limit.objects.create(room="trial", max_bytes=1000, valid_from=dt.date(2026, 1, 1))
    lying = upload(b"%PDF-" + b"0" * 5000)
    lying.size = 10
    with pytest.raises(TooLarge):
        services.store_file(CITIZEN, upload=lying, room="trial", owner="", at=NOW)


def test_nobody_hands_in_files_without_signing_in():
    with pytest.raises(Forbidden):
        hand_in(samples.pdf(), actor=ANONYMOUS)


def test_a_citizen_cannot_fill_the_disk_within_a_day_but_goes_on_the_next():
    Limit.objects.create(room="", max_bytes_a_day=1500, valid_from=dt.date(2026, 1, 1))
    data = samples.pdf()
    hand_in(data)
    with pytest.raises(TooMuch):
        for n in range(5):
            hand_in(samples.pdf(pages=n + 1))
    hand_in(data, at=NOW + dt.timedelta(days=1, minutes=1))
    for n in range(5):
        hand_in(samples.pdf(pages=n + 1), actor=OFFICER)


def test_a_full_disk_keeps_neither_row_nor_bytes(home, monkeypatch):
    monkeypatch.setattr(storage, "RESERVE", 1 << 60)
    with pytest.raises(Full):
        hand_in(samples.pdf())
    assert not StoredFile.objects.exists()


def test_a_file_that_takes_too_long_is_refused_and_its_place_is_free_again(monkeypatch):
    def never(*args, **kwargs):
        raise subprocess.TimeoutExpired("check", 1)

    monkeypatch.setattr(examination.subprocess, "run", never)
    for _ in range(examination.AT_ONCE + 1):
        with pytest.raises(Rejected) as refused:
            hand_in(samples.pdf())
        assert refused.value.code == "slow"


@pytest.mark.parametrize(("ending", "code"), [(-11, "slow"), (-9, "slow"), (1, "broken"), (0, "broken")])
def test_a_child_that_dies_keeps_nothing(monkeypatch, ending, code):
    died = subprocess.CompletedProcess("check", ending, stdout=b"", stderr=b"")
    monkeypatch.setattr(examination.subprocess, "run", lambda *args, **kwargs: died)
    with pytest.raises(Rejected) as refused:
        hand_in(samples.pdf())
    assert refused.value.code == code
    assert not StoredFile.objects.exists()


def test_when_all_places_are_taken_one_is_asked_to_wait(monkeypatch):
    monkeypatch.setattr(examination, "WAIT_SECONDS", 0.01)
    taken = [examination._places.acquire(blocking=False) for _ in range(examination.AT_ONCE)]
    try:
        with pytest.raises(Busy):
            hand_in(samples.pdf())
    finally:
        for _ in filter(None, taken):
            examination._places.release()


# --- reading -----------------------------------------------------------------------------------------------------


def test_a_damaged_file_is_never_given_to_a_service():
    file = made(b"content")
    storage.path_of(file.sha256).write_bytes(b"CONTENT")
    with pytest.raises(Damaged):
        services.read_trusted(file.pk)


@pytest.mark.parametrize("file_id", [None, 0, 999_999])
def test_a_file_that_is_not_there_is_said_not_to_be_there(file_id):
    with pytest.raises(NoSuchFile):
        services.read_trusted(file_id)


def test_who_handed_it_in_reads_it_and_nobody_else_while_it_hangs_on_nothing():
    file = made(b"x")
    draft = made(b"x", owner="forms.draft:8b0c")
    for one in (file, draft):
        assert policies.may_read(CITIZEN, one)
        assert policies.may_read(SYSTEM, one)
        for stranger in (NEIGHBOUR, OFFICER, ADMIN, ANONYMOUS):
            assert not policies.may_read(stranger, one)


def test_once_it_hangs_on_a_record_its_room_decides_and_not_who_brought_it():
    file = made(b"x", owner="cases.case:17", actor=OFFICER)
    assert not policies.may_read(OFFICER, file)
    policies.register_reader("trial", lambda actor, asked: actor == NEIGHBOUR and asked.owner == "cases.case:17")
    assert policies.may_read(NEIGHBOUR, file)
    assert not policies.may_read(OFFICER, file)


def test_a_room_answers_for_its_own_files_only():
    policies.register_reader("other", lambda actor, file: True)
    assert not policies.may_read(NEIGHBOUR, made(b"x"))


def test_a_file_of_a_draft_that_a_record_points_at_is_no_longer_its_uploaders():
    file = made(b"x", owner="forms.draft:8b0c", actor=OFFICER)
    pointing = [f for f in StoredFile._meta.get_fields(include_hidden=True) if f.auto_created and f.is_relation]
    if not pointing:
        pytest.skip("no room with files is installed")
    assert policies.may_read(OFFICER, file)  # asked of every table that points at files, and none does
    with CaptureQueriesContext(
        connection,
    ) as asked:
        policies.may_read(OFFICER, file)
    assert len(asked) == len(pointing)


def test_an_officer_reading_a_paper_is_on_record_and_its_owner_is_not():
    policies.register_reader("trial", lambda actor, file: True)
    file = made(b"paper", owner="cases.case:17")
    services.open_file(CITIZEN, file_id=file.pk, at=NOW)
    assert not list(audit.history_of(f"files.storedfile:{file.pk}"))
    found, data = services.open_file(OFFICER, file_id=file.pk, at=NOW)
    assert (found.pk, data) == (file.pk, b"paper")
    assert [row.action for row in audit.history_of(f"files.storedfile:{file.pk}")] == ["file.read"]


def test_files_are_described_with_one_statement():
    files = [made(bytes([n])) for n in range(20)]
    with CaptureQueriesContext(connection) as asked:
        found = queries.describe([file.pk for file in files])
    assert set(found) == {file.pk for file in files}
    assert len(asked) == 1


def test_nobody_attaches_somebody_elses_file():
    mine, theirs = made(b"1"), made(b"2", actor=NEIGHBOUR)
    assert queries.own(CITIZEN, [mine.pk, theirs.pk], room="trial") == [mine]
    assert queries.own(CITIZEN, [mine.pk], room="other") == []
    made_by_nobody = made(b"3", actor=SYSTEM)
    assert queries.own(ANONYMOUS, [made_by_nobody.pk], room="trial") == []


@pytest.mark.parametrize("wrong", [{"sha256": "abc"}, {"name": ""}, {"room": ""}])
def test_the_database_refuses_a_row_without_digest_name_or_room(wrong):
    row = {"sha256": "0" * 64, "size": 1, "mime": "x", "name": "x", "room": "x", "created_at": NOW} | wrong
    with pytest.raises(IntegrityError), transaction.atomic():
        StoredFile.objects.create(**row)


# --- tidying up --------------------------------------------------------------------------------------------------


@pytest.fixture
def old_store(home):
    """As if every content had lain there for a month."""
    import os

    def age():
        for path in (home / "files").rglob("*"):
            if path.is_file():
                os.utime(path, (NOW.timestamp(), NOW.timestamp()))

    return age


def test_a_content_without_a_row_goes_after_its_grace_and_one_with_a_row_stays(old_store):
    orphan, kept = storage.keep(b"written by a transaction that was rolled back"), made(b"kept")
    old_store()
    assert services.clean_up(at=NOW + dt.timedelta(days=1))["contents"] == 0
    assert services.clean_up(at=LATER)["contents"] == 1
    assert not storage.path_of(orphan).exists()
    assert services.read_trusted(kept.pk) == b"kept"


def test_files_of_a_room_that_does_not_answer_are_never_removed(old_store):
    made(b"x")
    old_store()
    assert services.clean_up(at=LATER)["files"] == 0


def test_files_whose_record_is_gone_go_with_their_content_when_the_room_lets_go(old_store):
    gone, needed = made(b"of a draft that expired", owner="forms.draft:" + "0" * 8), made(b"in the answers of a case")
    unknown = made(b"of something we cannot look up", owner="nowhere.thing:1")
    policies.register_holder("trial", lambda ids: {needed.pk})
    StoredFile.objects.filter(pk=gone.pk).update(owner="forms.draft:00000000-0000-4000-8000-000000000000")
    old_store()
    assert services.clean_up(at=NOW + dt.timedelta(days=6)) == {"drafts": 0, "files": 0, "contents": 0}
    assert services.clean_up(at=LATER) == {"drafts": 0, "files": 1, "contents": 1}
    assert set(StoredFile.objects.values_list("pk", flat=True)) == {needed.pk, unknown.pk}


def test_a_content_shared_with_a_needed_file_stays(old_store):
    policies.register_holder("trial", lambda ids: set())
    made(b"shared")
    other = made(b"shared", room="other")
    old_store()
    assert services.clean_up(at=LATER) == {"drafts": 0, "files": 1, "contents": 0}
    assert services.read_trusted(other.pk) == b"shared"


def test_a_file_still_hanging_on_a_living_record_stays(old_store):
    policies.register_holder("trial", lambda ids: set())
    living = Limit.objects.create(room="x", valid_from=dt.date(2026, 1, 1))
    made(b"x", owner=f"files.limit:{living.pk}")
    old_store()
    assert services.clean_up(at=LATER)["files"] == 0


def test_hanging_files_onto_a_record_changes_only_those_of_the_room():
    mine, other = made(b"1"), made(b"2", room="other")
    assert services.bind([mine.pk, other.pk], room="trial", owner="cases.case:3") == 1
    mine.refresh_from_db()
    assert mine.owner == "cases.case:3"


# --- limits ------------------------------------------------------------------------------------------------------

SENSIBLE = {
    "room": "trial", "max_bytes": 5 * 1024 * 1024, "max_pages": 50, "max_bytes_a_day": 50 * 1024 * 1024,
    "valid_from": dt.date(2026, 12, 1), "source": "Quyết định số 12/QĐ-SKHCN",
}  # fmt: skip


def test_limits_hold_from_their_day_on_and_a_rooms_own_come_first():
    services.set_limit(ADMIN, **SENSIBLE, at=NOW)
    services.set_limit(ADMIN, **SENSIBLE | {"room": "", "max_pages": 70}, at=NOW)
    assert services.limits_for("trial", at=NOW).max_bytes == 20_000_000
    assert services.limits_for("trial", at=LATER).max_pages == 50
    assert services.limits_for("other", at=LATER).max_pages == 70


def test_a_new_limit_ends_the_one_before_and_setting_it_again_replaces_it():
    services.set_limit(ADMIN, **SENSIBLE, at=NOW)
    later = SENSIBLE | {"valid_from": dt.date(2027, 1, 1), "max_pages": 9}
    services.set_limit(ADMIN, **later, at=NOW)
    services.set_limit(ADMIN, **later | {"max_pages": 8}, at=NOW)
    rows = Limit.objects.order_by("valid_from").values_list("max_pages", "valid_from", "valid_to")
    assert list(rows) == [
        (50, dt.date(2026, 12, 1), dt.date(2027, 1, 1)),
        (8, dt.date(2027, 1, 1), None),
    ]


def test_a_limit_set_between_two_lasts_until_the_next():
    services.set_limit(ADMIN, **SENSIBLE | {"valid_from": dt.date(2027, 1, 1)}, at=NOW)
    between = services.set_limit(ADMIN, **SENSIBLE, at=NOW)
    assert between.valid_to == dt.date(2027, 1, 1)


def test_limits_are_set_by_those_who_keep_the_store_for_the_whole_province_only():
    with pytest.raises(Forbidden):
        services.set_limit(OFFICER, **SENSIBLE, at=NOW)


@pytest.mark.parametrize("wrong", [{"max_bytes": 10}, {"max_bytes": 1 << 40}, {"max_pages": 0}, {"max_bytes_a_day": 1}])
def test_a_limit_without_sense_is_refused_naming_its_field(wrong):
    with pytest.raises(BadLimit) as refused:
        services.set_limit(ADMIN, **SENSIBLE | wrong, at=NOW)
    assert refused.value.field == next(iter(wrong))


def test_setting_a_limit_is_on_record():
    limit = services.set_limit(ADMIN, **SENSIBLE, at=NOW)
    assert [row.action for row in audit.history_of(f"files.limit:{limit.pk}")] == ["file.limit_set"]


def test_a_walk_over_the_store_names_what_is_damaged_or_missing():
    sound, damaged, missing = made(b"1"), made(b"2"), made(b"3")
    storage.path_of(damaged.sha256).write_bytes(b"two")
    storage.path_of(missing.sha256).unlink()
    found = queries.verify()
    assert (found.contents, found.damaged, found.missing) == (3, [damaged.sha256], [missing.sha256])
    assert not found.is_sound
    assert sound.sha256 not in found.damaged


def test_the_room_is_installed_under_its_own_name():
    assert apps.get_app_config("files").name == "langbiang.foundation.files"
