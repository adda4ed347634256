"""The morning brief: what changed most, what is late, what is due, and what is not known."""

import time
from dataclasses import asdict
from datetime import date, datetime, timedelta
from typing import Any

from django.db import transaction
from django.utils import timezone, translation

from langbiang.foundation import events
from langbiang.foundation.access import SYSTEM
from langbiang.foundation.organizations import queries as organizations

from .. import composing, figures, ruled
from ..composing import Change, Fact, Sentence
from ..events import BriefReady
from ..figures import Scope
from ..models import Alert, Brief
from ..writing import title_of, written

USUAL_DAYS = 28
# How much a change of a flow weighs in the choice of the largest.
WEIGHTS = {"cases.received": 1.0, "cases.completed": 1.2, "cases.refused": 1.5}
WORST = 3
OLD_ALERT = timedelta(hours=24)


@transaction.atomic
def write_brief(*, day: date, at: datetime) -> Brief:
    """Write the brief of a day from what is known at a moment; a brief that exists is given back unchanged.

    The sentences are Vietnamese whatever the language of whoever asks: the brief is a document of the province.
    """
    if (kept := Brief.objects.filter(day=day).first()) is not None:
        return kept
    begun = time.perf_counter()
    with translation.override("vi"):
        sections = compose(day=day, at=at)
    store: dict[str, Any] = {}
    told: list[dict[str, Any]] = []
    for key, title, sentences in sections:
        lines = []
        for sentence in sentences:
            places_of = {}
            for name, fact in sentence.facts.items():
                ref = f"f{len(store) + 1}"
                store[ref] = asdict(fact)
                places_of[name] = ref
            lines.append({"pattern": sentence.pattern, "facts": places_of, "names": dict(sentence.names)})
        told.append({"key": key, "title": title, "sentences": lines})
    took = round(1000 * (time.perf_counter() - begun))
    brief = Brief.objects.create(day=day, as_of=at, sections=told, figures=store, took_ms=took)
    events.emit(SYSTEM, BriefReady(brief_id=brief.pk, day=day.isoformat()), at=at, subject=f"brief:{brief.pk}")
    return brief


def compose(*, day: date, at: datetime) -> list[tuple[str, str, list[Sentence]]]:
    """The sections of a brief: key, title and sentences."""
    before = day - timedelta(days=1)
    return [
        ("yesterday", "Ngày hôm qua", _yesterday(before, at)),
        ("changes", "Thay đổi lớn nhất", _changes(before, at)),
        ("late", "Hồ sơ quá hạn", _late(day, at)),
        ("alerts", "Cảnh báo chưa xử lý", _alerts(at)),
        ("due", "Đến hạn hôm nay", [Sentence("Có {n} hồ sơ phải có kết quả trong ngày.", {"n": _fact("cases.due", day, day, at)})]),
        ("reports", "Đơn vị chưa gửi báo cáo", _reports(day, at)),
        ("traffic", "Giao thông", _traffic(before, day, at)),
        ("gaps", "Chưa có số liệu", [Sentence("Bản tin chưa gồm: thời tiết.")]),
    ]  # fmt: skip


def _fact(
    measure: str, first: date, last: date, at: datetime, *, unit: str = "", agencies: frozenset[int] | None = None
) -> Fact:
    known = figures.figure(measure)
    value = figures.total(measure, Scope(first, last, agencies, {}, at)).number
    return Fact(
        measure, first.isoformat(), last.isoformat(), value if value is not None else -1.0, written(value, known), unit,
        None, at.isoformat(),
    )  # fmt: skip


def _yesterday(day: date, at: datetime) -> list[Sentence]:
    """The day before in three numbers and the share on time."""
    facts = {
        "received": _fact("cases.received", day, day, at), "completed": _fact("cases.completed", day, day, at),
        "returned": _fact("cases.returned", day, day, at),
    }  # fmt: skip
    return [
        Sentence("Toàn tỉnh tiếp nhận {received} hồ sơ, giải quyết xong {completed}, trả {returned} kết quả.", facts),
        Sentence("Tỷ lệ đúng hạn của hồ sơ giải quyết trong kỳ gần nhất: {share}.",
                 {"share": _fact("cases.on_time", day - timedelta(days=USUAL_DAYS), day, at)}),
    ]  # fmt: skip


def _changes(day: date, at: datetime) -> list[Sentence]:
    """The units whose yesterday lies furthest from their usual days."""
    earlier = [day - timedelta(days=n) for n in range(1, USUAL_DAYS + 1)]
    # Weekends are compared with weekends: a Saturday without filings is no news.
    usual = [each for each in earlier if (each.weekday() >= 5) == (day.weekday() >= 5)]
    found: list[Change] = []
    for measure, weight in WEIGHTS.items():
        sums = figures.by_place_and_day(measure, Scope(usual[-1], day, None, {}, at))
        for code, days in sorted(sums.items()):
            found.append(
                composing.change(measure, code, [days.get(each, 0) for each in usual], days.get(day, 0), weight)
            )
    sentences = []
    for each in composing.largest(found):
        known = figures.figure(each.measure)
        value = Fact(
            each.measure,
            day.isoformat(),
            day.isoformat(),
            each.value,
            written(float(each.value), known),
            each.unit,
            None,
            at.isoformat(),
        )
        usual_fact = Fact(
            f"usual:{each.measure}",
            usual[-1].isoformat(),
            usual[0].isoformat(),
            each.usual,
            written(each.usual, known),
            each.unit,
            None,
            at.isoformat(),
        )
        sentences.append(
            Sentence(
                "{where}: {title} {n}, ngày thường {usual}.", {"n": value, "usual": usual_fact},
                {"where": title_of(each.unit), "title": str(known.title).lower()},
            )
        )  # fmt: skip
    return sentences or [Sentence("Không đơn vị nào lệch đáng kể so với ngày thường.")]


def _late(day: date, at: datetime) -> list[Sentence]:
    """What is past its due date, and where most of it lies."""
    scope = Scope(day, day, None, {}, at)
    sentences = [
        Sentence("Toàn tỉnh còn {n} hồ sơ quá hạn chưa giải quyết.", {"n": _fact("cases.overdue", day, day, at)})
    ]
    rows = sorted(figures.by_place("cases.overdue", scope).items(), key=lambda each: (-each[1].top, each[0]))
    for code, value in rows[:WORST]:
        fact = Fact(
            "cases.overdue",
            day.isoformat(),
            day.isoformat(),
            value.top,
            written(float(value.top), None),
            code,
            None,
            at.isoformat(),
        )
        sentences.append(Sentence("{where}: {n} hồ sơ.", {"n": fact}, {"where": title_of(code)}))
    return sentences


def _reports(day: date, at: datetime) -> list[Sentence]:
    """Reports of figures past their deadline, and who owes most of them."""
    total = _fact("indicators.overdue", day, day, at)
    if not total.value:
        return [Sentence("Không có báo cáo số liệu nào quá hạn.")]
    sentences = [Sentence("Có {n} báo cáo số liệu quá hạn chưa gửi.", {"n": total})]
    rows = sorted(figures.by_place("indicators.overdue", Scope(day, day, None, {}, at)).items(), key=lambda each: (-each[1].top, each[0]))
    for code, value in [each for each in rows if each[1].top > 0][:WORST]:
        fact = Fact(
            "indicators.overdue", day.isoformat(), day.isoformat(), value.top, written(float(value.top), None), code, None, at.isoformat()
        )
        sentences.append(Sentence("{where}: {n} báo cáo.", {"n": fact}, {"where": title_of(code)}))
    return sentences


def _traffic(before: date, day: date, at: datetime) -> list[Sentence]:
    """What the junctions reported the day before, and what still waits for somebody."""
    facts = {"raised": _fact("traffic.alerts_raised", before, before, at), "open": _fact("traffic.alerts_open", day, day, at)}
    return [Sentence("Các nút giao phát {raised} cảnh báo trong ngày hôm qua, còn {open} cảnh báo đang mở.", facts)]


def _alerts(at: datetime) -> list[Sentence]:
    """Alerts nobody has closed for more than a day."""
    rows = Alert.objects.select_related("rule").filter(
        closed_at__isnull=True, cleared_at__isnull=True, raised_at__lte=at - OLD_ALERT
    )
    found = list(rows.order_by("raised_at", "pk"))
    count = Fact(
        "alerts.open",
        "",
        timezone.localdate(at).isoformat(),
        len(found),
        written(float(len(found)), None),
        known_at=at.isoformat(),
    )
    sentences = (
        [Sentence("Có {n} cảnh báo để quá một ngày đêm.", {"n": count})]
        if found
        else [Sentence("Không có cảnh báo nào để quá một ngày đêm.")]
    )
    known = ruled.abouts(each.rule for each in found[:WORST])
    for each in found[:WORST]:
        value = Fact(
            f"alert:{each.pk}", "", timezone.localdate(at).isoformat(), float(each.value or 0),
            known[each.rule_id].written(float(each.value or 0)), "", each.agency_id, at.isoformat(),
        )  # fmt: skip
        names = {
            "where": organizations.name_of(each.agency_id),
            "title": known[each.rule_id].title.lower(),
        }
        sentences.append(Sentence("{where}: {title} {n}.", {"n": value}, names))
    return sentences
