"""Who acts in a request: set once by the middleware of the accounts room, read everywhere."""

from typing import cast

from django.http import HttpRequest

from .actor import Actor


def acting(request: HttpRequest) -> Actor:
    """The actor of a request. Raises KeyError where the middleware is not installed."""
    return cast(Actor, vars(request)["actor"])
