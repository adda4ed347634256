"""Nothing a text can hold makes the parser raise or run away."""

import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from langbiang.government.procedures.catalogue_text import judge, parse_lay_thu_tuc, parse_record, rebuild
from langbiang.government.procedures.catalogue_text.sections import (
    CHANNEL_HEAD,
    DOCUMENT_HEAD,
    HEADINGS,
    LEGAL_HEAD,
    normalise,
)
from simulators.national_catalogue import texts

SIZE = 1_000_000
_PIECES = [
    *HEADINGS.values(),
    CHANNEL_HEAD,
    DOCUMENT_HEAD,
    LEGAL_HEAD,
    *[
        "Trực tiếp",
        "Trực tuyến",
        "Dịch vụ bưu chính",
        "1",
        "15",
        "20261",
        "500,000 VNĐ",
        "0 VNĐ",
        "Miễn phí",
        "Không có thông tin",
        "(",
        ")",
        "((",
    ],
    *[
        "5 Ngày làm việc",
        "2 Giờ",
        "1 bản chính",
        ",1 bản sao",
        "2 bản sao",
        "Mẫu 1.docx",
        ".pdf",
        "Mã:",
        "KQ.G15.000001",
        "--",
    ],
    *[
        "12/2025/NĐ-CP",
        "Thông tư số ",
        "09b/2013/TTLT-BCA-BTP",
        "QH13",
        "1.000123",
        "năm ",
        "Hội đồng nhân dân",
        "sau 15 giờ",
    ],
    *[
        "Trong thời hạn 05 ngày, Sở ",
        "1.000 đồng từ ngày 1/1/2025 đến ngày 40/13/2026",
        "_old",
        "huyện",
        "\n",
        "́",
        "\x00",
        "🙂",
    ],
]
hostile = st.lists(st.one_of(st.sampled_from(_PIECES), st.text(max_size=12)), max_size=60).map("".join)


@given(hostile)
@settings(max_examples=300, deadline=None)
def test_any_text_gives_a_verdict_and_comes_back_whole(text):
    record = parse_record({"raw_text": text, "ma_thu_tuc": "1.000001"})
    verdict = judge(record)
    assert verdict.outcome == "structured" or verdict.reasons
    assert rebuild(record) == record.text
    assert record.text in (normalise(text), "")


@given(st.sampled_from(sorted(texts.TRAPS)), st.integers(0, 3000), st.integers(0, 400), hostile)
@settings(max_examples=200, deadline=None)
def test_a_damaged_page_gives_a_verdict(trap, at, cut, filling):
    text = texts.flatten(texts.TRAPS[trap])
    record = parse_record({"raw_text": text[:at] + filling + text[at + cut :]})
    judge(record)
    assert rebuild(record) == record.text


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(
                [
                    "MATTHC",
                    "TENTTHC",
                    "CACHTHUCTHUCHIEN",
                    "KENH",
                    "THOIGIAN",
                    "THOIGIANGIAIQUYET",
                    "DONVITINH",
                    "MOTA",
                    "PHILEPHI",
                    "SOTIEN",
                    "DONVI",
                    "THANHPHANHOSO",
                    "GIAYTO",
                    "TENGIAYTO",
                    "SOBANCHINH",
                    "CANCUPHAPLY",
                    "SOVANBAN",
                    "TENVANBAN",
                    "KETQUATHUCHIEN",
                    "TENKETQUA",
                ]
            ),
            inner,
            max_size=6,
        )
    ),
    max_leaves=30,
)


@given(json_values)
@settings(max_examples=200, deadline=None)
def test_any_portal_answer_gives_a_verdict(answer):
    judge(parse_lay_thu_tuc(answer))


def _page(channels="", documents="", laws="", steps="", results=""):
    heads = HEADINGS
    return (
        f"T{heads['title']}T{heads['code']}1.234567{heads['field']}F{heads['steps_text']}{steps}"
        f"{heads['channels']}{CHANNEL_HEAD}{channels}{heads['documents']}{documents}{heads['legal_bases']}{LEGAL_HEAD}"
        f"{laws}{heads['implementing_agencies']}x{heads['requirements']}y{heads['results']}{results}"
        f"{heads['keywords']}z{heads['description']}w"
    )


_ROW = "Trực tiếp1Miễn phí"
_LARGE = {
    "digits in a channel": lambda n: _page(channels="Trực tiếp" + "1" * n),
    "channels only": lambda n: _page(channels="Trực tiếp" * (n // 9)),
    "open brackets": lambda n: _page(channels=_ROW + "(" * n),
    "amounts in a note": lambda n: _page(
        channels=_ROW + "(" + "1.000 đồng từ ngày 1/1/2025 đến ngày 2/1/2026 " * (n // 48)
    ),
    "digits before a quantity": lambda n: _page(documents=DOCUMENT_HEAD + "1" * n + " bản chính"),
    "form files": lambda n: _page(documents=DOCUMENT_HEAD + "aMẫu 1.doc" * (n // 10) + "1 bản chính"),
    "digits in an act": lambda n: _page(laws="1" * n),
    "letters in an act": lambda n: _page(laws="1/2025/TT-" + "A" * n),
    "time limits in one sentence": lambda n: _page(channels=_ROW, steps="Thời hạn " * (n // 9)),
    "receipt in one sentence": lambda n: _page(channels=_ROW, steps="tiếp nhận " * (n // 10)),
    "results": lambda n: _page(results="Mã: " * (n // 4)),
    "headings": lambda n: "".join(HEADINGS.values()) * (n // 280),
}


@pytest.mark.parametrize("shape", _LARGE)
def test_a_megabyte_of_one_thing_is_read_in_linear_time(shape):
    text = _LARGE[shape](SIZE)
    start = time.perf_counter()
    record = parse_record({"raw_text": text})
    judge(record)
    assert time.perf_counter() - start < 10
    assert rebuild(record) == record.text


def test_more_than_any_page_is_refused_with_a_reason():
    verdict = judge(parse_record({"raw_text": "a" * 2_000_001}))
    assert (verdict.outcome, verdict.reasons[0].reason.code) == ("failed", "text_too_large")
