"""The PMS5003 against captured frames."""

from agent.drivers import load
from agent.reading import DEVICE_FAULT, GOOD
from simulators.world.sensors.plantower_pms5003 import Twin
from tests.shared.vectors import frame, read_with, still

MODEL = "plantower-pms5003"


def case(name):
    _, reply, entry = frame(name)
    values = entry["decoded"]
    return {}, [reply], [(part, values[part], GOOD) for part in ("pm1", "pm25", "pm10")]


CASES = tuple([case(name) for name in ("pms-003", "pms-005", "pms-006", "pms-008", "pms-010")])


def twin(log):
    return Twin({"pm1": still(1), "pm25": still(2), "pm10": still(3)}, log)


def test_pms5003_published_captures():
    for name in ("pms-003", "pms-005", "pms-006", "pms-008", "pms-010"):
        _, response, entry = frame(name)
        readings = read_with(load("plantower-pms5003")({}), [response])
        decoded = entry["decoded"]
        expected = [decoded["pm1"], decoded["pm25"], decoded["pm10"]]
        assert [reading.value for reading in readings] == expected, name


def test_pms5003_error_code_is_a_fault():
    _, response, _ = frame("pms-003")
    broken = bytearray(response)
    broken[29] = 1
    broken[30:] = sum(broken[:30]).to_bytes(2, "big")
    readings = read_with(load("plantower-pms5003")({}), [bytes(broken)])
    assert [reading.quality for reading in readings] == [DEVICE_FAULT] * 3
