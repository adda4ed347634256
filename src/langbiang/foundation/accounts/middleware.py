"""Makes the actor of a request, keeps sessions of people who are working alive, and ends those that are too old."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from allauth.usersessions.models import UserSession
from django.conf import settings
from django.contrib.auth import logout
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.functional import SimpleLazyObject

from . import entering, queries

TOUCH_S = 300
STREAMS = "/live/"
# What somebody with a first password may open before choosing their own.
BEFORE_OWN_PASSWORD = {"accounts:password", "accounts:sign_out", "set_language", "healthz"}


class ActorMiddleware:
    """Sets `request.actor`, worked out when first asked for."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        request.actor = SimpleLazyObject(lambda: queries.actor_of(request))  # type: ignore[attr-defined]  # carried along on the object
        # A live stream that comes back by itself is not somebody working.
        if settings.SESSION_COOKIE_NAME in request.COOKIES and not request.path.startswith(STREAMS):
            _keep(request)
        return self.get_response(request)

    def process_view(
        self, request: HttpRequest, view: Callable[..., Any], args: Sequence[Any], kwargs: Mapping[str, Any]
    ) -> HttpResponse | None:
        """A first password has to be changed before anything else."""
        if settings.SESSION_COOKIE_NAME not in request.COOKIES or not request.session.get(entering.MUST_CHANGE):
            return None
        match = request.resolver_match
        if not request.user.is_authenticated or (match and match.view_name in BEFORE_OWN_PASSWORD):
            return None
        return redirect("accounts:password")


def _keep(request: HttpRequest) -> None:
    """Every few minutes of work the session's end moves on; after the longest time it ends in any case."""
    seen = request.session.get(entering.SEEN_AT)
    if seen is None:
        return
    now = timezone.now()
    begun = request.session.get(entering.SIGNED_IN_AT, 0)
    if now.timestamp() - begun > settings.SESSION_LONGEST.total_seconds():
        logout(request)
    elif now.timestamp() - seen > TOUCH_S:
        request.session[entering.SEEN_AT] = now.timestamp()
        UserSession.objects.filter(session_key=request.session.session_key).update(last_seen_at=now)
