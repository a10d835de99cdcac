"""HJ 212 against published packets."""

from agent.drivers import load
from agent.errors import AgentError, BadChecksum
from agent.protocols import hj212
from agent.reading import CALIBRATION, DEVICE_FAULT, GOOD, NO_REPLY, NOT_FITTED, OUT_OF_RANGE
from simulators.world.dice import Dice
from simulators.world.sensors.hj212_air import HEAD, Twin
from simulators.world.signal import Signal
from tests.shared.vectors import frame, read_with, three_ways

MODEL = "hj212-air"
CASES = (
    (
        {},
        [frame("hj-002")[1]],
        [
            ("pm25", 207, GOOD),
            ("pm10", 295, GOOD),
            ("temperature", 126, GOOD),
            ("humidity", 320, GOOD),
            ("pressure", 10102, GOOD),
            ("wind_speed", 21, GOOD),
            ("wind_direction", 120, GOOD),
            # The published packet has "LA-td": a value that is not named cannot be taken.
            ("noise", None, NOT_FITTED),
        ],
    ),
)


def twin(log):
    values = (
        ("pm25", 35),
        ("pm10", 80),
        ("temperature", -35),
        ("humidity", 605),
        ("pressure", 9571),
        ("wind_speed", 12),
        ("wind_direction", 271),
        ("noise", 553),
    )
    return Twin({name: Signal(Dice(1), value, 0, value, value) for name, value in values}, log)


def test_published_packet():
    options, replies, expected = CASES[0]
    readings = read_with(load(MODEL)(options), replies)
    assert [(r.name, r.value, r.quality) for r in readings] == expected


def test_published_packets_are_framed():
    for name, command in (("hj-008", b"2011"), ("hj-009", b"2011"), ("hj-015", b"9014")):
        data = frame(name)[1]
        receiver_of = lambda command=command: hj212.PacketReceiver(command)  # noqa: E731
        assert three_ways(receiver_of, data) == data[6:-6], name
        assert hj212.packet(data[6:-6]).upper() == data.upper(), name


def test_the_packet_that_is_wrong_as_printed_is_refused():
    receiver = hj212.PacketReceiver(b"2011")
    assert receiver.feed(frame("hj-005")[1]) is None
    assert isinstance(receiver.verdict(), BadChecksum)


def test_flags_are_qualities():
    for flag, value, quality in (
        ("T", 207, OUT_OF_RANGE),
        ("C", 207, CALIBRATION),
        ("D", None, DEVICE_FAULT),
        ("F", None, DEVICE_FAULT),
        ("B", None, NO_REPLY),
    ):
        data = (HEAD + "a34004-Rtd=207,a34004-Flag=%s&&" % flag).encode()
        first = read_with(load(MODEL)({}), [hj212.packet(data)])[0]
        assert (first.value, first.quality) == (value, quality), flag


def test_random_bytes_raise_nothing_else():
    dice = Dice(7)
    good = frame("hj-002")[1][6:-6]
    for _ in range(100):
        data = bytearray(good)
        for _ in range(3):
            data[60 + dice.below(len(data) - 60)] = dice.below(256)
        reply = hj212.PacketReceiver(b"2011").feed(hj212.packet(bytes(data)))
        script = load(MODEL)({}).read()
        next(script)
        try:
            script.send(reply or good)
        except (StopIteration, AgentError):
            pass
        receiver = hj212.PacketReceiver(b"2011")
        receiver.feed(b"##0020" + dice.take(40))
        receiver.verdict()
