"""What is sensed and how lamps are bound, as typed on a command line."""

import typer

from langbiang.city.traffic.limits import LIMITS, Limits
from langbiang.city.traffic.perception import PERCEPTIONS, Perception


def parse_conditions(perception: str, limits: str) -> tuple[Perception, Limits]:
    """The tier of sensing and the limits of these names; raises typer.BadParameter naming those there are."""
    if perception not in PERCEPTIONS:
        raise typer.BadParameter(f"perception: {perception!r}; choose one of {', '.join(PERCEPTIONS)}")
    if limits not in LIMITS:
        raise typer.BadParameter(f"limits: {limits!r}; choose one of {', '.join(LIMITS)}")
    return PERCEPTIONS[perception], LIMITS[limits]
