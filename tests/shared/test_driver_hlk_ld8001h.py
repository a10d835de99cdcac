"""The LD8001H: no level until its height is set."""

from agent.drivers import load
from agent.protocols import modbus
from agent.reading import DEVICE_FAULT, GOOD
from simulators.world.dice import Dice
from simulators.world.sensors import hlk_ld8001h
from simulators.world.signal import Signal
from tests.shared.vectors import read_with

MODEL = "hlk-ld8001h"


def word(value):
    return modbus.rtu_frame(1, bytes((3, 2, value >> 8, value & 0xFF)))


CASES = (
    (
        {"address": 1},
        [word(2750), word(250), word(300)],
        [("level", 250, GOOD), ("distance", 2750, GOOD), ("height", 300, GOOD)],
    ),
    (
        {"address": 1},
        [word(2750), word(0), word(0)],
        [("level", None, DEVICE_FAULT), ("distance", 2750, GOOD), ("height", 0, GOOD)],
    ),
)


def twin(log):
    values = (("distance", 2750), ("level", 250), ("height", 300))
    signals = {name: Signal(Dice(1), value, 0, value, value) for name, value in values}
    return hlk_ld8001h.Twin(1, signals, log)


def test_level_needs_a_height():
    for options, replies, expected in CASES:
        readings = read_with(load(MODEL)(options), replies)
        assert [(r.name, r.value, r.quality) for r in readings] == expected, readings
