"""The rule every page declares: who may open it. A page without a rule is refused to everybody.

@rules.public
def start(request): ...

@rules.staff("cases.receive")
def intake(request): ...
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeVar

from django.conf import settings

from .actor import Actor

View = TypeVar("View", bound=Callable[..., Any])


@dataclass(frozen=True)
class Rule:
    """Who may open a page. Whether they may touch a given record is the policy of the service behind it."""

    audience: str  # public | signed_in | citizen | staff | client | development | token
    permission: str | None = None

    def admits(self, actor: Actor) -> bool:
        """Whether this actor may open the page at all."""
        match self.audience:
            case "public" | "token":
                return True
            case "signed_in":
                return actor.kind in ("citizen", "staff")
            case "citizen":
                return actor.is_citizen
            case "staff":
                return actor.is_staff and (self.permission is None or self.permission in actor.permissions)
            case "client":
                return actor.kind == "client" and (self.permission is None or self.permission in actor.permissions)
            case "development":
                return bool(settings.STYLE_PAGE)
        return False


def _declare(rule: Rule) -> Callable[[View], View]:
    def wrap(view: View) -> View:
        view.access_rule = rule  # type: ignore[attr-defined]  # carried along on the object
        return view

    return wrap


def public(view: View) -> View:
    """Anybody, signed in or not."""
    return _declare(Rule("public"))(view)


def signed_in(view: View) -> View:
    """Anybody signed in: citizen or officer."""
    return _declare(Rule("signed_in"))(view)


def citizen(view: View) -> View:
    """A signed-in citizen."""
    return _declare(Rule("citizen"))(view)


def development(view: View) -> View:
    """Only where development pages are switched on."""
    return _declare(Rule("development"))(view)


def token(view: View) -> View:
    """Open to whoever carries the token in the address; the view checks it in constant time."""
    return _declare(Rule("token"))(view)


def staff(permission: str | None = None) -> Callable[[View], View]:
    """An officer with a position, holding this permission somewhere."""
    return _declare(Rule("staff", permission))


def client(permission: str | None = None) -> Callable[[View], View]:
    """Another system with a key, in a seat that holds this permission somewhere."""
    return _declare(Rule("client", permission))


def rule_of(view: Any) -> Rule | None:
    """The rule a view (or the class behind it) declares, if any."""
    found = getattr(view, "access_rule", None) or getattr(getattr(view, "view_class", None), "access_rule", None)
    return found if isinstance(found, Rule) else None
