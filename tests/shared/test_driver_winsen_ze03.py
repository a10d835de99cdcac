"""The ZE03 family: scale and range by gas. The replies are made up by the published protocol."""

from agent.drivers import load
from agent.errors import BadChecksum
from agent.reading import GOOD, OUT_OF_RANGE
from simulators.world.dice import Dice
from simulators.world.sensors.winsen_ze03 import Twin
from simulators.world.signal import Signal
from tests.shared.vectors import frame, read_with

MODEL = "winsen-ze03"


def reply(value):
    data = bytes((0xFF, 0x86, value >> 8, value & 0xFF, 0, 0, 0, 0))
    return data + bytes((-sum(data[1:]) & 0xFF,))


CASES = (
    ({"gas": "co"}, [reply(12)], [("co", 12, GOOD)]),
    ({"gas": "h2s"}, [reply(101)], [("h2s", 101, OUT_OF_RANGE)]),
    ({"gas": "o2"}, [reply(209)], [("o2", 209, GOOD)]),
    ({"gas": "no2"}, [reply(201)], [("no2", 201, OUT_OF_RANGE)]),
)


def twin(log):
    return Twin({"co": Signal(Dice(1), 300, 0, 300, 300)}, log)


def test_range_by_gas_keeps_the_value():
    for options, replies, expected in CASES:
        readings = read_with(load(MODEL)(options), replies)
        assert [(r.name, r.value, r.quality) for r in readings] == expected


def test_scale_by_gas():
    units = [("co", "ppm", 0), ("nh3", "ppm", 0), ("so2", "ppm", -1), ("o2", "%", -1)]
    for gas, unit, exponent in units:
        channel = load(MODEL)({"gas": gas}).channels[0]
        assert (channel.name, channel.unit, channel.exponent) == (gas, unit, exponent)


def test_it_sends_the_read_and_no_mode_or_calibration():
    driver = load(MODEL)({})
    script = driver.read()
    sent = next(script).open("rtu", 0)[0]
    script.close()
    assert sent == frame("ff9-001")[0]
    for name in ("ff9-004", "ff9-005", "ff9-011", "ff9-012"):
        assert sent != frame(name)[0]
    assert not driver.proven


def test_a_damaged_reply_is_refused():
    script = load(MODEL)({}).read()
    receiver = next(script).open("rtu", 0)[1]
    assert receiver.feed(reply(12)[:8] + b"\x00") is None
    assert isinstance(receiver.verdict(), BadChecksum)
