"""Seeds as typed on a command line."""

import typer


def parse_seeds(text: str) -> tuple[int, ...]:
    """``1-5`` or ``1,4,7``; raises typer.BadParameter naming the form wanted."""
    seeds: list[int] = []
    try:
        for part in text.split(","):
            first, dash, last = part.partition("-")
            seeds.extend(range(int(first), int(last if dash else first) + 1))
    except ValueError as error:
        raise typer.BadParameter(f"seeds: {text!r} is not understood; write 1-5 or 1,4,7") from error
    if not seeds:
        raise typer.BadParameter(f"seeds: {text!r} names no seed; write 1-5 or 1,4,7")
    return tuple(dict.fromkeys(seeds))
