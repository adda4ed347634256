"""Published figures on their way to the Government."""

from datetime import timedelta

from langbiang.foundation.exchange import reference as exchange_reference
from langbiang.government.indicators import services
from langbiang.government.reporting import reference as reporting_reference
from langbiang.government.reporting.models import PacketRow

from .conftest import NOW, Reporting

LATER = NOW + timedelta(hours=2)


def test_a_published_figure_becomes_one_packet_and_a_correction_its_next_vintage(reporting: Reporting) -> None:
    exchange_reference.load(at=NOW)
    reporting_reference.load(at=NOW)
    reporting.publish("TOURIST", ALL="100", INTL="10", STAY="20")
    assert services.send_published(at=NOW) == 1
    row = PacketRow.objects.get()
    assert (row.kind, row.subject, row.period, row.vintage) == ("indicator_data", "TOURIST", "2026-09", 1)
    assert [(each["unit_code"][:3], each["value"], each["vintage"]) for each in row.content["values"]] == [("H36", "100.000000", 1)]
    services.send_published(at=NOW + timedelta(minutes=10))
    assert PacketRow.objects.count() == 1
    report = reporting.owed("TOURIST")
    services.reopen(reporting.reporter, report_id=report.pk, reason="Counted twice", at=LATER)
    reporting.fill(report, ALL="90")
    services.submit(reporting.reporter, report_id=report.pk, at=LATER)
    services.verify(reporting.head, report_id=report.pk, at=LATER)
    services.publish(reporting.publisher, report_ids=[report.pk], at=LATER)
    services.send_published(at=LATER)
    newest = PacketRow.objects.order_by("-vintage").first()
    assert newest is not None
    assert (newest.vintage, newest.replaces_id) == (2, row.pk)
    assert newest.content["values"][0]["vintage"] == 2
