"""The TB600 against its published replies: where the value stands, and its full scale."""

from agent.drivers import load
from agent.reading import GOOD, OUT_OF_RANGE
from simulators.world.dice import Dice
from simulators.world.sensors.ecsense_tb600 import Twin
from simulators.world.signal import Signal
from tests.shared.vectors import frame, read_with

MODEL = "ecsense-tb600"
REQUEST, REPLY, _ = frame("ff9-014")


def reply(full_scale, value):
    data = b"\xff\x86\x00\x00" + full_scale.to_bytes(2, "big") + value.to_bytes(2, "big")
    return data + bytes((-sum(data[1:]) & 0xFF,))


CASES = (
    ({"gas": "co", "decimals": 1}, [REPLY], [("co", 10000, GOOD)]),
    # The maker's example of a checksum names no full scale: never good.
    ({"gas": "co", "decimals": 0}, [frame("ff9-015")[1]], [("co", 32, OUT_OF_RANGE)]),
    ({"gas": "co", "decimals": 1}, [reply(1000, 10001)], [("co", 10001, OUT_OF_RANGE)]),
    ({"gas": "h2s", "decimals": 2}, [reply(100, 10000)], [("h2s", 10000, GOOD)]),
)


def twin(log):
    return Twin({"co": Signal(Dice(1), 123, 0, 123, 123)}, log)


def test_value_in_bytes_six_and_seven_against_its_full_scale():
    for options, replies, expected in CASES:
        readings = read_with(load(MODEL)(options), replies)
        assert [(r.name, r.value, r.quality) for r in readings] == expected
        assert readings[0].exponent == -options["decimals"]


def test_it_sends_no_mode_command():
    script = load(MODEL)({}).read()
    sent = next(script).open("rtu", 0)[0]
    script.close()
    assert sent == REQUEST
    for name in ("ff9-016", "ff9-017", "ff9-020"):
        assert sent != frame(name)[0]
