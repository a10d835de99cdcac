"""The SDM630: the published voltage, and the manual's table."""

from agent.drivers import load
from agent.protocols.modbus import rtu_frame
from agent.reading import GOOD
from simulators.world.dice import Dice
from simulators.world.sensors.eastron_sdm120 import single
from simulators.world.sensors.eastron_sdm630 import Twin
from simulators.world.signal import Signal
from tests.shared.vectors import frame, read_with

MODEL = "eastron-sdm630"
VOLTAGE = frame("mb-015")[1][3:7]


def reply(*singles):
    data = b"".join(singles)
    return rtu_frame(1, bytes((4, len(data))) + data)


def bits(value, exponent):
    return single(value, exponent).to_bytes(4, "big")


CASES = (
    (
        {"address": 1},
        [
            reply(VOLTAGE, VOLTAGE, VOLTAGE, bits(1, 0), bits(2, 0), bits(3, 0)),
            reply(bits(-1380, 0)),
            reply(bits(98, -2)),
            reply(bits(50, 0), bits(123456, -2)),
        ],
        [
            ("voltage_1", 2302, GOOD),
            ("voltage_2", 2302, GOOD),
            ("voltage_3", 2302, GOOD),
            ("current_1", 1000, GOOD),
            ("current_2", 2000, GOOD),
            ("current_3", 3000, GOOD),
            ("power", -13800, GOOD),
            ("power_factor", 980, GOOD),
            ("frequency", 5000, GOOD),
            ("energy", 123456, GOOD),
        ],
    ),
)


def twin(log):
    values = [(name, value) for name, value, _ in CASES[0][2]]
    signals = {name: Signal(Dice(1), value, 0, value, value) for name, value in values}
    return Twin(1, signals, log)


def test_the_table():
    options, replies, expected = CASES[0]
    readings = read_with(load(MODEL)(options), replies)
    assert [(r.name, r.value, r.quality) for r in readings] == expected
