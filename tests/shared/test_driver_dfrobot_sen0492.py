"""The SEN0492: the printed exchange, the status that withholds a distance, and the level."""

from agent.drivers import load
from agent.protocols import modbus
from agent.reading import DEVICE_FAULT, GOOD, OUT_OF_RANGE
from simulators.world.dice import Dice
from simulators.world.sensors import dfrobot_sen0492
from simulators.world.signal import Signal
from tests.shared.vectors import frame, read_with

MODEL = "dfrobot-sen0492"
REQUEST, DISTANCE, _ = frame("mb-010")
MOUNTED = {"address": 0x50, "mount": 2000}


def word(value):
    return modbus.rtu_frame(0x50, bytes((3, 2, value >> 8, value & 0xFF)))


def broken(status):
    return (
        MOUNTED,
        [DISTANCE, word(status)],
        [
            ("level", None, DEVICE_FAULT),
            ("distance", None, DEVICE_FAULT),
            ("status", status, GOOD),
        ],
    )


CASES = (
    (
        {"address": 0x50},
        [DISTANCE, word(0)],
        [("distance", 1803, GOOD), ("status", 0, GOOD)],
    ),
    (
        MOUNTED,
        [DISTANCE, word(0)],
        [("level", 197, GOOD), ("distance", 1803, GOOD), ("status", 0, GOOD)],
    ),
    (
        MOUNTED,
        [word(10), word(0)],
        [("level", 1990, OUT_OF_RANGE), ("distance", 10, OUT_OF_RANGE), ("status", 0, GOOD)],
    ),
) + tuple([broken(status) for status in (1, 2, 3, 4, 5, 7)])


def twin(log):
    values = (("distance", 1803), ("status", 0))
    signals = {name: Signal(Dice(1), value, 0, value, value) for name, value in values}
    return dfrobot_sen0492.Twin(0x50, signals, log)


def test_status_and_level():
    for options, replies, expected in CASES:
        readings = read_with(load(MODEL)(options), replies)
        assert [(r.name, r.value, r.quality) for r in readings] == expected, readings


def test_it_asks_what_is_printed():
    asked = next(load(MODEL)({"address": 0x50}).read())
    assert asked.open("rtu", 0)[0] == REQUEST
