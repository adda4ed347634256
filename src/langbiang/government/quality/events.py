"""What can happen to the index."""

from langbiang.foundation.events import Event, event


@event("quality.weight_changed")
class WeightChanged(Event):
    """A sub-indicator is worth something else from a day on."""

    indicator: str
    points: str
    valid_from: str


@event("quality.scores_imported")
class ScoresImported(Event):
    """Scores of other provinces were read from a file."""

    period: str
    provinces: int
