"""CJ/T 188: the published exchange, whose reply is refused as it is printed."""

from agent.drivers import load
from agent.errors import BadChecksum, Refused
from agent.protocols import cjt188
from agent.reading import DEVICE_FAULT, GOOD
from simulators.world.dice import Dice
from simulators.world.sensors.cjt188_meter import Twin
from simulators.world.signal import Signal
from tests.shared.vectors import frame, read_with

MODEL = "cjt188-meter"
REQUEST, PRINTED, _ = frame("cj-001")
METER = 78330011223344
# As printed, but for the sum.
REPLY = PRINTED[:-2] + b"\x13\x16"


def reply(unit):
    data = b"\x1f\x90\x00\x00\x77\x66\x55" + bytes((unit,)) + bytes(14)
    return cjt188.frame(cjt188.GAS, cjt188.address(METER), 0x81, data)


CASES = (
    ({"meter": METER}, [REPLY], [("volume", 55667700, GOOD), ("status", 0x8421, GOOD)]),
    ({}, [REPLY], [("volume", 55667700, GOOD), ("status", 0x8421, GOOD)]),
    (
        {"meter": METER, "type": "gas"},
        [reply(0x05)],
        [("volume", None, DEVICE_FAULT), ("status", None, DEVICE_FAULT)],
    ),
)


def twin(log):
    signals = {
        "volume": Signal(Dice(1), 123456, 0, 0, 999999),
        "status": Signal(Dice(1), 1, 0, 0, 1),
    }
    return Twin(METER, signals, log)


def receiver_of(options):
    script = load(MODEL)(options).read()
    asked = next(script)
    script.close()
    return asked.open("rtu", 0)


def test_the_published_request_and_reply():
    for options, replies, expected in CASES:
        readings = read_with(load(MODEL)(options), replies)
        assert [(r.name, r.value, r.quality) for r in readings] == expected
    assert receiver_of({"meter": METER})[0] == REQUEST


def test_the_reply_that_is_wrong_as_printed_is_refused():
    receiver = receiver_of({"meter": METER})[1]
    assert receiver.feed(PRINTED) is None
    assert isinstance(receiver.verdict(), BadChecksum)


def test_another_meter_another_type_and_a_refusal():
    for other in (
        cjt188.frame(cjt188.WATER, cjt188.address(METER + 1), 0x81, REPLY[15:-2]),
        cjt188.frame(cjt188.GAS, cjt188.address(METER), 0x81, REPLY[15:-2]),
    ):
        receiver = receiver_of({"meter": METER})[1]
        assert receiver.feed(other) is None and receiver.foreign == 1
    receiver = receiver_of({"meter": METER})[1]
    try:
        receiver.feed(cjt188.frame(cjt188.WATER, cjt188.address(METER), 0xC1, b"\x00\x02"))
    except Refused:
        return
    raise AssertionError("no refusal")
