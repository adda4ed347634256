"""The chains of the trail: how long, anchored when, verified when, and the button that verifies one."""

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from langbiang.foundation.access import Refusal, rules
from langbiang.foundation.ui import formats

from .. import queries, services
from .found import actor_of, agency_of, tabs
from .trail import LONGEST_NUMBER

MOST_SHOWN = 20


@require_GET
@rules.staff("audit.view")
def listing(request: HttpRequest) -> HttpResponse:
    """One chain an agency: what was found when it was last verified."""
    lines = [(chain, agency_of(chain.lane)) for chain in queries.chains(actor_of(request))]
    lines.sort(key=lambda line: (_urgency(line[0]), line[0].lane == 0, line[1]))
    return render(
        request,
        "audit/chains.html",
        {
            "tabs": tabs("chains"), "lines": lines, "anchor": queries.last_anchor(),
            "sweep": _sweep({chain.lane for chain, _agency in lines}),
        },
    )  # fmt: skip


def _sweep(lanes: set[int]) -> dict[str, Any] | None:
    """The last nightly verification, as far as it speaks of these chains."""
    row = queries.last_sweep()
    if row is None:
        return None
    told = row.detail["after"]
    mine = [each for each in told["findings"] if each["lane"] in lanes or _is_of_no_chain(each)]
    findings = [
        {**_words(each), "lane": each["lane"], "agency": "" if _is_of_no_chain(each) else agency_of(each["lane"])}
        for each in mine[:MOST_SHOWN]
    ]
    return {
        "at": row.at, "lanes": told["lanes"], "rows": told["rows"], "findings": findings, "is_cut": len(mine) > MOST_SHOWN
    }  # fmt: skip


def _is_of_no_chain(finding: dict[str, Any]) -> bool:
    """An anchor speaks of all chains; one that was changed concerns everybody."""
    return finding["kind"] == "anchor" and not finding["seq"]


def _urgency(chain: queries.Chain) -> int:
    """What is broken stands first."""
    return 0 if chain.check and chain.check.findings else 1


@require_GET
@rules.staff("audit.view")
def chain(request: HttpRequest, lane: int) -> HttpResponse:
    """One chain and its last verification, finding by finding."""
    return _shown(request, _found(request, lane))


@require_POST
@rules.staff("audit.view")
def verify(request: HttpRequest, lane: int) -> HttpResponse:
    """Read the chain again and say what was found."""
    found = _found(request, lane)
    try:
        outcome = services.verify_chain(actor_of(request), lane=lane, at=timezone.now())
    except Refusal as refused:
        return _shown(request, found, refusal=refused)
    if outcome.findings:
        messages.error(request, _("The chain is not intact. What was found stands below."))
    else:
        messages.success(request, _("The chain is intact."))
    return redirect("audit:chain", lane)


def _found(request: HttpRequest, lane: int) -> queries.Chain:
    found = queries.chain(actor_of(request), lane) if lane <= LONGEST_NUMBER else None
    if found is None:
        raise Http404
    return found


def _shown(request: HttpRequest, found: queries.Chain, *, refusal: Refusal | None = None) -> HttpResponse:
    told = [_words(each) for each in found.check.findings] if found.check else []
    return render(
        request,
        "audit/chain.html",
        {
            "chain": found, "agency": agency_of(found.lane), "findings": told, "anchor": queries.last_anchor(),
            "refusal": refusal, "most": services.MOST_ROWS, "is_long": found.rows > services.MOST_ROWS,
        },
    )  # fmt: skip


def _words(finding: dict[str, Any]) -> dict[str, Any]:
    """A finding as a sentence, and the row to look at."""
    kind, seq, until = finding["kind"], finding["seq"], finding["until"]
    values = {"seq": formats.number(seq), "until": formats.number(until)}
    if kind == "removed" and until > seq:
        text = _("Rows %(seq)s to %(until)s are missing: they were removed after they were written.")
    else:
        text = {
            "removed": _("Row %(seq)s is missing: it was removed after it was written."),
            "changed": _("Row %(seq)s was changed after it was written: it does not match its hash."),
            "reordered": _("Row %(seq)s does not stand where it was written: rows were exchanged or put in."),
            "head": _("The end of the chain was tampered with: its head and its last row %(seq)s do not agree."),
            "anchor": _("Row %(seq)s differs from what was anchored: the chain was written anew from somewhere before it.")
            if seq
            else _("An anchor was changed after it was made."),
        }.get(kind, kind)
    return {"text": text % values, "seq": seq if kind in ("changed", "reordered", "anchor") and seq else None}
