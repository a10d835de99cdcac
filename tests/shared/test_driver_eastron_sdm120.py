"""The SDM120 against its published replies."""

from agent.drivers import load
from agent.drivers.modbus_floats import float_to_int
from agent.protocols.modbus import rtu_frame
from agent.reading import DEVICE_FAULT, GOOD, OUT_OF_RANGE
from simulators.world.dice import Dice
from simulators.world.sensors.eastron_sdm120 import Twin, single
from simulators.world.signal import Signal
from tests.shared.vectors import frame, read_with

MODEL = "eastron-sdm120"


def reply(bits):
    return rtu_frame(1, b"\x04\x04" + bits.to_bytes(4, "big"))


# Frequency and energy stand side by side, and are read in one request.
BOTH = rtu_frame(1, b"\x04\x08" + single(4998, -2).to_bytes(4, "big") + b"\x42\xf6\xe9\x79")
REPLIES = [
    frame("mb-015")[1],
    reply(single(1752, -3)),
    frame("mb-047")[1],
    reply(single(985, -3)),
    BOTH,
]
CASES = (
    (
        {"address": 1},
        REPLIES,
        [
            ("voltage", 2302, GOOD),
            ("current", 1752, GOOD),
            ("power", 4033, GOOD),
            ("power_factor", 985, GOOD),
            ("frequency", 4998, GOOD),
            ("energy", 12346, GOOD),
        ],
    ),
)


def twin(log):
    values = (
        ("voltage", 2302),
        ("current", 17),
        ("power", -4033),
        ("power_factor", 985),
        ("frequency", 4998),
        ("energy", 1234567),
    )
    signals = {name: Signal(Dice(1), value, 0, value, value) for name, value in values}
    return Twin(1, signals, log)


def test_published_replies():
    options, replies, expected = CASES[0]
    readings = read_with(load(MODEL)(options), replies)
    assert [(r.name, r.value, r.quality) for r in readings] == expected


def test_published_request():
    script = load(MODEL)({"address": 1}).read()
    next(script)
    script.send(b"\x04\x04\x00\x00\x00\x00")
    third = script.send(b"\x04\x04\x00\x00\x00\x00")
    assert third.open("rtu", 0)[0] == frame("mb-047")[0]
    script.close()


def test_no_number_is_a_fault_and_too_much_is_out_of_range():
    for bits, quality in ((0x7FC00000, DEVICE_FAULT), (single(4000, -1), OUT_OF_RANGE)):
        readings = read_with(load(MODEL)({"address": 1}), [reply(bits)] + REPLIES[1:])
        assert readings[0].quality == quality


def test_singles_go_both_ways():
    dice = Dice(3)
    for exponent in (-3, -2, 0, 1):
        for _ in range(100):
            value = dice.between(-8000000, 8000000)
            assert float_to_int(single(value, exponent), exponent) == value
