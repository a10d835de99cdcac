"""The DYP UART ultrasonic against its printed frame."""

from agent.drivers import load
from agent.reading import GOOD, OUT_OF_RANGE
from simulators.world.dice import Dice
from simulators.world.sensors import dyp_uart
from simulators.world.signal import Signal
from tests.shared.vectors import frame, read_with

MODEL = "dyp-uart"
_, UPLOAD, _ = frame("ff4-001")
CASES = (
    ({}, [UPLOAD], [("distance", 1953, GOOD)]),
    ({"mount": 2000}, [UPLOAD], [("level", 47, GOOD), ("distance", 1953, GOOD)]),
    (
        {"mount": 2000},
        [b"\xff\x00\x00\xff"],
        [("level", 2000, OUT_OF_RANGE), ("distance", 0, OUT_OF_RANGE)],
    ),
)


def twin(log):
    return dyp_uart.Twin({"distance": Signal(Dice(1), 1234, 0, 1234, 1234)}, log)


def test_printed_upload_and_level():
    for options, replies, expected in CASES:
        readings = read_with(load(MODEL)(options), replies)
        assert [(r.name, r.value, r.quality) for r in readings] == expected, readings


def test_a_wrong_sum_is_no_frame():
    receiver = next(load(MODEL)({}).read()).open("rtu", 0)[1]
    assert receiver.feed(UPLOAD[:3] + b"\xa8") is None
    assert receiver.feed(UPLOAD) == UPLOAD


def test_twin_uploads_what_it_feels():
    upload = twin(lambda *_: None).tick(0)
    assert read_with(load(MODEL)({}), [upload])[0].value == 1234
