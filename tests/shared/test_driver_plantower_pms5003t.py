"""The PMS5003T against its captured frame."""

from agent.drivers import load
from agent.reading import DEVICE_FAULT, GOOD
from simulators.world.dice import Dice
from simulators.world.sensors.plantower_pms5003t import Twin
from simulators.world.signal import Signal
from tests.shared.vectors import frame, read_with

MODEL = "plantower-pms5003t"
FRAME = frame("pms-012")[1]
CASES = (
    (
        {},
        [FRAME],
        [
            ("pm1", 22, GOOD),
            ("pm25", 35, GOOD),
            ("pm10", 41, GOOD),
            ("temperature", 212, GOOD),
            ("humidity", 224, GOOD),
        ],
    ),
)


def twin(log):
    values = (("pm1", 3), ("pm25", 9), ("pm10", 12), ("temperature", -105), ("humidity", 655))
    return Twin({name: Signal(Dice(1), value, 0, value, value) for name, value in values}, log)


def changed(at, data):
    body = bytearray(FRAME[:30])
    body[at : at + len(data)] = data
    return bytes(body) + sum(body).to_bytes(2, "big")


def test_captured_frame():
    options, replies, expected = CASES[0]
    readings = read_with(load(MODEL)(options), replies)
    assert [(r.name, r.value, r.quality) for r in readings] == expected


def test_below_zero():
    assert read_with(load(MODEL)({}), [changed(24, b"\xff\x38")])[3].value == -200


def test_error_code_is_a_fault():
    readings = read_with(load(MODEL)({}), [changed(29, b"\x01")])
    assert [reading.quality for reading in readings] == [DEVICE_FAULT] * 5
