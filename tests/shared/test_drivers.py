"""Drivers against published bytes, their twins, and what devices really send."""

from agent.drivers import load
from agent.errors import AgentError, BadChecksum, NoReply, Refused, WrongReply
from agent.protocols import modbus
from agent.reading import DEVICE_FAULT, GOOD, OUT_OF_RANGE
from simulators.world.dice import Dice
from simulators.world.sensors import (
    dyp_ultrasonic,
    fukaite_gas,
    plantower_pms5003,
    winsen_ze07,
    witmotion_tilt,
)
from simulators.world.signal import Signal
from tests.shared.vectors import frame, octets, published, read_with, three_ways


def still(value):
    return Signal(Dice(1), value, 0, -1000000, 1000000)


def values(readings):
    return [(reading.name, reading.value, reading.quality) for reading in readings]


def rtu(unit, words, function=3):
    data = b"".join([(word & 0xFFFF).to_bytes(2, "big") for word in words])
    return modbus.rtu_frame(unit, bytes((function, len(data))) + data)


def test_dyp_published_distance_and_temperature():
    driver = load("dyp-ultrasonic")({"address": 1, "mount": 3200})
    request, distance, _ = frame("mb-001")
    _, temperature, _ = frame("mb-003")
    script = driver.read()
    assert next(script).open("rtu", 0)[0] == request
    script.close()
    readings = read_with(driver, [distance, temperature])
    assert values(readings) == [
        ("level", 3200 - 754, GOOD),
        ("distance", 754, GOOD),
        ("temperature", 300, GOOD),
    ]
    assert readings[0].unit == "m" and readings[0].exponent == -3


def test_dyp_without_echo_is_out_of_range_and_never_a_safe_level():
    driver = load("dyp-ultrasonic")({"address": 1, "mount": 3200})
    for distance in (0, 100, 7600, 0xFFFF):
        readings = read_with(driver, [rtu(1, [distance]), rtu(1, [215])])
        assert readings[0].quality == readings[1].quality == OUT_OF_RANGE, distance


def test_ze07_published_upload():
    _, response, entry = frame("ff9-021")
    readings = read_with(load("winsen-ze07")({}), [response])
    assert values(readings) == [("co", 5, GOOD)]
    assert entry["decoded"]["co_ppm"] == 0.5
    assert read_with(load("winsen-ze07")({}), [upload(65000)])[0].quality == OUT_OF_RANGE
    assert read_with(load("winsen-ze07")({}), [upload(5, decimals=9)])[0].quality == DEVICE_FAULT


def upload(value, decimals=1):
    data = bytes((0xFF, 4, 3, decimals, value >> 8, value & 0xFF, 0x13, 0x88))
    return data + bytes((-sum(data[1:]) & 0xFF,))


def test_pms5003_published_captures():
    for name in ("pms-003", "pms-005", "pms-006", "pms-008", "pms-010"):
        _, response, entry = frame(name)
        readings = read_with(load("plantower-pms5003")({}), [response])
        decoded = entry["decoded"]
        expected = [decoded["pm1"], decoded["pm25"], decoded["pm10"]]
        assert [reading.value for reading in readings] == expected, name


def test_pms5003_error_code_is_a_fault():
    _, response, _ = frame("pms-003")
    broken = bytearray(response)
    broken[29] = 1
    broken[30:] = sum(broken[:30]).to_bytes(2, "big")
    readings = read_with(load("plantower-pms5003")({}), [bytes(broken)])
    assert [reading.quality for reading in readings] == [DEVICE_FAULT] * 3


def test_witmotion_low_word_first_and_signed():
    driver = load("witmotion-tilt")({"address": 0x50})
    script = driver.read()
    request = next(script).open("rtu", 0)[0]
    script.close()
    assert request[:6] == bytes.fromhex("5003003d0004")
    roll, pitch = 12345, -70001 & 0xFFFFFFFF
    words = [roll & 0xFFFF, roll >> 16, pitch & 0xFFFF, pitch >> 16]
    assert values(read_with(driver, [rtu(0x50, words)])) == [
        ("roll", 12345, GOOD),
        ("pitch", -70001, GOOD),
    ]
    assert read_with(driver, [rtu(0x50, [0xFFFF, 0x7FFF, 0, 0])])[0].quality == OUT_OF_RANGE


def test_fukaite_decimals_and_oxygen():
    driver = load("fukaite-gas")({"address": 1, "gas": "co"})
    assert not driver.proven
    assert read_with(driver, [rtu(1, [123]), rtu(1, [1])])[0].value == 1230
    assert read_with(driver, [rtu(1, [123]), rtu(1, [3])])[0].value == 12
    assert read_with(driver, [rtu(1, [123]), rtu(1, [9])])[0].quality == DEVICE_FAULT
    oxygen = load("fukaite-gas")({"address": 1, "gas": "o2"})
    assert read_with(oxygen, [rtu(1, [2090])])[0].value == 2090


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


def test_twins_speak_what_their_drivers_read():
    log = []

    def seen(channel, now, value):
        log.append((channel, value))

    water = {"level": still(40), "temperature": still(211)}
    pairs = (
        ("dyp-ultrasonic", dyp_ultrasonic.Twin(1, water, seen)),
        ("fukaite-gas", fukaite_gas.Twin(1, {"co": still(250)}, seen)),
        ("witmotion-tilt", witmotion_tilt.Twin(1, {"roll": still(-5), "pitch": still(7)}, seen)),
        ("plantower-pms5003", plantower_pms5003.Twin(
            {"pm1": still(1), "pm25": still(2), "pm10": still(3)}, seen)),
    )  # fmt: skip
    for model, twin in pairs:
        log.clear()
        driver = load(model)({"address": 1, "mount": 3200, "gas": "co"})
        script = driver.read()
        asked = next(script)
        try:
            while True:
                data, receiver = asked.open("rtu", 0)
                asked = script.send(receiver.feed(twin.receive(data, 1000)))
        except StopIteration as end:
            readings = end.value
        got = sorted([(reading.name, reading.value) for reading in readings])
        assert got == sorted(log), (model, got, log)


def test_the_streaming_twin_uploads_once_a_second():
    twin = winsen_ze07.Twin({"co": still(12)}, lambda *_: None)
    frames = [twin.tick(now) for now in range(0, 5000, 10)]
    sent = [data for data in frames if data]
    assert 4 <= len(sent) <= 6
    assert read_with(load("winsen-ze07")({}), [sent[0]])[0].value == 12


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
