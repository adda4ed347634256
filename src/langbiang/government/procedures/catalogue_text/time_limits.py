"""Find the time limit of a channel when its cell has no unit or is empty: a ladder of evidence.

Each rung keeps the sentence or the rule it stands on. What the text does not support is only proposed, for
a person to decide; a number is never turned into hours.
"""

import datetime as dt
import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from decimal import Decimal

from .amounts import NUMBER_WORDS, number
from .parties import tidy
from .record import LimitBasis, ParseState, Reason, Stage, TimeLimit, TimeUnit, weakest
from .rules import TimeLimitRule

UNITS = {
    "ngày làm việc": TimeUnit.WORKING_DAY,
    "ngày": TimeUnit.DAY,
    "giờ làm việc": TimeUnit.WORKING_HOUR,
    "giờ": TimeUnit.HOUR,
    "tháng": TimeUnit.MONTH,
}
_UNIT = r"(ngày[ \u00a0]{1,4}làm[ \u00a0]{1,4}việc|ngày|giờ[ \u00a0]{1,4}làm[ \u00a0]{1,4}việc|giờ|tháng)"
_NUMBER = rf"(\d{{1,3}}|{NUMBER_WORDS})(?:[ ]?\([^()]{{1,30}}\))?[ \u00a0]{{1,4}}"
_LIMIT = re.compile(
    r"(?:[Tt]rong (?:thời hạn|thời gian|vòng)|[Tt]hời (?:hạn|gian)[^.;:\n\d]{0,90}|\btrong|:|"
    r"không quá|tối đa)"
    r"[ \u00a0:]{0,4}(?:không quá |tối đa(?: là| không quá)? |là )?" + _NUMBER + _UNIT
)
_TOTAL = re.compile(
    r"(?:[Tt]rong thời hạn|[Tt]ổng thời (?:hạn|gian)[^.;\n\d]{0,40})[ ]{1,3}" + _NUMBER + _UNIT + r"[ ]?,[ ]?trong đó"
)
_AGENCY = re.compile(
    r"Sở |Ủy ban|Uỷ ban|UBND|Chủ tịch|Bộ [A-ZĐ]|Cục |[Cc]ơ quan|Trung tâm|Chấp hành viên|Giám đốc|"
    r"[Nn]gười đứng đầu|Phòng |[Cc]ông chức|Tổ thẩm định|Chính phủ|hồ sơ hợp lệ|đủ hồ sơ|Thời gian|Thời hạn"
)
_NOT_THE_LIMIT = re.compile(
    r"bổ sung, hoàn thiện|[Hh]oàn thiện hồ sơ|bổ sung (?:các )?giấy tờ|[Tt]hời hạn bổ sung|lưu giữ|"
    r"không muộn hơn|[Hh]ết thời hạn|[Kk]éo dài|gia hạn|cần xác minh|[Tt]ối đa một ngày|không có phản hồi|"
    r"sau thời hạn|niêm yết|liên tục|có lý do chính đáng|kể từ ngày quyết định thay đổi|đăng trên|"
    r"đăng thông báo|thông báo rộng|đồng ý nhận tài sản, trong|phải đề nghị|trước khi|không tính vào|"
    r"[Nn]gười (?:yêu cầu|đề nghị|nộp|tập sự|bị thiệt hại|khiếu nại|phải thi hành|xin)[^.;]{0,80}"
    r"(?:có trách nhiệm|phải nộp|nộp|cung cấp|có ý kiến|không nộp)|ít nhất|tối thiểu|chậm nhất trước"
)
_SAME_DAY = re.compile(
    r"(?:tiếp nhận|nhận)[^.;\n]{0,40}sau 15 ?(?:giờ|h|g)\b|"
    r"sau 15 ?(?:giờ|h)[^.;\n]{0,80}ngày làm việc tiếp theo|"
    r"(?:ngay )?trong ngày (?:làm việc )?(?:tiếp nhận|nhận|cơ quan)|ngay trong ngày|"
    r"giải quyết[^.;\n]{0,12} trong ngày\b|[Tt]hời hạn giải quyết[^.;\n]{0,20}: ?Ngay (?:sau )?khi"
)
_SENTENCE_END = re.compile(r"(?<!\d)[.](?=\s|$)|[;\n]")
_MAX_STAGES = 30
_DAYS = (TimeUnit.DAY, TimeUnit.WORKING_DAY)


@dataclass(frozen=True, slots=True)
class LimitContext:
    """What the rungs may look at: the record's own words and the rules kept as data."""

    title: str
    field: str
    steps: str
    rules: tuple[TimeLimitRule, ...]
    on: dt.date | None = None


def stated_limit(cell: str, amount: Decimal, unit_words: str) -> TimeLimit:
    """A cell with number and unit; bare "Giờ" leaves open whether office hours are meant."""
    unit = UNITS[unit_words.lower()]
    open_hours = unit is TimeUnit.HOUR
    return TimeLimit(
        stated=cell,
        amount=amount,
        unit=unit,
        hour_kind_open=open_hours,
        basis=LimitBasis.STATED,
        state=ParseState.REVIEW if open_hours else ParseState.OK,
        reasons=(Reason("hour_kind_open", cell),) if open_hours else (),
    )


def sentences(text: str) -> list[str]:
    """Sentences and list items, trimmed; cut at full stops, semicolons and line ends."""
    return [part for part in (piece.strip() for piece in _SENTENCE_END.split(text)) if part]


class LimitReader:
    """Climbs the ladder for the rows of one record; sentences of the steps are cut once."""

    def __init__(self, context: LimitContext) -> None:
        self._context = context
        self._steps: list[str] | None = None
        self._steps_stages: tuple[Stage, ...] | None = None
        self._same_day: str | None = None

    def read(self, cell: str, bare: Decimal | None, *, own_words: str) -> TimeLimit:
        """The limit for a cell with a bare number, or with none (``bare`` is None).

        ``own_words``: note and description of the row, which speak before the steps do.
        """
        start = TimeLimit(
            stated=cell,
            reasons=(Reason("duration_without_unit", cell),) if bare is not None else (),
        )
        own = stages_in(own_words)
        for rung in (
            self._same_day_rung,
            self._same_number_rung,
            self._rule_rung,
            self._text_rung,
        ):
            limit = rung(start, bare, own_words, own)
            if limit is not None:
                return limit
        return replace(
            start,
            state=ParseState.MISSING if bare is None else ParseState.REVIEW,
            reasons=start.reasons or (Reason("duration_not_stated", cell),),
        )

    def check(self, limit: TimeLimit, *, own_words: str) -> TimeLimit:
        """A stated limit against the text: the same number, told only in another unit, needs a person."""
        told = (*stages_in(own_words), *self._stages_of_steps())
        same = [stage for stage in told if stage.amount == limit.amount]
        if not same or any(stage.unit is limit.unit for stage in same) or limit.unit not in _DAYS:
            return limit
        sentence = same[0].sentence
        return replace(
            limit,
            evidence=sentence,
            state=weakest((limit.state, ParseState.GUESS)),
            reasons=(*limit.reasons, Reason("duration_conflicts_with_text", sentence[:200])),
        )

    def _same_day_rung(
        self, start: TimeLimit, bare: Decimal | None, own_words: str, own: tuple[Stage, ...]
    ) -> TimeLimit | None:
        if bare not in (None, 1) or own:
            return None
        sentence = _same_day_sentence(own_words) or self._steps_same_day()
        if not sentence:
            return None
        return _guess(
            start,
            Decimal(1),
            TimeUnit.WORKING_DAY,
            LimitBasis.SAME_DAY_SENTENCE,
            sentence,
            "duration_same_day",
            same_day=True,
        )

    def _same_number_rung(
        self, start: TimeLimit, bare: Decimal | None, own_words: str, own: tuple[Stage, ...]
    ) -> TimeLimit | None:
        if bare is None:
            return None
        same = [stage for stage in (*own, *self._stages_of_steps()) if stage.amount == bare]
        if not same or len({stage.unit for stage in same}) > 1:
            return None
        found = same[0]
        basis = LimitBasis.SAME_NUMBER_IN_TEXT
        return _guess(start, bare, found.unit, basis, found.sentence, "duration_same_number")

    def _rule_rung(
        self, start: TimeLimit, bare: Decimal | None, own_words: str, own: tuple[Stage, ...]
    ) -> TimeLimit | None:
        context = self._context
        if own:
            return None
        for rule in context.rules:
            if not rule.is_valid(context.on):
                continue
            if rule.speaks_for(field=context.field, title=context.title, number=bare):
                amount = bare if bare is not None else rule.amount
                assert amount is not None  # speaks_for demands one of the two
                mark = "" if rule.verified else " (chưa đối chiếu)"
                return _guess(
                    start,
                    amount,
                    rule.unit,
                    LimitBasis.LEGAL_RULE,
                    rule.source + mark,
                    "duration_legal_rule",
                    rule.same_day,
                )
        return None

    def _text_rung(
        self, start: TimeLimit, bare: Decimal | None, own_words: str, own: tuple[Stage, ...]
    ) -> TimeLimit | None:
        """A total or a single limit told in words; else the stages, which stand for the limit together."""
        total = _TOTAL.search(own_words) or _TOTAL.search(self._context.steps)
        if total and bare in (None, 1):
            unit = _unit(total[2])
            amount = number(total[1])
            return _guess(start, amount, unit, LimitBasis.TEXT, tidy(total[0]), "duration_from_text")
        stages = own or self._stages_of_steps()
        if not stages:
            return None
        if bare is not None and bare > 1:
            straight = tuple(stage for stage in stages if not stage.sentence.lstrip("-+ ").startswith("Trường hợp"))
            return self._sum_rung(start, bare, stages) or self._sum_rung(start, bare, straight)
        conflict = (Reason("duration_conflicts_with_text", start.stated),) if bare is not None else ()
        start = replace(start, reasons=start.reasons + conflict)
        if len({(stage.amount, stage.unit) for stage in stages}) == 1:
            only = stages[0]
            return _guess(start, only.amount, only.unit, LimitBasis.TEXT, only.sentence, "duration_from_text")
        return replace(
            start,
            stages=stages,
            basis=LimitBasis.STAGES,
            evidence=" | ".join(stage.sentence for stage in stages)[:600],
            state=ParseState.REVIEW,
            reasons=(*start.reasons, Reason("duration_in_stages", str(len(stages)))),
        )

    def _sum_rung(self, start: TimeLimit, bare: Decimal, stages: tuple[Stage, ...]) -> TimeLimit | None:
        running = Decimal(0)
        for count, stage in enumerate(stages, start=1):
            if stage.unit not in _DAYS:
                return None
            running += stage.amount
            if running == bare and count > 1:
                used = stages[:count]
                mixed = len({part.unit for part in used}) > 1
                return replace(
                    start,
                    amount=bare,
                    unit=TimeUnit.DAY if mixed else used[0].unit,
                    stages=used,
                    basis=LimitBasis.SUM_OF_STAGES,
                    evidence=" | ".join(part.sentence for part in used)[:600],
                    state=ParseState.REVIEW if mixed else ParseState.GUESS,
                    reasons=(*start.reasons, Reason("duration_sum_of_stages", str(count))),
                )
        return None

    def _stages_of_steps(self) -> tuple[Stage, ...]:
        if self._steps_stages is None:
            self._steps_stages = stages_in(self._context.steps)
        return self._steps_stages

    def _steps_same_day(self) -> str:
        if self._same_day is None:
            self._same_day = _same_day_sentence(self._context.steps)
        return self._same_day


def compare_channels(limits: Sequence[TimeLimit], bares: Sequence[Decimal | None]) -> list[TimeLimit]:
    """Fill what is still open from the other channels; a bare number left over becomes a proposal."""
    known: dict[Decimal | None, dict[tuple[Decimal, TimeUnit], TimeLimit]] = {None: {}}
    for limit in limits:
        if limit.amount is not None and limit.unit is not None:
            for number_asked in (None, limit.amount):
                known.setdefault(number_asked, {}).setdefault((limit.amount, limit.unit), limit)
    checked: list[TimeLimit] = []
    for limit, bare in zip(limits, bares, strict=True):
        if not limit.is_obtained:
            same = known.get(bare, {})
            if len(same) == 1:
                other = next(iter(same.values()))
                limit = replace(
                    limit,
                    amount=other.amount,
                    unit=other.unit,
                    same_day=other.same_day,
                    basis=LimitBasis.OTHER_CHANNEL,
                    evidence=other.stated if other.basis is LimitBasis.STATED else other.evidence,
                    state=ParseState.GUESS,
                    reasons=(*limit.reasons, Reason("duration_other_channel", other.stated)),
                )
            elif bare is not None:
                limit = replace(
                    limit,
                    amount=bare,
                    unit=TimeUnit.WORKING_DAY,
                    basis=LimitBasis.PROPOSED,
                    state=ParseState.REVIEW,
                    reasons=(*limit.reasons, Reason("duration_proposed", limit.stated)),
                )
        checked.append(limit)
    stand_in = next((limit for limit in checked if limit.is_obtained), None)
    return [limit if limit.is_obtained or stand_in is None else _borrow(limit, stand_in) for limit in checked]


def _borrow(limit: TimeLimit, other: TimeLimit) -> TimeLimit:
    return replace(
        limit,
        amount=other.amount,
        unit=other.unit,
        same_day=other.same_day,
        stages=other.stages,
        basis=LimitBasis.OTHER_CHANNEL,
        evidence=other.evidence or other.stated,
        state=ParseState.REVIEW if other.state is ParseState.REVIEW else ParseState.GUESS,
        reasons=(*limit.reasons, Reason("duration_other_channel", other.stated)),
    )


def stages_in(text: str) -> tuple[Stage, ...]:
    """Limits that bind an agency, in text order. Waiting for the applicant and posting are left out."""
    found: list[Stage] = []
    if "ngày" not in text and "giờ" not in text and "tháng" not in text:
        return ()
    for sentence in sentences(text):
        if len(found) >= _MAX_STAGES:
            break
        hit = _LIMIT.search(sentence)
        if hit is None or _NOT_THE_LIMIT.search(sentence) or not _AGENCY.search(sentence):
            continue
        unit = _unit(hit[2])
        if unit is TimeUnit.HOUR:
            continue  # a clock time or a deadline for notices, never the limit of a procedure
        stage = Stage(amount=number(hit[1]), unit=unit, sentence=tidy(sentence)[:300])
        if stage not in found and stage.amount > 0:
            found.append(stage)
    return tuple(found)


def _same_day_sentence(text: str) -> str:
    for sentence in sentences(text):
        hit = _SAME_DAY.search(sentence)
        if hit and "phản hồi" not in sentence:
            return tidy(sentence[max(0, hit.start() - 120) : hit.end() + 160])
    return ""


def _unit(words: str) -> TimeUnit:
    return UNITS[tidy(words).lower()]


def _guess(
    start: TimeLimit,
    amount: Decimal,
    unit: TimeUnit,
    basis: LimitBasis,
    evidence: str,
    code: str,
    same_day: bool = False,
) -> TimeLimit:
    return replace(
        start,
        amount=amount,
        unit=unit,
        same_day=same_day,
        basis=basis,
        evidence=evidence,
        state=ParseState.GUESS,
        reasons=(*start.reasons, Reason(code, evidence[:200])),
    )
