"""The SEN0482: scale and range."""

from agent.drivers import load
from agent.protocols import modbus
from agent.reading import GOOD, OUT_OF_RANGE
from simulators.world.dice import Dice
from simulators.world.sensors import dfrobot_sen0482
from simulators.world.signal import Signal
from tests.shared.vectors import read_with

MODEL = "dfrobot-sen0482"


def reply(value):
    return modbus.rtu_frame(2, bytes((3, 2)) + value.to_bytes(2, "big"))


CASES = (
    ({"address": 2}, [reply(2250)], [("wind_direction", 2250, GOOD)]),
    ({"address": 2}, [reply(3601)], [("wind_direction", 3601, OUT_OF_RANGE)]),
)


def twin(log):
    return dfrobot_sen0482.Twin(2, {"wind_direction": Signal(Dice(1), 2250, 0, 2250, 2250)}, log)


def test_value_and_range():
    for options, replies, expected in CASES:
        readings = read_with(load(MODEL)(options), replies)
        assert [(r.name, r.value, r.quality) for r in readings] == expected, readings
