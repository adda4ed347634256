"""How the states of a case are shown: a word, a shape and a colour, everywhere the same."""

from django.utils.translation import gettext_lazy as _

from langbiang.foundation.ui.statuses import Status, define_statuses


def define() -> None:
    """Add the words of this room to the one map."""
    define_statuses(
        "case",
        {
            "submitted": Status(_("Filed"), "info"),
            "accepted": Status(_("Received"), "info"),
            "refused": Status(_("Not received"), "late"),
            "processing": Status(_("Being handled"), "active"),
            "supplement": Status(_("Waiting for a supplement"), "caution"),
            "suspended": Status(_("Suspended"), "neutral"),
            "withdraw_requested": Status(_("Withdrawal asked for"), "caution"),
            "stopped": Status(_("Stopped"), "neutral"),
            "decided": Status(_("Result ready"), "done"),
            "returned": Status(_("Result handed over"), "done"),
        },
    )
    define_statuses(
        "money",
        {
            "none": Status(_("No fee"), "neutral"),
            "exempt": Status(_("Exempt from fees"), "neutral"),
            "due": Status(_("Fee to pay"), "caution"),
            "partial": Status(_("Partly paid"), "caution"),
            "paid": Status(_("Paid"), "done"),
            "overpaid": Status(_("Overpaid"), "caution"),
            "expired": Status(_("Payment expired"), "late"),
            "refund_due": Status(_("Refund due"), "caution"),
            "refunded": Status(_("Refunded"), "done"),
            "waived": Status(_("Fee waived"), "neutral"),
        },
    )
    define_statuses(
        "delivery",
        {
            "ready": Status(_("Ready to collect"), "info"),
            "handed_over": Status(_("Collected"), "done"),
            "posted": Status(_("Posted"), "done"),
            "post_returned": Status(_("Came back by post"), "caution"),
            "e_delivered": Status(_("Opened online"), "done"),
            "unclaimed": Status(_("Not collected"), "caution"),
        },
    )
    define_statuses(
        "result",
        {
            "draft": Status(_("Draft"), "neutral"),
            "proposed": Status(_("Proposed"), "active"),
            "signed": Status(_("Signed"), "active"),
            "numbered": Status(_("Numbered"), "active"),
            "released": Status(_("Released"), "done"),
            "replaced": Status(_("Replaced"), "caution"),
            "revoked": Status(_("Revoked"), "late"),
        },
    )
    define_statuses(
        "supplement",
        {
            "awaiting": Status(_("Waiting for approval"), "caution"),
            "open": Status(_("Waiting for the applicant"), "caution"),
            "answered": Status(_("Answered"), "done"),
            "expired": Status(_("Not answered in time"), "late"),
            "cancelled": Status(_("Cancelled"), "neutral"),
        },
    )
    define_statuses(
        "consultation",
        {
            "open": Status(_("Waiting for an answer"), "caution"),
            "answered": Status(_("Answered"), "done"),
            "silent": Status(_("No answer: counts as agreement"), "neutral"),
            "recalled": Status(_("Taken back"), "neutral"),
        },
    )
