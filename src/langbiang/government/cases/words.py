"""The words of the case room: what each line of history says to a person."""

from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from .models import CaseEvent

HISTORY: dict[str, tuple[Any, str]] = {
    "submitted": (gettext_lazy("Filed"), "info"),
    "accepted": (gettext_lazy("Received"), "info"),
    "refused": (gettext_lazy("Reception refused"), "late"),
    "supplement_proposed": (gettext_lazy("Supplement request drafted"), "neutral"),
    "supplement_rejected": (gettext_lazy("Supplement request not approved"), "neutral"),
    "supplement_requested": (gettext_lazy("Supplement asked for"), "caution"),
    "supplement_answered": (gettext_lazy("Supplement arrived"), "info"),
    "assigned": (gettext_lazy("Assigned"), "neutral"),
    "handed_over": (gettext_lazy("Handed over to a colleague"), "neutral"),
    "claimed": (gettext_lazy("Taken"), "neutral"),
    "recalled": (gettext_lazy("Taken back"), "neutral"),
    "step_completed": (gettext_lazy("Step finished"), "active"),
    "consulted": (gettext_lazy("Other units asked"), "neutral"),
    "consultation_answered": (gettext_lazy("Opinion given"), "neutral"),
    "consultation_recalled": (gettext_lazy("Question taken back"), "neutral"),
    "consultation_silent": (gettext_lazy("No answer: counts as agreement"), "neutral"),
    "result_proposed": (gettext_lazy("Result proposed"), "active"),
    "returned_for_correction": (gettext_lazy("Returned for correction"), "caution"),
    "signed": (gettext_lazy("Result signed"), "active"),
    "released": (gettext_lazy("Result numbered and released"), "done"),
    "returned": (gettext_lazy("Result handed over"), "done"),
    "suspended": (gettext_lazy("Suspended"), "caution"),
    "resumed": (gettext_lazy("Resumed"), "info"),
    "extended": (gettext_lazy("New date with apology"), "caution"),
    "due_moved": (gettext_lazy("Date moved with the calendar"), "caution"),
    "withdrawal_requested": (gettext_lazy("Withdrawal asked for"), "caution"),
    "withdrawal_declined": (gettext_lazy("Withdrawal not agreed to"), "neutral"),
    "stopped": (gettext_lazy("Handling stopped"), "late"),
    "reopened": (gettext_lazy("Reopened"), "caution"),
    "result_revoked": (gettext_lazy("Result revoked"), "late"),
    "message": (gettext_lazy("Message"), "neutral"),
    "note": (gettext_lazy("Internal note"), "neutral"),
    "paid": (gettext_lazy("Payment recorded"), "done"),
}


def history_line(line: CaseEvent, *, names: bool = True) -> dict[str, Any]:
    """One line of history for the timeline; without names where the reader may not see them (the agency stays)."""
    word, tone = HISTORY.get(line.kind, (line.kind, "neutral"))
    parts = [part.strip() for part in line.actor_label.split(",")]
    agency = parts[-1] if len(parts) > 2 else ""
    detail = line.data.get("name") or line.data.get("number") or ""
    if officer := line.data.get("officer"):
        detail = _("to %(officer)s") % {"officer": officer} if names else ""
    entry: dict[str, Any] = {
        "at": line.at,
        "what": f"{word}{': ' + detail if detail else ''}",
        "tone": tone,
        "note": line.note,
    }
    if names:
        entry |= {"who": parts[0], "position": ", ".join(parts[1:-1]) if len(parts) > 2 else "", "agency": agency}
    else:
        entry["agency"] = agency
    return entry
