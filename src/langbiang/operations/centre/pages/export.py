"""A figure and its parts as a spreadsheet, with what was asked on its first lines."""

from io import BytesIO

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET
from openpyxl import Workbook

from langbiang.foundation.access import rules
from langbiang.foundation.access.acting import acting
from langbiang.foundation.ui import formats

from .. import drill, figures
from .desk import asked_of
from .forms import PeriodForm

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


@rules.staff("centre.view")
@require_GET
def export(request: HttpRequest, name: str) -> HttpResponse:
    """The same level, period and filters as the page it was asked from."""
    known = figures.figure(name)
    form = PeriodForm(request.GET)
    if not form.is_valid():
        return redirect("centre:figure", name)
    asked = asked_of(request, form)
    level = drill.level(acting(request), known, asked)
    whole = figures.total(name, level.scope)
    book = Workbook(write_only=True)
    sheet = book.create_sheet(str(known.title)[:31])
    sheet.column_dimensions["A"].width = 48
    sheet.append([f"{known.title} · {level.title}"])
    moment = asked.known_at or timezone.now()
    sheet.append(
        [
            f"{formats.day(asked.first)} – {formats.day(asked.last)} · {formats.moment(moment)} · {settings.PROVINCE_NAME}"
        ]
    )
    sheet.append([])
    head = [level.parts_title or _("Agency"), f"{known.title}{' (%)' if known.unit == '%' else ''}"]
    sheet.append([*head, *([_("Reached"), _("Of")] if known.is_ratio else [])])
    for title, value in [*((part.title, part.value) for part in level.parts), (_("All together"), whole)]:
        number = None if value.number is None else round(value.number, 2)
        sheet.append([title, number, *([value.top, value.base] if known.is_ratio else [])])
    kept = BytesIO()
    book.save(kept)
    label = f"{name.replace('.', '-')}-{asked.first:%Y%m%d}-{asked.last:%Y%m%d}.xlsx"
    return HttpResponse(
        kept.getvalue(), content_type=XLSX, headers={"Content-Disposition": f'attachment; filename="{label}"'}
    )
