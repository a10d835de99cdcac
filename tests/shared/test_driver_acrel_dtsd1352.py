"""The DTSD1352: energy, and the ratios of its transformers. The replies are made up."""

from agent.drivers import load
from agent.protocols.modbus import rtu_frame
from agent.reading import GOOD
from simulators.world.dice import Dice
from simulators.world.sensors.acrel_dtsd1352 import Twin
from simulators.world.signal import Signal
from tests.shared.vectors import read_with

MODEL = "acrel-dtsd1352"
REPLY = rtu_frame(1, bytes.fromhex("0304 0001 e240"))
CASES = (
    ({"address": 1}, [REPLY], [("energy", 123456, GOOD)]),
    ({"address": 1, "ct": 40, "pt": 10}, [REPLY], [("energy", 49382400, GOOD)]),
)


def twin(log):
    return Twin(1, {"energy": Signal(Dice(1), 1234567, 0, 1234567, 1234567)}, log)


def test_the_ratios():
    for options, replies, expected in CASES:
        readings = read_with(load(MODEL)(options), replies)
        assert [(r.name, r.value, r.quality) for r in readings] == expected
