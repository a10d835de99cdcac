"""Relays: published writes, and what is read back."""

from agent.drivers import load
from agent.protocols.modbus import rtu_frame
from agent.reading import GOOD
from simulators.world.dice import Dice
from simulators.world.sensors.relay_board import Twin
from simulators.world.signal import Signal
from tests.shared.vectors import frame, read_with

MODEL = "relay-board"
CASES = (
    (
        {"address": 1, "relays": 2},
        [rtu_frame(1, b"\x01\x01\x02")],
        [("relay1", 0, GOOD), ("relay2", 1, GOOD)],
    ),
)


def twin(log, welded=()):
    signals = {"relay%d" % n: Signal(Dice(1), n % 2, 0, 0, 1) for n in (1, 2)}
    return Twin(1, signals, log, welded)


def played(script, board):
    """The readings of a script whose asks the board answers."""
    asked = next(script)
    try:
        while True:
            data, receiver = asked.open("rtu", 0)
            asked = script.send(receiver.feed(board.receive(data, 1000)))
    except StopIteration as end:
        return [reading.value for reading in end.value]


def test_read_back():
    options, replies, expected = CASES[0]
    readings = read_with(load(MODEL)(options), replies)
    assert [(r.name, r.value, r.quality) for r in readings] == expected


def test_published_writes():
    driver = load(MODEL)({"address": 1, "relays": 8})
    for name, relay, value in (
        ("mb-054", "relay1", 0),
        ("mb-055", "relay2", 1),
        ("mb-058", "relay3", 0),
        ("mb-059", "relay4", 1),
        ("mb-062", "relay8", 0),
    ):
        script = driver.write(relay, value)
        data, receiver = next(script).open("rtu", 0)
        request, response, _ = frame(name)
        assert data == request and receiver.feed(response), name
        script.close()


def test_a_write_returns_what_was_read_back():
    driver = load(MODEL)({"address": 1, "relays": 2, "safe": "on"})
    board = twin(lambda *_: None)
    assert played(driver.write("relay1", 0), board) == [0, 0]
    assert played(driver.write("relay2", 1), board) == [0, 1]
    assert played(driver.write("relay1", None), board) == [1, 1]
    welded = twin(lambda *_: None, ("relay1",))
    assert played(driver.write("relay1", 0), welded) == [1, 0]


def test_no_such_relay():
    driver = load(MODEL)({"address": 1, "relays": 2})
    for channel, value in (("relay3", 1), ("relay1", 2)):
        try:
            next(driver.write(channel, value))
        except ValueError:
            continue
        raise AssertionError((channel, value))
