"""History mended: readings made again from the raw replies that unproven devices sent along.

When a driver's map turns out wrong, the values in old frames are wrong, too. The frames keep the
replies, so that the mended driver can read them again. What it makes of them are new rows, flagged
as such: the frames themselves are signed, and stay as they are.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from agent import drivers, frame
from agent.errors import AgentError, BadSettings
from agent.kit import identify
from agent.reading import (
    CALIBRATION,
    MAINTENANCE,
    NO_REPLY,
    QUALITY_NAMES,
    STALE,
    WARM_UP,
    Reading,
)
from provisioning.frames import Proof, Value, values

FLAG = "redecoded"
# What the agent, and not the driver, said of a reading still holds.
_THE_AGENTS = [QUALITY_NAMES[code] for code in (WARM_UP, STALE, MAINTENANCE, CALIBRATION)]


@dataclass(frozen=True)
class Revised:
    """One reading made again. epoch, lane, seq and row say which it replaces; was is that one, None
    for a channel that the driver had not at the time; error says why there is no new value."""

    epoch: int
    lane: int
    seq: int
    row: int
    sensor: str
    model: str
    time: int
    reading: Reading | None
    quality: str
    was: Value | None
    error: str = ""

    @property
    def changed(self) -> bool:
        """Whether it differs from what the frame says."""
        if self.reading is None or self.was is None:
            return True
        new = (self.reading.value, self.reading.exponent, self.reading.unit, self.quality)
        return new != (self.was.value, self.was.exponent, self.was.unit, self.was.quality)


@dataclass(frozen=True)
class Sensor:
    """How a sensor is to be read now: its driver (a model or dotted path) and options."""

    driver: str
    options: dict[str, Any]


def redecoded(
    proof: Proof, known: dict[tuple[str, bytes], dict[int, Any]], sensors: dict[str, Sensor]
) -> Iterator[Revised]:
    """What the drivers of today make of the raw replies in a genuine frame of rows. sensors: by
    name, where model and defaults will not do. BadFrame where its schema is not among the known."""
    old = list(values(proof, known))
    got, device = proof.frame, proof.device
    if got is None or device is None or got.kind != frame.ROWS or not got.raw:
        return
    schema = known[device.id, bytes(got.schema_id)]
    for row, time in enumerate(got.times):
        now = old[row * len(got.columns) : (row + 1) * len(got.columns)]
        for index, (sensor, model, _) in enumerate(schema[3]):
            columns = [at for at, part in enumerate(schema[4]) if part[0] == index]
            replies = [bytes(part[2]) for part in got.raw if part[:2] == [row, columns[0]]]
            was = {now[at].channel: now[at] for at in columns if at < len(now)}
            if replies and any(value.quality != QUALITY_NAMES[NO_REPLY] for value in was.values()):
                plan = sensors.get(sensor) or Sensor(model, {})
                place = (got.epoch, got.lane, got.seq or 0, row, sensor, plan.driver, time)
                yield from _revised(place, plan, replies, was)


def _revised(
    place: tuple[int, int, int, int, str, str, int], plan: Sensor, replies: list[bytes],
    was: dict[str, Value],
) -> Iterator[Revised]:  # fmt: skip
    try:
        readings = read_again(plan, replies)
    except (AgentError, ValueError, IndexError, KeyError) as error:
        yield Revised(*place, None, "", None, f"{type(error).__name__}: {error}")
        return
    for reading in readings:
        before = was.get(reading.name)
        quality = QUALITY_NAMES[reading.quality]
        if before is not None and before.quality in _THE_AGENTS and quality == "good":
            quality = before.quality
        yield Revised(*place, reading, quality, before)


def read_again(plan: Sensor, replies: list[bytes]) -> list[Reading]:
    """The readings that a driver makes of its replies, in order. BadSettings if they are not those
    of its asks."""
    device = drivers.load(plan.driver)
    script = device({**identify.defaults(device), **plan.options}).read()
    try:
        next(script)
        for reply in replies:
            script.send(reply)
    except StopIteration as end:
        return list(end.value)
    finally:
        script.close()
    raise BadSettings([f"{plan.driver} asks more than the {len(replies)} replies that were kept"])
