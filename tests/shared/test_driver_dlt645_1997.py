"""DL/T 645-1997: the published request, and replies made up by the standard."""

from agent.drivers import load
from agent.protocols import dlt645
from agent.reading import DEVICE_FAULT, GOOD
from simulators.world.dice import Dice
from simulators.world.sensors.dlt645_1997 import Twin
from simulators.world.signal import Signal
from tests.shared.vectors import frame, read_with

MODEL = "dlt645-1997"


def number_of(request):
    return int(bytes(reversed(request[1:7])).hex())


REQUEST = frame("d97-001")[0]
METER = dlt645.address(number_of(REQUEST))


def reply(data):
    return dlt645.frame(METER, 0x81, b"\x10\x90" + data)


OPTIONS = {"meter": number_of(REQUEST)}
CASES = (
    (OPTIONS, [reply(b"\x56\x34\x12\x00")], [("energy", 123456, GOOD)]),
    (OPTIONS, [reply(b"\xff\xff\xff\xff")], [("energy", None, DEVICE_FAULT)]),
)


def twin(log):
    return Twin(number_of(REQUEST), {"energy": Signal(Dice(1), 7654321, 0, 7654321, 7654321)}, log)


def test_the_published_request():
    script = load(MODEL)(OPTIONS).read()
    sent = next(script).open("rtu", 0)[0]
    script.close()
    assert sent == dlt645.LEAD_IN + REQUEST


def test_the_replies():
    for options, replies, expected in CASES:
        readings = read_with(load(MODEL)(options), replies)
        assert [(r.name, r.value, r.quality) for r in readings] == expected


def test_a_reply_of_2007_is_another():
    script = load(MODEL)(OPTIONS).read()
    receiver = next(script).open("rtu", 0)[1]
    script.close()
    assert receiver.feed(dlt645.frame(METER, 0x91, b"\x00\x00\x01\x00\x56\x34\x12\x00")) is None
    assert receiver.foreign == 1
