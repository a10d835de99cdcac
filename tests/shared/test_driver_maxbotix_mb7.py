"""MaxBotix range finders: the ASCII frame, and no target."""

from agent.drivers import load
from agent.reading import DEVICE_FAULT, GOOD, OUT_OF_RANGE
from simulators.world.dice import Dice
from simulators.world.sensors import maxbotix_mb7
from simulators.world.signal import Signal
from tests.shared.vectors import read_with

MODEL = "maxbotix-mb7"
CASES = (
    ({}, [b"R1234\r"], [("distance", 1234, GOOD)]),
    ({"mount": 3000}, [b"R1234\r"], [("level", 1766, GOOD), ("distance", 1234, GOOD)]),
    (
        {"mount": 3000},
        [b"R5000\r"],
        [("level", None, DEVICE_FAULT), ("distance", None, DEVICE_FAULT)],
    ),
    (
        {"mount": 3000},
        [b"R0200\r"],
        [("level", 2800, OUT_OF_RANGE), ("distance", 200, OUT_OF_RANGE)],
    ),
    ({"range": "10 m"}, [b"R5000\r"], [("distance", 5000, GOOD)]),
    ({"range": "10 m"}, [b"R9999\r"], [("distance", None, DEVICE_FAULT)]),
)


def twin(log):
    return maxbotix_mb7.Twin({"distance": Signal(Dice(1), 2345, 0, 2345, 2345)}, log)


def test_ranges_and_no_target():
    for options, replies, expected in CASES:
        readings = read_with(load(MODEL)(options), replies)
        assert [(r.name, r.value, r.quality) for r in readings] == expected, readings


def test_letters_are_no_range():
    receiver = next(load(MODEL)({}).read()).open("rtu", 0)[1]
    assert receiver.feed(b"R12x4\r") is None
    assert receiver.feed(b"R1234\r") == b"R1234\r"


def test_twin_says_what_it_feels():
    assert read_with(load(MODEL)({}), [twin(lambda *_: None).tick(0)])[0].value == 2345
