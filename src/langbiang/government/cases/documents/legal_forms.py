"""The seven forms of Circular 03/2025/TT-VPCP, each drawn from a snapshot of the data it was issued with."""

from typing import Any

from . import paper

# Layout follows the description in the Circular's annex; the official drawing is a correctable template (unverified).
TEMPLATES = {
    "01": ("cases/documents/form_01.html", "Giấy tiếp nhận hồ sơ và hẹn trả kết quả"),
    "02": ("cases/documents/form_02.html", "Phiếu yêu cầu bổ sung, hoàn thiện hồ sơ"),
    "03": ("cases/documents/form_03.html", "Phiếu từ chối tiếp nhận giải quyết hồ sơ"),
    "04": ("cases/documents/form_04.html", "Phiếu xin lỗi và hẹn lại ngày trả kết quả"),
    "05": ("cases/documents/form_05.html", "Thông báo dừng giải quyết hồ sơ"),
    "06": ("cases/documents/form_06.html", "Phiếu kiểm soát quá trình giải quyết hồ sơ"),
    "07": ("cases/documents/form_07.html", "Sổ theo dõi hồ sơ"),
}
TEMPLATE_VERSION = "2025.1"


def draw(form_no: str, snapshot: dict[str, Any], *, token: str) -> paper.Sheet:
    """One form as PDF/A from its snapshot. Raises KeyError for an unknown form."""
    template, title = TEMPLATES[form_no]
    url = paper.verification_url(token)
    return paper.render(
        template, {**snapshot, "form_no": form_no, "verify_url": url, "qr": paper.qr_data_uri(url)}, title=title
    )
