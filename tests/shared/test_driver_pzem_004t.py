"""The PZEM-004T against its captured exchange."""

from agent.drivers import load
from agent.reading import GOOD
from simulators.world.dice import Dice
from simulators.world.sensors.pzem_004t import Twin
from simulators.world.signal import Signal
from tests.shared.vectors import frame, read_with

MODEL = "pzem-004t"
REQUEST, REPLY, _ = frame("mb-046")
CASES = (
    (
        {"address": 0xF8},
        [REPLY],
        [
            ("voltage", 2259, GOOD),
            ("current", 35, GOOD),
            ("power", 5, GOOD),
            ("energy", 2, GOOD),
            ("frequency", 501, GOOD),
            ("power_factor", 6, GOOD),
            ("alarm", 0, GOOD),
        ],
    ),
)


def twin(log):
    values = (
        ("voltage", 2259),
        ("current", 70001),
        ("power", 158000),
        ("energy", 123456),
        ("frequency", 500),
        ("power_factor", 98),
        ("alarm", 0),
    )
    signals = {name: Signal(Dice(1), value, 0, value, value) for name, value in values}
    return Twin(1, signals, log)


def test_captured_exchange():
    options, replies, expected = CASES[0]
    driver = load(MODEL)(options)
    script = driver.read()
    assert next(script).open("rtu", 0)[0] == REQUEST
    script.close()
    readings = read_with(driver, replies)
    assert [(r.name, r.value, r.quality) for r in readings] == expected
