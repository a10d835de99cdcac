"""The PMS3003 against its captured frame; its sister's frame is not taken for its own."""

from agent.drivers import load
from agent.reading import GOOD
from simulators.world.dice import Dice
from simulators.world.sensors.plantower_pms3003 import Twin
from simulators.world.signal import Signal
from tests.shared.vectors import frame, read_with

MODEL = "plantower-pms3003"
CASES = (
    (
        {},
        [frame("pms-013")[1]],
        [("pm1", 1, GOOD), ("pm25", 1, GOOD), ("pm10", 1, GOOD)],
    ),
)


def twin(log):
    values = (("pm1", 3), ("pm25", 9), ("pm10", 12))
    return Twin({name: Signal(Dice(1), value, 0, value, value) for name, value in values}, log)


def test_captured_frame():
    options, replies, expected = CASES[0]
    readings = read_with(load(MODEL)(options), replies)
    assert [(r.name, r.value, r.quality) for r in readings] == expected


def test_the_frame_of_a_pms5003_is_not_taken():
    script = load(MODEL)({}).read()
    receiver = next(script).open("rtu", 0)[1]
    assert receiver.feed(frame("pms-003")[1]) is None


def test_the_twin_uploads():
    sent = [twin(lambda *_: None).tick(0)]
    assert [r.value for r in read_with(load(MODEL)({}), sent)] == [3, 9, 12]
