"""Modbus tables: every kind of field, both orders of words, and the twin made from the table."""

from agent.drivers.modbus import (
    Field,
    ModbusDevice,
    bits,
    float32,
    float32_low_first,
    int16,
    int32,
    int32_low_first,
    uint16,
    uint32,
    uint32_low_first,
)
from agent.protocols.modbus import rtu_frame
from agent.reading import DEVICE_FAULT, GOOD, NOT_FITTED
from simulators.world.dice import Dice
from simulators.world.sensors.table import TableTwin
from simulators.world.signal import Signal
from tests.shared.vectors import read_with


class Everything(ModbusDevice):
    model = "everything"
    fields = (
        uint16(0, "a", "m", -3, sentinels=(0xFFFF,), not_fitted=(0xFFFE,)),
        int16(1, "b", "Cel", -2, scale=-1),
        uint32(2, "c", "Wh", 0),
        uint32_low_first(4, "d", "Wh", 0),
        int32(6, "e", "deg", -3),
        int32_low_first(8, "f", "deg", -3),
        float32(10, "g", "V", -1),
        float32_low_first(12, "h", "V", -1, not_fitted=(-10000,)),
        bits(14, 0x0F00, 8, "i"),
        bits(14, 0x0001, 0, "j"),
    )


VALUES = {
    "a": 754,
    "b": -1230,
    "c": 0xFEDCBA98,
    "d": 0xFEDCBA98,
    "e": -70001,
    "f": -70001,
    "g": 2302,
    "h": -2302,
    "i": 11,
    "j": 1,
}
# Written by hand from the standard's layouts, not by the encoder.
REGISTERS = "02f2 ff85 fedcba98 ba98fedc fffeee8f ee8ffffe 43663333 3333c366 0b01".replace(" ", "")


def rtu(data):
    return rtu_frame(1, bytes((3, len(data))) + data)


def test_every_kind_of_field_reads_what_is_written_by_hand():
    readings = read_with(Everything({"address": 1}), [rtu(bytes.fromhex(REGISTERS))])
    assert len(readings) == 10
    for reading in readings:
        assert (reading.value, reading.quality) == (VALUES[reading.name], GOOD), reading


def test_the_twin_of_a_table_answers_the_same_bytes():
    log = []
    signals = {name: Signal(Dice(1), value, 0, value, value) for name, value in VALUES.items()}
    twin = TableTwin(Everything, 1, signals, lambda name, now, value: log.append((name, value)))
    script = Everything({"address": 1}).read()
    data = next(script).open("rtu", 0)[0]
    reply = twin.receive(data, 1000)
    assert reply == rtu(bytes.fromhex(REGISTERS))
    assert sorted(log) == sorted(VALUES.items())
    script.close()
    assert twin.words(14, 2, 0) is None


def test_values_that_say_there_is_none():
    base = bytes.fromhex(REGISTERS)
    for raw, quality in ((b"\xff\xff", DEVICE_FAULT), (b"\xff\xfe", NOT_FITTED)):
        found = read_with(Everything({"address": 1}), [rtu(raw + base[2:])])[0]
        assert (found.value, found.quality) == (None, quality)
    absent = base[:24] + bytes.fromhex("0000c47a") + base[28:]  # -1000.0, the low word first
    assert read_with(Everything({"address": 1}), [rtu(absent)])[7].quality == NOT_FITTED


def test_a_field_of_its_own_needs_no_not_fitted():
    field = Field(0, 1, lambda words, at: None, Everything.fields[0].channel, None, ())
    assert field.reading({}).quality == DEVICE_FAULT


def test_a_register_that_is_missing_costs_its_field_its_value():
    for field in Everything.fields:
        missing = field.at + field.words - 1
        held = {at: 1 for at in range(15) if at != missing}
        reading = field.reading(held)
        assert (reading.value, reading.quality) == (None, DEVICE_FAULT), reading.name
