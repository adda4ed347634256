"""Invented procedures, flattened the way the portal's export flattens its pages.

``flatten`` runs all cells together without separators, as the export does; ``lay_thu_tuc`` gives the same
page as the portal's JSON. ``TRAPS`` holds one page for every trap known from the real catalogue; ``pages``
makes any number of ordinary ones. Every name, text and number is made up: nothing comes from the real one.
"""

import random
from collections.abc import Iterator
from dataclasses import dataclass, field, replace

NO_INFORMATION = "Không có thông tin"
FREE = "Miễn phí"
DIRECT, ONLINE, POSTAL = "Trực tiếp", "Trực tuyến", "Dịch vụ bưu chính"
CHROME = (
    "Chọn cơ quan thực hiệnTỉnh/ Thành phốBộ ngành-- Chọn Tỉnh/ Thành phố --Phường/ XãSở-- Chọn Phường/ Xã --"
    "Hệ thống chỉ hiển thị những cơ quan đã áp dụng dịch vụ công trực tuyếnNộp hồ sơ"
)


@dataclass(frozen=True)
class Row:
    """One line of the table of channels; the cells as the portal prints them."""

    channel: str
    duration: str
    fee: str = FREE
    note: str = ""
    description: str = ""

    def flat(self) -> str:
        note = f"({self.note})" if self.note else ""
        return f"{self.channel}{self.duration}{self.fee}{note}{self.description}"


@dataclass(frozen=True)
class Paper:
    name: str
    form: str = ""
    originals: int = 1
    copies: int = 0

    def flat(self) -> str:
        copies = f",{self.copies} bản sao" if self.copies else ""
        return f"{self.name}{self.form}{self.originals} bản chính{copies}"


@dataclass(frozen=True)
class Group:
    papers: tuple[Paper, ...]
    label: str = "--"

    def flat(self) -> str:
        head = "Tên giấy tờMẫu đơn, tờ khaiSố lượng"
        return self.label + head + "".join(paper.flat() for paper in self.papers)


@dataclass(frozen=True)
class Page:
    """One page of the catalogue before it is flattened."""

    code: str = "1.900001"
    title: str = "Cấp thẻ nghệ nhân dệt thổ cẩm"
    decision_no: str = "905/QĐ-UBND"
    levels: str = "Cấp xã"
    kind: str = "TTHC không được luật giao cho địa phương quy định"
    field_name: str = "Nghề truyền thống"
    audiences: str = "Công dân Việt Nam"
    competent: str = ""
    address: str = ""
    coordinating: str = ""
    related: str = NO_INFORMATION
    steps: str = " - Bước 1: Người đề nghị nộp hồ sơ.\n- Bước 2: Công chức xem xét, trả kết quả."
    rows: tuple[Row, ...] = (Row(DIRECT, "5 Ngày làm việc"), Row(ONLINE, "5 Ngày làm việc"))
    groups: tuple[Group, ...] = (Group((Paper("Đơn đề nghị cấp thẻ nghệ nhân", "Mẫu NN-01.docx"),)),)
    laws: tuple[tuple[str, str], ...] = (("Nghị định về nghề truyền thống", "12/2025/NĐ-CP"),)
    implementing: str = "Ủy ban nhân dân cấp xã"
    requirements: str = NO_INFORMATION
    results: tuple[tuple[str, str], ...] = (("Thẻ nghệ nhân", "KQ.G15.000999"),)
    keywords: str = NO_INFORMATION
    description: str = NO_INFORMATION
    chrome: str = CHROME
    lead: str | None = field(default=None)


def flatten(page: Page) -> str:
    """The whole page as running text."""
    lead = page.title if page.lead is None else page.lead
    results = "".join(f"{name}Mã: {code}" if code else name for name, code in page.results)
    return "".join(
        (
            f"{lead}Tên thủ tục{page.title}Mã thủ tục{page.code}Số quyết định{page.decision_no}",
            f"Cấp thực hiện{page.levels}Loại thủ tục{page.kind}Lĩnh vực{page.field_name}",
            f"Đối tượng thực hiện{page.audiences}Cơ quan có thẩm quyền{page.competent}",
            f"Địa chỉ tiếp nhận HS{page.address}Cơ quan được ủy quyềnCơ quan phối hợp{page.coordinating}",
            f"Thủ tục hành chính liên quan{page.related}Trình Tự Thực Hiện{page.steps}",
            f"Cách Thức Thực Hiện{channel_table(page)}",
            "Thành phần hồ sơ",
            "".join(group.flat() for group in page.groups) or NO_INFORMATION,
            f"Căn cứ pháp lý{legal_table(page)}Cơ quan thực hiện{page.implementing}",
            f"Yêu cầu, điều kiện thực hiện{page.requirements}Kết quả xử lý{results or NO_INFORMATION}",
            f"Từ khóa{page.keywords}Mô tả{page.description}{page.chrome}",
        )
    )


def channel_table(page: Page) -> str:
    return "Hình thức nộpThời gianPhí, lệ phíMô tả" + "".join(row.flat() for row in page.rows)


def legal_table(page: Page) -> str:
    return "Tên văn bản pháp lýMã văn bản" + "".join(title + code for title, code in page.laws)


def export(page: Page, *, with_text: bool = True) -> dict[str, str]:
    """The record as the export delivers it: split fields beside the whole text."""
    results = "".join(f"{name}Mã: {code}" if code else name for name, code in page.results)
    tail = f"Từ khóa{page.keywords}Mô tả{page.description}{page.chrome}"
    return {
        "ma_thu_tuc": page.code,
        "detail_url": "",
        "formality_id": "",
        "ten_thu_tuc": page.title,
        "so_quyet_dinh": page.decision_no,
        "cap_thuc_hien": page.levels,
        "loai_thu_tuc": page.kind,
        "linh_vuc": page.field_name,
        "doi_tuong_thuc_hien": page.audiences,
        "co_quan_co_tham_quyen": page.competent,
        "dia_chi_tiep_nhan": page.address,
        "co_quan_duoc_uy_quyen": "",
        "co_quan_phoi_hop": page.coordinating,
        "thu_tuc_lien_quan": page.related,
        "trinh_tu_thuc_hien": page.steps.strip(),
        "cach_thuc_thuc_hien": channel_table(page),
        "thanh_phan_ho_so": "".join(group.flat() for group in page.groups),
        "can_cu_phap_ly": legal_table(page),
        "co_quan_thuc_hien": page.implementing,
        "yeu_cau_dieu_kien": page.requirements,
        "ket_qua_xu_ly": (results or NO_INFORMATION) + tail,
        "raw_text": flatten(page) if with_text else "",
    }


def lay_thu_tuc(page: Page) -> dict[str, object]:
    """The same page as an answer of the portal's service ``LayThuTuc``."""
    numbers = {DIRECT: "1", ONLINE: "2", POSTAL: "3"}
    ways = []
    for row in page.rows:
        amount, _, unit = row.duration.partition(" ")
        money, _, currency = row.fee.partition(" ")
        ways.append(
            {
                "KENH": numbers[row.channel],
                "THOIGIAN": [
                    {
                        "THOIGIANGIAIQUYET": amount if amount[:1].isdigit() else "",
                        "DONVITINH": unit if amount[:1].isdigit() else "",
                        "MOTA": row.description,
                        "PHILEPHI": [
                            {
                                "MAPHILEPHI": "P01",
                                "SOTIEN": money.replace(",", "") if money[:1].isdigit() else "0",
                                "DONVI": currency if money[:1].isdigit() else "VNĐ",
                                "MOTA": row.note,
                            }
                        ],
                    }
                ],
            }
        )
    return {
        "MATTHC": page.code,
        "TENTTHC": page.title,
        "TRANGTHAI": 1,
        "LINHVUCTHUCHIEN": [{"MALINHVUC": "NTT", "TENLINHVUC": page.field_name}],
        "TRINHTUTHUCHIEN": [
            {"TRUONGHOP": "", "TRINHTU": [{"TENTRINHTU": line} for line in page.steps.strip().split("\n")]}
        ],
        "CACHTHUCTHUCHIEN": ways,
        "THANHPHANHOSO": [
            {
                "TRUONGHOP": "" if group.label == "--" else group.label,
                "GIAYTO": [
                    {"MAGIAYTO": f"GT{n:03}", "TENGIAYTO": paper.name, "TENMAUDON": paper.form, "URL": ""}
                    for n, paper in enumerate(group.papers, start=1)
                ],
            }
            for group in page.groups
        ],
        "YEUCAU": page.requirements,
        "MOTADOITUONGTHUCHIEN": page.audiences,
        "KETQUATHUCHIEN": [{"MAKETQUA": code, "TENKETQUA": name} for name, code in page.results],
        "CANCUPHAPLY": [{"SOVANBAN": code, "TENVANBAN": title} for title, code in page.laws],
        "COQUANTHUCHIEN": [{"MADONVI": "H36.00.01", "TENDONVI": page.implementing}],
    }


BASE = Page()
_SAME_DAY_STEPS = (
    " - Bước 1: Người đề nghị nộp hồ sơ.\n"
    "- Nếu tiếp nhận hồ sơ sau 15 giờ thì trả kết quả trong ngày làm việc tiếp theo."
)
_STAGED_STEPS = (
    " - Trong thời hạn 03 ngày làm việc, kể từ ngày nhận đủ hồ sơ hợp lệ, Sở Văn hóa thẩm tra hồ sơ.\n"
    "- Trong thời hạn 10 ngày, kể từ ngày nhận văn bản của Sở, Chủ tịch Ủy ban nhân dân tỉnh quyết định.\n"
    "- Người đề nghị nộp bổ sung giấy tờ trong thời hạn 30 ngày."
)
_COUNCIL_NOTE = "Mức thu do Hội đồng nhân dân tỉnh quyết định. Miễn lệ phí cho người thuộc hộ nghèo."


def _rows(*rows: Row) -> Page:
    return replace(BASE, rows=rows)


TRAPS: dict[str, Page] = {
    "plain": BASE,
    "all_three_channels": _rows(
        Row(DIRECT, "15 Ngày"),
        Row(ONLINE, "1.5 Ngày làm việc", "10,000 VNĐ", "10.000 đồng/bản", "Qua Cổng dịch vụ công."),
        Row(POSTAL, "1 Tháng", "1,700,000 VNĐ"),
    ),
    "channel_word_in_prose": _rows(
        Row(
            DIRECT,
            "3 Ngày làm việc",
            description="Trực tiếp: nộp tại quầy số 2. Trực tuyến thực hiện qua Cổng.",
        ),
        Row(POSTAL, "4 Ngày làm việc"),
    ),
    "repeated_channel_tiers": _rows(
        Row(ONLINE, "7 Ngày làm việc", description="Đối với thẻ hạng nhất"),
        Row(ONLINE, "5 Ngày làm việc", description="Đối với thẻ hạng hai"),
    ),
    "working_hours": _rows(Row(DIRECT, "4 Giờ làm việc")),
    "hours_of_unclear_kind": _rows(Row(DIRECT, "2 Giờ")),
    "no_unit_same_day": replace(BASE, steps=_SAME_DAY_STEPS, rows=(Row(ONLINE, "1"), Row(DIRECT, "1"))),
    "no_unit_same_number": replace(
        BASE,
        steps=" - Trong thời hạn 06 ngày làm việc, kể từ ngày nhận đủ hồ sơ, Ủy ban nhân dân cấp xã cấp thẻ.",
        rows=(Row(DIRECT, "6"),),
    ),
    "no_unit_sum_of_stages": replace(BASE, steps=_STAGED_STEPS, rows=(Row(DIRECT, "13"),)),
    "no_unit_no_evidence": _rows(Row(DIRECT, "48")),
    "no_unit_legal_rule": replace(BASE, field_name="Hộ tịch", rows=(Row(DIRECT, "3"),)),
    "no_duration_stages_in_steps": replace(BASE, steps=_STAGED_STEPS, rows=(Row(DIRECT, NO_INFORMATION),)),
    "no_duration_total_in_description": _rows(
        Row(DIRECT, NO_INFORMATION, description="Trong thời hạn 20 ngày, trong đó: Sở thẩm tra 12 ngày.")
    ),
    "no_duration_anywhere": _rows(Row(DIRECT, NO_INFORMATION)),
    "no_duration_other_channel": _rows(Row(DIRECT, "9 Ngày"), Row(ONLINE, NO_INFORMATION)),
    "duration_not_prescribed": _rows(Row(DIRECT, "Không quy định")),
    "stated_limit_against_text": replace(
        BASE,
        steps=" - Trong thời hạn 05 ngày làm việc, kể từ ngày nhận đủ hồ sơ, Ủy ban nhân dân cấp xã cấp thẻ.",
        rows=(Row(DIRECT, "5 Ngày"),),
    ),
    "glued_number": _rows(Row(DIRECT, "1", "500,000 VNĐ")),
    "glued_number_ambiguous": _rows(Row(DIRECT, "1", "20,000 VNĐ")),
    "glued_number_small": replace(
        BASE, title="Cấp thẻ nghệ nhân cho người ở nước ngoài", rows=(Row(DIRECT, "1", "200 VNĐ"),)
    ),
    "fee_in_dong_words": _rows(Row(DIRECT, "2 Ngày", "200,000 Việt Nam Đồng", "/hồ sơ")),
    "fee_in_dollars": _rows(Row(DIRECT, "2 Ngày", "150 USD", "/bản")),
    "fee_zero": _rows(Row(DIRECT, "2 Ngày", "0 VNĐ")),
    "fee_not_stated": _rows(Row(DIRECT, "2 Ngày", NO_INFORMATION)),
    "fee_not_stated_others_free": _rows(Row(DIRECT, "2 Ngày"), Row(ONLINE, "2 Ngày", NO_INFORMATION)),
    "false_free_amount": _rows(Row(DIRECT, "2 Ngày", FREE, "Thẩm định 32.000.000 đồng/lần")),
    "false_free_council": _rows(Row(DIRECT, "2 Ngày", FREE, _COUNCIL_NOTE), Row(ONLINE, "2 Ngày")),
    "false_free_named": _rows(Row(DIRECT, "2 Ngày", FREE, "Phí thẩm định")),
    "false_free_act": _rows(
        Row(
            DIRECT, "2 Ngày", FREE, "Thực hiện theo Thông tư số 99/2024/TT-BTC quy định mức thu phí xét duyệt"
        )
    ),
    "false_free_exemptions": _rows(Row(DIRECT, "2 Ngày", FREE, "Miễn lệ phí cho người thuộc hộ nghèo.")),
    "free_with_optional_extra": _rows(
        Row(
            DIRECT,
            "2 Ngày",
            FREE,
            "Miễn lệ phí. Phí cấp thêm bản sao thẻ (nếu có yêu cầu) thu theo quy định.",
        )
    ),
    "free_but_steps_speak_of_a_fee": replace(
        BASE,
        steps=" - Người đề nghị nộp hồ sơ, nộp lệ phí nếu thuộc trường hợp phải nộp lệ phí.",
        rows=(Row(DIRECT, "2 Ngày"),),
    ),
    "free_not_prescribed": _rows(Row(DIRECT, "2 Ngày", FREE, "Không quy định.")),
    "dated_fee": _rows(
        Row(
            DIRECT,
            "2 Ngày",
            "4,000,000 VNĐ",
            "(áp dụng mức 2.000.000 đồng từ ngày 01/7/2025 đến hết ngày 31/12/2026 "
            "theo Thông tư số 77/2025/TT-BTC)",
        )
    ),
    "fee_in_thousands": _rows(
        Row(
            DIRECT,
            "2 Ngày",
            "50 VNĐ",
            "áp dụng mức phí 25.000 đồng kể từ ngày 01/7/2025 đến hết ngày 31/12/2026",
        )
    ),
    "fee_placeholder": _rows(Row(ONLINE, "2 Ngày", "1 VNĐ", "Nộp qua mạng được miễn lệ phí xét duyệt.")),
    "note_brackets_open": _rows(Row(DIRECT, "2 Ngày", "10,000 VNĐ(/bản")),
    "several_groups": replace(
        BASE,
        groups=(
            Group((Paper("Đơn đề nghị"),), "Trường hợp cấp mới:"),
            Group(
                (Paper("Đơn đề nghị gia hạn"), Paper("Thẻ đã cấp", originals=1, copies=1)),
                "Trường hợp gia hạn:",
            ),
        ),
    ),
    "words_of_heading_in_label": replace(
        BASE,
        groups=(
            Group((Paper("Đơn đề nghị"),)),
            Group((Paper("Bản vẽ mẫu hoa văn", originals=0, copies=2),), "Thành phần hồ sơ:"),
        ),
    ),
    "words_of_heading_in_steps": replace(
        BASE,
        steps=" - Công chức kiểm tra Thành phần hồ sơ.\n"
        "- Cơ quan thực hiện gửi Kết quả xử lý theo Căn cứ pháp lý nêu dưới.",
    ),
    "quantity_after_year": replace(
        BASE, groups=(Group((Paper("Giấy xác nhận của làng nghề lập trước ngày 12/6/2026"),)),)
    ),
    "quantity_in_name": replace(
        BASE,
        groups=(
            Group(
                (
                    Paper("Đơn đề nghị (01 bản chính) và ảnh chân dung"),
                    Paper("Nộp 02 bản sao kèm bản chính để đối chiếu", originals=0, copies=2),
                )
            ),
        ),
    ),
    "shown_only": replace(BASE, groups=(Group((Paper("Đơn đề nghị"), Paper("Thẻ căn cước", originals=0))),)),
    "form_files": replace(
        BASE,
        groups=(
            Group(
                (
                    Paper("Đơn theo mẫu", "Mẫu 02.docx"),
                    Paper("Tờ khai kinh nghiệm theo Mẫu NN-03", "Mẫu NN-03.doc"),
                    Paper("Danh sách thành viên;", "4.danhsachtv.pdf"),
                    Paper("Đơn và cam kết", "Mẫu NN-05a.docxMẫu NN-05b.docx"),
                )
            ),
        ),
    ),
    "paper_without_quantity": replace(BASE, groups=(Group((Paper("Đơn đề nghị"),)), Group((), "Lưu ý thêm"))),
    "no_components": replace(BASE, groups=()),
    "audiences_with_commas": replace(
        BASE,
        audiences="Tổ chức (không bao gồm doanh nghiệp, HTX), Cán bộ, công chức, viên chức, "
        "Doanh nghiệp, Hợp tác xã",
    ),
    "several_levels": replace(BASE, levels="Cấp tỉnh, Cấp xã, Cơ quan khác"),
    "superseded_agency": replace(BASE, competent="Ủy ban nhân dân huyện Suối Mơ_old, Sở Văn hóa"),
    "agency_name_with_commas": replace(
        BASE, implementing="Ủy ban Nhân dân\u00a0xã,\u00a0phường, đặc khu, Sở Nội vụ"
    ),
    "legal_number_in_title": replace(
        BASE,
        laws=(
            (
                "Thông tư số 03/2026/TT-BTP ngày 02/3/2026 của Bộ trưởng Bộ Tư pháp về thẻ nghệ nhân",
                "03/2026/TT-BTP",
            ),
            ("Luật 61/2020/QH14", "61/2020/QH14"),
            ("Luật Nghề truyền thống năm 2024", "37/2024/QH15"),
            ("hướng dẫn về hồ sơ nghệ nhân", "Thông tư số 05/2024/TT-BVHTTDL"),
            ("Thông tư liên tịch về làng nghề", "09/2013/TTLT-BVHTTDL-BCT"),
        ),
    ),
    "legal_columns_swapped": replace(
        BASE, laws=(("14/2024/NĐ-CP", "Nghị định về làng nghề"), ("Thông tư về hoa văn", "15/2024/TT-BCT"))
    ),
    "legal_without_number": replace(
        BASE, laws=(("Nghị định về C", "12/2025/NĐ-CP"), ("Hương ước của làng", ""))
    ),
    "several_results": replace(
        BASE,
        results=(
            ("Thẻ nghệ nhân", "KQ.G15.000999"),
            ("Giấy chứng nhận", "KQ-G10.01234"),
            ("Văn bản trả lời", "78"),
        ),
    ),
    "result_without_code": replace(BASE, results=(("Thẻ nghệ nhân", ""),)),
    "no_chrome": replace(BASE, chrome=""),
    "local_variant_code": replace(BASE, code="1.900001.H36"),
    "titles_differ": replace(BASE, lead="Cấp thẻ nghệ nhân dệt"),
}

_CRAFTS = (
    "gốm",
    "dệt thổ cẩm",
    "đan lát",
    "làm đàn đá",
    "rượu cần",
    "chạm khắc gỗ",
    "đúc chiêng",
    "làm giấy dó",
)
_ACTS = (
    "Cấp thẻ nghệ nhân",
    "Đăng ký tổ nghề",
    "Công nhận làng nghề",
    "Hỗ trợ lớp truyền nghề",
    "Gia hạn thẻ thợ",
)
_FIELDS = ("Nghề truyền thống", "Lễ hội làng", "Chợ phiên", "Đường mòn du lịch")
_DURATIONS = (
    "3 Ngày làm việc",
    "5 Ngày làm việc",
    "15 Ngày",
    "1.5 Ngày làm việc",
    "4 Giờ làm việc",
    "1 Tháng",
)
_FEES = (FREE, FREE, FREE, "20,000 VNĐ", "1,500,000 Việt Nam Đồng", "10 USD")
_PAPERS = ("Đơn đề nghị", "Ảnh sản phẩm", "Giấy xác nhận của tổ nghề", "Thẻ căn cước", "Danh sách học viên")


def pages(count: int, *, seed: int = 1) -> Iterator[Page]:
    """Ordinary pages with the spread of the real ones; the same seed gives the same pages."""
    rng = random.Random(seed)
    for number in range(count):
        duration, fee = rng.choice(_DURATIONS), rng.choice(_FEES)
        channels = rng.choices(((DIRECT, ONLINE, POSTAL), (ONLINE, DIRECT), (DIRECT,)), (69, 20, 11))[0]
        papers = tuple(
            Paper(
                f"{name} {rng.choice(('theo mẫu', 'có xác nhận', 'còn giá trị'))}",
                rng.choice(("", "", f"Mẫu số {rng.randint(1, 40):02}.docx")),
                originals=rng.choice((1, 1, 0, 2)),
                copies=rng.choice((0, 0, 1)),
            )
            for name in rng.sample(_PAPERS, rng.randint(1, len(_PAPERS)))
        )
        craft = rng.choice(_CRAFTS)
        yield replace(
            BASE,
            code=f"{rng.choice((1, 2, 3))}.{900_000 + number:06}",
            title=f"{rng.choice(_ACTS)} {craft}",
            field_name=rng.choice(_FIELDS),
            levels=rng.choice(("Cấp xã", "Cấp tỉnh", "Cấp tỉnh, Cấp xã")),
            steps=" - Bước 1: Nộp hồ sơ tại quầy.\n"
            + f"- Bước 2: Thẩm tra việc hành nghề {craft}.\n" * rng.randint(1, 30),
            rows=tuple(Row(channel, duration, fee) for channel in channels),
            groups=(Group(papers),),
            laws=tuple(
                (
                    f"Nghị định về nghề {rng.choice(_CRAFTS)}",
                    f"{rng.randint(1, 200)}/{rng.randint(2015, 2026)}/NĐ-CP",
                )
                for _ in range(rng.randint(1, 6))
            ),
            results=((f"Kết quả {craft}", f"KQ.G15.{rng.randint(1, 999_999):06}"),),
        )
