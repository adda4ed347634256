"""Adding an indicator and changing a formula as pages: nothing typed is lost, what is refused is named."""

from datetime import date

from langbiang.government.indicators.models import Breakdown, Category, Indicator, Obligation, Target

from .conftest import Reporting
from .test_pages import Enter, enter

__all__ = ["enter"]
ABOUT = {
    "code": "khach_qt", "group": "trade", "name": "Tỷ lệ khách quốc tế", "name_en": "Share of foreign visitors", "definition": "Khách quốc tế trên tổng lượt khách.",
    "unit": "%", "decimals": "1", "frequency": "M", "scheme": "calendar", "direction": "1", "levels": ["province", "commune"], "owner": "H36.11",
    "valid_from": "01/09/2026", "source": "Công văn 77",
}  # fmt: skip
DUE = {"source_kind": "form", "rule": "day_of_month", "number": "5", "hour": "17:00", "shift": "after", "grace_hours": "24", "coverage_percent": "90"}
COLUMN = {"column-0-suffix": "n", "column-0-name": "Số lớp", "column-0-role": "top", "column-0-space": "sum", "column-0-time": "sum", "column-0-unit": "lớp"}
SPARE = {"column-1-role": "top", "column-1-space": "sum", "column-1-time": "sum"}
MANAGED = {"column-TOTAL_FORMS": "2", "column-INITIAL_FORMS": "0", "column-MIN_NUM_FORMS": "1", "column-MAX_NUM_FORMS": "12"}


def test_a_formula_is_tried_refused_with_a_way_out_and_added(reporting: Reporting, enter: Enter) -> None:
    client = enter("keeper")
    address = "/manage/indicators/new/?kind=formula"
    assert "TOURIST.INTL" in client.get(address).content.decode()
    refused = client.post(address, {**ABOUT, "formula": "touris.intl / tourist", "act": "add"}).content.decode()
    assert "Có phải ý bạn là TOURIST.INTL" in refused
    assert "Khách quốc tế trên tổng lượt khách." in refused
    tried = client.post(address, {**ABOUT, "formula": "tourist.intl / tourist * 100", "act": "try"})
    assert len(tried.context["trial"]) == 4
    assert not Indicator.objects.filter(code="KHACH_QT").exists()
    assert client.post(address, {**ABOUT, "formula": "tourist.intl / tourist * 100", "act": "add", "target": "12,5"}).status_code == 302
    made = Indicator.objects.get(code="KHACH_QT")
    assert (made.formula, made.verified, made.direction) == ("TOURIST.INTL / TOURIST * 100", False, 1)
    assert Target.objects.get(code="KHACH_QT").value == 12.5
    page = client.get("/manage/indicators/KHACH_QT/").content.decode()
    assert "TOURIST.INTL / TOURIST * 100" in page
    assert "Gửi báo cáo trước" not in page
    assert "KHACH_QT" in client.get("/manage/indicators/TOURIST/").content.decode()
    assert client.get(f"/work/indicators/at/KHACH_QT/{reporting.commune}/2026-09/").status_code == 200
    assert enter("head").get("/work/indicators/at/KHACH_QT/").status_code == 200
    assert enter("head").get(address).status_code == 403


def test_a_reporting_form_is_put_together_column_by_column(reporting: Reporting, enter: Enter) -> None:
    client = enter("keeper")
    address = "/manage/indicators/new/"
    more = client.post(address, {**ABOUT, **DUE, **COLUMN, **SPARE, **MANAGED, "code": "LOP", "act": "more"})
    assert len(more.context["columns"].forms) == 3
    assert 'value="Số lớp"' in more.content.decode()
    assert 'value="LOP"' in more.content.decode()
    bad = client.post(address, {**ABOUT, **DUE, **SPARE, **MANAGED, "code": "LOP", "act": "add"})
    assert "Nội dung cần báo cáo: " in bad.content.decode()
    assert client.post(address, {**ABOUT, **DUE, **COLUMN, **SPARE, **MANAGED, "code": "LOP", "act": "add"}).status_code == 302
    assert Indicator.objects.get(code="LOP").top == ["LOP.N"]
    assert Obligation.objects.filter(indicator__code="LOP").exists()


def test_a_new_formula_of_a_reported_indicator_keeps_the_former_row(reporting: Reporting, enter: Enter) -> None:
    client = enter("keeper")
    address = "/manage/indicators/TOURIST/formula/"
    shown = client.get(address).content.decode()
    assert "Mọi công thức, mới nhất trước" in shown
    managed = {**MANAGED, "column-TOTAL_FORMS": "1", "column-MIN_NUM_FORMS": "0", "column-0-role": "top", "column-0-space": "sum", "column-0-time": "sum"}
    asked = {"top": ["TOURIST.STAY"], "base": ["TOURIST.ALL"], "scale": "100", "valid_from": "01/12/2030", "source": "Công văn 9", "act": "change", **managed}
    assert client.post(address, {**asked, "top": []}).status_code == 200
    assert client.post(address, asked).status_code == 302
    rows = list(Indicator.objects.filter(code="TOURIST").order_by("valid_from"))
    assert [row.valid_to for row in rows] == [date(2030, 12, 1), None]
    assert (rows[1].top, rows[1].base) == (["TOURIST.STAY"], ["TOURIST.ALL"])


def test_an_indicator_is_ended_with_the_act_it_stands_on(reporting: Reporting, enter: Enter) -> None:
    client = enter("keeper")
    address = "/manage/indicators/CPI/end/"
    assert client.post(address, {"valid_to": "01/12/2030"}).status_code == 200
    assert client.post(address, {"valid_to": "01/12/2030", "source": "Công văn 10"}).status_code == 302
    assert Indicator.objects.get(code="CPI").valid_to == date(2030, 12, 1)
    assert client.get("/manage/indicators/CPI/").status_code == 200
    assert client.get("/work/indicators/at/CPI/").status_code == 200


def test_a_keeper_adds_a_dimension_and_has_a_series_reported_by_it(reporting: Reporting, enter: Enter) -> None:
    client = enter("keeper")
    asked = {"code": "AREA", "name": "Khu vực", "valid_from": "01/09/2026", "source": "Công văn 12"}
    refused = client.post("/manage/indicators/dimensions/", {**asked, "code": "khu vực"}).content.decode()
    assert "không phải mã tiêu thức phân tổ" in refused
    assert "Công văn 12" in refused
    assert client.post("/manage/indicators/dimensions/", asked).status_code == 302
    none_yet = {"series": "TOURIST.STAY", "dimensions": ["AREA"], "is_exhaustive": "on", "valid_from": "01/09/2026", "source": "Công văn 12"}
    assert "Tiêu thức chưa có nhóm nào" in client.post("/manage/indicators/TOURIST/breakdowns/", none_yet).content.decode()
    for code, name in (("URBAN", "Thành thị"), ("RURAL", "Nông thôn")):
        given = {"code": code, "name": name, "valid_from": "01/09/2026", "source": "Công văn 12"}
        assert client.post("/manage/indicators/dimensions/AREA/", given).status_code == 302
    assert client.post("/manage/indicators/TOURIST/breakdowns/", none_yet).status_code == 302
    page = client.get("/manage/indicators/TOURIST/breakdowns/").content.decode()
    assert "Thành thị; Nông thôn" in page
    assert "phải nhập đủ" in page
    row = Breakdown.objects.get(by="AREA")
    end = {"valid_to": "01/09/2026", "source": "Công văn 13"}
    assert "Ngày phải sau ngày 01/09/2026" in client.post(f"/manage/indicators/TOURIST/breakdowns/{row.pk}/end/", end).content.decode()
    assert client.get(f"/manage/indicators/CPI/breakdowns/{row.pk}/end/").status_code == 404
    assert client.post(f"/manage/indicators/TOURIST/breakdowns/{row.pk}/end/", {**end, "valid_to": "01/12/2026"}).status_code == 302
    category = Category.objects.get(code="URBAN")
    assert client.get(f"/manage/indicators/dimensions/SEX/{category.pk}/end/").status_code == 404
    assert client.post(f"/manage/indicators/dimensions/AREA/{category.pk}/end/", {**end, "valid_to": "01/12/2026"}).status_code == 302
    assert client.post("/manage/indicators/dimensions/AREA/end/", {**end, "valid_to": "01/12/2026"}).status_code == 302
    assert "Khu vực" in client.get("/manage/indicators/dimensions/AREA/").content.decode()
    assert client.get("/manage/indicators/dimensions/NONE/").status_code == 404
