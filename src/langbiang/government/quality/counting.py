"""Names of what is counted per case, and on which of its two days it counts."""

RECEIVED_COUNTERS = (
    "received", "online", "sync_known", "synced", "online_offered", "fee_listed", "charged", "paid_online",
    "digitised", "reused", "asked", "answered", "refused",
)  # fmt: skip
ENDED_COUNTERS = ("ended", "on_time", "result_needed", "result_digital", "rated", "satisfied")
COUNTERS = RECEIVED_COUNTERS + ENDED_COUNTERS
# Counters of procedures: how many procedures have at least one case with this fact.
PROCEDURES = "procedures."


def day_column(counter: str) -> str:
    """The day a counter belongs to: of reception, or of the decision."""
    return "ended_day" if counter in ENDED_COUNTERS else "received_day"
