"""Published frames that are wrong as printed: no driver takes one of them, asked or listening."""

import os

from agent.drivers import load
from agent.errors import AgentError
from agent.protocols import modbus
from tests.shared.vectors import octets, published

HERE = __file__.rpartition("/")[0] or "."


def wrong():
    """[(name, request, response)] of every frame whose own checksum does not hold as printed."""
    return [
        (entry["id"], octets(entry["request_hex"]), octets(entry["response_hex"]))
        for entry in published()
        if entry["crc_ok"] is False
    ]


def drivers():
    """Each driver, with the options of its first case."""
    for file in sorted(os.listdir(HERE)):
        if file.startswith("test_driver_") and file.endswith(".py"):
            parts = __import__("tests.shared." + file[:-3], None, None, ("*",))
            if hasattr(parts, "CASES"):
                yield load(parts.MODEL)(parts.CASES[0][0])


def takes(receiver, data):
    try:
        return receiver.feed(data) is not None
    except AgentError:
        return False


def test_no_driver_takes_a_frame_that_is_wrong_as_printed():
    frames = wrong()
    assert len(frames) >= 16, len(frames)
    looked = 0
    for driver in drivers():
        script = driver.read()
        asked = next(script)
        script.close()
        for name, request, response in frames:
            for data in (request, response):
                if data:
                    assert not takes(asked.open("rtu", 0)[1], data), (driver.model, name)
                    looked += 1
    assert looked >= 600, looked


def test_not_even_who_asked_exactly_that():
    asked = 0
    for name, request, response in wrong():
        if len(request) == 8 and request[1] in (3, 4, 6) and response:
            receiver = modbus.RtuReceiver(request[0], request[1:6])
            assert not takes(receiver, response), name
            asked += 1
    assert asked >= 5, asked
