"""What a rule of alerts is about, in words: a measure of the platform, or an indicator."""

from collections.abc import Iterable
from dataclasses import dataclass

from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from langbiang.foundation.access import Actor
from langbiang.foundation.organizations import queries as organizations
from langbiang.government.indicators import queries as indicators

from . import figures, policies, published
from .figures import Measure
from .models import Alert, AlertRule
from .published import Described
from .writing import written


@dataclass(frozen=True)
class About:
    """The figure of a rule; neither where an indicator has left the catalogue."""

    code: str
    measure: Measure | None = None
    indicator: Described | None = None

    @property
    def title(self) -> str:
        """What the figure is called."""
        if self.measure is not None:
            return str(self.measure.title)
        return self.indicator.name if self.indicator is not None else self.code

    def written(self, value: float | None) -> str:
        """A value of it as people read it."""
        return published.written(value, self.indicator) if self.indicator is not None else written(value, self.measure)


def about(rule: AlertRule) -> About:
    """What one rule is about. At most one SQL statement."""
    return abouts([rule])[rule.pk]


def abouts(rules: Iterable[AlertRule]) -> dict[int, About]:
    """What rules are about, by rule. At most one SQL statement."""
    rows = {rule.pk: rule for rule in rules}
    codes = [rule.indicator for rule in rows.values() if rule.indicator]
    known = published.described(codes, on=timezone.localdate()) if codes else {}
    return {
        pk: About(rule.indicator, indicator=known.get(rule.indicator)) if rule.indicator else About(rule.measure, figures.figure(rule.measure))
        for pk, rule in rows.items()
    }


def value_words(alert: Alert, of: About) -> str:
    """The value of an alert with its period; of a report that was not sent, which one."""
    if alert.kind == Alert.Kind.MISSING and alert.period:
        return unsent_words(alert.period)
    words = of.written(float(alert.value) if alert.value is not None else None)
    return f"{words}, {indicators.period_said(alert.period)}" if alert.period else words


def unsent_words(period: str) -> str:
    """That the figures of a period were not sent."""
    return _("%(period)s not sent") % {"period": indicators.period_said(period)}


def address(actor: Actor, alert: Alert) -> str:
    """Where the figure of an alert on an indicator is opened: where it comes from, for whoever may see that."""
    rule = alert.rule
    if not alert.period or not policies.may_view_indicators(actor):
        return reverse("centre:indicator", args=[rule.indicator])
    whose = alert.agency_id if rule.level == AlertRule.Level.UNIT else next(iter(organizations.root_ids()), alert.agency_id)
    return published.address(rule.indicator, whose, alert.period)
