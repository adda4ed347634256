"""Stages from the conflict matrix: what could be green together, beyond the stages the programme holds.

A derived stage never shows two links green that the shipped programme keeps apart: conflicting links are joined only
where the programme itself lets one give way to the other.
"""

from collections.abc import Iterator

from langbiang.city.traffic.network import Junction, Network, Stage


def derived_stages(junction: Junction, *, at_most: int = 8) -> tuple[Stage, ...]:
    """The programme's stages, then further maximal sets of compatible links, widest first."""
    shipped = [frozenset(k for k in range(junction.size) if s.serves(k)) for s in junction.stages]
    fresh = [links for links in _maximal_sets(junction) if not any(links <= known for known in shipped)]
    fresh.sort(key=lambda links: (-len(links), sorted(links)))
    stages = list(junction.stages)
    for links in fresh[: max(0, at_most - len(stages))]:
        stages.append(Stage(len(stages), lamp_letters(junction, links), "derived"))
    return tuple(stages)


def lamp_letters(junction: Junction, links: frozenset[int]) -> str:
    """One letter per link: ``g`` for a green link that must give way to another green link."""
    letters = []
    for k in range(junction.size):
        if k not in links:
            letters.append("r")
        elif any(junction.conflicts[k][other] and junction.yields[k][other] for other in links):
            letters.append("g")
        else:
            letters.append("G")
    return "".join(letters)


def stages_of(network: Network, *, with_derived: bool = False) -> dict[str, tuple[Stage, ...]]:
    """Stages of every junction of a network."""
    return {j.id: derived_stages(j) if with_derived else j.stages for j in network.junctions.values()}


def _maximal_sets(junction: Junction) -> Iterator[frozenset[int]]:
    """All maximal sets of links that may be green together (Bron and Kerbosch, with pivot)."""
    friends = {
        a: {b for b in range(junction.size) if b != a and junction.may_be_green_together(a, b)}
        for a in range(junction.size)
    }

    def grow(chosen: set[int], open_: set[int], closed: set[int]) -> Iterator[frozenset[int]]:
        if not open_ and not closed:
            yield frozenset(chosen)
            return
        pivot = max(open_ | closed, key=lambda v: len(friends[v] & open_))
        for v in sorted(open_ - friends[pivot]):
            yield from grow(chosen | {v}, open_ & friends[v], closed & friends[v])
            open_ = open_ - {v}
            closed = closed | {v}

    yield from grow(set(), set(range(junction.size)), set())
