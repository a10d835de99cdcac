"""The SEN0483: scale and range."""

from agent.drivers import load
from agent.protocols import modbus
from agent.reading import GOOD, OUT_OF_RANGE
from simulators.world.dice import Dice
from simulators.world.sensors import dfrobot_sen0483
from simulators.world.signal import Signal
from tests.shared.vectors import frame, read_with

MODEL = "dfrobot-sen0483"


def reply(value):
    return modbus.rtu_frame(2, bytes((3, 2)) + value.to_bytes(2, "big"))


CASES = (
    ({"address": 2}, [reply(123)], [("wind_speed", 123, GOOD)]),
    ({"address": 2}, [reply(701)], [("wind_speed", 701, OUT_OF_RANGE)]),
)


def twin(log):
    return dfrobot_sen0483.Twin(2, {"wind_speed": Signal(Dice(1), 123, 0, 123, 123)}, log)


def test_value_and_range():
    for options, replies, expected in CASES:
        readings = read_with(load(MODEL)(options), replies)
        assert [(r.name, r.value, r.quality) for r in readings] == expected, readings


def test_it_asks_what_follows_from_the_printed_query():
    asked = next(load(MODEL)({"address": 2}).read())
    assert asked.open("rtu", 0)[0] == frame("mb-074")[0]
