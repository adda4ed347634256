"""The pages of reporting: n of m fields verified, packets, comparisons, sources."""

import pytest
from django.utils import timezone

from langbiang.foundation.exchange import services as exchange
from langbiang.government.reporting import services
from langbiang.government.reporting.connectors import Window
from langbiang.government.reporting.models import Connector, FieldRow
from langbiang.government.reporting.packets import KINDS
from tests.foundation.exchange.signing_in import signed_in
from tests.government.reporting.test_drawing import WEEK, point

pytestmark = pytest.mark.django_db


def row(path: str = "period") -> FieldRow:
    return FieldRow.objects.get(packet_kind="indicator_data", our_path=path, valid_to__isnull=True)


def form(field: FieldRow, **changes: str) -> dict[str, str]:
    values = {
        "wire_name": field.wire_name, "wire_type": field.wire_type, "required": "on" if field.required else "",
        "max_len": str(field.max_len or ""), "code_list": field.code_list, "source_page": "tr. 14",
        "first_day": timezone.localdate().strftime("%d/%m/%Y"),
    }  # fmt: skip
    return {**values, **changes}


def test_the_overview_says_how_many_fields_are_verified(loaded):
    total = FieldRow.objects.count()
    page = signed_in("system_admin").get("/manage/reporting/").content.decode()
    assert f"0 of {total} fields verified" in page
    assert all(model.title in page for model in KINDS.values())


@pytest.mark.parametrize("kind", KINDS)
def test_the_mapping_of_every_kind_opens(loaded, kind):
    assert signed_in("auditor").get(f"/manage/reporting/mapping/{kind}/").status_code == 200


def test_a_name_is_corrected_and_verified(loaded):
    browser = signed_in("system_admin")
    field = row()
    assert (
        browser.post(f"/manage/reporting/mapping/fields/{field.pk}/", form(field, wire_name="KyBaoCao")).status_code
        == 302
    )
    browser.post(f"/manage/reporting/mapping/fields/{row().pk}/verify/", {"source_page": "tr. 14"})
    page = browser.get("/manage/reporting/mapping/indicator_data/").content.decode()
    assert "KyBaoCao" in page
    assert "tr. 14" in page


def test_a_name_that_cannot_hold_is_refused_on_its_field(loaded):
    field = row()
    page = signed_in("system_admin").post(f"/manage/reporting/mapping/fields/{field.pk}/", form(field, wire_name="a b"))
    assert "no blanks" in page.content.decode()
    assert row().wire_name == "Period"


def test_a_packet_shows_its_content_vintages_and_message(receiver, send):
    first, second = send(), send(value="13")
    exchange.flush("government-reporting", at=second.made_at)
    browser = signed_in("system_admin")
    page = browser.get(f"/manage/reporting/packets/{first.pk}/").content.decode()
    assert "Acknowledged" in page
    assert f"/manage/reporting/packets/{second.pk}/" in page
    assert f"/manage/exchange/messages/{first.message_id}/" in page
    assert browser.get("/manage/reporting/packets/").status_code == 200


def test_books_are_compared_on_demand(receiver, send):
    send()
    browser = signed_in("system_admin")
    answer = browser.post("/manage/reporting/comparisons/new/", follow=True)
    assert "not sent yet" in answer.content.decode()
    assert "books differ" in browser.get("/manage/reporting/comparisons/").content.decode()
    receiver.faults.set({"outage": True})
    answer = browser.post("/manage/reporting/comparisons/new/", follow=True)
    assert "could not be compared" in answer.content.decode()


def test_rows_in_quarantine_are_shown_as_they_came_with_reasons(ministries):
    ministries.bad_rows = 0.5
    point("finance-budget", ministries.address)
    drawn = services.draw(connector="finance-budget", window=WEEK, at=timezone.now())
    browser = signed_in("auditor")
    page = browser.get(f"/manage/reporting/draws/{drawn.pk}/").content.decode()
    assert "expenditure_vnd" in page
    assert str(drawn.rejected) in page
    assert browser.get("/manage/reporting/sources/").status_code == 200
    assert browser.get("/manage/reporting/sources/finance-budget/").status_code == 200


def test_a_source_is_connected_only_under_an_agreement_and_drawn_on_demand(ministries):
    browser = signed_in("system_admin")
    values = {"by": "rest", "address": ministries.address, "agreement": "", "every_h": "24", "is_active": "on"}
    address = "/manage/reporting/sources/finance-budget/change/"
    assert "only under an agreement" in browser.post(address, values).content.decode()
    assert browser.post(address, {**values, "agreement": "TT 1"}).status_code == 302
    page = browser.post("/manage/reporting/sources/finance-budget/draw/", follow=True).content.decode()
    assert "35 rows: 35 accepted, 0 in quarantine." in page
    assert Connector.objects.get(code="finance-budget").is_active
    assert isinstance(WEEK, Window)


def test_an_auditor_changes_nothing(loaded):
    browser = signed_in("auditor")
    assert browser.get(f"/manage/reporting/mapping/fields/{row().pk}/").status_code == 403
    assert browser.post("/manage/reporting/comparisons/new/").status_code == 403
    assert browser.get("/manage/reporting/sources/finance-budget/change/").status_code == 403


def test_what_is_not_there_is_not_found(loaded):
    browser = signed_in("system_admin")
    for address in ("mapping/nothing/", "packets/5/", "comparisons/5/", "draws/5/", "sources/none/",
                    "packets/99999999999999999999/", "mapping/fields/99999999999999999999/"):  # fmt: skip
        assert browser.get(f"/manage/reporting/{address}").status_code == 404
