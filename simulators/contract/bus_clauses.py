"""The clauses of the driver contract that need a bus and its time: warm-up, and late replies.

Runs under both runtimes, on simulated time.
"""

try:
    from typing import Any
except ImportError:  # MicroPython, which evaluates no annotation
    pass

from agent.bus import Bus, Device
from agent.reading import GOOD, has_value
from simulators.world.dice import Dice
from simulators.world.line import SimLine

LATE_MS = 100  # how much later than the time-out the late reply comes
SLACK_MS = 60_000  # what one reading may take beyond its time-outs, retries and all
STEP_MS = 20


class Late:
    """A twin whose first reply comes after its time-out; from then on everything measures other
    values."""

    def __init__(self, twin: Any, timeout_ms: int) -> None:
        self.twin = twin
        self.normal = twin.turnaround_ms
        self.late = timeout_ms + LATE_MS
        self.turnaround_ms = self.normal
        self.first = True

    def tick(self, now: int) -> bytes:
        """What it sends unasked."""
        said: bytes = self.twin.tick(now)
        return said

    def receive(self, data: bytes, now: int) -> bytes:
        """What it answers."""
        reply: bytes = self.twin.receive(data, now)
        self.turnaround_ms = self.normal
        if reply and self.first:
            self.first = False
            self.turnaround_ms = self.late
            for signal in self.twin.signals.values():
                signal.jump(signal.value - 1 if signal.value > 0 else signal.value + 1)
        return reply


class Wire:
    """A bus with one device and its twin."""

    def __init__(self, driver: Any, twin: Any) -> None:
        self.line = SimLine([twin])
        self.device = Device("device", driver, driver.min_every_ms)
        self.bus = Bus(self.line, driver.line, [self.device], Dice(1), lambda topic, text: None)
        self.now = 1000

    def reading(self) -> Any:
        """The Result of one reading; None if none came in time."""
        self.bus.request(self.device, self.now)
        end = self.now + 4 * self.device.driver.timeout_ms + SLACK_MS
        while self.now < end:
            self.line.advance(self.now)
            self.bus.step(self.now)
            results = self.bus.take()
            if results:
                return results[0]
            self.now += STEP_MS
        return None


def driver_of(parts: Any, device: Any, twin: Any) -> Any:
    """The driver with the options of the first case, at the twin's address."""
    options = dict(parts.CASES[0][0])
    if hasattr(twin, "unit") and "address" in options:
        options["address"] = twin.unit
    return device(options)


def warm_up(parts: Any, device: Any) -> list[str]:
    """What is wrong with the first readings after power-on, and those after the warm-up."""
    twin = parts.twin(lambda channel, now, value: None)
    wire = Wire(driver_of(parts, device, twin), twin)
    first = wire.reading()
    if first is None:
        return ["through a bus its twin is never read"]
    wrong = []
    good = [reading.name for reading in first.readings if reading.quality == GOOD]
    if device.warm_up_ms and good:
        wrong.append("good during its warm-up: " + ", ".join(good))
    wire.now += int(device.warm_up_ms)
    after = wire.reading()
    if after is None or not [part for part in after.readings if part.quality == GOOD]:
        why = "" if after is None or after.error is None else ": %s" % after.error
        wrong.append("after its warm-up nothing is good" + why)
    return wrong


def late(parts: Any, device: Any) -> list[str]:
    """What is wrong with the readings after a reply that came too late."""
    log: list[tuple[str, int]] = []
    twin = parts.twin(lambda channel, now, value: log.append((channel, value)))
    driver = driver_of(parts, device, twin)
    script = driver.read()
    asked = next(script)
    script.close()
    if not asked.open("rtu", 0)[0]:
        return []  # it only listens
    wire = Wire(driver, Late(twin, asked.timeout_ms))
    wire.reading()
    log.clear()
    result = wire.reading()
    if result is None:
        return ["after a late reply it is never read again"]
    found = {part.name: part.value for part in result.readings if has_value(part.quality)}
    return [
        "after a late reply %s is %s, and the twin measured %d" % (name, found[name], value)
        for name, value in log
        if name in found and found[name] != value
    ]


def clauses(parts: Any, device: Any) -> list[tuple[str, list[str]]]:
    """[(clause, sentences about what is wrong)]; none without a twin."""
    if not hasattr(parts, "twin") or not parts.CASES:
        return []
    if parts.twin(lambda channel, now, value: None) is None:
        return []
    return [("warm-up", warm_up(parts, device)), ("late replies, bus", late(parts, device))]
