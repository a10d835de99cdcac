"""What is about all drivers: every published exchange, wrong frames, noise and faults."""

from agent.drivers import load
from agent.errors import AgentError, BadChecksum, NoReply, Refused, WrongReply
from agent.protocols import modbus
from simulators.world.dice import Dice
from simulators.world.sensors import dyp_ultrasonic
from tests.shared.vectors import octets, published, rtu, still, three_ways


def test_frames_that_are_wrong_as_printed_are_refused():
    refused = 0
    for entry in published():
        response = octets(entry["response_hex"])
        if entry["crc_ok"] is not False or not response:
            continue
        if entry["protocol"] == "modbus-rtu":
            request = octets(entry["request_hex"])
            if len(request) != 8:
                continue
            receiver = modbus.RtuReceiver(request[0], request[1:6])
        elif entry["protocol"] == "plantower":
            script = load("plantower-pms5003")({}).read()
            receiver = next(script).open("rtu", 0)[1]
        else:
            continue
        try:
            assert receiver.feed(response) is None, entry["id"]
            verdict = receiver.verdict()
        except Refused as error:
            raise AssertionError((entry["id"], error))
        assert isinstance(verdict, (BadChecksum, WrongReply)), (entry["id"], verdict)
        refused += 1
    assert refused >= 5, refused


def test_every_published_modbus_exchange_is_framed_three_ways():
    exchanges = 0
    for entry in published():
        request = octets(entry["request_hex"])
        response = octets(entry["response_hex"])
        if entry["protocol"] != "modbus-rtu" or not entry["crc_ok"] or not response:
            continue
        if len(request) != 8 or modbus.crc16(request) or request[1] not in (3, 4):
            continue
        if request[0] == 0xFF or response[1] & 0x80:
            continue
        receiver_of = lambda request=request: modbus.RtuReceiver(request[0], request[1:6])  # noqa: E731
        assert three_ways(receiver_of, response) == response[1:-2], entry["id"]
        exchanges += 1
    assert exchanges >= 15, exchanges


def test_intact_replies_of_others_are_discarded():
    request = modbus.read_request(3, 0x100, 1)
    good = rtu(1, [754])
    for foreign in (rtu(2, [754]), rtu(1, [754], 4), rtu(1, [754, 1]), rtu(7, [1, 2, 3])):
        receiver = modbus.RtuReceiver(1, request)
        assert receiver.feed(foreign) is None
        assert isinstance(receiver.verdict(), WrongReply)
        assert receiver.feed(good) == good[1:-2]


def test_silence_noise_and_refusal_are_told_apart():
    request = modbus.read_request(3, 0, 1)
    assert isinstance(modbus.RtuReceiver(1, request).verdict(), NoReply)
    receiver = modbus.RtuReceiver(1, request)
    receiver.feed(b"\x01\x03\x02\x00\x05\x00\x00\x55\xaa")
    assert isinstance(receiver.verdict(), BadChecksum)
    receiver = modbus.RtuReceiver(1, request)
    try:
        receiver.feed(modbus.rtu_frame(1, b"\x83\x02"))
    except Refused as error:
        assert error.code == 2
    else:
        raise AssertionError("no refusal")


def test_the_own_echo_is_skipped():
    request = modbus.read_request(3, 0x100, 1)
    receiver = modbus.RtuReceiver(1, request)
    reply = rtu(1, [754])
    assert receiver.feed(modbus.rtu_frame(1, request) + reply) == reply[1:-2]
    assert receiver.echoes == 1


def test_random_bytes_raise_nothing_else():
    dice = Dice(4)
    for _ in range(300):
        data = dice.take(dice.below(60))
        for model in ("dyp-ultrasonic", "winsen-ze07", "plantower-pms5003", "witmotion-tilt"):
            script = load(model)({"address": 1}).read()
            receiver = next(script).open("rtu", 0)[1]
            try:
                receiver.feed(data)
                receiver.verdict()
            except AgentError:
                pass


def test_twins_can_fail():
    twin = dyp_ultrasonic.Twin(1, {"level": still(40), "temperature": still(0)}, lambda *_: None)
    request = modbus.rtu_frame(1, modbus.read_request(3, 0x100, 1))
    pdu = modbus.read_request(3, 0x100, 1)
    for fault in ("silent", "garbage", "foreign", "refuses"):
        twin.fault = fault
        receiver = modbus.RtuReceiver(1, pdu)
        try:
            assert receiver.feed(twin.receive(request, 1000)) is None, fault
        except Refused:
            assert fault == "refuses"
