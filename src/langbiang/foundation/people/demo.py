"""Invented people of the demo province: families with names, numbers, ages and addresses that fit together.

Telephone numbers begin with 0900 000, a block never given out for use by this demo; nobody real is meant.
"""

import json
import random
from collections.abc import Callable
from datetime import date, datetime, timedelta
from pathlib import Path

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from langbiang.foundation import audit
from langbiang.foundation.access import SYSTEM
from langbiang.foundation.language.collation import sort_key
from langbiang.foundation.language.folding import fold
from langbiang.foundation.organizations import queries as organizations

from .identity import _TAX_WEIGHTS
from .models import Person, Relation

COUNT, BUSINESSES = 30_000, 1_500
Progress = Callable[[int, int], None]
KINH = (
    "Nguyễn",
    "Trần",
    "Lê",
    "Phạm",
    "Hoàng",
    "Huỳnh",
    "Phan",
    "Vũ",
    "Võ",
    "Đặng",
    "Bùi",
    "Đỗ",
    "Hồ",
    "Ngô",
    "Dương",
    "Đinh",
    "Trương",
    "Lương",
    "Mai",
    "Tô",
)
KINH_WEIGHTS = (38, 11, 10, 7, 5, 5, 5, 4, 4, 2, 2, 2, 1, 1, 1, 1, 1, 1, 1, 1)
MIDDLE = {"male": ("Văn", "Hữu", "Minh", "Quốc", "Đức", "Thanh", "Công", "Xuân", "Gia", "Anh"),
          "female": ("Thị", "Thị", "Thị", "Thu", "Ngọc", "Thanh", "Mỹ", "Kim", "Bích", "Phương")}  # fmt: skip
GIVEN = {
    "male": (
        "An",
        "Bảo",
        "Bình",
        "Cường",
        "Dũng",
        "Đạt",
        "Hải",
        "Hiếu",
        "Hòa",
        "Hùng",
        "Huy",
        "Khang",
        "Khoa",
        "Lâm",
        "Long",
        "Nam",
        "Nghĩa",
        "Phong",
        "Phúc",
        "Quân",
        "Sơn",
        "Tài",
        "Thắng",
        "Tuấn",
        "Vinh",
    ),
    "female": (
        "Anh",
        "Ánh",
        "Bưởi",
        "Chi",
        "Diễm",
        "Dung",
        "Giang",
        "Hà",
        "Hạnh",
        "Hiền",
        "Hoa",
        "Hương",
        "Lan",
        "Linh",
        "Ly",
        "Mai",
        "Nga",
        "Ngân",
        "Nhung",
        "Oanh",
        "Phượng",
        "Thảo",
        "Trang",
        "Uyên",
        "Yến",
    ),
}
# Names of peoples of the highland: forms differ from Kinh names and must not be "corrected".
HIGHLAND = {
    "Kơ Ho": (
        ("K'", "Ka "),
        ("Brôih", "Brếp", "Đội", "Lịch", "Thế", "Tuấn", "Hương", "Nhung", "Rin", "Điệp"),
        ("Bon Đơng", "Cil", "Kră Jăn", "Liêng Hót", "Ya"),
    ),
    "Mạ": (("K'", "Ka "), ("Bảo", "Diệp", "Thoại", "Vân", "Ngọc", "Să"), ("", "Điểu")),
    "Chu Ru": (("Ya ", "Ma "), ("Tuân", "Loan", "Thương", "Hoa", "Sen", "Bảy"), ("", "Touprong", "Jơlơng")),
    "M'Nông": (("Y ", "H' "), ("Thịnh", "Nhân", "Lan", "Blơi", "Srai", "Mai"), ("", "Bkrông", "Niê")),
    "Chăm": (
        ("", ""),
        ("Thị Lụa", "Văn Tý", "Ngọc Sáng", "Thanh Đàng", "Xuân Bái"),
        ("Thông", "Qua Đình", "Bá", "Dụng"),
    ),
}
STREETS = (
    "Phan Đình Phùng",
    "Hai Bà Trưng",
    "Nguyễn Văn Trỗi",
    "Lê Hồng Phong",
    "Trần Phú",
    "Hùng Vương",
    "Nguyễn Trãi",
    "Lý Tự Trọng",
    "Bà Triệu",
    "Quang Trung",
)
TRADES = (
    "Nông sản",
    "Cà phê",
    "Trà Ô long",
    "Hoa tươi",
    "Xây dựng",
    "Du lịch",
    "Vận tải",
    "Thủy sản",
    "Thương mại",
    "Dược liệu",
)


def _old_province(code: str) -> str:
    """The province of birth registration most likely for a unit: its area before 2025."""
    number = int(code)
    return "060" if number < 23300 else ("067" if 24600 <= number < 24760 else "068")


class _Maker:
    """Makes people one after another; never the same number twice."""

    def __init__(self, seed: int, at: datetime) -> None:
        self.dice = random.Random(seed)
        self.at = at
        self.today = timezone.localtime(at).date()
        self.numbers: set[str] = set()
        units = organizations.commune_agencies(on=self.today)
        self.places = [(u.place_code, u.name.removeprefix("Ủy ban nhân dân ")) for u in units]
        self.weights = [self.dice.paretovariate(1.6) for _ in self.places]

    def number(self, province: str, sex: str, born: date) -> str:
        century = (0 if born.year < 2000 else 2) + (1 if sex == "female" else 0)
        while True:
            found = f"{province}{century}{born.year % 100:02d}{self.dice.randrange(1_000_000):06d}"
            if found not in self.numbers:
                self.numbers.add(found)
                return found

    def day(self, first: int, last: int) -> date:
        return date(first, 1, 1) + timedelta(days=self.dice.randrange((date(last, 12, 31) - date(first, 1, 1)).days))

    def name(self, sex: str, people: str, family: str = "") -> str:
        dice = self.dice
        if people in HIGHLAND:
            prefixes, given, families = HIGHLAND[people]
            own = prefixes[1 if sex == "female" else 0] + dice.choice(given)
            clan = dice.choice(families)
            return f"{clan} {own}".strip() if people == "Chăm" or dice.random() < 0.5 else own
        first = family or dice.choices(KINH, KINH_WEIGHTS)[0]
        return f"{first} {dice.choice(MIDDLE[sex])} {dice.choice(GIVEN[sex])}"

    def person(
        self, *, sex: str, born: date, people: str, place: tuple[str, str], address: str, family: str = ""
    ) -> Person:
        name = self.name(sex, people, family)
        index = len(self.numbers)
        return Person(
            kind="citizen", identity_no=self.number(_old_province(place[0]), sex, born), full_name=name,
            name_folded=fold(name)[:200], sort_key=sort_key(name)[:600], birth_date=born, sex=sex, ethnicity=people,
            phone=f"0900{index % 1_000_000:06d}" if born.year < 2012 else "", address_text=address[:300],
            place_code=place[0], source="demo", created_at=self.at, updated_at=self.at,
        )  # fmt: skip

    def household(self) -> tuple[list[Person], list[tuple[int, int, str]]]:
        """A family of one to six, and who is what to whom by position in the list."""
        dice = self.dice
        place = dice.choices(self.places, self.weights)[0]
        people = "Kinh" if dice.random() < 0.76 else dice.choice([*HIGHLAND, "Tày", "Nùng", "Hoa"])
        address = f"{dice.randint(1, 480)} {dice.choice(STREETS)}, {place[1]}"
        born = self.day(1950, 2003)
        found = [self.person(sex="male", born=born, people=people, place=place, address=address)]
        ties: list[tuple[int, int, str]] = []
        family = found[0].full_name.split(" ")[0] if people == "Kinh" else ""
        if dice.random() < 0.8:
            wife = born + timedelta(days=dice.randint(-1200, 2600))
            found.append(self.person(sex="female", born=wife, people=people, place=place, address=address))
            ties += [(0, 1, "spouse"), (1, 0, "spouse")]
            for _child in range(dice.choices((0, 1, 2, 3, 4), (10, 30, 38, 16, 6))[0]):
                first = max(born.year, wife.year) + 20
                if first > self.today.year - 1:
                    break
                day = min(self.day(first, min(first + 14, self.today.year)), self.today - timedelta(days=20))
                sex = dice.choice(("male", "female"))
                child = self.person(sex=sex, born=day, people=people, place=place, address=address, family=family)
                found.append(child)
                ties += [(0, len(found) - 1, "parent"), (1, len(found) - 1, "parent")]
        return found, ties

    def business(self) -> Person:
        dice = self.dice
        place = dice.choices(self.places, self.weights)[0]
        while True:
            head = f"58{dice.randrange(10_000_000):07d}"
            total = sum(int(d) * w for d, w in zip(head, _TAX_WEIGHTS, strict=True)) % 11
            if total in (0, 10) and (10 - total) % 10 == 0 and total == 0:
                continue
            number = f"{head}{(10 - total) % 10}"
            if number not in self.numbers:
                self.numbers.add(number)
                break
        kind = dice.choice(("Công ty TNHH", "Công ty TNHH MTV", "Công ty cổ phần", "Hợp tác xã"))
        name = f"{kind} {dice.choice(TRADES)} {dice.choice(GIVEN['female'])} {dice.choice(GIVEN['male'])}"
        return Person(
            kind="business", identity_no=number, full_name=name, name_folded=fold(name)[:200], sort_key=sort_key(name)[:600],
            birth_date=self.day(2005, 2026), nationality="Việt Nam", address_text=f"{dice.randint(1, 300)} {dice.choice(STREETS)}, {place[1]}",
            place_code=place[0], source="demo", created_at=self.at, updated_at=self.at,
        )  # fmt: skip


def load(*, at: datetime, seed: int, progress: Progress) -> None:
    """Fill the register, and list twelve citizens for the sign-in page of the stand-in for VNeID."""
    maker = _Maker(seed, at)
    done = 0
    citizens: list[dict[str, str]] = []
    with transaction.atomic():
        while done < COUNT:
            batch: list[Person] = []
            ties: list[tuple[int, int, str]] = []
            while len(batch) < 3000 and done + len(batch) < COUNT:
                members, inner = maker.household()
                ties += [(a + len(batch), b + len(batch), kind) for a, b, kind in inner]
                batch += members
            Person.objects.bulk_create(batch, batch_size=1000)
            Relation.objects.bulk_create(
                (
                    Relation(
                        person=batch[a],
                        other=batch[b],
                        kind=kind,
                        valid_from=batch[b].birth_date or maker.today,
                        evidence="demo",
                    )
                    for a, b, kind in ties
                ),
                batch_size=2000,
            )
            if not citizens:
                citizens = _memorable(batch)
            done += len(batch)
            progress(done, COUNT + BUSINESSES)
        Person.objects.bulk_create((maker.business() for _ in range(BUSINESSES)), batch_size=1000)
        audit.record(SYSTEM, "people.demo_loaded", "demo", after={"people": done, "businesses": BUSINESSES}, at=at)
    progress(COUNT + BUSINESSES, COUNT + BUSINESSES)
    target = Path(settings.HOME) / "demo" / "citizens.json"
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_text(json.dumps(citizens, ensure_ascii=False, indent=1), encoding="utf-8")


def _memorable(people: list[Person]) -> list[dict[str, str]]:
    """Twelve grown-ups of the first families."""
    grown = [p for p in people if p.birth_date and 1960 <= p.birth_date.year <= 2002][:12]
    return [
        {
            "sub": p.identity_no or "", "identity_no": p.identity_no or "", "full_name": p.full_name, "sex": p.sex,
            "birth_date": p.birth_date.isoformat() if p.birth_date else "", "address": p.address_text, "phone": p.phone,
            "place_code": p.place_code,
        }
        for p in grown
    ]  # fmt: skip
