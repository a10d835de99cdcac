"""The HWT605 with 16-bit angles: scale, sign and the printed request."""

from agent.drivers import load
from agent.protocols import modbus
from agent.reading import GOOD
from simulators.world.dice import Dice
from simulators.world.sensors import witmotion_hwt605
from simulators.world.signal import Signal
from tests.shared.vectors import frame, read_with

MODEL = "witmotion-hwt605"


def case(words, roll, pitch):
    data = b"".join([word.to_bytes(2, "big") for word in words])
    reply = modbus.rtu_frame(0x50, b"\x03\x06" + data)
    return ({"address": 0x50}, [reply], [("roll", roll, GOOD), ("pitch", pitch, GOOD)])


CASES = (
    case((0x4000, 0xC000, 7), 9000, -9000),
    case((0, 0xFFFF, 0), 0, -1),
    case((0x7FFF, 0x8000, 0), 17999, -18000),
    case((182, 1820, 0), 100, 1000),
)


def twin(log):
    values = (("roll", -1234), ("pitch", 4321))
    signals = {name: Signal(Dice(1), value, 0, value, value) for name, value in values}
    return witmotion_hwt605.Twin(0x50, signals, log)


def test_scale_and_sign():
    for options, replies, expected in CASES:
        readings = read_with(load(MODEL)(options), replies)
        assert [(r.name, r.value, r.quality) for r in readings] == expected, readings


def test_it_asks_what_is_printed():
    asked = next(load(MODEL)({"address": 0x50}).read())
    assert asked.open("rtu", 0)[0] == frame("mb-016")[0]
