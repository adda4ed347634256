"""The one place that imports SUMO, so that its absence is one clear sentence."""

import importlib
from pathlib import Path
from typing import Any

HOW = "The traffic twin needs SUMO, which is not installed here. Install it with: bin/prepare twin"


class SumoMissing(RuntimeError):
    """The optional twin is not installed."""


def load_sumo() -> Any:
    """Return the libsumo module, or raise SumoMissing saying how to get it."""
    try:
        return importlib.import_module("libsumo")
    except ImportError as error:
        raise SumoMissing(HOW) from error


def program(name: str) -> str:
    """Path of one of SUMO's programs (``netconvert``), or SumoMissing."""
    try:
        home = Path(importlib.import_module("sumo").SUMO_HOME)
    except ImportError as error:
        raise SumoMissing(HOW) from error
    path = home / "bin" / name
    if not path.is_file():
        raise SumoMissing(HOW)
    return str(path)
