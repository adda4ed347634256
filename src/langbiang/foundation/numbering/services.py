"""Takes the next number of a register."""

from django.db import connection, transaction

from langbiang.foundation.prepared import Statement

_NEXT = Statement(
    """
INSERT INTO numbering_counter AS c (register, period, last) VALUES (%s, %s, %s)
ON CONFLICT (register, period) DO UPDATE SET last = c.last + EXCLUDED.last
RETURNING last
""",
    "varchar",
    "varchar",
    "bigint",
)


def next_number(register: str, period: str) -> int:
    """The next number, starting at 1; a number taken by a transaction that fails is not lost.

    The counter row stays locked until the transaction ends: take the number as late as you can.
    """
    return take_numbers(register, period, count=1)[0]


def take_numbers(register: str, period: str, *, count: int) -> range:
    """A block of consecutive numbers for bulk work. Raises ValueError when count is below 1."""
    if count < 1:
        raise ValueError("count must be at least 1")
    if not connection.in_atomic_block:
        raise transaction.TransactionManagementError("A number is taken inside the transaction that uses it.")
    ((last,),) = _NEXT.run(register, period, count)
    return range(last - count + 1, last + 1)
