"""Written reports of the demo province: the last period written by nearly all communes, the next one to come."""

import random
from datetime import date, datetime, timedelta

from django.utils import timezone

from langbiang.foundation.access import SYSTEM

from .models import Narrative, NarrativeText
from .services.narratives import make_narratives

# What a commune might say of its month, by section; figures stand in the reports of figures.
_SAID = {
    "I": "Sản xuất ổn định, thời tiết thuận lợi cho thu hoạch cà phê. Thu ngân sách đạt tiến độ; giải ngân còn chậm ở một công trình đường nội đồng.",
    "II": "Các trường dạy học đúng kế hoạch. Rà soát hộ nghèo, hộ cận nghèo đang ở bước niêm yết công khai.",
    "III": "Hồ sơ giải quyết đúng hạn ở mức cao. Tổ công nghệ số đi từng thôn hướng dẫn nộp hồ sơ trực tuyến.",
    "IV": "Tình hình ổn định. Không xảy ra cháy, nổ lớn.",
    "V": "Một số việc còn chậm do thiếu người phụ trách địa chính sau sắp xếp.",
    "VI": "Hoàn thành giải ngân vốn đường nội đồng trước ngày 25; niêm yết xong kết quả rà soát hộ nghèo.",
}


def load(*, at: datetime, seed: int) -> None:
    """Make what is owed from the last period on, and let the past part of it be written."""
    if Narrative.objects.exists():
        return
    dice = random.Random(f"{seed} written")
    today = timezone.localdate(at)
    make_narratives(first=today - timedelta(days=40), last=date(today.year, 12, 31), at=at)
    rows = list(Narrative.objects.filter(due_at__lt=at).select_related("outline").order_by("pk"))
    texts = []
    for row in rows:
        if dice.random() < 0.04:  # nobody wrote it
            row.state, row.flagged_at = ("missing" if row.missing_at < at else "overdue"), row.due_at
            continue
        is_late = dice.random() < 0.06
        row.submitted_at = row.due_at + (timedelta(minutes=dice.randint(10, 900)) if is_late else -timedelta(minutes=dice.randint(5, 1800)))
        row.first_sent_at = row.submitted_at = min(row.submitted_at, at)
        row.state, row.stage = ("late" if row.submitted_at > row.due_at else "on_time"), "published"
        row.submitted_label = row.verified_label = SYSTEM.label
        row.verified_at = min(row.submitted_at + timedelta(hours=5), at)
        row.texts = {each["number"]: _SAID.get(each["number"], "Không phát sinh.") for each in row.outline.sections if each["required"]}
        texts.append(
            NarrativeText(
                narrative=row, vintage=1, texts=row.texts, known_from=row.verified_at, reported_by=SYSTEM.label, verified_by=SYSTEM.label,
                published_by=SYSTEM.label,
            )
        )  # fmt: skip
    columns = ["state", "stage", "texts", "flagged_at", "first_sent_at", "submitted_at", "submitted_label", "verified_at", "verified_label"]
    Narrative.objects.bulk_update(rows, columns, batch_size=500)
    NarrativeText.objects.bulk_create(texts, batch_size=500)
