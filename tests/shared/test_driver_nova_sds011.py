"""The SDS011 against its captured frame."""

from agent.drivers import load
from agent.reading import GOOD, OUT_OF_RANGE
from simulators.world.dice import Dice
from simulators.world.sensors.nova_sds011 import Twin
from simulators.world.signal import Signal
from tests.shared.vectors import frame, read_with

MODEL = "nova-sds011"
CASES = (
    ({}, [frame("sds-014")[1]], [("pm25", 9, GOOD), ("pm10", 9, GOOD)]),
    (
        {},
        [bytes.fromhex("aac00f27102700006dab")],
        [("pm25", 9999, GOOD), ("pm10", 10000, OUT_OF_RANGE)],
    ),
)


def twin(log):
    values = (("pm25", 123), ("pm10", 456))
    return Twin({name: Signal(Dice(1), value, 0, value, value) for name, value in values}, log)


def test_captured_frame_and_over_range():
    for options, replies, expected in CASES:
        readings = read_with(load(MODEL)(options), replies)
        assert [(r.name, r.value, r.quality) for r in readings] == expected


def test_answers_to_commands_and_the_sister_model_are_not_taken():
    for name in ("sds-002", "sds-012", "sds-015"):
        script = load(MODEL)({}).read()
        receiver = next(script).open("rtu", 0)[1]
        assert receiver.feed(frame(name)[1]) is None, name


def test_the_twin_uploads():
    sent = [twin(lambda *_: None).tick(0)]
    assert [r.value for r in read_with(load(MODEL)({}), sent)] == [123, 456]
