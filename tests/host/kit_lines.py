"""Simulated lines for the tools of commissioning: every driver's twin, on any time."""

import contextlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from agent import drivers
from agent.kit import suite
from agent.kit.wire import RealTime, Wire
from simulators.lines.pty_lines import Lines, PtyLine
from simulators.world.dice import Dice
from simulators.world.sensors import dyp_ultrasonic, witmotion_tilt
from simulators.world.signal import Signal
from simulators.world.troubled_line import SimulatedTime, TroubledLine

LOOK_MS = 20


def parts_of(model: str) -> Any:
    """The test module of a model."""
    name = suite.module_of(suite.find_test(model))[0]
    return __import__(name, None, None, ("*",))


def twin_of(model: str, log: Any = lambda *_: None) -> Any:
    """The steady twin of a model."""
    return parts_of(model).twin(log)


def still(value: int) -> Signal:
    """A signal that stays."""
    return Signal(Dice(1), value, 0, value, value)


def dyp(unit: int, level: int = 40) -> Any:
    """A level sensor."""
    return dyp_ultrasonic.Twin(unit, {"level": still(level), "temperature": still(215)}, _nothing)


def tilt(unit: int) -> Any:
    """An inclinometer."""
    return witmotion_tilt.Twin(unit, {"roll": still(1500), "pitch": still(-200)}, _nothing)


def _nothing(channel: str, now_ms: int, value: int) -> None:
    pass


def troubled(twins: list[Any], mode: str = "9600 8N1", **faults: Any) -> tuple[Wire, Any]:
    """A Wire on a simulated line, and the line."""
    line = TroubledLine(twins, mode, **faults)
    return Wire(line, SimulatedTime(line)), line


def driver_of(model: str, **options: Any) -> Any:
    """A driver with these options."""
    return drivers.load(model)(options)


class PatientTime(RealTime):
    """A clock by which no more than LOOK_MS pass between two looks at it: what this machine takes
    from this process, and so from the twins in it, is no silence of theirs."""

    def __init__(self) -> None:
        self._now = 0
        self._seen = super().now_ms()

    def now_ms(self) -> int:
        """See wire.Time."""
        seen = super().now_ms()
        self._now += min(LOOK_MS, seen - self._seen)
        self._seen = seen
        return self._now

    def wait(self, line: Any, ms: int) -> None:
        """See wire.Time."""
        super().wait(line, min(LOOK_MS, ms))


@contextlib.contextmanager
def patience() -> Iterator[None]:
    """The commands go by a PatientTime."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("agent.cli.line_options.RealTime", PatientTime)
        yield


class Pty:
    """A pty with twins that answer fast, however slow this machine is; the path is what --port
    takes."""

    def __init__(self, folder: Path, twins: list[Any]) -> None:
        self.path = folder / "line"
        self.twins = twins
        for twin in twins:
            getattr(twin, "twin", twin).turnaround_ms = 10
        self._lines = Lines()

    def __enter__(self) -> PtyLine:
        line = self._lines.add(self.path, "9600 8N1", self.twins)
        self._lines.start()
        return line

    def __exit__(self, *error: object) -> None:
        self._lines.stop()
