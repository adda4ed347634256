"""Read a fee cell together with its note: a cell that says free is believed only when its note agrees.

About one procedure in twenty is marked "Miễn phí" because the portal has no place for "the People's Council
decides" or for two amounts. Such a fee is unknown, with the reason named; it is never free.
"""

import re
from collections.abc import Sequence
from dataclasses import replace
from decimal import Decimal

from .amounts import dated_fees, first_act, prose_amounts
from .parties import tidy
from .record import Fee, FeeState, ParseState, Reason, UnknownFee
from .sections import NO_INFORMATION

FREE = "Miễn phí"
_CURRENCY = {"VNĐ": "VND", "Việt Nam Đồng": "VND", "USD": "USD"}
_PER = re.compile(r"^\(*[ ]?/[ ]?(?:0?1 )?([^\W\d][^()./;,\d]{1,40})")
_COUNCIL = re.compile(r"Hội đồng nhân dân|HĐND", re.I)
_FEE_WORD = re.compile(r"(?:lệ )?phí(?! dịch)|mức thu", re.I)
_ACT_SETS_FEE = re.compile(r"thực hiện theo|theo quy định tại|quy định mức thu|Bằng \d{1,3} ?%", re.I)
_EXTRA = re.compile(r"\(?(?:nếu có yêu cầu|nếu có nhu cầu)\)?", re.I)
_EXEMPT_SOME = re.compile(
    r"[Mm]iễn (?:lệ )?phí (?:cho|đối với)[: ]|[Mm]iễn phí đối với|giảm (?:lệ )?phí (?:cho|đối với)"
)
_PLAIN_FREE = re.compile(r"^\(*\s{0,3}Miễn (?:lệ )?phí\s{0,2}[.;)]")
_NOT_PRESCRIBED = re.compile(r"^\(*\s{0,3}(?:Không quy định|Không thu|Không có|Không)\s{0,2}\.?\s{0,2}\)*$", re.I)
_NAMED_FEE_ONLY = re.compile(r"^\(*\s{0,3}(?:Lệ phí|Phí)\b[^.\n]{0,60}\)*$")
_ZERO = re.compile(r"(?<![\d.,])0 ?(?:đ|đồng)(?!\w)")
_WAIVED = re.compile(r"miễn (?:lệ )?phí", re.I)
_ABROAD = re.compile(r"ở nước ngoài|[Cc]ơ quan đại diện")
_OWN_FEE_IN_DESCRIPTION = re.compile(
    r"^\s{0,3}(?:-\s?)?(?:Phí|Lệ phí|Mức (?:thu )?(?:lệ )?phí|\(áp dụng mức phí)", re.I
)
_SHARE = re.compile(r"Bằng \d{1,3} ?% mức thu")
_PAID_IN_STEPS = re.compile(r"nộp (?:lệ phí|phí, lệ phí|phí) nếu|phải nộp (?:lệ )?phí", re.I)
_SMALLEST = Decimal(1000)


def read_fee(cell: str, *, currency: str, note: str, description: str, title: str) -> Fee:
    """The fee of one row. ``cell`` is "Miễn phí", "Không có thông tin" or a number with comma thousands."""
    spoken = note or (description if _OWN_FEE_IN_DESCRIPTION.match(description) else "")
    if cell == FREE:
        return _read_free(cell, note, spoken)
    if cell in ("", NO_INFORMATION):
        return _read_missing(cell, note, description)
    return _read_amount(cell, currency, note, spoken, description, title)


def _unknown(stated: str, why: UnknownFee, note: str, spoken: str, code: str) -> Fee:
    state = ParseState.MISSING if why is UnknownFee.NOT_STATED else ParseState.REVIEW
    return Fee(
        stated=stated,
        fee_state=FeeState.UNKNOWN,
        unknown_why=why,
        note=note,
        dated=dated_fees(spoken),
        evidence=tidy(spoken)[:300],
        state=state,
        reasons=(Reason(code, tidy(spoken)[:200]),),
    )


def _read_free(cell: str, note: str, spoken: str) -> Fee:
    free = Fee(stated=cell, fee_state=FeeState.FREE, amount=Decimal(0), currency="VND", note=note)
    if not spoken or _NOT_PRESCRIBED.match(spoken):
        reasons = (Reason("fee_not_prescribed", tidy(spoken)[:100]),) if spoken else ()
        return replace(free, state=ParseState.GUESS if spoken else ParseState.OK, reasons=reasons)
    plain = _PLAIN_FREE.match(spoken)
    if plain:
        return _free_with_extra(free, spoken) if _FEE_WORD.search(spoken, plain.end()) else free
    if _COUNCIL.search(spoken):
        return _unknown(cell, UnknownFee.SET_BY_COUNCIL, note, spoken, "fee_set_by_council")
    if _EXTRA.search(spoken) and not prose_amounts(spoken) and not _EXEMPT_SOME.search(spoken):
        return _free_with_extra(free, spoken)
    if [amount for amount, _, _ in prose_amounts(spoken) if amount > 0]:
        return _unknown(cell, UnknownFee.AMOUNT_IN_NOTE, note, spoken, "fee_amount_in_note")
    if _EXEMPT_SOME.search(spoken):
        return _unknown(cell, UnknownFee.EXEMPTIONS_ONLY, note, spoken, "fee_exemptions_only")
    if _ACT_SETS_FEE.search(spoken) and (first_act(spoken) or _FEE_WORD.search(spoken)):
        return _unknown(cell, UnknownFee.SET_BY_ACT, note, spoken, "fee_set_by_act")
    if _NAMED_FEE_ONLY.match(spoken) or re.search(r"\b(?:Phí|Lệ phí) ?:", spoken[:2000]):
        return _unknown(cell, UnknownFee.NAMED_IN_NOTE, note, spoken, "fee_named_in_note")
    return free


def _free_with_extra(free: Fee, spoken: str) -> Fee:
    return replace(
        free,
        state=ParseState.GUESS,
        evidence=tidy(spoken)[:300],
        reasons=(Reason("fee_extra_optional", tidy(spoken)[:200]),),
    )


def _read_missing(cell: str, note: str, description: str) -> Fee:
    for spoken in (note, description):
        head = spoken[:2000]
        if head and _COUNCIL.search(head) and _FEE_WORD.search(head):
            return _unknown(cell, UnknownFee.SET_BY_COUNCIL, note, head, "fee_set_by_council")
        if head and _FEE_WORD.search(head) and prose_amounts(head):
            return _unknown(cell, UnknownFee.AMOUNT_IN_NOTE, note, head, "fee_amount_in_note")
    return _unknown(cell, UnknownFee.NOT_STATED, note, "", "fee_not_stated")


def _read_amount(cell: str, currency: str, note: str, spoken: str, description: str, title: str) -> Fee:
    amount = Decimal(cell.replace(",", ""))
    fee = Fee(
        stated=f"{cell} {currency}".strip(),
        fee_state=FeeState.AMOUNT,
        amount=amount,
        currency=_CURRENCY.get(currency, currency or "VND"),
        note=note,
        dated=dated_fees(note) or dated_fees(description[:4000]),
    )
    per = _PER.match(note)
    if per:
        fee = replace(fee, per=per[1].strip())
    reasons: list[Reason] = []
    if fee.dated:
        reasons.append(Reason("fee_dated", fee.dated[0].quote[:200]))
    elif _SHARE.search(note) or _SHARE.search(description[:4000]):
        reasons.append(Reason("fee_share"))
    if _names_two_fees(spoken or description[:2000]):
        reasons.append(Reason("fee_two_fees", tidy(spoken or description)[:200]))
    if amount == 0:
        return replace(fee, fee_state=FeeState.FREE, reasons=tuple(reasons))
    if fee.currency == "VND" and amount < _SMALLEST:
        return _read_small(fee, reasons, spoken or description[:2000], note, title)
    return replace(fee, state=ParseState.GUESS if reasons else ParseState.OK, reasons=tuple(reasons))


def _names_two_fees(spoken: str) -> bool:
    return bool(re.search(r"\bPhí ?:", spoken)) and bool(re.search(r"\bLệ phí ?:", spoken))


def _read_small(fee: Fee, reasons: list[Reason], spoken: str, note: str, title: str) -> Fee:
    """Below 1,000 đồng nothing is charged: it is a placeholder, dollars or thousands."""
    assert fee.amount is not None
    if fee.amount == 1 and (_WAIVED.search(spoken) or _ZERO.search(spoken)):
        return replace(
            fee,
            fee_state=FeeState.FREE,
            amount=Decimal(0),
            state=ParseState.GUESS,
            evidence=tidy(spoken)[:300],
            reasons=(*reasons, Reason("fee_placeholder", tidy(spoken)[:200])),
        )
    if _ABROAD.search(title) or _ABROAD.search(note):
        evidence = tidy(note) if _ABROAD.search(note) else tidy(title)
        return replace(
            fee,
            currency="USD",
            state=ParseState.REVIEW,
            evidence=evidence[:300],
            reasons=(*reasons, Reason("fee_in_dollars", fee.stated)),
        )
    thousands = fee.amount * 1000
    halves = [dated for dated in fee.dated if dated.amount * 2 == thousands]
    return replace(
        fee,
        amount=thousands,
        state=ParseState.GUESS if halves else ParseState.REVIEW,
        evidence=halves[0].quote[:300] if halves else "",
        reasons=(*reasons, Reason("fee_in_thousands", fee.stated)),
    )


def compare_channels(fees: Sequence[Fee]) -> list[Fee]:
    """Look across the channels of one procedure: the same act is paid for, whichever door is used."""
    council = any(fee.unknown_why is UnknownFee.SET_BY_COUNCIL for fee in fees)
    other = any(fee.unknown_why is UnknownFee.EXEMPTIONS_ONLY for fee in fees)
    amounts = [fee for fee in fees if fee.fee_state is FeeState.AMOUNT]
    sure = {fee.amount for fee in amounts if fee.state is not ParseState.REVIEW}
    missing = [fee for fee in fees if fee.unknown_why is UnknownFee.NOT_STATED]
    stated_free = [fee for fee in fees if fee.fee_state is FeeState.FREE and fee.state is ParseState.OK]
    checked: list[Fee] = []
    for fee in fees:
        if fee.fee_state is FeeState.FREE and fee.stated == FREE and council:
            fee = _unknown_by_sister(fee, UnknownFee.SET_BY_COUNCIL, "fee_other_channel_council")
        elif fee.fee_state is FeeState.FREE and fee.stated == FREE and other:
            fee = _unknown_by_sister(fee, UnknownFee.EXEMPTIONS_ONLY, "fee_other_channel_unknown")
        elif fee.unknown_why is UnknownFee.NOT_STATED and council:
            fee = _unknown_by_sister(fee, UnknownFee.SET_BY_COUNCIL, "fee_other_channel_council")
        elif fee.unknown_why is UnknownFee.NOT_STATED and len(stated_free) == len(fees) - len(missing) > 0:
            fee = replace(
                fee,
                fee_state=FeeState.FREE,
                amount=Decimal(0),
                currency="VND",
                unknown_why=None,
                state=ParseState.GUESS,
                reasons=(Reason("fee_other_channels_free"),),
            )
        elif fee.state is ParseState.REVIEW and fee.amount in sure and fee.fee_state is FeeState.AMOUNT:
            fee = replace(fee, state=ParseState.GUESS, evidence=fee.evidence or f"{fee.amount} VND")
        checked.append(fee)
    return checked


def check_against_steps(fees: Sequence[Fee], steps: str) -> list[Fee]:
    """A fee that is simply free although the steps tell the applicant to pay one needs a person's eye."""
    hit = _PAID_IN_STEPS.search(steps)
    if hit is None:
        return list(fees)
    quote = tidy(steps[max(0, hit.start() - 60) : hit.end() + 60])
    return [
        replace(fee, state=ParseState.GUESS, evidence=quote, reasons=(Reason("fee_in_steps", quote),))
        if fee.fee_state is FeeState.FREE and fee.stated == FREE and fee.state is ParseState.OK
        else fee
        for fee in fees
    ]


def _unknown_by_sister(fee: Fee, why: UnknownFee, code: str) -> Fee:
    return replace(
        fee,
        fee_state=FeeState.UNKNOWN,
        amount=None,
        currency="",
        unknown_why=why,
        state=ParseState.REVIEW,
        reasons=(*fee.reasons, Reason(code)),
    )
