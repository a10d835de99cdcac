"""The RS-FSXCS: what is not fitted, the two variants and the two scales of wind."""

from agent.drivers import load
from agent.protocols import modbus
from agent.reading import GOOD, NOT_FITTED
from simulators.world.dice import Dice
from simulators.world.sensors import renke_fsxcs
from simulators.world.signal import Signal
from tests.shared.vectors import read_with

MODEL = "renke-fsxcs"
FULL = (31, 2, 3, 135, 655, 0xFFCE, 583, 12, 34, 1003, 1, 0x86A0, 1001, 5, 0, 412)
EMPTY = (0, 0, 0, 0, 0, 0, 300, 0, 0, 0, 0, 0, 0, 0, 0, 0)
TAIL = (
    ("wind_direction", 135, GOOD),
    ("humidity", 655, GOOD),
    ("temperature", -50, GOOD),
    ("noise", 583, GOOD),
    ("pm10", 34, GOOD),
    ("pressure", 1003, GOOD),
    ("illuminance", 100000, GOOD),
    ("rain", 5, GOOD),
    ("solar", 412, GOOD),
)


def reply(words):
    return modbus.rtu_frame(1, b"\x03\x20" + b"".join([w.to_bytes(2, "big") for w in words]))


CASES = (
    (
        {"address": 1, "air": "pm25", "wind": "1/10"},
        [reply(FULL)],
        [("wind_speed", 31, GOOD), ("pm25", 12, GOOD)] + list(TAIL),
    ),
    (
        {"address": 1, "air": "co2", "wind": "1/100"},
        [reply(FULL)],
        [("wind_speed", 31, GOOD), ("co2", 12, GOOD)] + list(TAIL),
    ),
)


def twin(log):
    values = [(name, value) for name, value, _ in TAIL] + [("wind_speed", 31), ("pm25", 12)]
    signals = {name: Signal(Dice(1), value, 0, value, value) for name, value in values}
    return renke_fsxcs.Twin(1, signals, log)


def test_variants():
    for options, replies, expected in CASES:
        readings = read_with(load(MODEL)(options), replies)
        assert [(r.name, r.value, r.quality) for r in readings] == expected, readings
    assert load(MODEL)(CASES[0][0]).channels[0].exponent == -1
    assert load(MODEL)(CASES[1][0]).channels[0].exponent == -2


def test_what_is_not_fitted_is_no_measurement():
    readings = read_with(load(MODEL)(CASES[1][0]), [reply(EMPTY)])
    absent = sorted([r.name for r in readings if r.quality == NOT_FITTED])
    assert absent == ["co2", "humidity", "noise", "pressure"]
