"""The MH-Z19B against its captured replies."""

from agent.drivers import load
from agent.errors import BadChecksum
from agent.reading import GOOD, OUT_OF_RANGE
from simulators.world.dice import Dice
from simulators.world.sensors.winsen_mhz19b import Twin
from simulators.world.signal import Signal
from tests.shared.vectors import frame, read_with

MODEL = "winsen-mhz19b"
REQUEST, REPLY, _ = frame("ff9-001")
CASES = (
    ({}, [REPLY], [("co2", 636, GOOD)]),
    ({}, [frame("ff9-003")[1]], [("co2", 633, GOOD)]),
    ({}, [bytes.fromhex("ff86271042000000") + b"\x01"], [("co2", 10000, OUT_OF_RANGE)]),
)


def twin(log):
    return Twin({"co2": Signal(Dice(1), 777, 0, 777, 777)}, log)


def test_captured_replies_and_over_range():
    for options, replies, expected in CASES:
        readings = read_with(load(MODEL)(options), replies)
        assert [(r.name, r.value, r.quality) for r in readings] == expected


def test_it_only_ever_reads_and_warms_up():
    driver = load(MODEL)({})
    script = driver.read()
    asked = next(script)
    script.close()
    assert asked.open("rtu", 0)[0] == REQUEST
    assert driver.warm_up_ms == 180000


def test_a_damaged_reply_is_refused():
    script = load(MODEL)({}).read()
    receiver = next(script).open("rtu", 0)[1]
    assert receiver.feed(REQUEST + REPLY[:8] + b"\x00") is None
    assert isinstance(receiver.verdict(), BadChecksum)
