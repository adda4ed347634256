"""The index of the demo province: its cases counted, and made-up totals of other provinces that say they are made up."""

import csv
import io
import random
from collections.abc import Callable
from datetime import datetime

from django.conf import settings
from django.utils import timezone

from langbiang.foundation.access import SYSTEM
from langbiang.foundation.places import queries as places

from .models import ProvinceScore
from .services import counters, scores

Progress = Callable[[int, int], None]
SOURCE = "Số liệu giả định để trình diễn, không phải kết quả công bố"


def load(*, at: datetime, seed: int, progress: Progress) -> None:
    """Count all cases; give every other province a total drawn from the seed."""
    counters.recompute(at=at)
    today = timezone.localdate(at)
    others = [row for row in places.provinces(on=today) if row.code != settings.PROVINCE_CODE]
    if others and not ProvinceScore.objects.exists():
        dice = random.Random(seed)
        text = io.StringIO()
        table = csv.writer(text)
        table.writerow(["code", "name", "total"])
        table.writerows([row.code, row.name, f"{dice.triangular(70, 96, 85):.2f}"] for row in others)
        scores.import_scores(
            SYSTEM, name="demo.csv", content=text.getvalue().encode(), period=str(today.year), source=SOURCE,
            as_of=today, at=at,
        )  # fmt: skip
    progress(1, 1)
