"""An outage of 72 hours and 20 % faults: nothing lost, nothing doubled, books equal. The full size is in bench/."""

import pytest

from bench.reporting_sync import Setting, rehearse

pytestmark = pytest.mark.django_db


def test_nothing_is_lost_or_doubled_through_three_days_of_outage_and_a_fifth_of_faults(receiver):
    outcome = rehearse(receiver, Setting(units=5, days=5, outage_from_h=30, outage_h=72, every_minutes=60))
    assert outcome.made == outcome.held_there
    assert outcome.lost == outcome.doubled == outcome.out_of_order == outcome.altered == 0
    assert outcome.differences == {}
    assert outcome.faults > outcome.made * 0.1
    assert outcome.corrections > 0
