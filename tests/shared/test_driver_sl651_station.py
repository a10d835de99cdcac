"""SL 651 against captured reports."""

from agent.drivers import load
from agent.errors import AgentError
from agent.protocols import sl651
from agent.reading import GOOD
from simulators.world.dice import Dice
from simulators.world.sensors.sl651_station import Twin
from simulators.world.signal import Signal
from tests.shared.vectors import frame, octets, published, read_with, three_ways

MODEL = "sl651-station"


def expected(level, rain, total, battery):
    return [
        ("level", level, GOOD),
        ("rain", rain, GOOD),
        ("rain_total", total, GOOD),
        ("battery", battery, GOOD),
    ]


CASES = (
    ({}, [frame("sl-003")[1]], expected(127, 5, 5, 1115)),
    ({}, [frame("sl-004")[1]], expected(10490, 40, 40, 1099)),
)


def twin(log):
    values = (("level", 10490), ("rain", 5), ("rain_total", 1234), ("battery", 1215))
    return Twin({name: Signal(Dice(1), value, 0, value, value) for name, value in values}, log)


def test_captured_reports():
    for options, replies, wanted in CASES:
        readings = read_with(load(MODEL)(options), replies)
        assert [(r.name, r.value, r.quality) for r in readings] == wanted


def test_every_published_frame_upwards():
    frames = 0
    for entry in published():
        data = octets(entry["response_hex"])
        if entry["protocol"] != "sl651-hex" or not data:
            continue
        receiver_of = lambda data=data: sl651.ReportReceiver(data[10:11])  # noqa: E731
        assert three_ways(receiver_of, data) == data, entry["id"]
        frames += 1
    assert frames >= 10, frames


def test_damaged_reports_raise_nothing_else():
    dice = Dice(8)
    good = frame("sl-004")[1]
    for _ in range(300):
        body = bytearray(good[14:-3])
        body[dice.below(len(body))] = dice.below(256)
        script = load(MODEL)({}).read()
        receiver = next(script).open("rtu", 0)[1]
        try:
            script.send(receiver.feed(sl651.seal(good[2:11], bytes(body))))
        except (StopIteration, AgentError):
            pass
        receiver.feed(sl651.START + dice.take(dice.below(60)))
        receiver.verdict()
