"""Gives a device another Modbus address, by the steps that its driver declares.

Only to one that is alone on its line, only in frames to its own address, never to everybody; and
what it answers afterwards is what counts, not what it said to the writes.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from agent.drivers.ask import ModbusAsk
from agent.errors import AgentError, BadChecksum, NoReply
from agent.kit import identify
from agent.kit.counts import Counts, Target
from agent.kit.scan import ANSWER_MS, Say, alive, default_ids
from agent.kit.traffic import take_apart
from agent.kit.wire import Wire, read_whole
from agent.protocols import modbus

LISTEN_MS = 1500
LOOKS = 5  # how often it must answer whole before anything is written
TAIL_MS = 40
WRITE_MS = 1000
SETTLE_MS = 300  # what a device may take to change itself


@dataclass(frozen=True)
class Outcome:
    """done, or the code (agent.cli.texts) and values of why not; error: an AgentError, or ""."""

    code: str
    values: dict[str, Any] = field(default_factory=dict)

    @property
    def done(self) -> bool:
        """Whether the device has its new address."""
        return self.code == "address-done"


def usable(old: int, new: int) -> bool:
    """Whether a device can be moved from old to new: two devices' own addresses."""
    return 1 <= old <= 247 and 1 <= new <= 247 and old != new


def renumber(
    wire: Wire, mode: str, device: Any, old: int, new: int, say: Say, cycle: Callable[[], None]
) -> Outcome:
    """Change the address of the only device of a line from old to new (1 to 247). cycle() has a
    person switch it off and on. ValueError for addresses or a driver that will not do."""
    if not usable(old, new):
        raise ValueError("expected two different addresses from 1 to 247")
    if not device.renumber:
        raise ValueError(f"the driver of {device.model} declares no steps to change its address")
    wire.open(mode)
    echoes, refusal = _may_write(wire, device, old, new)
    if refusal is not None:
        return refusal
    written = []
    for step in device.renumber:
        if step[0] == "cycle":
            cycle()
            continue
        value = new if step[2] is None else step[2]
        _write(wire, old, step[1], value, echoes)
        written.append(f"0x{step[1]:04x} = {value}")
        say("address-step", {"value": value, "register": f"0x{step[1]:04x}"})
    return _read_back(wire, device, old, new, ", ".join(written))


def _driver(device: Any, unit: int) -> Any:
    return device({**identify.defaults(device), "address": unit})


def _may_write(wire: Wire, device: Any, old: int, new: int) -> tuple[bool, Outcome | None]:
    """(whether the port echoes, what speaks against writing)."""
    values: dict[str, Any] = {"old": old, "new": new, "model": device.model}
    if take_apart(wire.listen(LISTEN_MS)).requests:
        return False, Outcome("address-foreign", values)
    counts = Counts(Target(device.model, _driver(device, old), old))
    ask = identify.first_ask(counts.target.driver)
    for _ in range(LOOKS):
        counts.add(wire.ask(ask, tail_ms=TAIL_MS))
    if counts.damaged or counts.doubled:
        return False, Outcome("address-spoilt", values)
    if counts.silent == LOOKS:
        return False, Outcome("address-none", values)
    try:
        read_whole(wire, _driver(device, old))
    except AgentError as error:
        return False, Outcome("address-model", {**values, "error": error})
    others = [unit for unit in sorted({*default_ids(), new}) if unit != old]
    there = [unit for unit in others if alive(wire, unit, ANSWER_MS) is not None]
    if there:
        return False, Outcome("address-others", {**values, "units": ", ".join(map(str, there))})
    return counts.echoes > 0, None


def _write(wire: Wire, unit: int, register: int, value: int, echoes: bool) -> None:
    """One write to one unit. What it answers is not judged: some answer from the new address."""
    ask = ModbusAsk(unit, modbus.write_register(register, value), WRITE_MS)
    ask.echo = echoes
    wire.writes_allowed = True
    try:
        wire.ask(ask)
    finally:
        wire.writes_allowed = False


def _read_back(wire: Wire, device: Any, old: int, new: int, steps: str) -> Outcome:
    """Whether it answers at new as its driver expects, and at old no longer."""
    wire.listen(SETTLE_MS)
    values: dict[str, Any] = {"old": old, "new": new, "steps": steps}
    error: AgentError | None = None
    try:
        read_whole(wire, _driver(device, new))
    except (NoReply, BadChecksum) as problem:
        error = problem
    except AgentError as problem:  # a sensor that warms up may refuse: it is there
        error = None if alive(wire, new, ANSWER_MS) else problem
    gone = alive(wire, old, ANSWER_MS, thorough=False) is None
    if error is None and gone:
        return Outcome("address-done", values)
    answering = [str(unit) for unit in (old, new) if alive(wire, unit, ANSWER_MS) is not None]
    where = ", ".join(answering) or "-"
    return Outcome("address-failed", {**values, "where": where, "error": error or ""})
