"""What is unusual about a figure, said in one sentence. Plain Python, no database, no clock.

`examine(cell, history, ...)` looks at one value; `alike(...)` at the vectors of several communes.
"""

from .crossing import Crossing, broken
from .examining import alike, examine, running, terminal_digits
from .finding import BLOCK, CONFIRM, HINT, Finding
from .history import History

__all__ = ["BLOCK", "CONFIRM", "HINT", "Crossing", "Finding", "History", "alike", "broken", "examine", "running", "terminal_digits"]
