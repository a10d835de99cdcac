"""SHDLC: stuffing, checks, and a receiver that takes bytes in any portions."""

from agent.errors import BadChecksum, NoReply, Refused
from agent.protocols import shdlc
from simulators.world.dice import Dice
from tests.shared.vectors import frame, three_ways

READ = shdlc.request(0, 3)


def receiver():
    return shdlc.ShdlcReceiver(0, 3, READ)


def test_published_requests():
    assert frame("sps-001")[0] == READ
    assert shdlc.request(0, 1) == frame("sps-005")[0]


def test_captured_replies_unstuffed_and_stuffed_again():
    for name in ("sps-001", "sps-002"):
        data = frame(name)[1]
        values = three_ways(receiver, data)
        assert len(values) == 40, name
        assert shdlc.pack(b"\x00\x03\x00\x28" + values) == data


def test_every_byte_survives():
    dice = Dice(5)
    bodies = [bytes((0, 3, 0, size)) + dice.take(size) for size in range(60)]
    bodies.append(bytes((0, 3, 0, 255)) + bytes(range(255)))
    for body in bodies:
        sent = shdlc.pack(body)
        assert sent.count(b"\x7e") == 2
        assert receiver().feed(sent) == body[4:]


def test_the_own_echo_is_skipped():
    heard = receiver()
    assert heard.feed(READ + frame("sps-001")[1]) is not None
    assert heard.echoes == 1
    heard = receiver()
    assert heard.feed(READ) is None
    assert isinstance(heard.verdict(), NoReply)


def test_damage_is_no_reply():
    data = bytearray(frame("sps-001")[1])
    data[9] ^= 1
    heard = receiver()
    assert heard.feed(bytes(data)) is None
    assert isinstance(heard.verdict(), BadChecksum)


def test_a_state_refuses():
    try:
        receiver().feed(shdlc.pack(b"\x00\x03\x43\x00"))
    except Refused as error:
        assert error.code == 0x43
    else:
        raise AssertionError("no refusal")
