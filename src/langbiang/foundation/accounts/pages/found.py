"""What the pages of this room begin with: whose account, where to go next."""

from collections.abc import Callable

from django.conf import settings
from django.http import HttpRequest
from django.urls import Resolver404, resolve
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.module_loading import import_string

from langbiang.foundation.access import Actor, acting
from langbiang.foundation.accounts.models import Account


def staff_home(actor: Actor) -> str:
    """Where an officer begins: the house knows its rooms, this room does not."""
    home: Callable[[Actor], str] = import_string(settings.STAFF_HOME)
    return home(actor)


def actor_of(request: HttpRequest) -> Actor:
    """Who asks."""
    actor: Actor = acting(request)
    return actor


def own_account(request: HttpRequest) -> Account:
    """The account of somebody signed in; the page's rule has seen to that."""
    assert isinstance(request.user, Account)
    return request.user


def safe_next(request: HttpRequest, otherwise: str) -> str:
    """Where to go after signing in: an address of this very site, else the usual one. Nobody is sent elsewhere by a link."""
    given = request.POST.get("next") or request.GET.get("next") or ""
    return local(request, given, otherwise)


def local(request: HttpRequest, given: str, otherwise: str) -> str:
    """An address of this site that a browser opens by itself; anything else becomes the usual one."""
    if not given.startswith("/") or "\\" in given or len(given) > 2000:
        return otherwise
    if not url_has_allowed_host_and_scheme(given, allowed_hosts=None, require_https=request.is_secure()):
        return otherwise
    try:
        resolve(given.partition("?")[0].partition("#")[0])
    except Resolver404:
        return otherwise
    return given
