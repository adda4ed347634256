"""The SNMP side of a cabinet: NTCIP 1202 objects, and faults on demand under a tree of its own."""

import asyncio
import random
import time
from collections.abc import Callable
from typing import Any

from pysnmp.carrier.asyncio.dgram import udp
from pysnmp.entity import config, engine
from pysnmp.entity.rfc3413 import cmdrsp, context
from pysnmp.proto.api import v2c
from pysnmp.smi.error import NotWritableError
from pysnmp.smi.instrum import AbstractMibInstrumController

from simulators.cabinet.controller import GREEN, RED, YELLOW, Cabinet

ASC = (1, 3, 6, 1, 4, 1, 1206, 4, 2, 1)
# Faults: refuse every SET (1), show the lamps wrongly (2), answer nothing (3), milliseconds of delay (4), flash as after a
# conflict (5), taken over by hand (6), times below what was agreed (7), a backup time of 0 that cannot be set (8).
FAULTS = (1, 3, 6, 1, 4, 1, 1206, 3, 99)
REFUSE, WRONG, SILENT, DELAY, FLASHING, BY_HAND, SHORT, NO_BACKUP = range(1, 9)
PREEMPTS = 2
STATUS_SHOWS = {2: (RED, False), 3: (YELLOW, False), 4: (GREEN, False), 5: (RED, True), 6: (YELLOW, True), 7: (GREEN, True)}


class Objects(AbstractMibInstrumController):  # type: ignore[misc]  # the library has no types
    """Reads and writes of one cabinet."""

    def __init__(self, cabinet: Cabinet, clock: Callable[[], float]) -> None:
        self.cabinet = cabinet
        self.clock = clock
        self.faults = dict.fromkeys(range(REFUSE, NO_BACKUP + 1), 0)
        self.preempts = PREEMPTS  # 0: a cabinet without them, as the standard allows
        self.machine: engine.SnmpEngine | None = None

    def close(self) -> None:
        """Let the port go."""
        if self.machine is not None:
            self.machine.close_dispatcher()

    def read_variables(self, *rows: Any, **_context: Any) -> list[tuple[Any, Any]]:
        """Values of the objects asked for."""
        return [(name, self._value(tuple(name))) for name, _none in rows]

    def read_next_variables(self, *rows: Any, **_context: Any) -> list[tuple[Any, Any]]:
        """Walking is not part of what a system does with a cabinet."""
        return [(name, v2c.EndOfMibView()) for name, _none in rows]

    def write_variables(self, *rows: Any, **_context: Any) -> list[tuple[Any, Any]]:
        """All of it or nothing."""
        now = self.clock()
        for name, _value in rows:
            self._check(tuple(name))
        for name, value in rows:
            self._write(tuple(name), int(value), now)
        return list(rows)

    def _value(self, oid: tuple[int, ...]) -> Any:
        cabinet, tail = self.cabinet, oid[len(ASC) :]
        if oid[: len(FAULTS)] == FAULTS:
            return v2c.Integer32(self.faults.get(oid[len(FAULTS)], 0))
        match tail:
            case (1, 4, 1, column, row) if column in STATUS_SHOWS:
                shows, is_walk = STATUS_SHOWS[column]
                image = [RED] * len(cabinet.phases) if cabinet.is_flashing else cabinet.image()
                if self.faults[WRONG]:
                    image = [RED] * len(image)
                mask = sum(
                    1 << bit for bit in range(8)
                    if (n := (row - 1) * 8 + bit) < len(image) and image[n] == shows and cabinet.phases[n].is_walk == is_walk
                )  # fmt: skip
                return v2c.Integer32(mask)
            case (1, 5, 1, column, row):
                bits = cabinet.control.bits.get(column, frozenset())
                return v2c.Integer32(sum(1 << (n - 1) % 8 for n in bits if (n - 1) // 8 == row - 1))
            case (1, 2, 1, column, n) if 1 <= n <= len(cabinet.phases):
                phase = cabinet.phases[n - 1]
                walk, drive = (phase.min_green_s, phase.end_s) if phase.is_walk else (0, 0), (phase.min_green_s, phase.end_s)
                known = {2: walk[0], 3: walk[1], 4: drive[0], 8: 10 * drive[1], 9: 10 * cabinet.red_clear_s(n)}
                if column in known:
                    return v2c.Integer32(int(known[column]) - (2 if self.faults[SHORT] else 0))
            case (3, 3, 0):
                return v2c.Integer32(0 if self.faults[NO_BACKUP] else int(cabinet.backup_s))
            case (3, 5, 0):
                return v2c.Integer32(5 if cabinet.is_manual else 2 if cabinet.mode == "system" else 6)
            case (3, 6, 0):
                return v2c.Integer32(5 if cabinet.flash else 4 if cabinet.is_flashing else 2)
            case (3, 9, 0):
                return v2c.Integer32(1 if cabinet.control.preempts else 0)
            case (6, 1, 0) if self.preempts:
                return v2c.Integer32(self.preempts)
            case (4, 10, 0) | (4, 14, 0):
                return v2c.Integer32(cabinet.control.pattern)
            case (6, 3, 1, 2, n) if 1 <= n <= self.preempts:
                return v2c.Integer32(int(n in cabinet.control.preempts))
        return v2c.NoSuchObject()

    def _check(self, oid: tuple[int, ...]) -> None:
        if oid[: len(FAULTS)] == FAULTS:
            return
        if self.faults[REFUSE] or (self.faults[NO_BACKUP] and oid[len(ASC) :] == (3, 3, 0)):
            raise NotWritableError(name=oid, idx=0)
        match oid[len(ASC) :]:
            case (1, 5, 1, 2 | 3 | 4 | 5 | 6 | 7, _) | (3, 3, 0) | (4, 14, 0):
                return
            case (6, 3, 1, 2, n) if 1 <= n <= self.preempts:
                return
        raise NotWritableError(name=oid, idx=0)

    def _write(self, oid: tuple[int, ...], value: int, now: float) -> None:
        if oid[: len(FAULTS)] == FAULTS:
            self.faults[oid[len(FAULTS)]] = value
            self.cabinet.is_manual = bool(self.faults[BY_HAND])
            self.cabinet.flash = "asked for" if self.faults[FLASHING] else ""
            return
        match oid[len(ASC) :]:
            case (1, 5, 1, column, row):
                self.cabinet.set_bits(column, row, value, now)
            case (3, 3, 0):
                self.cabinet.backup_s = float(value)
            case (4, 14, 0):
                self.cabinet.control.pattern = value
                self.cabinet.heard(now)
            case (6, 3, 1, 2, n):
                (self.cabinet.control.preempts.add if value else self.cabinet.control.preempts.discard)(n)
                self.cabinet.heard(now)


class Transport(udp.UdpTransport):  # type: ignore[misc]  # the library has no types
    """Loses or delays answers when told to."""

    objects: Objects

    def send_message(self, outgoingMessage: Any, transportAddress: Any) -> None:
        """One answer."""
        faults = self.objects.faults
        if faults[SILENT]:
            return
        if faults[DELAY]:
            asyncio.get_event_loop().call_later(faults[DELAY] / 1000, super().send_message, outgoingMessage, transportAddress)
            return
        super().send_message(outgoingMessage, transportAddress)


def serve(
    cabinet: Cabinet, port: int, *, community: str, clock: Callable[[], float] = time.time, user: tuple[str, str, str] | None = None
) -> Objects:
    """Answer for a cabinet on a port; to be called inside a running loop. With a v3 user (name, two keys) only to that one."""
    machine = engine.SnmpEngine()
    transport = Transport().open_server_mode(("127.0.0.1", port))
    config.add_transport(machine, udp.DOMAIN_NAME, transport)
    config.add_context(machine, v2c.OctetString(b"cabinet"))
    if user is not None:
        name, key, secret = user
        config.add_v3_user(machine, name, config.USM_AUTH_HMAC192_SHA256, key, config.USM_PRIV_CFB128_AES, secret)
        config.add_vacm_user(machine, 3, name, "authPriv", (1, 3, 6), (1, 3, 6), contextName=b"")
    else:
        config.add_v1_system(machine, "area", community, contextName=v2c.OctetString(b"cabinet"))
        for model in (1, 2):
            config.add_vacm_user(machine, model, "area", "noAuthNoPriv", (1, 3, 6), (1, 3, 6), contextName=b"cabinet")
    found = Objects(cabinet, clock)
    transport.objects = found
    here = context.SnmpContext(machine)
    here.register_context_name(v2c.OctetString(b"cabinet"), found)
    if user is not None:
        here.unregister_context_name(v2c.OctetString(b""))
        here.register_context_name(v2c.OctetString(b""), found)
    found.machine = machine
    cmdrsp.GetCommandResponder(machine, here)
    cmdrsp.SetCommandResponder(machine, here)
    return found


async def run(cabinet: Cabinet, *, every_s: float = 0.1, clock: Callable[[], float] = time.time) -> None:
    """Let time pass for a cabinet."""
    while True:
        cabinet.tick(clock())
        await asyncio.sleep(every_s * random.uniform(0.9, 1.0))
