"""Faults of the sensors' line: 13 to 16 of the plan."""

from typing import Any

from agent import frame
from agent.protocols import modbus
from agent.reading import GOOD, NO_REPLY, has_value
from simulators.world.dice import Dice
from tests.torture.station import EVERY, MINUTE, Station
from tests.torture.trial import Fault, Trial


class Shim:
    """A twin whose replies something changes, delays or withholds. ``bites``: how many."""

    def __init__(self, pole: Station, name: str) -> None:
        self.twin: Any = pole.twins[name]
        self.turnaround_ms = self.twin.turnaround_ms
        self.bites = 0
        twins = pole.line.twins
        twins[twins.index(self.twin)] = self

    def receive(self, data: bytes, now: int) -> bytes:
        """Of the twin, as it arrives."""
        reply = self.twin.receive(data, now)
        return self.change(reply, now) if reply else b""

    def tick(self, now: int) -> bytes:
        """What arrives unasked."""
        return b""

    def change(self, reply: bytes, now: int) -> bytes:
        """What becomes of a reply."""
        raise NotImplementedError


class Mute(Shim):
    """Says nothing while ``dead``."""

    dead = True

    def change(self, reply: bytes, now: int) -> bytes:
        """Nothing."""
        self.bites += self.dead
        return b"" if self.dead else reply


class Foreign(Shim):
    """Valid frames by another unit, of another function, of another length."""

    def change(self, reply: bytes, now: int) -> bytes:
        """A frame whose CRC fits, and which answers something else."""
        self.bites += 1
        unit, function, count, data = reply[0], reply[1], reply[2], reply[3:-2]
        kind = self.bites % 3
        if kind == 0:
            unit = unit % 2 + 1 if unit < 3 else unit + 1
        elif kind == 1:
            function ^= 7
        else:
            count, data = count + 2, data + data[:2]
        return bytes(modbus.rtu_frame(unit, bytes((function, count)) + data))


class Late(Shim):
    """Every third reply comes ``delay`` ms after it should, when nobody waits for it any more, or
    somebody for another."""

    def __init__(self, pole: Station, name: str, delays: tuple[int, int]) -> None:
        super().__init__(pole, name)
        self.delays = delays
        self.dice: Dice = pole.dice
        self.asked = 0
        self.due = 1 << 60
        self._held = b""

    def change(self, reply: bytes, now: int) -> bytes:
        """Held back, or at once."""
        self.asked += 1
        if self.asked % 3 or self._held:
            return reply
        self.bites += 1
        self._held = reply
        self.due = now + self.turnaround_ms + self.dice.between(*self.delays)
        return b""

    def tick(self, now: int) -> bytes:
        """What was held back, once it is due."""
        if now < self.due:
            return b""
        reply, self._held, self.due = self._held, b"", 1 << 60
        return reply


def column(pole: Station, device: str, channel: str) -> list[tuple[int | None, int]]:
    """(value, quality) of each row of a channel, as the platform has it."""
    found = []
    for _, _, _, schema_id, values, qualities in pole.ingester.rows:
        body = pole.ingester.schemas[schema_id]
        for index, (place, name, *_) in enumerate(body[4]):
            if body[3][place][0] == device and name == channel:
                found.append((values[index], qualities[index]))
    return found


def dead_slave(trial: Trial) -> None:
    """A slave dies, and comes back: the others keep their period, and it gives no value."""
    pole = trial.pole()
    pole.run(5 * MINUTE)
    mute = Mute(pole, "underpass")
    died = len(pole.ingester.rows)
    pole.run(20 * MINUTE)
    back = len(pole.ingester.rows)
    mute.dead = False
    pole.run(30 * MINUTE)
    trial.settle(pole)
    dead = column(pole, "underpass", "level")[died + 8 : back]
    trial.expect("W", set(dead) == {(None, NO_REPLY)}, "a dead slave has values")
    others = column(pole, "cover", "roll")[3:]
    good = [quality for _, quality in others].count(GOOD)
    trial.expect("L", good == len(others), f"{len(others) - good} slots of another slave failed")
    again = column(pole, "underpass", "level")[-1]
    trial.expect("L", again[1] == GOOD, "a slave that came back is not read")
    states = pole.alarms()
    trial.expect("D", states == [frame.BLIND, frame.CLEARED], f"the alarm went {states}")
    trial.bites(unanswered=mute.bites, rows_while_dead=len(dead))


def garbage(trial: Trial) -> None:
    """Flipped bits, noise before replies, cut and merged frames, lost ones, echo: never a value."""
    for echo in (False, True):
        pole = trial.pole()
        pole.run(2 * MINUTE)
        line = pole.line
        line.loss, line.noise, line.drop, line.truncate, line.merge = 200, 200, 50, 100, 50
        line.echo = echo
        pole.run(40 * MINUTE)
        line.loss = line.noise = line.drop = line.truncate = line.merge = 0
        pole.run(45 * MINUTE)
        trial.settle(pole)
        levels = column(pole, "cover", "roll")
        bad = [value for value, quality in levels if not has_value(quality)]
        trial.bites(no_value=len(bad), timeouts=pole.agent.buses[0].timeouts)
        trial.expect("L", levels[-1][1] == GOOD, "the line does not come back")
        trial.expect("W", set(bad) == {None}, "garbage became a value")


def wrong_unit(trial: Trial) -> None:
    """Valid replies by the wrong unit, of the wrong function or length: discarded."""
    pole = trial.pole()
    pole.run(2 * MINUTE)
    foreign = Foreign(pole, "underpass")
    since = len(pole.ingester.rows) + 8
    pole.run(20 * MINUTE)
    until = len(pole.ingester.rows)
    trial.settle(pole)
    got = column(pole, "underpass", "distance")[since:until]
    trial.expect("W", {value for value, _ in got} == {None}, "another unit's reply was taken")
    trial.bites(foreign=foreign.bites, rows=len(got))


def late_reply(trial: Trial) -> None:
    """Replies come when their request is over: in the pause behind a time-out, and far later."""
    for delays in ((610, 800), (EVERY - 4000, EVERY - 1500)):
        pole = trial.pole()
        pole.run(2 * MINUTE)
        late = Late(pole, "underpass", delays)
        pole.run(30 * MINUTE)
        trial.bites(late=late.bites)
        pole.line.twins[0] = pole.twins["underpass"]
        trial.settle(pole, f"{delays[0]} to {delays[1]} ms late")
        others = [quality for _, quality in column(pole, "tunnel", "level")[3:]]
        trial.expect("L", set(others) == {GOOD}, "a late reply disturbs the other slaves")


FAULTS = (
    Fault(13, "dead slave", "WL", dead_slave),
    Fault(14, "garbage on the line", "WL", garbage),
    Fault(15, "valid reply by the wrong unit", "W", wrong_unit),
    Fault(16, "late reply", "W", late_reply),
)
