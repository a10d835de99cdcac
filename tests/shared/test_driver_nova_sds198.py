"""The SDS198 against its captured frame."""

from agent.drivers import load
from agent.reading import GOOD
from simulators.world.dice import Dice
from simulators.world.sensors.nova_sds198 import Twin
from simulators.world.signal import Signal
from tests.shared.vectors import frame, read_with

MODEL = "nova-sds198"
CASES = (({}, [frame("sds-015")[1]], [("pm100", 16, GOOD)]),)


def twin(log):
    return Twin({"pm100": Signal(Dice(1), 1234, 0, 1234, 1234)}, log)


def test_captured_frame():
    options, replies, expected = CASES[0]
    readings = read_with(load(MODEL)(options), replies)
    assert [(r.name, r.value, r.quality) for r in readings] == expected


def test_the_frame_of_an_sds011_is_not_taken():
    script = load(MODEL)({}).read()
    receiver = next(script).open("rtu", 0)[1]
    assert receiver.feed(frame("sds-014")[1]) is None


def test_the_twin_uploads():
    sent = [twin(lambda *_: None).tick(0)]
    assert [r.value for r in read_with(load(MODEL)({}), sent)] == [1234]
