"""The CWT soil sensor against its captured exchange."""

from agent.drivers import load
from agent.protocols.modbus import rtu_frame
from agent.reading import GOOD, OUT_OF_RANGE
from simulators.world.dice import Dice
from simulators.world.sensors.cwt_soil import Twin
from simulators.world.signal import Signal
from tests.shared.vectors import frame, read_with

MODEL = "cwt-soil"
REQUEST, REPLY, _ = frame("mb-011")
CASES = (
    (
        {"address": 1},
        [REPLY],
        [("moisture", 0, GOOD), ("temperature", 201, GOOD), ("conductivity", 0, GOOD)],
    ),
    (
        {"address": 1},
        [rtu_frame(1, bytes.fromhex("0306 03e9 ffce 01f4"))],
        [("moisture", 1001, OUT_OF_RANGE), ("temperature", -50, GOOD), ("conductivity", 500, GOOD)],
    ),
)


def twin(log):
    values = (("moisture", 312), ("temperature", -15), ("conductivity", 845))
    signals = {name: Signal(Dice(1), value, 0, value, value) for name, value in values}
    return Twin(1, signals, log)


def test_captured_exchange():
    driver = load(MODEL)({"address": 1})
    script = driver.read()
    assert next(script).open("rtu", 0)[0] == REQUEST
    script.close()
    for options, replies, expected in CASES:
        readings = read_with(load(MODEL)(options), replies)
        assert [(r.name, r.value, r.quality) for r in readings] == expected
