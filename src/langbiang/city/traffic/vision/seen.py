"""A vehicle as one frame shows it: what every way of seeing gives to the tracker."""

from dataclasses import dataclass

from .scene import Points

# The class of a vehicle of which none can be told, as by night.
UNTOLD = ""


@dataclass(frozen=True)
class Seen:
    """A vehicle in one frame: where on the map, how large, which class (UNTOLD for none) and how sure that is (0 to 1).

    `track` names the followed vehicle it was recognised as; `width_m` is 0 where it is not known.
    """

    place: Points
    area_m2: float
    length_m: float
    kind: str
    sureness: float
    width_m: float = 0.0
    track: int | None = None
