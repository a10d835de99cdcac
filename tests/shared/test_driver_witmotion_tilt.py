"""The inclinometer with 32-bit angles: low word first, signed."""

from agent.drivers import load
from agent.reading import GOOD, OUT_OF_RANGE
from simulators.world.sensors.witmotion_tilt import Twin
from tests.shared.vectors import read_with, rtu, still, values

MODEL = "witmotion-tilt"


CASES = (
    (
        {"address": 0x50},
        [rtu(0x50, [12345, 0, 0xEE8F, 0xFFFE])],
        [("roll", 12345, GOOD), ("pitch", -70001, GOOD)],
    ),
)


def twin(log):
    return Twin(1, {"roll": still(-5), "pitch": still(7)}, log)


def test_witmotion_low_word_first_and_signed():
    driver = load("witmotion-tilt")({"address": 0x50})
    script = driver.read()
    request = next(script).open("rtu", 0)[0]
    script.close()
    assert request[:6] == bytes.fromhex("5003003d0004")
    roll, pitch = 12345, -70001 & 0xFFFFFFFF
    words = [roll & 0xFFFF, roll >> 16, pitch & 0xFFFF, pitch >> 16]
    assert values(read_with(driver, [rtu(0x50, words)])) == [
        ("roll", 12345, GOOD),
        ("pitch", -70001, GOOD),
    ]
    assert read_with(driver, [rtu(0x50, [0xFFFF, 0x7FFF, 0, 0])])[0].quality == OUT_OF_RANGE
