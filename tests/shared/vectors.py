"""The published frames, and the three ways in which every decoder must take them; what the tests of
drivers make of readings, and of registers.
"""

import json

from agent.protocols import modbus
from simulators.world.dice import Dice
from simulators.world.signal import Signal

PATH = __file__.rpartition("/")[0] + "/../vectors/published-frames.json"


def published():
    """Every published frame."""
    with open(PATH) as file:
        return json.load(file)


def frame(name):
    """(request, response, entry) of a published frame; b"" for what was not printed."""
    for entry in published():
        if entry["id"] == name:
            return octets(entry["request_hex"]), octets(entry["response_hex"]), entry
    raise ValueError(name)


def octets(text):
    """Bytes of the printed hex, b"" for none."""
    return bytes.fromhex(text.replace(" ", "")) if text else b""


def three_ways(receiver_of, data):
    """What a receiver makes of data: whole, byte by byte, and behind noise with a tail."""
    whole = receiver_of().feed(data)
    receiver = receiver_of()
    single = None
    for at in range(len(data)):
        single = receiver.feed(data[at : at + 1])
        if single is not None:
            break
    noisy = receiver_of().feed(b"\x00\xa5\x13" + data + b"\x7e\x00")
    assert whole == single == noisy, (whole, single, noisy)
    return whole


def read_with(driver, replies):
    """The readings of a driver whose asks are answered by replies, one after another."""
    script = driver.read()
    asked = next(script)
    for data in replies:
        reply = three_ways(lambda asked=asked: asked.open("rtu", 0)[1], data)
        assert reply is not None
        try:
            asked = script.send(reply)
        except StopIteration as end:
            return end.value
    raise AssertionError("the driver asks for more")


def values(readings):
    """What readings say, without their instants."""
    return [(reading.name, reading.value, reading.quality) for reading in readings]


def rtu(unit, words, function=3):
    """The reply of a Modbus device that has these words in its registers."""
    data = b"".join([(word & 0xFFFF).to_bytes(2, "big") for word in words])
    return modbus.rtu_frame(unit, bytes((function, len(data))) + data)


def still(value):
    """A signal that stands at a value until it jumps."""
    return Signal(Dice(1), value, 0, -(1 << 29), 1 << 29)
