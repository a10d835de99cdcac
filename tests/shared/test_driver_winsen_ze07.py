"""The ZE07-CO against its published upload."""

from agent.drivers import load
from agent.reading import DEVICE_FAULT, GOOD, OUT_OF_RANGE
from simulators.world.sensors.winsen_ze07 import Twin
from tests.shared.vectors import frame, read_with, still, values

MODEL = "winsen-ze07"


def upload(value, decimals=1):
    data = bytes((0xFF, 4, 3, decimals, value >> 8, value & 0xFF, 0x13, 0x88))
    return data + bytes((-sum(data[1:]) & 0xFF,))


CASES = (
    ({}, [frame("ff9-021")[1]], [("co", 5, GOOD)]),
    ({}, [upload(65000)], [("co", 65000, OUT_OF_RANGE)]),
    ({}, [upload(5, decimals=9)], [("co", None, DEVICE_FAULT)]),
)


def twin(log):
    return Twin({"co": still(12)}, log)


def test_ze07_published_upload():
    _, response, entry = frame("ff9-021")
    readings = read_with(load("winsen-ze07")({}), [response])
    assert values(readings) == [("co", 5, GOOD)]
    assert entry["decoded"]["co_ppm"] == 0.5
    assert read_with(load("winsen-ze07")({}), [upload(65000)])[0].quality == OUT_OF_RANGE
    assert read_with(load("winsen-ze07")({}), [upload(5, decimals=9)])[0].quality == DEVICE_FAULT


def test_the_streaming_twin_uploads_once_a_second():
    twin = Twin({"co": still(12)}, lambda *_: None)
    frames = [twin.tick(now) for now in range(0, 5000, 10)]
    sent = [data for data in frames if data]
    assert 4 <= len(sent) <= 6
    assert read_with(load("winsen-ze07")({}), [sent[0]])[0].value == 12
