"""The objects of NTCIP 1202 that are used, by the numbers of the standard, and their bit masks.

Source: NTCIP 1202 v02, object tree `asc` under the NEMA private tree; sections named beside each group. Numbers have to be
checked against the MIB a cabinet is delivered with before it is armed: several public emulators carry others.
"""

from collections.abc import Iterable

Oid = tuple[int, ...]
ASC: Oid = (1, 3, 6, 1, 4, 1, 1206, 4, 2, 1)
BITS = 8  # phases in a group object

# Phase status, 2.2.4: one row per group of eight phases.
STATUS: Oid = (*ASC, 1, 4, 1)
REDS, YELLOWS, GREENS, DONT_WALKS, PED_CLEARS, WALKS = 2, 3, 4, 5, 6, 7
# Phase control, 2.2.5.
CONTROL: Oid = (*ASC, 1, 5, 1)
OMIT, PED_OMIT, HOLD, FORCE_OFF, VEHICLE_CALL, PED_CALL = 2, 3, 4, 5, 6, 7
CONTROLS = (OMIT, PED_OMIT, HOLD, FORCE_OFF, VEHICLE_CALL, PED_CALL)
# Phase table, 2.2.2: one row per phase. Seconds, yellow and red clearance in tenths.
PHASE: Oid = (*ASC, 1, 2, 1)
WALK, PED_CLEAR, MINIMUM_GREEN, YELLOW_CHANGE, RED_CLEAR = 2, 3, 4, 8, 9
# Unit, 2.4.
BACKUP_TIME: Oid = (*ASC, 3, 3, 0)
UNIT_CONTROL_STATUS: Oid = (*ASC, 3, 5, 0)
FLASH_STATUS: Oid = (*ASC, 3, 6, 0)
SHORT_ALARM: Oid = (*ASC, 3, 9, 0)
# Coordination, 2.5: 0 standby, 1 to 253 a pattern, 254 free, 255 flash.
PATTERN_STATUS: Oid = (*ASC, 4, 10, 0)
SYSTEM_PATTERN: Oid = (*ASC, 4, 14, 0)
STANDBY, FREE, FLASH = 0, 254, 255
# Preempt, 2.7: how many there are; 1 asks for preempt n.
PREEMPTS: Oid = (*ASC, 6, 1, 0)
PREEMPT_CONTROL: Oid = (*ASC, 6, 3, 1, 2)

# unitControlStatus
SYSTEM_CONTROL, SYSTEM_STANDBY, BACKUP_MODE, MANUAL, LOCAL = 2, 3, 4, 5, 6
# unitFlashStatus
NOT_FLASHING, FAULT_MONITOR_FLASH = 2, 5
# shortAlarmStatus, bit 0: a preempt runs.
PREEMPT_ALARM = 1


def cell(table: Oid, column: int, row: int) -> Oid:
    """The object of a column in a row; rows count from 1."""
    return (*table, column, row)


def groups_of(phases: int) -> int:
    """How many rows of eight phases it takes."""
    return (phases + BITS - 1) // BITS


def masks(phases: Iterable[int], groups: int) -> list[int]:
    """The bit masks of these phases (counted from 1), one a group: bit 0 of group g is phase 8 (g - 1) + 1."""
    found = [0] * groups
    for phase in phases:
        found[(phase - 1) // BITS] |= 1 << ((phase - 1) % BITS)
    return found


def phases(masks_: Iterable[int]) -> frozenset[int]:
    """The phases of some bit masks."""
    return frozenset(
        group * BITS + bit + 1 for group, mask in enumerate(masks_) for bit in range(BITS) if mask >> bit & 1
    )
