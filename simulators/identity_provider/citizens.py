"""Who can sign in at the stand-in: the citizens of the demo province, or anybody with a well-formed number."""

import json
import re
from dataclasses import asdict, dataclass
from datetime import date
from pathlib import Path
from typing import Any

# Sex and century of birth in the fourth digit of a personal identification number (Decree 137/2015/NĐ-CP, art. 13).
_CENTURY = {"0": ("male", 1900), "1": ("female", 1900), "2": ("male", 2000), "3": ("female", 2000)}


@dataclass(frozen=True)
class Citizen:
    """A synthetic citizen."""

    sub: str
    identity_no: str
    full_name: str
    birth_date: str = ""
    sex: str = ""
    address: str = ""
    phone: str = ""
    email: str = ""
    place_code: str = ""

    def claims(self) -> dict[str, Any]:
        """What an identity token and the userinfo answer say about this person."""
        found: dict[str, Any] = {
            "sub": self.sub,
            "citizen_id": self.identity_no,
            "name": self.full_name,
            "birthdate": self.birth_date,
            "gender": self.sex,
            "phone_number": self.phone,
            "email": self.email,
            "place_code": self.place_code,
            "address": {"formatted": self.address} if self.address else None,
            "acr": "2",
        }
        return {key: value for key, value in found.items() if value}


BUILT_IN = (
    Citizen("demo-1", "068190000017", "Nguyễn Thị Mai", "1990-03-12", "female", "12 Phan Chu Trinh, phường Xuân Hương - Đà Lạt, tỉnh Lâm Đồng", "0912000017"),
    Citizen("demo-2", "068085000024", "Trần Văn Hùng", "1985-07-21", "male", "Thôn 3, xã Lạc Dương, tỉnh Lâm Đồng", "0912000024"),
    Citizen("demo-3", "060202000031", "K'Brel", "2002-11-05", "male", "Thôn 1, xã Đức Trọng, tỉnh Lâm Đồng", "0912000031"),
)  # fmt: skip


def load(path: Path | None) -> list[Citizen]:
    """The citizens of a file, or the three built-in ones where there is none or it cannot be read."""
    try:
        rows = json.loads(path.read_text(encoding="utf-8")) if path else []
    except (OSError, ValueError):
        rows = []
    known = Citizen.__dataclass_fields__
    found = []
    for row in rows if isinstance(rows, list) else []:
        values = {k: str(v) for k, v in row.items() if k in known and v is not None}
        if values.get("identity_no") and values.get("full_name"):
            values.setdefault("sub", f"id-{values['identity_no']}")
            found.append(Citizen(**values))
    return found or list(BUILT_IN)


def typed(identity_no: str, full_name: str, birth_date: str = "", sex: str = "") -> Citizen | str:
    """A citizen from what somebody typed; a text says what is wrong."""
    number = re.sub(r"\D", "", identity_no)
    name = " ".join(full_name.split())
    if len(number) != 12 or number[3] not in _CENTURY:
        return "Số định danh cá nhân có 12 chữ số; chữ số thứ tư là 0, 1, 2 hoặc 3."
    if len(name) < 2:
        return "Hãy nhập họ và tên."
    by_number, century = _CENTURY[number[3]]
    year = century + int(number[4:6])
    try:
        born = _day(birth_date) if birth_date.strip() else date(year, 1, 1)
    except ValueError:
        return "Ngày sinh viết theo dạng ngày/tháng/năm, ví dụ 25/11/1990."
    if born.year != year:
        return f"Số định danh này là của người sinh năm {year}, nhưng ngày sinh là năm {born.year}."
    if sex and sex != by_number:
        return "Giới tính không khớp với số định danh."
    return Citizen(f"id-{number}", number, name, born.isoformat(), by_number)


def _day(text: str) -> date:
    parts = [int(p) for p in re.split(r"\D+", text.strip()) if p]
    if len(parts) != 3:
        raise ValueError(text)
    return date(*parts) if parts[0] > 31 else date(parts[2], parts[1], parts[0])


def as_rows(citizens: list[Citizen]) -> list[dict[str, str]]:
    """Back to the rows of a file."""
    return [asdict(citizen) for citizen in citizens]
