"""The NHZD210: scale and range."""

from agent.drivers import load
from agent.protocols import modbus
from agent.reading import GOOD, OUT_OF_RANGE
from simulators.world.dice import Dice
from simulators.world.sensors import nhzd210
from simulators.world.signal import Signal
from tests.shared.vectors import read_with

MODEL = "nhzd210"


def reply(value):
    return modbus.rtu_frame(10, bytes((4, 4)) + value.to_bytes(4, "big"))


CASES = (
    ({"address": 10}, [reply(100000)], [("illuminance", 100000, GOOD)]),
    ({"address": 10}, [reply(200001)], [("illuminance", 200001, OUT_OF_RANGE)]),
)


def twin(log):
    return nhzd210.Twin(10, {"illuminance": Signal(Dice(1), 100000, 0, 100000, 100000)}, log)


def test_value_and_range():
    for options, replies, expected in CASES:
        readings = read_with(load(MODEL)(options), replies)
        assert [(r.name, r.value, r.quality) for r in readings] == expected, readings
