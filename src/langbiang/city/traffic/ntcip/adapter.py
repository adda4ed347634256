"""One cabinet over SNMP: read what it shows, order what the gate allows, give it back on every way out.

Nothing here decides. SNMP v1 and v2c protect nothing: the cabinet network is a network of its own; with v3 the user's keys
come from the secret store of the process.
"""

import contextlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

from pysnmp.hlapi.v3arch.asyncio import (
    CommunityData,
    ContextData,
    ObjectIdentity,
    ObjectType,
    SnmpEngine,
    UdpTransportTarget,
    UsmUserData,
    get_cmd,
    set_cmd,
)
from pysnmp.proto.rfc1902 import Integer32
from pysnmp.proto.rfc1905 import EndOfMibView, NoSuchInstance, NoSuchObject

from langbiang.city.traffic.gate.gate import CabinetState
from langbiang.city.traffic.gate.rules import GateRules

from . import objects, realising
from .objects import Oid
from .realising import Bits, phase_of

# How long the cabinet waits for us before it goes back to its own plan, and the longest with which it is driven.
BACKUP_S, LONGEST_BACKUP_S = 15, 30
# Objects asked for at once where there may be many: an answer stays within one packet.
ASKED_AT_ONCE = 24
NO_VALUE = (NoSuchObject, NoSuchInstance, EndOfMibView)
TIMEOUT_S = 0.4
RETRIES = 1
GREEN, YELLOW, RED = 2, 1, 0
STATE = (objects.UNIT_CONTROL_STATUS, objects.FLASH_STATUS, objects.PATTERN_STATUS, objects.SHORT_ALARM)


class Unreachable(ConnectionError):
    """The cabinet did not answer, or not sensibly."""


class Refused(Unreachable):
    """The cabinet answers, and does not do what it is told."""


class NoValue(Unreachable):
    """The cabinet answers and has no such object."""


class NotFit(ValueError):
    """The cabinet may not be armed as it is set; the message says why."""


@dataclass(frozen=True)
class Shown:
    """What a cabinet reports: a lamp per signal group, its state, and whether it follows us."""

    lamps: tuple[int, ...]
    state: CabinetState
    follows: bool
    pattern: int


class SnmpCabinet:
    """The cabinet of one junction. Not for several tasks at once: one tick, one caller."""

    def __init__(
        self, address: tuple[str, int], rules: GateRules, *, community: str = "", user: UsmUserData | None = None,
        backup_s: int = BACKUP_S, engine: SnmpEngine | None = None,
    ) -> None:  # fmt: skip
        self.rules = rules
        self.address = address
        self.backup_s = backup_s
        self._auth = user or CommunityData(community, mpModel=1)
        self._engine = engine or SnmpEngine()
        self._target: Any = None
        self._groups = objects.groups_of(len(rules.groups))
        self._is_walk = [group.is_pedestrian for group in rules.groups]
        self._preempts = 0
        self._questions: dict[tuple[Oid, ...], list[ObjectType]] = {}
        self._names: dict[Oid, ObjectIdentity] = {}

    async def open(self) -> None:
        """Take away whatever an earlier process left set, then look whether the cabinet may be driven. Raises Unreachable, NotFit."""
        with contextlib.suppress(Refused, NoValue):  # preempts are not mandatory in the standard
            self._preempts = (await self._get([objects.PREEMPTS]))[objects.PREEMPTS]
        await self.release()
        with contextlib.suppress(Refused):  # what counts is what is read back
            await self._set({objects.BACKUP_TIME: self.backup_s})
        await self.check()

    async def check(self) -> None:
        """Whether the cabinet's own times are at least those of the gate, and it comes back by itself. Raises Unreachable, NotFit."""
        wanted = [objects.BACKUP_TIME]
        for g, group in enumerate(self.rules.groups):
            columns = (objects.WALK, objects.PED_CLEAR) if group.is_pedestrian else (objects.MINIMUM_GREEN, objects.YELLOW_CHANGE)
            wanted += [objects.cell(objects.PHASE, column, phase_of(g)) for column in (*columns, objects.RED_CLEAR)]
        values: dict[Oid, int] = {}
        try:
            for n in range(0, len(wanted), ASKED_AT_ONCE):
                values |= await self._get(wanted[n : n + ASKED_AT_ONCE])
        except (Refused, NoValue) as problem:
            raise NotFit(f"the cabinet does not tell its own times: {problem}") from problem
        backup = values[objects.BACKUP_TIME]
        if backup <= 0:
            raise NotFit("unitBackupTime is 0: the cabinet would never come back by itself")
        if backup > LONGEST_BACKUP_S:
            raise NotFit(f"unitBackupTime is {backup} s, more than {LONGEST_BACKUP_S} s: the cabinet would keep an order too long")
        for g, group in enumerate(self.rules.groups):
            phase = phase_of(g)
            if group.is_pedestrian:
                green, end = values[objects.cell(objects.PHASE, objects.WALK, phase)], float(values[objects.cell(objects.PHASE, objects.PED_CLEAR, phase)])
            else:
                green, end = values[objects.cell(objects.PHASE, objects.MINIMUM_GREEN, phase)], values[objects.cell(objects.PHASE, objects.YELLOW_CHANGE, phase)] / 10
            if green < group.min_green_s or end < group.yellow_s:
                raise NotFit(f"phase {phase} ({group.name}) is set to {green} s and {end:g} s, below {group.min_green_s:g} s and {group.yellow_s:g} s")
            red, least = values[objects.cell(objects.PHASE, objects.RED_CLEAR, phase)] / 10, self._red_clear_s(g)
            if red < least:
                raise NotFit(f"phase {phase} ({group.name}) has a red clearance of {red:g} s, below {least:g} s")

    def _red_clear_s(self, g: int) -> float:
        """The longest red the matrix wants between the end of a group and the start of one it conflicts with."""
        rules = self.rules
        return max((rules.clearance_s[g][b] for b, is_foe in enumerate(rules.conflicts[g]) if is_foe), default=0.0)

    async def read(self) -> Shown:
        """What the lamps show now, in one request. Raises Unreachable."""
        columns = (objects.YELLOWS, objects.GREENS, objects.PED_CLEARS, objects.WALKS)
        cells = [objects.cell(objects.STATUS, column, row + 1) for column in columns for row in range(self._groups)]
        values = await self._get([*cells, *STATE])
        on = {
            column: objects.phases(values[objects.cell(objects.STATUS, column, row + 1)] for row in range(self._groups))
            for column in columns
        }
        lamps = []
        for g, is_walk in enumerate(self._is_walk):
            green, yellow = (objects.WALKS, objects.PED_CLEARS) if is_walk else (objects.GREENS, objects.YELLOWS)
            phase = phase_of(g)
            lamps.append(GREEN if phase in on[green] else YELLOW if phase in on[yellow] else RED)
        control, flash, pattern, alarm = (values[name] for name in STATE)
        return Shown(tuple(lamps), _state(control, flash, alarm), control == objects.SYSTEM_CONTROL, pattern)

    async def hold(self, stage: int) -> None:
        """Keep a stage green; every call is also the heartbeat. Raises Unreachable."""
        await self._order(realising.hold(self.rules, stage))

    async def change(self, running: int, target: int) -> None:
        """Go from the running stage to another. Raises Unreachable."""
        await self._order(realising.change(self.rules, running, target))

    async def release(self) -> None:
        """Take every hold, omit, force-off, call, pattern and preempt away: the cabinet runs its own plan. Raises Unreachable."""
        nothing = {objects.SYSTEM_PATTERN: objects.STANDBY} | {(*objects.PREEMPT_CONTROL, n): 0 for n in range(1, self._preempts + 1)}
        await self._order(realising.NOTHING, nothing)

    async def pattern(self, number: int) -> None:
        """Ask for a pattern stored in the cabinet (0 standby, 254 free, 255 flash), and for nothing else. Raises Unreachable.

        It is the heartbeat of the pattern: a hold or an omit left over must not live on by it.
        """
        await self._order(realising.NOTHING, {objects.SYSTEM_PATTERN: number})

    async def preempt(self, number: int, *, is_on: bool) -> None:
        """Ask for a preempt, or take the request away. Raises Unreachable."""
        await self._set({(*objects.PREEMPT_CONTROL, number): int(is_on)})

    def close(self) -> None:
        """Let the port go."""
        self._engine.close_dispatcher()

    async def _order(self, bits: Bits, more: Mapping[Oid, int] = MappingProxyType({})) -> None:
        """All objects in one request, so that none is in force without the others."""
        values = dict(more)
        for name in objects.CONTROLS:
            for row, mask in enumerate(objects.masks(bits.of(name), self._groups)):
                values[objects.cell(objects.CONTROL, name, row + 1)] = mask
        await self._set(values)

    async def _get(self, oids: Sequence[Oid]) -> dict[Oid, int]:
        asked = self._questions.get(tuple(oids))
        if asked is None:  # half the time of a question is spent on looking up its names: once is enough
            asked = self._questions[tuple(oids)] = [ObjectType(ObjectIdentity(oid)) for oid in oids]
        rows = await self._ask(get_cmd, asked)
        found = {}
        for oid, row in zip(oids, rows, strict=True):
            name = ".".join(map(str, oid))
            if isinstance(row[1], NO_VALUE):
                raise NoValue(f"{self.address}: no value for {name}")
            try:
                found[oid] = int(row[1])
            except (TypeError, ValueError) as problem:
                raise Unreachable(f"{self.address}: no number for {name}") from problem
        return found

    async def _set(self, values: Mapping[Oid, int]) -> None:
        names = [self._names.setdefault(oid, ObjectIdentity(oid)) for oid in values]
        await self._ask(set_cmd, [ObjectType(name, Integer32(value)) for name, value in zip(names, values.values(), strict=True)])

    async def _ask(self, command: Any, rows: Iterable[ObjectType]) -> Sequence[Any]:
        if self._target is None:
            self._target = await UdpTransportTarget.create(self.address, timeout=TIMEOUT_S, retries=RETRIES)
        failure, status, index, answer = await command(self._engine, self._auth, self._target, ContextData(), *rows, lookupMib=False)
        if failure:
            raise Unreachable(f"{self.address}: {failure}")
        if status:
            raise Refused(f"{self.address}: {status.prettyPrint()} at {index}")
        found: Sequence[Any] = answer
        return found


def _state(control: int, flash: int, alarm: int) -> CabinetState:
    if flash == objects.FAULT_MONITOR_FLASH:
        return CabinetState.FAULT
    if flash != objects.NOT_FLASHING:
        return CabinetState.FLASH
    if control == objects.MANUAL:
        return CabinetState.MANUAL
    if alarm & objects.PREEMPT_ALARM:
        return CabinetState.PREEMPT
    return CabinetState.NORMAL
