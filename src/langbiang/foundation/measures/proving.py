"""What rooms prove of figures that are more than counted records: registered beside them, asked by `measures verify`."""

import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date


@dataclass(frozen=True)
class Comparison:
    """One comparison of a proof: of which figure, what was compared, what came out and what had to."""

    figure: str
    what: str
    found: object
    wanted: object


Proof = Callable[[int, random.Random, date], Iterator[Comparison]]
_PROOFS: dict[str, Proof] = {}


def proof(name: str) -> Callable[[Proof], Proof]:
    """Register a proof under the name of its figures. It is given how many random questions, a seeded dice and today."""

    def wrap(made: Proof) -> Proof:
        _PROOFS[name] = made
        return made

    return wrap


def proofs() -> dict[str, Proof]:
    """All proofs by name."""
    return dict(_PROOFS)
