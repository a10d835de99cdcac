"""The QDY30A: its unit and decimals, and the option that overrules them."""

from agent.drivers import load
from agent.protocols import modbus
from agent.reading import DEVICE_FAULT, GOOD, OUT_OF_RANGE
from simulators.world.dice import Dice
from simulators.world.sensors import qdy30a
from simulators.world.signal import Signal
from tests.shared.vectors import read_with

MODEL = "qdy30a"


def reply(unit, decimals, count):
    return modbus.rtu_frame(1, bytes((3, 6, 0, unit, 0, decimals, count >> 8, count & 0xFF)))


def case(registers, value, quality, count="by register"):
    return ({"address": 1, "count": count}, [reply(*registers)], [("level", value, quality)])


CASES = (
    case((12, 3, 1234), 1234, GOOD),
    case((11, 1, 1234), 1234, GOOD),
    case((11, 0, 12), 120, GOOD),
    case((12, 4, 15), 2, GOOD),
    case((11, 0, 1234), 1234, GOOD, "1 mm"),
    case((12, 3, 0xFFFE), -2, GOOD),
    case((12, 0, 0x8000), -32768000, OUT_OF_RANGE),
    case((13, 1, 55), None, DEVICE_FAULT),
    case((12, 9, 55), None, DEVICE_FAULT),
)


def twin(log):
    return qdy30a.Twin(1, {"level": Signal(Dice(1), 873, 0, 873, 873)}, log)


def test_unit_decimals_and_option():
    for options, replies, expected in CASES:
        readings = read_with(load(MODEL)(options), replies)
        assert [(r.name, r.value, r.quality) for r in readings] == expected, (expected, readings)
