"""Identity numbers and identity cards: what can be checked without asking anybody. Pure.

A personal identification number has 12 digits: three for the province (or country) of birth registration, one for
century and sex, two for the year of birth, six at random (Decree 137/2015/NĐ-CP, art. 13).
"""

import re
from dataclasses import dataclass
from datetime import date

_DIGITS = re.compile(r"\D")
# Codes of birth registration are those of 1999-2025 provinces and stay with the person after the mergers of 2025.
PROVINCES = frozenset(
    [
        "001",
        "002",
        "004",
        "006",
        "008",
        "010",
        "011",
        "012",
        "014",
        "015",
        "017",
        "019",
        "020",
        "022",
        "024",
        "025",
        "026",
        "027",
        "030",
        "031",
        "033",
        "034",
        "035",
        "036",
        "037",
        "038",
        "040",
        "042",
        "044",
        "045",
        "046",
        "048",
        "049",
        "051",
        "052",
        "054",
        "056",
        "058",
        "060",
        "062",
        "064",
        "066",
        "067",
        "068",
        "070",
        "072",
        "074",
        "075",
        "077",
        "079",
        "080",
        "082",
        "083",
        "084",
        "086",
        "087",
        "089",
        "091",
        "092",
        "093",
        "094",
        "095",
        "096",
    ]
)
_CENTURY = {
    "0": (1900, "male"),
    "1": (1900, "female"),
    "2": (2000, "male"),
    "3": (2000, "female"),
    "4": (2100, "male"),
    "5": (2100, "female"),
}
_TAX_WEIGHTS = (31, 29, 23, 19, 17, 13, 7, 5, 3)


@dataclass(frozen=True)
class IdentityFacts:
    """What a personal identification number says of its owner."""

    province: str
    birth_year: int
    sex: str


@dataclass(frozen=True)
class CardData:
    """What the QR of an identity card says."""

    identity_no: str
    former_no: str
    full_name: str
    birth_date: date
    sex: str
    address: str
    issued_on: date | None


def clean(number: str) -> str:
    """The digits of a number as people type it."""
    return _DIGITS.sub("", number or "")


def facts(number: str) -> IdentityFacts | None:
    """What a 12-digit number says; None when it cannot be one."""
    if len(number) != 12 or not number.isdigit() or number[3] not in _CENTURY:
        return None
    if number[:3] not in PROVINCES and not 100 <= int(number[:3]) <= 999:
        return None
    century, sex = _CENTURY[number[3]]
    return IdentityFacts(number[:3], century + int(number[4:6]), sex)


def problem(number: str, *, birth_date: date | None = None, sex: str = "") -> str:
    """What is wrong with an identity number: `length`, `province`, `birth_year`, `sex`, or empty when nothing is.

    An old card of 9 digits carries nothing that could be checked.
    """
    if len(number) == 9:
        return ""
    if len(number) != 12:
        return "length"
    found = facts(number)
    if found is None:
        return "province"
    if birth_date and birth_date.year != found.birth_year:
        return "birth_year"
    if sex and sex != found.sex:
        return "sex"
    return ""


def business_problem(number: str) -> str:
    """What is wrong with a business code (10 digits, or 13 for a branch): `length`, `check_digit`, or empty."""
    if len(number) not in (10, 13):
        return "length"
    total = sum(int(d) * w for d, w in zip(number[:9], _TAX_WEIGHTS, strict=True))
    return "" if (10 - total % 11) % 10 == int(number[9]) and total % 11 != 0 else "check_digit"


def parse_card(text: str) -> CardData | None:
    """The data in the QR of an identity card; None when the text is not one.

    The fields are separated by `|`: number, former number, name, birth date, sex, address, date of issue. Scanners that
    type on a wrong keyboard layout turn `|` into other signs; those are accepted too.
    """
    flat = text.strip().replace("¦", "|").replace("~", "|").replace("\u2502", "|").replace("}", "|")
    parts = [part.strip() for part in flat.split("|")]
    if len(parts) < 6 or facts(clean(parts[0])) is None:
        return None
    born = _day(parts[3])
    if born is None:
        return None
    sexes = {"nam": "male", "nữ": "female", "nu": "female"}
    return CardData(
        clean(parts[0]),
        clean(parts[1]),
        " ".join(parts[2].split()),
        born,
        sexes.get(parts[4].lower(), ""),
        parts[5],
        _day(parts[6]) if len(parts) > 6 else None,
    )


def _day(text: str) -> date | None:
    digits = clean(text)
    try:
        return date(int(digits[4:8]), int(digits[2:4]), int(digits[:2])) if len(digits) == 8 else None
    except ValueError:
        return None
