"""Every driver's test file against the contract; and drivers that break it, one clause each."""

import os

from agent.drivers import load
from agent.drivers.ask import ask
from agent.drivers.driver import Driver
from agent.drivers.modbus import ModbusDevice, uint16
from agent.reading import GOOD, Channel, Reading
from simulators.contract import bus_clauses
from simulators.world import driver_bytes, driver_contract, driver_twin
from tests.shared.vectors import octets, published

HERE = __file__.rpartition("/")[0] or "."
MINE = "test_driver_contract.py"


def test_every_driver_holds_the_contract():
    replies = [
        octets(entry["response_hex"])
        for entry in published()
        if entry["response_hex"]
        and entry["crc_ok"] is not False
        and entry["kind"] != "derived-from-published"
    ]
    looked = 0
    for file in sorted(os.listdir(HERE)):
        if not file.startswith("test_driver_") or not file.endswith(".py") or file == MINE:
            continue
        parts = __import__("tests.shared." + file[:-3], None, None, ("*",))
        if not hasattr(parts, "CASES"):
            continue
        wrong = driver_contract.check(parts, replies)
        for _, sentences in bus_clauses.clauses(parts, load(parts.MODEL)):
            wrong += sentences
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
        wrong += driver_contract.decoded(device, case)
        for _, look in driver_bytes.CLAUSES:
            wrong += look(device, case)
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

    assert "cut to 2 of 3" in " ".join(driver_bytes.cut(Short, CASE))
    script = altered("sound", raises)({}).read()
    asked = next(script)
    asked.start = b""
    assert "raise ValueError" in " ".join(driver_bytes._random(asked))


def test_a_late_reply_that_is_taken():
    class Twice(Scale):
        def read(self):
            yield ask(b"a", 3, self.start, self.sound)
            reply = yield ask(b"b", 3, self.start, self.sound)
            return self.mean(reply[1])

    case = ({}, [b"\x55\x07\xf8", b"\x55\x08\xf7"], [("mass", 8, GOOD)])
    assert "late reply" in " ".join(driver_bytes.late(Twice, case))
    assert driver_bytes.late(Scale, CASE) == []


def test_sentinels_and_range_are_the_tables():
    class Table(ModbusDevice):
        fields = (uint16(0, "mass", "kg", 0, 0, 200, sentinels=(0xFFFF,)),)

    class Blind(Table):
        def mean(self, words):
            return [Reading("mass", words[0], 0, "kg", GOOD)]

    assert driver_twin.edges(Table, [{"address": 1}]) == []
    assert driver_twin.edges(Blind, [{"address": 1}]) == [
        "mass: 201 is out of range, but good",
        "mass: the sentinel 65535 gets a value",
    ]


def test_warm_up_and_late_replies_are_seen_through_a_bus():
    parts = __import__("tests.shared.test_driver_pzem_004t", None, None, ("*",))
    assert bus_clauses.clauses(parts, load("pzem-004t")) == [
        ("warm-up", []),
        ("late replies, bus", []),
    ]
    device = load("pzem-004t")
    wire = bus_clauses.Wire(device({"address": 1}), bus_clauses.Late(parts.twin(nothing), 500))
    found = wire.reading()
    assert wire.bus.timeouts == 1 and found.readings[0].value == 2258  # not 2259, which was late
    silent = Parts("pzem-004t", parts.CASES)
    silent.twin = deaf
    assert "nothing is good" in bus_clauses.warm_up(silent, load("pzem-004t"))[0]


def test_proven_needs_published_bytes():
    parts = __import__("tests.shared.test_driver_pzem_004t", None, None, ("*",))
    assert load(parts.MODEL).proven
    assert driver_contract.check(parts, []) == [
        "it calls itself proven, but no case holds published bytes"
    ]
    broken = driver_twin.twinned(load(parts.MODEL), {"address": 1}, deaf)
    assert "its twin is not understood" in broken[0]


def nothing(channel, now, value):
    pass


def deaf(log):
    parts = __import__("tests.shared.test_driver_pzem_004t", None, None, ("*",))
    made = parts.twin(log)
    made.fault = "silent"
    return made
