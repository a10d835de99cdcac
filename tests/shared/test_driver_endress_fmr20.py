"""The FMR20 against its captured exchange, and its zeros after power-on."""

from agent.drivers import load
from agent.protocols import modbus
from agent.reading import DEVICE_FAULT, GOOD
from simulators.world.dice import Dice
from simulators.world.sensors import endress_fmr20
from simulators.world.signal import Signal
from tests.shared.vectors import frame, read_with

MODEL = "endress-fmr20"
REQUEST, REPLY, _ = frame("mb-019")
NAMES = ("level", "distance", "signal", "temperature", "quality", "diagnosis")
VALUES = (12776, 2224, 116, 160, 0, 0)
ZEROS = modbus.rtu_frame(200, b"\x03\x20" + bytes(32))
CASES = (
    ({"address": 200}, [REPLY], [(NAMES[n], VALUES[n], GOOD) for n in range(6)]),
    ({"address": 200}, [ZEROS], [(name, None, DEVICE_FAULT) for name in NAMES]),
)


def twin(log, ready_ms=0):
    signals = {NAMES[n]: Signal(Dice(1), VALUES[n], 0, VALUES[n], VALUES[n]) for n in range(6)}
    return endress_fmr20.Twin(200, signals, log, ready_ms)


def test_captured_exchange_and_zeros():
    for options, replies, expected in CASES:
        readings = read_with(load(MODEL)(options), replies)
        assert [(r.name, r.value, r.quality) for r in readings] == expected


def test_it_asks_what_was_captured():
    asked = next(load(MODEL)({"address": 200}).read())
    assert asked.open("rtu", 0)[0] == REQUEST


def test_twin_is_zero_until_it_is_ready():
    cold = twin(lambda *_: None, 12000)
    assert cold.receive(REQUEST, 1000) == ZEROS
    readings = read_with(load(MODEL)({"address": 200}), [cold.receive(REQUEST, 13000)])
    assert tuple([r.value for r in readings]) == VALUES
