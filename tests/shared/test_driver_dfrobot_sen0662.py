"""The SEN0662: only a measuring sensor's value is good. The replies are made up by its table."""

from agent.drivers import load
from agent.protocols import modbus
from agent.reading import DEVICE_FAULT, GOOD, WARM_UP
from simulators.world.dice import Dice
from simulators.world.sensors.dfrobot_sen0662 import Twin
from simulators.world.signal import Signal
from tests.shared.vectors import read_with

MODEL = "dfrobot-sen0662"
PM1 = modbus.rtu_frame(1, bytes.fromhex("040441480000"))  # 12.5


def status(number):
    return modbus.rtu_frame(1, bytes((4, 2, 0, number)))


OPTIONS = {"address": 1}
CASES = (
    (OPTIONS, [status(3), PM1], [("status", 3, GOOD), ("pm1", 125, GOOD)]),
    (OPTIONS, [status(0), PM1], [("status", 0, GOOD), ("pm1", 125, WARM_UP)]),
    (OPTIONS, [status(5), PM1], [("status", 5, GOOD), ("pm1", None, DEVICE_FAULT)]),
)


def twin(log):
    values = (("status", 3), ("pm1", 125))
    return Twin(1, {name: Signal(Dice(1), value, 0, value, value) for name, value in values}, log)


def test_the_status_is_honoured():
    for options, replies, expected in CASES:
        readings = read_with(load(MODEL)(options), replies)
        assert [(r.name, r.value, r.quality) for r in readings] == expected


def test_it_is_unproven():
    assert not load(MODEL).proven
