"""DL/T 645-2007 against captured and printed frames."""

from agent.drivers import load
from agent.errors import AgentError, BadChecksum, NoReply, Refused
from agent.protocols import dlt645
from agent.reading import DEVICE_FAULT, GOOD
from simulators.world.dice import Dice
from simulators.world.sensors.dlt645_meter import Twin
from simulators.world.signal import Signal
from tests.shared.vectors import frame, octets, published, read_with, three_ways

MODEL = "dlt645-meter"
METER = dlt645.address(161)


def reply(identifier, data):
    return dlt645.frame(METER, 0x91, dlt645.identifier(identifier) + data)


CASES = (
    (
        {"meter": 161},
        [
            reply(0x00010000, b"\x26\x06\x21\x20"),
            frame("d07-005")[1],
            frame("d07-006")[1],
            reply(0x02030000, b"\x03\x50\x80"),
            reply(0x02060000, b"\x85\x09"),
        ],
        [
            ("energy", 20210626, GOOD),
            ("voltage", 1001, GOOD),
            ("current", 4999, GOOD),
            ("power", -5003, GOOD),
            ("power_factor", 985, GOOD),
        ],
    ),
)


def twin(log):
    values = (
        ("energy", 1234567),
        ("voltage", 2301),
        ("current", 12345),
        ("power", -28000),
        ("power_factor", 985),
    )
    signals = {name: Signal(Dice(1), value, 0, value, value) for name, value in values}
    return Twin(161, signals, log)


def test_captured_replies():
    options, replies, expected = CASES[0]
    readings = read_with(load(MODEL)(options), replies)
    assert [(r.name, r.value, r.quality) for r in readings] == expected
    replies = [replies[0], reply(0x02010100, b"\xff\xff")] + replies[2:]
    assert read_with(load(MODEL)(options), replies)[1].quality == DEVICE_FAULT


def test_every_published_exchange():
    exchanges = 0
    for entry in published():
        request, response = octets(entry["request_hex"]), octets(entry["response_hex"])
        if entry["protocol"] != "dlt645-2007" or not request or not response:
            continue
        request = request[request.find(b"\x68") :]
        data = bytes([byte - 0x33 & 0xFF for byte in request[10:-2]])
        asked = (request[1:7], request[8], data)
        assert dlt645.frame(*asked) == request, entry["id"]
        answer = three_ways(lambda asked=asked: dlt645.MeterReceiver(*asked), response)
        assert answer, entry["id"]
        exchanges += 1
    assert exchanges >= 6, exchanges


def test_the_address_is_asked_for_where_it_is_not_known():
    script = load(MODEL)({}).read()
    data, receiver = next(script).open("rtu", 0)
    request, response, _ = frame("d07-011")
    assert data == request
    meter = receiver.feed(response)
    assert meter == dlt645.address(1)
    asked = script.send(meter)
    assert asked.open("rtu", 0)[0][5:11] == meter
    script.close()


def test_the_request_that_is_wrong_as_printed_is_no_frame():
    receiver = dlt645.MeterReceiver(dlt645.ANYONE, dlt645.READ, b"")
    assert receiver.feed(frame("d07-016")[0]) is None
    assert isinstance(receiver.verdict(), BadChecksum)


def test_refusal_echo_and_another_meter():
    asked = (METER, dlt645.READ, dlt645.identifier(0x02010100))
    receiver = dlt645.MeterReceiver(*asked)
    try:
        receiver.feed(dlt645.frame(METER, 0xD1, b"\x02"))
    except Refused as error:
        assert error.code == 2
    else:
        raise AssertionError("no refusal")
    receiver = dlt645.MeterReceiver(*asked)
    assert receiver.feed(receiver.sent) is None and receiver.echoes == 1
    assert isinstance(receiver.verdict(), NoReply)
    other = dlt645.frame(dlt645.address(162), 0x91, asked[2] + b"\x01\x10")
    assert receiver.feed(other) is None and receiver.foreign == 1


def test_random_bytes_raise_nothing_else():
    dice = Dice(6)
    for _ in range(300):
        receiver = dlt645.MeterReceiver(dlt645.ANYONE, dlt645.READ, b"")
        try:
            receiver.feed(b"\x68" + dice.take(6) + b"\x68" + dice.take(dice.below(40)))
            receiver.verdict()
        except AgentError:
            pass
