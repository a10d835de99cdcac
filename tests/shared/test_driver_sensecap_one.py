"""SenseCAP ONE: the printed replies that are intact, and the variants."""

from agent.drivers import load
from agent.errors import BadChecksum
from agent.protocols import modbus
from agent.reading import GOOD, OUT_OF_RANGE
from simulators.world.dice import Dice
from simulators.world.sensors import sensecap_one
from simulators.world.signal import Signal
from tests.shared.vectors import frame, read_with

MODEL = "sensecap-one"
_, PARTICLES, _ = frame("mb-027")
_, CO2, _ = frame("mb-030")
WEATHER = (
    ("temperature", -1055, GOOD),
    ("humidity", 3816, GOOD),
    ("pressure", 101160, GOOD),
    ("wind_direction", 3599, GOOD),
    ("wind_gust", 720, GOOD),
    ("wind_speed", 312, GOOD),
)
LIGHT_AND_RAIN = (
    ("illuminance", 120000, GOOD),
    ("rain", 12, GOOD),
    ("rain_rate", 36, GOOD),
)
PM = (("pm25", 37, GOOD), ("pm10", 42, GOOD))


def reply(unit, values):
    data = b"".join([(value & 0xFFFFFFFF).to_bytes(4, "big") for value in values])
    return modbus.rtu_frame(unit, bytes((4, len(data))) + data)


def weather(unit):
    """The replies to the four reads of 0x0000, 0x000C, 0x0010 and 0x0018 of an S700."""
    return [
        reply(unit, (-10550, 38160, 101160000, 120000000)),
        reply(unit, (359900,)),
        reply(unit, (7200, 3120, 1200)),
        reply(unit, (3600,)),
    ]


CASES = (
    (
        {"address": 10, "variant": "s500"},
        [
            reply(10, (-10550, 38160, 101160000)),
            reply(10, (359900,)),
            reply(10, (7200, 3120)),
        ],
        list(WEATHER),
    ),
    (
        {"address": 20, "variant": "s700"},
        weather(20),
        list(WEATHER + LIGHT_AND_RAIN),
    ),
    (
        {"address": 38, "variant": "s900"},
        weather(38) + [PARTICLES],
        list(WEATHER + LIGHT_AND_RAIN + PM),
    ),
    (
        {"address": 43, "variant": "s1000"},
        weather(43) + [reply(43, (37000, 42000)), CO2],
        list(WEATHER + LIGHT_AND_RAIN + PM) + [("co2", 847, GOOD)],
    ),
    (
        {"address": 10, "variant": "s500"},
        [reply(10, (90000, 38160, 101160000)), reply(10, (0,)), reply(10, (0, 0))],
        [
            ("temperature", 9000, OUT_OF_RANGE),
            ("humidity", 3816, GOOD),
            ("pressure", 101160, GOOD),
            ("wind_direction", 0, GOOD),
            ("wind_gust", 0, GOOD),
            ("wind_speed", 0, GOOD),
        ],
    ),
)


def twin(log):
    values = WEATHER + LIGHT_AND_RAIN + PM + (("co2", 847, GOOD),)
    signals = {name: Signal(Dice(1), value, 0, value, value) for name, value, _ in values}
    return sensecap_one.Twin(10, signals, log)


def test_printed_and_built_replies():
    for options, replies, expected in CASES:
        readings = read_with(load(MODEL)(options), replies)
        assert [(r.name, r.value, r.quality) for r in readings] == expected, readings


def test_a_recycled_checksum_is_refused():
    for name, unit, at, count in (("mb-022", 1, 0, 2), ("mb-029", 43, 0x30, 4)):
        receiver = modbus.RtuReceiver(unit, modbus.read_request(4, at, count))
        assert receiver.feed(frame(name)[1]) is None
        assert isinstance(receiver.verdict(), BadChecksum)
