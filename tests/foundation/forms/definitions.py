"""Forms for the tests: one that uses everything, and generated ones."""

from typing import Any

from hypothesis import strategies as st

EVERYTHING: dict[str, Any] = {
    "groups": [
        {
            "key": "child",
            "title": "Người được khai sinh",
            "title_en": "The child",
            "questions": [
                {"key": "child_name", "kind": "name", "label": "Họ tên", "label_en": "Full name", "required": True,
                 "prefill": "person.full_name"},
                {"key": "birth_day", "kind": "date", "label": "Ngày sinh", "label_en": "Born on", "required": True,
                 "rules": [{"rule": "not_after", "other": "today", "message": "Chưa đến ngày này.",
                            "message_en": "Not yet."}]},
                {"key": "place", "kind": "choice", "label": "Nơi sinh", "label_en": "Born where", "required": True,
                 "choices": [{"value": "clinic", "label": "Cơ sở y tế", "label_en": "Clinic"},
                             {"value": "home", "label": "Tại nhà", "label_en": "At home"}]},
                {"key": "witness", "kind": "name", "label": "Người làm chứng", "label_en": "Witness", "required": True,
                 "show_if": {"question": "place", "is": "home"}},
                {"key": "lang", "kind": "choices", "label": "Ngôn ngữ", "label_en": "Languages",
                 "choices": [{"value": "vi", "label": "Tiếng Việt", "label_en": "Vietnamese"},
                             {"value": "kho", "label": "Tiếng Kơ Ho", "label_en": "K'Ho"}]},
                {"key": "note", "kind": "info", "label": "Giấy tờ nộp ở bước sau.", "label_en": "Papers come later."},
            ],
        },
        {
            "key": "members",
            "title": "Người cùng hộ",
            "title_en": "Members",
            "repeat": {"min": 0, "max": 3, "item": "Người", "item_en": "Person"},
            "show_if": {"question": "place", "is_not": "clinic"},
            "questions": [
                {"key": "member_name", "kind": "name", "label": "Họ tên", "label_en": "Name", "required": True},
                {"key": "member_works", "kind": "yes_no", "label": "Có việc làm", "label_en": "Works"},
                {"key": "member_income", "kind": "money", "label": "Thu nhập", "label_en": "Income", "required": True,
                 "show_if": {"question": "member_works", "is": True}},
            ],
        },
        {
            "key": "more",
            "title": "Thêm",
            "title_en": "More",
            "show_if": {"any": [{"question": "birth_day", "age_below": 18}, {"question": "lang", "is": "kho"}]},
            "questions": [
                {"key": "copies", "kind": "number", "label": "Số bản sao", "label_en": "Copies", "min": 1, "max": 20},
                {"key": "area", "kind": "decimal", "label": "Diện tích", "label_en": "Area", "min": 0},
                {"key": "phone", "kind": "phone", "label": "Điện thoại", "label_en": "Telephone"},
                {"key": "evidence", "kind": "file", "label": "Ảnh", "label_en": "Photo", "max": 2},
                {"key": "remark", "kind": "long_text", "label": "Ghi chú", "label_en": "Remark",
                 "show_if": {"question": "copies", "greater_than": 5}, "required": True},
            ],
        },
    ]
}  # fmt: skip

_SIMPLE = ("text", "long_text", "name", "number", "decimal", "money", "date", "yes_no", "choice", "choices", "identity",
           "tax_code", "phone", "email", "address", "info")  # fmt: skip
_CHOICES = [{"value": v, "label": v.upper(), "label_en": v.upper()} for v in ("a", "b", "c")]


@st.composite
def _condition(draw: Any, known: list[dict[str, Any]], depth: int = 0) -> dict[str, Any]:
    shape = draw(st.sampled_from(["one", "one", "one", "all", "any", "not"])) if depth < 2 else "one"
    if shape in ("all", "any"):
        return {shape: draw(st.lists(_condition(known, depth + 1), min_size=1, max_size=2))}
    if shape == "not":
        return {"not": draw(_condition(known, depth + 1))}
    question = draw(st.sampled_from(known))
    kind, key = question["kind"], question["key"]
    tests: list[dict[str, Any]] = [{"filled": True}, {"filled": False}]
    if kind in ("choice", "choices"):
        value = draw(st.sampled_from("abc"))
        tests += [{"is": value}, {"is_not": value}, {"in": [value, "c"]}]
    elif kind == "yes_no":
        tests += [{"is": True}, {"is_not": True}, {"is": False}]
    elif kind in ("number", "money", "decimal"):
        tests += [{"less_than": 10}, {"greater_than": 5}]
    elif kind == "date":
        tests += [{"age_below": 18}, {"age_from": 18}]
    return {"question": key, **draw(st.sampled_from(tests))}


@st.composite
def forms(draw: Any) -> dict[str, Any]:
    """Forms of up to four groups with conditions, repetition and limits, every one of them well made."""
    known: list[dict[str, Any]] = []
    made = []
    number = 0
    for g in range(draw(st.integers(1, 4))):
        repeated = draw(st.integers(0, 3)) == 0
        group: dict[str, Any] = {"key": f"g{g}", "title": f"Nhóm {g}", "title_en": f"Group {g}", "questions": []}
        if repeated:
            low = draw(st.integers(0, 2))
            group["repeat"] = {"min": low, "max": draw(st.integers(max(1, low), 4)), "item": "Mục", "item_en": "Entry"}
        if known and draw(st.booleans()):
            group["show_if"] = draw(_condition(known))
        inner: list[dict[str, Any]] = []
        for _n in range(draw(st.integers(1, 4))):
            number += 1
            kind = draw(st.sampled_from(_SIMPLE))
            question: dict[str, Any] = {"key": f"q{number}", "kind": kind, "label": f"Câu {number}",
                                        "label_en": f"Question {number}"}  # fmt: skip
            if kind in ("choice", "choices"):
                question["choices"] = _CHOICES
            if kind != "info":
                question["required"] = draw(st.booleans())
            if kind in ("number", "money", "decimal") and draw(st.booleans()):
                low = draw(st.integers(0, 20))
                question |= {"min": low, "max": low + draw(st.integers(0, 30))}
            if kind in ("text", "long_text") and draw(st.booleans()):
                question["max_length"] = draw(st.integers(5, 50))
            if (known + inner) and draw(st.integers(0, 2)) == 0:
                question["show_if"] = draw(_condition(known + inner))
            group["questions"].append(question)
            if kind != "info":
                inner.append(question)
        if not repeated:
            known += inner
        made.append(group)
    return {"groups": made}


SCALARS = st.one_of(
    st.none(), st.booleans(), st.integers(), st.floats(), st.text(max_size=12),
    st.sampled_from(["a", "b", "c", "yes", "2026-02-30", "25/11/2026", "\ud800", "\x00", "068199000001", 10**400, -1]),
)  # fmt: skip
ANYTHING = st.recursive(
    SCALARS, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=4), inner, max_size=3),
    max_leaves=5,
)  # fmt: skip


def hostile_answers(form: dict[str, Any]) -> st.SearchStrategy[Any]:
    """Anything a stranger could send to this form."""
    keys = [q["key"] for g in form["groups"] for q in g["questions"]] + [g["key"] for g in form["groups"]]
    rows = st.lists(st.dictionaries(st.sampled_from(keys), ANYTHING, max_size=4) | ANYTHING, max_size=5)
    return st.dictionaries(st.sampled_from(keys) | st.text(max_size=5), ANYTHING | rows, max_size=8) | ANYTHING
