"""The generic Modbus driver: every type and order, scale, offset, sentinels, both functions."""

from agent.drivers import load
from agent.drivers.generic_modbus import ORDERS, TYPES, decoder
from agent.protocols.modbus import rtu_frame
from agent.reading import DEVICE_FAULT, GOOD, OUT_OF_RANGE
from simulators.world.dice import Dice
from simulators.world.sensors.generic_modbus import Twin
from simulators.world.signal import Signal
from tests.shared.vectors import frame, read_with

MODEL = "generic-modbus"


def field(name, at, type, order="AB", function=3, factor=1, scale=0, unit="/", exponent=0, rest=()):
    base = [name, at, type, order, function, factor, scale, unit, exponent]
    return base + (list(rest) or [0, None, None])


# The published level of a DYP, 0.001 m, and its temperature; a height as 65535 less the register.
DYP = [
    field("distance", 0x100, "uint16", "AB", 3, 1, -3, "m", -3, (0, 280, 7500)),
    field("temperature", 0x102, "int16", "AB", 3, 1, -1, "Cel", -1),
]
MIXED = [
    field("flow", 0, "float32", "CDAB", 4, 1, 0, "m3/s", -3),
    field("level", 8, "uint16", "AB", 3, -1, 0, "mm", 0, (65535, 0, 5000, 0xFFFF, 0)),
    field("share", 9, "uint16", "BA", 3, 25, -2, "%", -2),
]
CASES = (
    (
        {"address": 1, "field": DYP},
        [frame("mb-001")[1], frame("mb-003")[1]],
        [("distance", 754, GOOD), ("temperature", 300, GOOD)],
    ),
    (
        {"address": 1, "field": MIXED},
        [
            rtu_frame(1, bytes.fromhex("0304 fc18 0400")),
            rtu_frame(1, bytes.fromhex("0404 3333 4366")),
        ],
        [("level", 999, GOOD), ("share", 100, GOOD), ("flow", 230200, GOOD)],
    ),
    (
        {"address": 1, "field": MIXED},
        [
            rtu_frame(1, bytes.fromhex("0304 ffff 0000")),
            rtu_frame(1, bytes.fromhex("0404 0000 7fc0")),
        ],
        [("level", None, DEVICE_FAULT), ("share", 0, GOOD), ("flow", None, DEVICE_FAULT)],
    ),
    (
        {"address": 1, "field": MIXED},
        [
            rtu_frame(1, bytes.fromhex("0304 0001 0000")),
            rtu_frame(1, bytes.fromhex("0404 0000 0000")),
        ],
        [("level", 65534, OUT_OF_RANGE), ("share", 0, GOOD), ("flow", 0, GOOD)],
    ),
)


def twin(log):
    signals = {
        "distance": Signal(Dice(1), 754, 0, 754, 754),
        "temperature": Signal(Dice(1), 300, 0, 300, 300),
    }
    return Twin(1, signals, log, {"distance": (3, 0x100, 1), "temperature": (3, 0x102, 1)})


def test_the_cases():
    for options, replies, expected in CASES:
        readings = read_with(load(MODEL)(options), replies)
        assert [(r.name, r.value, r.quality) for r in readings] == expected, readings


def test_each_function_is_asked_for_its_own_fields():
    script = load(MODEL)({"address": 7, "field": MIXED}).read()
    first = next(script)
    second = script.send(b"\x03\x04\x00\x00\x00\x00")
    assert first.open("rtu", 0)[0] == rtu_frame(7, b"\x03\x00\x08\x00\x02")
    assert second.open("rtu", 0)[0] == rtu_frame(7, b"\x04\x00\x00\x00\x02")
    script.close()


def test_a_register_that_is_missing_costs_its_field_its_value():
    part = load(MODEL)({"address": 7, "field": MIXED}).parts[0]
    found = {reading.name: reading.quality for reading in part.mean({8: 1})}
    assert found == {"level": OUT_OF_RANGE, "share": DEVICE_FAULT}


def test_every_type_in_every_order():
    # -1.5, and the integers of the same bytes, by hand.
    expected = {
        ("uint16", "AB"): 0xBFC0,
        ("uint16", "BA"): 0xC0BF,
        ("int16", "AB"): 0xBFC0 - 0x10000,
        ("int16", "BA"): 0xC0BF - 0x10000,
        ("uint32", "ABCD"): 0xBFC01234,
        ("uint32", "CDAB"): 0x1234BFC0,
        ("uint32", "BADC"): 0xC0BF3412,
        ("uint32", "DCBA"): 0x3412C0BF,
        ("int32", "ABCD"): 0xBFC01234 - (1 << 32),
        ("int32", "CDAB"): 0x1234BFC0,
        ("int32", "BADC"): 0xC0BF3412 - (1 << 32),
        ("int32", "DCBA"): 0x3412C0BF,
    }
    for (type, order), value in expected.items():
        assert decoder(type, order, 0)([0xBFC0, 0x1234], 0) == value, (type, order)
    floats = {"ABCD": (0xBFC0, 0), "CDAB": (0, 0xBFC0), "BADC": (0xC0BF, 0), "DCBA": (0, 0xC0BF)}
    for order, words in floats.items():
        assert decoder("float32", order, -1)(words, 0) == -15, order
    assert sorted({type for type, _ in expected} | {"float32"}) == sorted(TYPES)
    assert sorted({order for _, order in expected}) == sorted(ORDERS)
