"""The one place that imports SUMO, so that its absence is one clear sentence."""

import importlib
from typing import Any


class SumoMissing(RuntimeError):
    """The optional twin is not installed."""


def load_sumo() -> Any:
    """Return the libsumo module, or raise SumoMissing saying how to get it."""
    try:
        return importlib.import_module("libsumo")
    except ImportError as error:
        raise SumoMissing(
            "The traffic twin needs SUMO, which is not installed here. "
            "Install it with: pip install --require-hashes -r requirements/traffic.lock"
        ) from error
