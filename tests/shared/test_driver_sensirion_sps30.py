"""The SPS30 against its captured replies, stuffed bytes included."""

from agent.drivers import load
from agent.errors import NoReply, Refused
from agent.protocols import shdlc
from agent.reading import DEVICE_FAULT, GOOD
from simulators.world.dice import Dice
from simulators.world.sensors.sensirion_sps30 import START, Twin
from simulators.world.signal import Signal
from tests.shared.vectors import frame, read_with

MODEL = "sensirion-sps30"


def good(*values):
    names = ("pm1", "pm25", "pm4", "pm10", "size")
    return [(name, value, GOOD) for name, value in zip(names, values)]


CASES = (
    ({}, [frame("sps-001")[1]], good(523, 947, 1265, 1328, 835)),
    ({}, [frame("sps-002")[1]], good(697, 909, 1048, 1075, 754)),
)


def twin(log):
    values = (("pm1", 523), ("pm25", 947), ("pm4", 1265), ("pm10", 1328), ("size", 835))
    return Twin({name: Signal(Dice(1), value, 0, value, value) for name, value in values}, log)


def test_captured_replies():
    for options, replies, expected in CASES:
        readings = read_with(load(MODEL)(options), replies)
        assert [(r.name, r.value, r.quality) for r in readings] == expected


def test_an_idle_sensor_is_started_and_gives_no_value():
    sensor = twin(lambda *_: None)
    sensor.measuring = False
    script = load(MODEL)({}).read()
    sent, receiver = next(script).open("rtu", 0)
    try:
        receiver.feed(sensor.receive(sent, 0))
        raise AssertionError("not refused")
    except Refused as error:
        sent, receiver = script.throw(error).open("rtu", 0)
    assert sent == START
    try:
        script.send(receiver.feed(sensor.receive(sent, 10)))
        raise AssertionError("a reading")
    except NoReply:
        assert sensor.measuring


def test_no_new_values_is_no_reading():
    try:
        read_with(load(MODEL)({}), [shdlc.pack(b"\x00\x03\x00\x00")])
        raise AssertionError("a reading")
    except NoReply:
        pass


def test_not_a_number_is_a_fault():
    data = b"\x7f\xc0\x00\x00" + bytes(36)
    readings = read_with(load(MODEL)({}), [shdlc.pack(b"\x00\x03\x00\x28" + data)])
    assert readings[0].quality == DEVICE_FAULT
    assert readings[1].quality == GOOD
