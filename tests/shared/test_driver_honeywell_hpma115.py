"""The HPMA115C0 against its captured reply."""

from agent.drivers import load
from agent.errors import BadChecksum
from agent.reading import GOOD
from simulators.world.dice import Dice
from simulators.world.sensors.honeywell_hpma115 import Twin
from simulators.world.signal import Signal
from tests.shared.vectors import frame, read_with

MODEL = "honeywell-hpma115"
REPLY = frame("hp-001")[1]
CASES = (
    ({}, [REPLY], [("pm1", 4, GOOD), ("pm25", 7, GOOD), ("pm4", 9, GOOD), ("pm10", 23, GOOD)]),
)


def twin(log):
    values = (("pm1", 3), ("pm25", 9), ("pm4", 10), ("pm10", 300))
    return Twin({name: Signal(Dice(1), value, 0, value, value) for name, value in values}, log)


def test_captured_reply():
    options, replies, expected = CASES[0]
    readings = read_with(load(MODEL)(options), replies)
    assert [(r.name, r.value, r.quality) for r in readings] == expected


def test_a_damaged_reply_is_refused():
    script = load(MODEL)({}).read()
    receiver = next(script).open("rtu", 0)[1]
    assert receiver.feed(REPLY[:15] + b"\x85") is None
    assert isinstance(receiver.verdict(), BadChecksum)
