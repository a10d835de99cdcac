"""Faults of the node itself: 7, 17 and 18 of the plan."""

from typing import Any

from agent import frame, frame_reader
from agent.protocols import cose
from agent.reading import TELEMETRY
from tests.torture.station import MINUTE, Reset, Station
from tests.torture.trial import Fault, Trial

YEAR = 365 * 86400000
JUMPS = (1000, -1000, 3600000, -3600000, 10 * YEAR, -10 * YEAR, -50 * YEAR)
WRAP = 1 << 32  # ms at which an uptime of 32 bits starts again


class Tripwire:
    """Counts the calls of all ports; the one that is due raises."""

    def __init__(self, error: type[BaseException]) -> None:
        self.error = error
        self.calls = self.tripped = 0
        self.due = -1

    def soon(self, calls: int) -> None:
        """Raise at one of the next calls."""
        self.due = self.calls + 1 + calls

    def count(self) -> None:
        """One call."""
        self.calls += 1
        if self.calls == self.due:
            self.tripped += 1
            raise self.error

    def wrap(self, name: str, port: Any) -> Any:
        """The port, watched."""
        return Watched(self, port)


class Watched:
    """A port whose calls go over a tripwire first."""

    def __init__(self, tripwire: Tripwire, port: Any) -> None:
        self._tripwire = tripwire
        self._port = port

    def __getattr__(self, name: str) -> Any:
        found = getattr(self._port, name)
        if not callable(found):
            return found

        def call(*arguments: Any) -> Any:
            self._tripwire.count()
            return found(*arguments)

        return call


def clock_jump(trial: Trial) -> None:
    """The platform's clock, and the node's, jump by a second to decades, and to before 1970; the
    uptime passes 32 bits. Sequences, slots and timers do not care."""
    pole = trial.pole(now=WRAP - 10 * MINUTE)
    pole.run(pole.now + 5 * MINUTE)
    utc = pole.ingester.utc_offset
    for jump in JUMPS:
        pole.ingester.utc_offset = max(0, utc + jump)
        pole.run(pole.now + 3 * MINUTE)
        pole.agent.learn_time(pole.now, 1000, 100, "a clock that lost its battery")
        pole.run(pole.now + 2 * MINUTE)
    pole.ingester.utc_offset = utc
    pole.run(pole.now + 5 * MINUTE)
    trial.settle(pole)
    steps = [
        got.body[6]
        for got in (
            frame_reader.decode(cose.parse1(data).payload)
            for data in pole.ingester.contents.values()
        )
        if got.kind == frame.TIME_RECORD and got.body[6]
    ]
    off = pole.sealer.utc_offset - utc
    trial.expect("L", abs(off) < 2000, f"the clock is off by {off} ms in the end")
    trial.expect("O", pole.now > WRAP, "the uptime did not pass 32 bits")
    trial.expect("O", len(steps) <= 2 * len(JUMPS), f"{len(steps)} steps were told")
    trial.bites(jumps=len(JUMPS), told=len(steps), wrapped=pole.now > WRAP)


def _interrupted(trial: Trial, error: type[BaseException], times: int) -> Station:
    """The agent is interrupted at some call of a port, again and again."""
    tripwire = Tripwire(error)
    pole = trial.pole(sectors=256, wrap=tripwire.wrap)
    pole.run(3 * MINUTE)
    for number in range(times):
        tripwire.soon(pole.dice.below(300))
        pole.level.add = 1000 if number // 8 % 2 else 0
        pole.run(pole.now + pole.dice.between(1000, MINUTE))
    tripwire.due = -1
    trial.bites(interrupted=tripwire.tripped)
    return pole


def watchdog(trial: Trial) -> None:
    """The watchdog resets at any call; then a hundred times in a row, away from the network."""
    pole = _interrupted(trial, Reset, 60)
    outage = pole.network.outage(pole.now)
    pole.run(pole.now + 5 * MINUTE)
    boot = pole.journal.boot
    for _ in range(100):
        pole.restart("watchdog")
        pole.step()
    trial.expect("S", pole.journal.boot == boot + 100, "boots were not counted one by one")
    gone = [
        key
        for key, sealed in pole.account.sealed.items()
        if key[2] > pole.journal.released(key[1])
        and pole.journal.read(key[1], key[2]) != sealed.data
    ]
    trial.expect("D", not gone, f"a boot loop lost {gone[:3]}")
    outage[1] = pole.now
    trial.settle(pole)
    reasons = [
        got.body[1]
        for got in (
            frame_reader.decode(cose.parse1(data).payload)
            for key, data in pole.ingester.contents.items()
            if key[1] == TELEMETRY
        )
        if got.kind == frame.BOOT_RECORD
    ]
    trial.expect("S", reasons.count("watchdog") >= 100, "the reason of a reset was not told")
    trial.bites(resets=pole.resets, told=reasons.count("watchdog"))


def out_of_memory(trial: Trial) -> None:
    """No memory at any call of a port: the agent ends there, and starts again on what it stored."""
    pole = _interrupted(trial, MemoryError, 80)
    trial.bites(restarts=pole.resets)
    trial.settle(pole)


FAULTS = (
    Fault(7, "clock jump", "OL", clock_jump),
    Fault(17, "watchdog reset", "DS", watchdog),
    Fault(18, "out of memory", "DS", out_of_memory),
)
