"""Digital inputs: names, polarity, and bits in their order."""

from agent.drivers import load
from agent.protocols import modbus
from agent.reading import GOOD
from simulators.world.dice import Dice
from simulators.world.sensors import digital_inputs
from simulators.world.signal import Signal
from tests.shared.vectors import frame, read_with

MODEL = "digital-inputs"
NAMED = {
    "address": 1,
    "table": "coils",
    "first": 16,
    "input1": "open",
    "active1": "off",
    "input2": "unused",
    "input3": "immersion",
    "input4": "float",
}


def reply(function, state):
    return modbus.rtu_frame(1, bytes((function, 1, state)))


CASES = (
    ({"address": 1}, [reply(2, 0x01)], [("contact1", 1, GOOD)]),
    ({"address": 1}, [reply(2, 0x0E)], [("contact1", 0, GOOD)]),
    (NAMED, [reply(1, 0x05)], [("open1", 0, GOOD), ("immersion3", 1, GOOD), ("float4", 0, GOOD)]),
    (NAMED, [reply(1, 0x0A)], [("open1", 1, GOOD), ("immersion3", 0, GOOD), ("float4", 1, GOOD)]),
)


def twin(log):
    return digital_inputs.Twin(1, {"contact1": Signal(Dice(1), 1, 0, 0, 1)}, log)


def test_names_and_polarity():
    for options, replies, expected in CASES:
        readings = read_with(load(MODEL)(options), replies)
        assert [(r.name, r.value, r.quality) for r in readings] == expected, readings


def test_it_asks_for_four_bits():
    asked = next(load(MODEL)(NAMED).read())
    assert asked.open("rtu", 0)[0] == modbus.rtu_frame(1, b"\x01\x00\x10\x00\x04")


def test_bits_of_a_captured_exchange():
    request, response, entry = frame("mb-049")
    pdu = modbus.RtuReceiver(1, request[1:6]).feed(response)
    states = modbus.bits(pdu, 31)
    assert [at for at in range(31) if states[at]] == entry["decoded"]["coils_on"]
