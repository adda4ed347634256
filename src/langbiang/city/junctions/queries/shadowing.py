"""What keeps controllers in shadow from being armed, for any number of junctions at once."""

from collections.abc import Iterable
from datetime import datetime, timedelta

from django.utils import timezone
from django.utils.translation import gettext as _

from ..models import Junction, Layout, ShadowScore
from ..services.finding import rule

Pair = tuple[int, str]


def objections(pairs: Iterable[tuple[Junction, str]], *, at: datetime) -> dict[Pair, str]:
    """By junction and controller why it may not be armed yet, or an empty string; four statements however many.

    A controller must have been scored on each of the last n days (a rule of the house), each nearly whole (a rule as well), under
    the layout now in force, without one denial of the gate and on no day with a worse 95th percentile than the live controller.
    """
    places = {(junction.pk, controller): junction for junction, controller in pairs}
    days, least = int(rule("shadow_days", at=at)), int(rule("shadow_minutes_least", at=at))
    today = timezone.localdate(at)
    first = today - timedelta(days=days)
    ids = {pk for pk, _controller in places}
    approved = dict(Layout.objects.filter(state="approved", junction__in=ids).values_list("junction_id", "approved_at"))
    scores: dict[Pair, list[ShadowScore]] = {}
    for row in ShadowScore.objects.filter(junction__in=ids, day__gte=first, day__lt=today, minutes__gte=least).order_by("day"):
        since = approved.get(row.junction_id)
        if since is None or row.day > timezone.localdate(since):
            scores.setdefault((row.junction_id, row.controller), []).append(row)
    return {pair: _objection(junction, scores.get(pair, []), days=days, least=least) for pair, junction in places.items()}


def _objection(junction: Junction, rows: list[ShadowScore], *, days: int, least: int) -> str:
    if len(rows) < days:
        return _("%(junction)s: %(done)s of %(days)s days in shadow, each with at least %(least)s minutes under this layout.") % {
            "junction": junction.name, "done": len(rows), "days": days, "least": least,
        }  # fmt: skip
    denials = sum(row.denials for row in rows)
    if denials:
        return _("%(junction)s: the gate denied %(count)s commands in shadow.") % {"junction": junction.name, "count": denials}
    worse = next((row for row in rows if row.p95_s > row.live_p95_s), None)
    if worse is not None:
        return _("%(junction)s: on %(day)s the longest delays were worse than those of the live controller.") % {
            "junction": junction.name, "day": f"{worse.day:%d/%m/%Y}",
        }  # fmt: skip
    return ""
