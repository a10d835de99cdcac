"""The ZC05: its replies are made up by the published use of it."""

from agent.drivers import load
from agent.reading import GOOD, OUT_OF_RANGE
from simulators.world.dice import Dice
from simulators.world.sensors.winsen_zc05 import Twin
from simulators.world.signal import Signal
from tests.shared.vectors import frame, read_with

MODEL = "winsen-zc05"
CASES = (
    ({}, [bytes.fromhex("ff8604b000000000c6")], [("ch4", 1200, GOOD)]),
    # 25 %LEL are the end: more is not good, and not hidden.
    ({}, [bytes.fromhex("ff8631380000000011")], [("ch4", 12600, OUT_OF_RANGE)]),
)


def twin(log):
    return Twin({"ch4": Signal(Dice(1), 2500, 0, 2500, 2500)}, log)


def test_replies():
    for options, replies, expected in CASES:
        readings = read_with(load(MODEL)(options), replies)
        assert [(r.name, r.value, r.quality) for r in readings] == expected


def test_it_only_ever_reads():
    script = load(MODEL)({}).read()
    assert next(script).open("rtu", 0)[0] == frame("ff9-001")[0]
    script.close()
