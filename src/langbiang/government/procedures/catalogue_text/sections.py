"""Cut the flattened page into its parts, by heading and table head together.

A heading alone is not enough: about one procedure in a hundred uses "thành phần hồ sơ" or "cơ quan thực
hiện" in running text. All searches are plain string searches, so the cost grows linearly with the text.
"""

import re
import unicodedata
from collections.abc import Mapping

from .record import Section

CHANNEL_HEAD = "Hình thức nộpThời gianPhí, lệ phíMô tả"
DOCUMENT_HEAD = "Tên giấy tờMẫu đơn, tờ khaiSố lượng"
LEGAL_HEAD = "Tên văn bản pháp lýMã văn bản"
NO_INFORMATION = "Không có thông tin"

# key -> heading, in the order of the page
HEADINGS: dict[str, str] = {
    "title": "Tên thủ tục",
    "code": "Mã thủ tục",
    "decision_no": "Số quyết định",
    "levels": "Cấp thực hiện",
    "kind": "Loại thủ tục",
    "field": "Lĩnh vực",
    "audiences": "Đối tượng thực hiện",
    "competent_agencies": "Cơ quan có thẩm quyền",
    "reception_address": "Địa chỉ tiếp nhận HS",
    "delegated_agencies": "Cơ quan được ủy quyền",
    "coordinating_agencies": "Cơ quan phối hợp",
    "related": "Thủ tục hành chính liên quan",
    "steps_text": "Trình Tự Thực Hiện",
    "channels": "Cách Thức Thực Hiện",
    "documents": "Thành phần hồ sơ",
    "legal_bases": "Căn cứ pháp lý",
    "implementing_agencies": "Cơ quan thực hiện",
    "requirements": "Yêu cầu, điều kiện thực hiện",
    "results": "Kết quả xử lý",
    "keywords": "Từ khóa",
    "description": "Mô tả",
}
_CHROME = "Chọn cơ quan thực hiện"
_TABLE_HEADS = {"channels": CHANNEL_HEAD, "legal_bases": LEGAL_HEAD}
_HEADER_KEYS = tuple(HEADINGS)[2:13]
_CODE_CELL = re.compile(r"Mã thủ tục(?=\s{0,3}\d\.\d{6})")

# exported field -> key, for records that come without their full text
FIELD_OF_KEY: dict[str, str] = {
    "title": "ten_thu_tuc",
    "code": "ma_thu_tuc",
    "decision_no": "so_quyet_dinh",
    "levels": "cap_thuc_hien",
    "kind": "loai_thu_tuc",
    "field": "linh_vuc",
    "audiences": "doi_tuong_thuc_hien",
    "competent_agencies": "co_quan_co_tham_quyen",
    "reception_address": "dia_chi_tiep_nhan",
    "delegated_agencies": "co_quan_duoc_uy_quyen",
    "coordinating_agencies": "co_quan_phoi_hop",
    "related": "thu_tuc_lien_quan",
    "steps_text": "trinh_tu_thuc_hien",
    "channels": "cach_thuc_thuc_hien",
    "documents": "thanh_phan_ho_so",
    "legal_bases": "can_cu_phap_ly",
    "implementing_agencies": "co_quan_thuc_hien",
    "requirements": "yeu_cau_dieu_kien",
    "results": "ket_qua_xu_ly",
}


def normalise(text: str) -> str:
    """NFC, so that a heading typed with combining marks is the heading. Nothing else is changed."""
    return text if unicodedata.is_normalized("NFC", text) else unicodedata.normalize("NFC", text)


def cut(text: str) -> tuple[Section, ...]:
    """The sections of an NFC page in order; joined (head + body) they are exactly ``text``.

    A missing heading has no section. An empty result means: not a catalogue page.
    """
    places = _places(text)
    if len(places) < 3 or not ({"channels", "documents"} & {key for key, _, _ in places}):
        return ()
    sections = []
    if places[0][1] > 0:
        sections.append(Section("lead", "", text[: places[0][1]]))
    for number, (key, start, head_length) in enumerate(places):
        end = places[number + 1][1] if number + 1 < len(places) else len(text)
        body_start = start + head_length
        sections.append(Section(key, text[start:body_start], text[body_start:end]))
    return tuple(sections)


def _places(text: str) -> list[tuple[str, int, int]]:
    """(key, position, length of heading with table head) for every heading found, in text order."""
    found: list[tuple[str, int, int]] = []

    def add(key: str, at: int, extra: str = "") -> None:
        found.append((key, at, len(HEADINGS.get(key, _CHROME)) + len(extra)))

    at = 0
    code = _CODE_CELL.search(text)
    code_at = code.start() if code else text.find(HEADINGS["code"])
    title_at = text.find(HEADINGS["title"], 0, code_at if code_at >= 0 else len(text))
    if title_at >= 0:
        add("title", title_at)
        at = title_at + len(HEADINGS["title"])
    if code_at >= 0:
        add("code", code_at)
        at = code_at + len(HEADINGS["code"])
    channels_at = text.find(HEADINGS["channels"] + CHANNEL_HEAD, at)
    steps_limit = channels_at if channels_at >= 0 else len(text)
    for key in _HEADER_KEYS:
        here = text.find(HEADINGS[key], at, steps_limit)
        if here >= 0:
            add(key, here)
            at = here + len(HEADINGS[key])
    if channels_at >= 0:
        add("channels", channels_at, CHANNEL_HEAD)
        at = channels_at + len(HEADINGS["channels"]) + len(CHANNEL_HEAD)
    else:
        bare = text.find(HEADINGS["channels"], at)
        if bare >= 0:
            add("channels", bare)
            at = bare + len(HEADINGS["channels"])
    legal_at = text.find(HEADINGS["legal_bases"] + LEGAL_HEAD, at)
    legal_extra = LEGAL_HEAD
    if legal_at < 0:
        legal_extra = ""
        legal_at = text.rfind(HEADINGS["legal_bases"], at)
    documents_at = _documents_place(text, at, legal_at if legal_at >= 0 else len(text))
    if documents_at >= 0:
        add("documents", documents_at)
        at = documents_at + len(HEADINGS["documents"])
    if legal_at >= 0:
        add("legal_bases", legal_at, legal_extra)
        at = legal_at + len(HEADINGS["legal_bases"]) + len(legal_extra)
    found.extend(_tail_places(text, at))
    return found


def _documents_place(text: str, start: int, end: int) -> int:
    """The heading is the last hit before the first table head; in a label it may come once more."""
    heading = HEADINGS["documents"]
    table = text.find(DOCUMENT_HEAD, start, end)
    here = text.rfind(heading, start, table if table >= 0 else end)
    if here > start and text.startswith(heading, here - len(heading)) and here - len(heading) >= start:
        return here - len(heading)
    return here


def _tail_places(text: str, at: int) -> list[tuple[str, int, int]]:
    """Agencies to chrome: short parts at the end, found from the outside inwards."""
    places: list[tuple[str, int, int]] = []
    chrome = text.rfind(_CHROME, at)
    if chrome >= 0 and "Nộp hồ sơ" not in text[chrome : chrome + 600]:
        chrome = -1
    end = chrome if chrome >= 0 else len(text)
    requirements = text.find(HEADINGS["requirements"], at, end)
    agencies = text.rfind(HEADINGS["implementing_agencies"], at, requirements if requirements >= 0 else end)
    keywords = text.rfind(HEADINGS["keywords"], max(at, requirements), end)
    results = text.rfind(HEADINGS["results"], max(at, requirements), keywords if keywords >= 0 else end)
    description = text.find(HEADINGS["description"], keywords, end) if keywords >= 0 else -1
    for key, place in (
        ("implementing_agencies", agencies),
        ("requirements", requirements),
        ("results", results),
        ("keywords", keywords),
        ("description", description),
    ):
        if place >= 0:
            places.append((key, place, len(HEADINGS[key])))
    if chrome >= 0:
        places.append(("chrome", chrome, len(_CHROME)))
    return places


def compose(fields: Mapping[str, str]) -> str:
    """The page an export would have flattened, rebuilt from its split fields, for a record without text."""
    parts: list[str] = []
    for key, heading in HEADINGS.items():
        value = fields.get(FIELD_OF_KEY.get(key, ""), "")
        head = _TABLE_HEADS.get(key, "")
        if head and value.startswith(head):
            head = ""
        if key in ("keywords", "description"):
            if HEADINGS["keywords"] in fields.get("ket_qua_xu_ly", ""):
                continue
            value = NO_INFORMATION
        parts.append(heading + head + value)
    return "".join(parts)
