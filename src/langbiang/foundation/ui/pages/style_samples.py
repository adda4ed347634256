"""What the style page shows: names as long as they come in Lâm Đồng, and every state a component can be in."""

from datetime import date, timedelta
from typing import Any

from django import forms
from django.utils import timezone

from langbiang.foundation.ui import form_fields, statuses

LONG_NAME = "Nguyễn Phúc Hoàng Khánh Trường Bảo Ngọc Thiên Kim Phượng"
LONG_UNIT = "Trung tâm Phục vụ hành chính công xã Đinh Văn Lâm Hà – Ủy ban nhân dân xã Đinh Văn Lâm Hà"
LONG_PROCEDURE = (
    "Đăng ký biến động đối với trường hợp đổi tên hoặc thay đổi thông tin về người sử dụng đất, "
    "chủ sở hữu tài sản gắn liền với đất"
)


class SampleForm(forms.Form):
    """One field of every kind."""

    full_name = forms.CharField(label="Họ, chữ đệm, tên", help_text="Viết như trên căn cước.", max_length=100)
    phone = forms.CharField(label="Số điện thoại", required=False)
    province = forms.ChoiceField(
        label="Nơi đăng ký khai sinh",
        choices=[
            ("", "Chọn xã, phường, đặc khu"),
            ("1", "Phường Xuân Hương – Đà Lạt"),
            ("2", "Xã Đinh Văn Lâm Hà"),
            ("3", "Đặc khu Phú Quý"),
        ],
    )
    reason = forms.CharField(label="Lý do", widget=forms.Textarea(attrs={"rows": 3}), required=False)
    channel = forms.ChoiceField(
        label="Bạn muốn nhận kết quả ở đâu?",
        widget=forms.RadioSelect,
        choices=[("counter", "Tại quầy một cửa"), ("post", "Qua bưu chính"), ("online", "Bản điện tử")],
    )
    papers = forms.MultipleChoiceField(
        label="Giấy tờ kèm theo",
        widget=forms.CheckboxSelectMultiple,
        choices=[("a", "Giấy chứng sinh"), ("b", "Giấy chứng nhận kết hôn"), ("c", "Văn bản ủy quyền có chứng thực")],
    )
    born_on = form_fields.DatePartsField(label="Ngày sinh", latest=date.today)
    issued_on = form_fields.DateField(label="Ngày cấp")
    fee = form_fields.MoneyField(label="Số tiền", required=False)
    copies = forms.IntegerField(label="Số bản sao", min_value=1)
    scan = form_fields.UploadsField(label="Bản chụp giấy tờ")
    agree = forms.BooleanField(label="Tôi cam đoan những thông tin trên là đúng sự thật")


BROKEN = {
    "full_name": "",
    "province": "",
    "born_on_day": "31",
    "born_on_month": "2",
    "born_on_year": "1987",
    "issued_on": "hôm qua",
    "fee": "1.25",
    "copies": "0",
}


def samples() -> dict[str, Any]:
    """Everything the style page and the sample pages show."""
    now = timezone.now().replace(hour=8, minute=12)
    answered = SampleForm({**BROKEN})
    answered.is_valid()
    return {
        "now": now,
        "due": now + timedelta(days=3),
        "long_name": LONG_NAME,
        "long_unit": LONG_UNIT,
        "long_procedure": LONG_PROCEDURE,
        "form": SampleForm(prefix="a"),
        "broken": answered,
        "statuses": statuses.all_statuses()[""],
        "tones": statuses.TONES,
        "timeline": _timeline(now),
        "tabs": [
            {"label": "Hồ sơ", "url": "#1", "current": True},
            {"label": "Giấy tờ", "url": "#2", "count": 6},
            {"label": "Lịch sử", "url": "#3", "count": 14},
            {"label": "Ghi chú nội bộ", "url": "#4", "count": 0},
        ],
        "crumbs": [("Trang đầu", "/ui/"), ("Hộ tịch", "/ui/"), (LONG_PROCEDURE, "")],
        "rows": [
            ("Người nộp", LONG_NAME),
            ("Thủ tục", LONG_PROCEDURE, "#change"),
            ("Nơi ở", ["Số 12 đường Trần Phú", "Phường Xuân Hương – Đà Lạt", "Tỉnh Lâm Đồng"], "#change"),
            ("Thư điện tử", ""),
        ],
        "links": [
            {"title": "Có con nhỏ", "url": "#", "text": "Khai sinh, thẻ bảo hiểm y tế, đăng ký thường trú", "count": 9},
            {"title": "Kết hôn", "url": "#", "text": "Đăng ký, xác nhận tình trạng hôn nhân", "count": 6},
            {
                "title": "Mua bán, thừa kế đất đai",
                "url": "#",
                "text": "Đăng ký biến động, cấp đổi giấy chứng nhận",
                "count": 31,
            },
            {"title": "Mở cửa hàng, hộ kinh doanh", "url": "#", "text": "Thành lập, thay đổi, tạm ngừng", "count": 12},
        ],
        "chips": [("Tình trạng", "Quá hạn", "#"), ("Lĩnh vực", "Đất đai", "#"), ("Đơn vị", LONG_UNIT, "#")],
        "consequences": [
            "Hồ sơ H36.24-251124-0001 chuyển sang tình trạng từ chối và không mở lại được.",
            "Người nộp nhận phiếu từ chối (mẫu 03) có lý do, qua cổng và tin nhắn.",
            "Phí 75.000 đ đã thu được ghi để hoàn trả.",
        ],
        "queue": _queue(now),
        "tiles": _tiles(now),
    }


def _timeline(now: Any) -> list[dict[str, Any]]:
    unit = "Phường Xuân Hương – Đà Lạt"
    return [
        {
            "at": now,
            "what": "Yêu cầu bổ sung hồ sơ",
            "who": "Trần Thị Thu Hà",
            "position": "Công chức tư pháp – hộ tịch",
            "agency": unit,
            "note": "Giấy chứng sinh chụp mờ, không đọc được số.\nĐề nghị chụp lại.",
            "tone": "caution",
            "documents": [("Phiếu yêu cầu bổ sung (mẫu 02).pdf", "#")],
        },
        {
            "at": now - timedelta(hours=5),
            "what": "Phân công xử lý",
            "who": LONG_NAME,
            "position": "Phó Chủ tịch",
            "agency": LONG_UNIT,
            "tone": "info",
        },
        {
            "at": now - timedelta(days=1),
            "what": "Tiếp nhận hồ sơ",
            "position": "Bộ phận Một cửa",
            "tone": "done",
            "documents": [("Giấy tiếp nhận và hẹn trả.pdf", "#")],
        },
        {"at": now - timedelta(days=1, hours=2), "what": "Người dân nộp hồ sơ trực tuyến"},
    ]


def _queue(now: Any) -> list[dict[str, Any]]:
    people = [
        ("Lê Thị Minh Tâm", "Đăng ký khai sinh", "in_progress", 1),
        ("K'Brêu", "Xác nhận tình trạng hôn nhân", "overdue", -2),
        (LONG_NAME, LONG_PROCEDURE, "waiting", 4),
        ("Công ty TNHH Một thành viên Rau sạch Cầu Đất", "Đăng ký hộ kinh doanh", "new", 3),
        ("Phạm Văn Đức", "Cấp giấy phép xây dựng nhà ở riêng lẻ", "in_progress", 0),
        ("Cil Múp Ha Nhiêng", "Trợ cấp xã hội hằng tháng", "in_progress", 9),
        ("Đỗ Hoàng Yến", "Chứng thực bản sao từ bản chính", "done", 1),
        ("Vũ Quốc Hưng", "Đăng ký khai tử", "paused", 2),
        ("Bùi Thị Lan Anh", "Cấp bản sao trích lục hộ tịch", "in_progress", 1),
        ("Ya Thoan", "Hỗ trợ chi phí học tập", "submitted", 12),
        ("Trịnh Công Thành", "Đăng ký kết hôn", "in_progress", 2),
        ("Hoàng Ngọc Bích", "Thay đổi, cải chính hộ tịch", "in_progress", 3),
    ]
    return [
        {
            "code": f"H36.24-251124-{1 + n * 7:04}",
            "who": who,
            "what": what,
            "status": status,
            "left": left,
            "due": now + timedelta(days=left),
            "fee": 25_000 * (n % 4),
            "pages": 3 + n * 5 % 17,
        }
        for n, (who, what, status, left) in enumerate(people)
    ]


def _tiles(now: Any) -> list[dict[str, Any]]:
    return [
        {
            "title": "Hồ sơ đang xử lý",
            "value": "18.204",
            "unit": "hồ sơ",
            "size": "l",
            "note": "124 xã, phường, đặc khu; 212 hồ sơ đến hạn hôm nay",
        },
        {"title": "Đúng hạn, 30 ngày", "value": "97,4", "unit": "%", "size": "s", "tone": "done", "note": "n = 21.340"},
        {
            "title": "Quá hạn",
            "value": "311",
            "unit": "hồ sơ",
            "size": "s",
            "tone": "late",
            "note": "quá hạn lâu nhất: 14 ngày",
        },
        {"title": "Nộp trực tuyến", "value": "71,2", "unit": "%", "size": "s"},
        {"title": "Chờ bổ sung", "value": "846", "unit": "hồ sơ", "size": "s", "tone": "caution"},
        {"title": "Phí, lệ phí hôm nay", "value": "184,6", "unit": "triệu đ", "size": "m"},
        {"title": "Lượt đánh giá hài lòng", "value": "4,6", "unit": "/ 5", "size": "m", "note": "n = 3.118"},
        {"title": "Trạm quan trắc Đà Lạt", "value": "–", "size": "m", "stale": True},
    ]
