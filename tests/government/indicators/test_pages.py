"""The matrix, the rules and the written reports as pages."""

from collections.abc import Callable
from datetime import date

import pytest
from django.test import Client

from langbiang.foundation.access.models import RoleAssignment
from langbiang.foundation.accounts.models import Account
from langbiang.foundation.exchange import reference as exchange_reference
from langbiang.foundation.organizations import queries as organizations
from langbiang.foundation.organizations.models import Holding, Position
from langbiang.government.indicators import services
from langbiang.government.indicators.models import Narrative, Obligation, Outline, Rule
from langbiang.government.reporting import reference as reporting_reference

from .conftest import NOW, Reporting

Enter = Callable[[str], Client]


@pytest.fixture
def enter(reporting: Reporting, client: Client) -> Enter:
    """Sign in as an account of `reporting` that holds a seat with a role."""
    seats = {"reporter": ("officer", reporting.commune), "head": ("leader", reporting.commune), "foreign": ("officer", reporting.other),
             "keeper": ("system_admin", next(iter(organizations.root_ids())))}  # fmt: skip
    for who, (role, agency) in seats.items():
        account = getattr(reporting, who).account_id
        seat = Position.objects.create(agency_id=agency, title=who, title_en=who, valid_from="2025-07-01")
        Holding.objects.create(position=seat, account_id=account, valid_from="2025-07-01")
        RoleAssignment.objects.create(position=seat, role=role, agency_id=agency, valid_from="2025-07-01", created_at=NOW)
    organizations.forget()

    def sign_in(who: str) -> Client:
        client.force_login(Account.objects.get(pk=getattr(reporting, who).account_id))
        return client

    return sign_in


def names(client: Client, **asked: str) -> list[str]:
    answer = client.get("/work/indicators/matrix/", {"month": "2026-10", **asked})
    assert answer.status_code == 200
    return [row["name"] for row in answer.context["rows"]]


def test_the_matrix_is_narrowed_by_name_state_and_chapter(reporting: Reporting, enter: Enter) -> None:
    client = enter("head")
    everything = names(client)
    assert len(everything) == 124
    assert not any(name.startswith("UBND") for name in everything)
    Obligation.objects.filter(about_id=reporting.commune, indicator__code="TOURIST").update(state="missing")
    Obligation.objects.filter(about_id=reporting.other, indicator__code="SAFETY").update(state="late")
    (bad,) = names(client, state="bad")
    (late,) = names(client, state="late")
    assert bad != late
    assert names(client, state="bad", chapter="services") == []
    assert names(client, state="bad", q=bad.lower()) == [bad]
    assert names(client, q="khong co don vi nao") == []
    assert names(client, sort="worst")[0] == bad
    assert len(names(client, state="nonsense", chapter="nonsense")) == 124
    page = client.get("/work/indicators/matrix/", {"month": "2026-10", "state": "late", "q": "không có"}).content.decode()
    assert "Không có đơn vị nào như vậy" in page


def test_cells_lead_to_reports_only_for_those_who_may_open_them(reporting: Reporting, enter: Enter) -> None:
    report = reporting.owed("TOURIST")
    Obligation.objects.filter(pk=report.pk).update(state="missing")
    address = f"/work/indicators/report/{report.pk}/"
    assert address in enter("head").get("/work/indicators/matrix/?month=2026-10").content.decode()
    assert enter("head").get(address).status_code == 200
    assert address not in enter("foreign").get("/work/indicators/matrix/?month=2026-10").content.decode()


def test_a_keeper_adds_a_rule_and_ends_it(reporting: Reporting, enter: Enter) -> None:
    client = enter("keeper")
    asked = {"name": "Khách quốc tế không quá khách lưu trú", "kind": "compare", "left": ["TOURIST.INTL"], "sign": "<=", "factor": "1",
             "valid_from": "01/11/2026", "source": "Công văn 12"}  # fmt: skip
    refused = client.post("/manage/indicators/TOURIST/rules/", asked)
    assert "Hãy chọn số liệu của chỉ số này để so sánh." in refused.content.decode()
    assert client.post("/manage/indicators/TOURIST/rules/", {**asked, "right": ["TOURIST.STAY"]}).status_code == 302
    rule = Rule.objects.get(code="TOURIST")
    assert "Khách quốc tế không lớn hơn Khách lưu trú" in client.get("/manage/indicators/TOURIST/rules/").content.decode()
    assert client.post(f"/manage/indicators/TOURIST/rules/{rule.pk}/end/", {"valid_to": "01/12/2026"}).status_code == 302
    rule.refresh_from_db()
    assert rule.valid_to == date(2026, 12, 1)
    assert client.get(f"/manage/indicators/CPI/rules/{rule.pk}/end/").status_code == 404


def test_a_written_report_is_kept_sent_and_checked_on_its_page(reporting: Reporting, enter: Enter) -> None:
    exchange_reference.load(at=NOW)
    reporting_reference.load(at=NOW)
    services.make_narratives(first=date(2026, 10, 1), last=date(2026, 10, 31), at=NOW)
    report = Narrative.objects.get(outline__code="BC.KTXH.THANG", agency_id=reporting.commune, period="2026-10-R")
    address = f"/work/indicators/written/{report.pk}/"
    client = enter("reporter")
    sections = {f"s-{each['number']}": f"Mục {each['number']}" for each in report.outline.sections}
    refused = client.post(address, {"s-I": "Chỉ có mục một", "act": "send"}).content.decode()
    assert "Mục II “" in refused
    assert "Chỉ có mục một" in refused
    assert client.post(address, {**sections, "act": "keep"}).status_code == 302
    assert client.post(address, {**sections, "act": "send"}).status_code == 302
    report.refresh_from_db()
    assert report.stage == "submitted"
    assert client.post(f"{address}check/").status_code == 403
    assert enter("foreign").get(address).status_code == 404
    client = enter("head")
    assert report.pk in {line["report"].pk for block in client.get("/work/indicators/written/").context["blocks"] for line in block[1]}
    client.post(f"{address}check/")
    client.post(f"{address}hand-on/")
    report.refresh_from_db()
    assert report.stage == "published"
    read = enter("foreign").get(address)
    assert "Mục VI" in read.content.decode()
    listed = enter("foreign").get("/work/indicators/written/of/BC.KTXH.THANG/2026-10-R/")
    assert [line["report"].pk for line in listed.context["lines"] if line["may_open"] and line["report"].agency_id == reporting.commune] == [report.pk]
    client = enter("head")
    assert client.post(f"{address}return/", {"reason": "Sai số hộ nghèo"}).status_code == 302
    report.refresh_from_db()
    assert report.stage == "returned"


def test_a_keeper_changes_an_outline_and_is_told_which_line_is_wrong(reporting: Reporting, enter: Enter) -> None:
    client = enter("keeper")
    assert client.get("/manage/indicators/outlines/").status_code == 200
    address = "/manage/indicators/outlines/BC.KTXH.THANG/"
    asked = {"name": "Báo cáo tháng", "name_en": "Monthly", "sections": "I | Kinh tế\nII", "days": "4", "hour": "16:30", "valid_from": "01/12/2026",
             "source": "Quyết định 9"}  # fmt: skip
    assert "Dòng 2 thiếu số mục hoặc tên mục." in client.post(address, asked).content.decode()
    assert client.post(address, {**asked, "sections": "I | Kinh tế\nII* | Kiến nghị"}).status_code == 302
    made = Outline.objects.get(code="BC.KTXH.THANG", valid_to__isnull=True)
    assert (made.name, len(made.sections), made.deadline["days"]) == ("Báo cáo tháng", 2, 4)
