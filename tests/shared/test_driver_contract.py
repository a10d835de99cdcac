"""Every driver's test file against the contract; and drivers that break it, one clause each."""

import os

from agent.drivers import load
from agent.drivers.ask import ask
from agent.drivers.driver import Driver
from agent.reading import GOOD, Channel, Reading
from simulators.world import driver_contract
from tests.shared.vectors import octets, published

HERE = __file__.rpartition("/")[0] or "."
MINE = "test_driver_contract.py"
# Drivers that call themselves proven although no reply of theirs is among the published frames.
UNSHOWN = ("witmotion-tilt",)


def test_every_driver_holds_the_contract():
    replies = [octets(entry["response_hex"]) for entry in published() if entry["response_hex"]]
    looked = 0
    for file in sorted(os.listdir(HERE)):
        if not file.startswith("test_driver_") or not file.endswith(".py") or file == MINE:
            continue
        parts = __import__("tests.shared." + file[:-3], None, None, ("*",))
        if not hasattr(parts, "CASES"):
            continue
        wrong = driver_contract.check(parts, None if parts.MODEL in UNSHOWN else replies)
        assert not wrong, (file, wrong)
        looked += 1
    assert looked >= 2, looked


class Scale(Driver):
    """A serial device in three bytes: 55, the value, its complement."""

    model = "scale"
    title = "A scale"
    kind = "weight"
    source = "made up for this test"
    channels = (Channel("mass", "kg", 0, 0, 200),)
    start = b"\x55"

    def read(self):
        reply = yield ask(b"", 3, self.start, self.sound)
        return self.mean(reply[1])

    def sound(self, frame):
        return frame[1] ^ frame[2] == 0xFF

    def mean(self, value):
        quality = GOOD if value <= 200 else 2
        return [Reading("mass", value, 0, "kg", quality)]


CASE = ({}, [b"\x55\x07\xf8"], [("mass", 7, GOOD)])
HIGH = ({}, [b"\x55\xfa\x05"], [("mass", 250, 2)])


class Parts:
    def __init__(self, model="scale", cases=(CASE, HIGH)):
        self.MODEL = model
        self.CASES = cases


def said(device, parts):
    """Everything that is wrong with a class that no registry knows."""
    wrong = driver_contract.declared(device, parts)
    for case in parts.CASES:
        wrong += driver_contract.decoded(device, case) + driver_contract.undecoded(device, case)
    return " ".join(wrong)


def altered(name, value):
    return type("Altered", (Scale,), {name: value})


def calls_all_good(self, value):
    return [Reading("mass", value, 0, "kg", GOOD)]


def no_readings(self, value):
    return []


def other_unit(self, value):
    return [Reading("mass", value, 0, "g", GOOD if value <= 200 else 2)]


def no_value(self, value):
    return [Reading("mass", None, 0, "kg", GOOD)]


def raises(self, frame):
    raise ValueError("a bug")


def keeps_on(self):
    try:
        reply = yield ask(b"", 3, self.start, self.sound)
    except Exception:
        return [Reading("mass", 0, 0, "kg", GOOD)]
    return self.mean(reply[1])


def test_a_driver_that_holds_it():
    assert said(Scale, Parts()) == ""


def test_each_clause_can_fail():
    twice = (Channel("mass", "kg", 0, 0, 200), Channel("mass", "kg", 0, 0, 200))
    for name, value, words in (
        ("title", "", "title is empty"),
        ("source", "", "source is empty"),
        ("model", "other", "the file says"),
        ("warm_up_ms", -1, "warm-up"),
        ("min_every_ms", 0, "min_every_ms"),
        ("channels", twice, "one name"),
        ("channels", (Channel("mass", "stone", 0, 0, 200),), "no SenML unit"),
        ("mean", calls_all_good, "called good"),
        ("mean", no_readings, "in their order"),
        ("mean", other_unit, "another unit"),
        ("mean", no_value, "do not agree"),
        ("read", keeps_on, "a good value after NoReply"),
        ("start", b"\x56", "BadChecksum"),
    ):
        found = said(altered(name, value), Parts())
        assert words in found, (name, words, found)
    assert "no case" in said(Scale, Parts(cases=()))
    found = said(Scale, Parts(cases=(({}, CASE[1], [("mass", 8, GOOD)]),)))
    assert "it reads" in found


def test_a_receiver_that_takes_too_much_or_raises():
    class Short(Scale):
        def read(self):
            reply = yield ask(b"", 2, b"\x55", lambda frame: True)
            return self.mean(reply[1])

    assert "cut to 2 of 3" in " ".join(driver_contract.undecoded(Short, CASE))
    script = altered("sound", raises)({}).read()
    asked = next(script)
    asked.start = b""
    assert "raise ValueError" in " ".join(driver_contract._random(asked))


def test_proven_needs_published_bytes():
    parts = __import__("tests.shared.test_driver_pzem_004t", None, None, ("*",))
    assert load(parts.MODEL).proven
    assert driver_contract.check(parts, []) == [
        "it calls itself proven, but no case holds published bytes"
    ]
    broken = driver_contract.twinned(load(parts.MODEL), {"address": 1}, deaf)
    assert "its twin is not understood" in broken[0]


def deaf(log):
    parts = __import__("tests.shared.test_driver_pzem_004t", None, None, ("*",))
    made = parts.twin(log)
    made.fault = "silent"
    return made
