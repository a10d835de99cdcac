"""Whatever else is said on the line, at whatever time, is no answer to what was asked."""

from agent.drivers.modbus import ModbusDevice, uint16
from agent.errors import WrongReply
from agent.protocols import modbus
from simulators.world.dice import Dice
from tests.shared import foreign
from tests.shared.bus_world import World, tilt


def test_every_foreign_frame_is_discarded_in_whatever_pieces_it_comes():
    dice = Dice(21)
    for _ in range(400):
        unit, function, count = dice.between(1, 247), dice.between(3, 4), dice.between(1, 12)
        request = modbus.read_request(function, dice.below(1000), count)
        before = b"".join(
            [
                foreign.frame(dice.below(foreign.KINDS), unit, function, count, dice.below(1 << 16))
                for _ in range(dice.below(4))
            ]
        )
        reply = foreign.read_reply(unit, function, count, 0x1234)
        receiver = modbus.RtuReceiver(unit, request)
        found = None
        stream = before + reply
        while stream and found is None:
            size = dice.between(1, len(stream))
            found = receiver.feed(stream[:size])
            stream = stream[size:]
        assert found == reply[1:-2] and stream == b""
        assert (receiver.foreign > 0) == (before != b"")


def test_foreign_frames_alone_end_in_a_typed_error():
    dice = Dice(22)
    for kind in range(foreign.KINDS):
        for _ in range(20):
            unit, count = dice.between(1, 247), dice.between(1, 12)
            receiver = modbus.RtuReceiver(unit, modbus.read_request(3, 0, count))
            assert receiver.feed(foreign.frame(kind, unit, 3, count, dice.below(1 << 16))) is None
            assert isinstance(receiver.verdict(), WrongReply)


class Crowd:
    """Another master and its devices on the same line: it says intact frames at any time."""

    turnaround_ms = 0

    def __init__(self, dice, unit, every):
        self.dice = dice
        self.unit = unit
        self.every = every
        self.due = 0
        self.said = 0

    def receive(self, data, now_ms):
        return b""

    def tick(self, now_ms):
        if now_ms < self.due:
            return b""
        self.due = now_ms + self.dice.between(1, self.every)
        self.said += 1
        kind = self.dice.below(foreign.KINDS)
        # As long as what is waited for, but where only its length tells it apart.
        count = 5 if kind == 2 else self.dice.between(1, 2)
        return foreign.frame(kind, self.unit, 3, count, 0xBAD0)


class Table(ModbusDevice):
    model = "table"
    fields = (uint16(0, "a", "/", 0), uint16(1, "b", "/", 0), uint16(7, "c", "/", 0))


class Slave:
    """Answers 100 + register; loses one reply in so many, and delays one in as many."""

    def __init__(self, dice, unit, bad):
        self.dice = dice
        self.unit = unit
        self.bad = bad
        self.turnaround_ms = 5

    def receive(self, data, now_ms):
        if data[0] != self.unit or modbus.crc16(data):
            return b""
        chance = self.dice.below(self.bad)
        if chance == 0:
            return b""
        self.turnaround_ms = self.dice.between(400, 1500) if chance == 1 else 5
        words = [100 + data[3] + index for index in range(data[5])]
        body = b"".join([word.to_bytes(2, "big") for word in words])
        return modbus.rtu_frame(self.unit, bytes((3, len(body))) + body)

    def tick(self, now_ms):
        return b""


def polled(seed, bad, readings):
    """(good readings, of so many) of a device in a crowd; a wrong value is never among them."""
    dice = Dice(seed)
    unit = dice.between(1, 247)
    device = tilt(1)
    device.driver = Table({"address": unit})
    crowd = Crowd(dice, unit, 40)
    world = World([Slave(dice, unit, bad), crowd], [device])
    good = 0
    for _ in range(readings):
        values = [part.value for part in world.read(device, 60000).readings]
        assert values in ([100, 101, 107], [None] * 3), values
        good += values[0] is not None
        world.run(world.now + dice.below(3000))
        world.heard.requests = []
    assert crowd.said > readings
    return good


def test_in_a_crowd_a_device_is_read_without_one_wrong_value():
    for seed in range(6):
        assert polled(seed, 1 << 20, 40) == 40


def test_neither_with_lost_and_late_replies():
    good = 0
    for seed in range(6):
        good += polled(100 + seed, 12, 40)
    assert good > 150, good
