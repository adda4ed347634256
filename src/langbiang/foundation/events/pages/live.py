"""The live stream of an officer."""

from asgiref.sync import sync_to_async
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.views.decorators.http import require_GET

from langbiang.foundation.access import rules
from langbiang.foundation.access.acting import acting

from .. import stream
from ..hub import Hears

TOPICS = 20


@rules.staff()
@require_GET
async def live(request: HttpRequest) -> HttpResponseBase:
    """What happens at the agencies this officer works for, as it happens; checked anew at every connection."""
    return stream.answer(await sync_to_async(_hears)(request), stream.since_of(request))


def _hears(request: HttpRequest) -> Hears:
    topics = [topic for topic in request.GET.get("topics", "").split(",") if topic][:TOPICS]
    return stream.hears_of(acting(request), topics)
