"""Whether the platform can serve."""

from django.db import connection
from django.http import HttpRequest, JsonResponse

from langbiang.foundation.access import rules


@rules.public
def healthz(request: HttpRequest) -> JsonResponse:
    """200 when the database answers, 503 when not."""
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
    except Exception:
        return JsonResponse({"status": "database unavailable"}, status=503)
    return JsonResponse({"status": "ok"})
