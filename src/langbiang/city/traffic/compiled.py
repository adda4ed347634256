"""Compile inner loops with numba where it is installed; without it the same code runs, slowly."""

from collections.abc import Callable
from typing import Any, TypeVar

F = TypeVar("F", bound=Callable[..., Any])

try:
    import numba

    IS_COMPILED = True
except ImportError:
    IS_COMPILED = False


def compiled(function: F) -> F:
    """Decorator: machine code, cached on disk, when numba is there."""
    if not IS_COMPILED:
        return function
    decorate: Any = numba.njit(cache=True, nogil=True, boundscheck=False)
    result: F = decorate(function)
    return result
