"""The living style page: every component in every state, with long Vietnamese names. Development only."""

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render

from langbiang.foundation.access import rules

from .style_samples import samples


@rules.development
def components(request: HttpRequest) -> HttpResponse:
    """All components on one page, as the portal or (?shell=workbench) the workbench shows them."""
    chosen = "workbench" if request.GET.get("shell") == "workbench" else "portal"
    return render(request, "ui/style/components.html", {**samples(), "shell_template": f"ui/{chosen}.html"})


@rules.development
def shell(request: HttpRequest, shell: str) -> HttpResponse:
    """A page in one of the shells."""
    if shell not in ("portal", "workbench", "wall", "kiosk"):
        raise Http404
    return render(request, f"ui/style/{shell}.html", samples())
