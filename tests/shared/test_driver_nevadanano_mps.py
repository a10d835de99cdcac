"""The MPS against its published requests; its replies are made up by the published layout."""

from agent.drivers import load
from agent.drivers.nevadanano_mps import MpsAsk, packed
from agent.errors import NoReply
from agent.reading import DEVICE_FAULT, GOOD, IMPLAUSIBLE, OUT_OF_RANGE, WARM_UP
from simulators.world.dice import Dice
from simulators.world.sensors.nevadanano_mps import Twin
from simulators.world.signal import Signal
from tests.shared.vectors import read_with

MODEL = "nevadanano-mps"
PUBLISHED = (
    (0x01, b"", "01 00 00 00 00 00 ed 76"),
    (0x03, b"", "03 00 00 00 00 00 4b f9"),
    (0x41, b"", "41 00 00 00 00 00 3d 80"),
    (0x61, b"\x02", "61 00 01 00 00 00 57 93 02"),
)
LEL = "33333342"  # published: 44.8 %LEL


def reply(status, cycle, lel, gas, rest="0000c841 66e6ca42 00004842 00000000"):
    """An ANSWER: 25 °C, 101.45 kPa, 50 %RH."""
    head = "%02x000000%s%02x000000%s" % (cycle, lel, gas, rest)
    return packed(bytes((1, status, 28, 0)), bytes.fromhex(head.replace(" ", "")))


def expected(lel, gas, quality, others=None):
    others = quality if others is None else others
    return [
        ("lel", lel, quality),
        ("gas", gas, others),
        ("temperature", 250, others),
        ("humidity", 500, others),
    ]


NOTHING = [(name, None, DEVICE_FAULT) for name in ("lel", "gas", "temperature", "humidity")]
MINUS_100, OVER = "0000c8c2", "0000d242"  # -100 and 105 %LEL
CASES = (
    ({}, [reply(0, 99, LEL, 3)], expected(448, 3, GOOD)),
    # It has just been switched on; the 4.0 says -100 %LEL and gas 253 then.
    ({}, [reply(0, 9, "00000000", 0)], expected(0, 0, WARM_UP)),
    ({}, [reply(0x27, 3, MINUS_100, 253)], expected(-1000, 253, WARM_UP)),
    # Gas that is there when it starts, or comes slowly, is gas.
    ({}, [reply(0x33, 99, LEL, 3)], expected(448, 3, GOOD)),
    ({}, [reply(0x34, 99, LEL, 3)], expected(448, 3, GOOD)),
    ({}, [reply(0x35, 99, LEL, 3)], expected(448, 3, IMPLAUSIBLE)),
    ({}, [reply(0, 99, OVER, 255)], expected(1050, 255, OUT_OF_RANGE)),
    ({}, [reply(0, 99, OVER, 3)], expected(1050, 3, OUT_OF_RANGE, GOOD)),
    ({}, [reply(0x30, 99, MINUS_100, 254)], expected(-1000, 254, OUT_OF_RANGE)),
    ({}, [reply(0x31, 99, LEL, 3)], NOTHING),
    ({}, [reply(0x32, 99, "0000c07f", 3)], NOTHING),
    ({}, [reply(0x37, 99, LEL, 3)], NOTHING),
    ({}, [packed(b"\x01\x24\x00\x00", b"")], NOTHING),
)


def sealed(ask, body):
    """For the fuzzers: a whole reply around any bytes."""
    data = body[1:29] + bytes(28 - len(body[1:29]))
    return packed(bytes((ask.command, body[0] if body else 0, len(data), 0)), data)


def twin(log):
    values = (("lel", 126), ("temperature", 215), ("humidity", 480))
    return Twin({name: Signal(Dice(1), value, 0, value, value) for name, value in values}, log)


def test_the_published_requests():
    for command, payload, printed in PUBLISHED:
        sent = MpsAsk(command, payload, 1000).open("rtu", 0)[0]
        assert sent == bytes.fromhex(printed.replace(" ", "")), printed


def test_what_each_status_means():
    for options, replies, wanted in CASES:
        readings = read_with(load(MODEL)(options), replies)
        assert [(r.name, r.value, r.quality) for r in readings] == wanted


def asked(driver, made, now):
    """A reading from a twin, or the NoReply of it."""
    script = driver.read()
    ask = next(script)
    try:
        while True:
            sent, receiver = ask.open("rtu", 0)
            ask = script.send(receiver.feed(made.receive(sent, now)))
    except StopIteration as end:
        return end.value
    except NoReply as error:
        return error


def test_it_is_told_to_measure_when_it_idles_or_stands_still():
    made = twin(lambda *_: None)
    made.begun = None
    driver = load(MODEL)({"basis": "iso"})
    assert isinstance(asked(driver, made, 1000), NoReply)
    assert [r.quality for r in asked(driver, made, 4000)] == [WARM_UP] * 4
    assert [r.quality for r in asked(driver, made, 40000)] == [GOOD] * 4
    # Its count does not go on: the value may be old.
    assert isinstance(asked(driver, made, 40500), NoReply) and made.begun == 40500


def test_the_basis_is_told():
    for basis, octet in (("iso", 2), ("iec", 0x22)):
        script = load(MODEL)({"basis": basis}).read()
        next(script)
        told = script.send(reply(0, 0, "00000000", 0))
        assert told.open("rtu", 0)[0][-1] == octet
        script.close()
