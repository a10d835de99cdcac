"""MQTT packets and the session, byte by byte. The bytes are worked out from the OASIS standard."""

from agent.errors import BadFrame, NoReply, Refused
from agent.protocols import mqtt
from agent.protocols.mqtt_session import CONNECTED, MESSAGE, PUBLISHED, Session
from simulators.world.dice import Dice

CONNACK = b"\x20\x02\x00\x00"
CONNACK_KEPT = b"\x20\x02\x01\x00"
PINGRESP = b"\xd0\x00"

# What a server may send, and what it is: (bytes, type, flags, body).
PACKETS = (
    (CONNACK, mqtt.CONNACK, 0, b"\x00\x00"),
    (b"\x40\x02\x12\x34", mqtt.PUBACK, 0, b"\x12\x34"),
    (b"\x90\x03\x00\x01\x01", mqtt.SUBACK, 0, b"\x00\x01\x01"),
    (PINGRESP, mqtt.PINGRESP, 0, b""),
    (b"\x32\x07\x00\x01d\x00\x09hi", mqtt.PUBLISH, 2, b"\x00\x01d\x00\x09hi"),
    (b"\x31\x84\x01\x00\x01d" + bytes(129), mqtt.PUBLISH, 1, b"\x00\x01d" + bytes(129)),
)


def _raises(kind, call, *args):
    try:
        call(*args)
    except kind as error:
        return str(error)
    raise AssertionError("nothing was raised")


def test_connect_is_that_of_the_standard():
    packet = mqtt.connect("p1", 60, "pole/p1/state", b"offline")
    assert packet == (
        b"\x10\x26\x00\x04MQTT\x04\x2c\x00\x3c\x00\x02p1\x00\x0dpole/p1/state\x00\x07offline"
    )
    packet = mqtt.connect("p1", 60, "s", b"", "me", "pass")
    assert packet == (
        b"\x10\x1d\x00\x04MQTT\x04\xec\x00\x3c\x00\x02p1\x00\x01s\x00\x00\x00\x02me\x00\x04pass"
    )
    _raises(ValueError, mqtt.connect, "p1", 65536, "s", b"")
    _raises(ValueError, mqtt.connect, "p" * 65536, 60, "s", b"")


def test_publish_and_the_lengths_of_the_standard():
    assert mqtt.publish("t", 10, b"abc") == b"\x32\x08\x00\x01t\x00\x0aabc"
    assert mqtt.publish("t", 10, b"", True) == b"\x33\x05\x00\x01t\x00\x0a"
    # Table 2.4: where a length takes one more byte.
    for size, length in ((127, b"\x7f"), (128, b"\x80\x01"), (16383, b"\xff\x7f")):
        packet = mqtt.publish("t", 1, bytes(size - 5))
        assert packet[1 : 1 + len(length)] == length
        assert len(packet) == 1 + len(length) + size
    assert mqtt.publish("t", 1, bytes(16379))[1:4] == b"\x80\x80\x01"
    assert mqtt.puback(0x1234) == b"\x40\x02\x12\x34"
    assert mqtt.subscribe(1, "a/b") == b"\x82\x08\x00\x01\x00\x03a/b\x01"


def _seen(packets):
    return [(packet.kind, packet.flags, packet.body) for packet in packets]


def test_packets_whole_byte_by_byte_and_with_a_tail():
    stream = b"".join([packet[0] for packet in PACKETS])
    wanted = [packet[1:] for packet in PACKETS]
    assert _seen(mqtt.Decoder(256).feed(stream)) == wanted
    decoder = mqtt.Decoder(256)
    one_by_one = []
    for at in range(len(stream)):
        one_by_one.extend(decoder.feed(stream[at : at + 1]))
    assert _seen(one_by_one) == wanted
    for cut in range(len(stream)):
        decoder = mqtt.Decoder(256)
        assert _seen(decoder.feed(stream[:cut]) + decoder.feed(stream[cut:])) == wanted
    decoder = mqtt.Decoder(256)
    assert _seen(decoder.feed(stream + b"\x40\x02\x12")) == wanted


def test_a_long_packet_is_not_kept_whole():
    decoder = mqtt.Decoder(16)
    packet = b"\x32\x80\x80\x04" + bytes(range(256)) * 256  # 64 KB
    found = []
    for at in range(0, len(packet), 500):
        found.extend(decoder.feed(packet[at : at + 500]))
    assert len(found) == 1
    assert found[0].length == 65536 and found[0].body == bytes(range(16))
    assert _seen(decoder.feed(PINGRESP)) == [(mqtt.PINGRESP, 0, b"")]


def test_malformed_packets_are_typed():
    for data in (
        b"\x00\x00",  # reserved types
        b"\xf0\x00",
        b"\x10\x00",  # what only a client sends
        b"\x50\x02\x00\x01",  # QoS 2
        b"\x21\x02\x00\x00",  # reserved flags
        b"\x40\x80\x80\x80\x80\x01",  # a length of five bytes
    ):
        _raises(BadFrame, mqtt.Decoder(64).feed, data)
    for data, read in (
        (b"\x20\x02\x02\x00", mqtt.read_connack),
        (b"\x20\x03\x00\x00\x00", mqtt.read_connack),
        (b"\x40\x02\x00\x00", mqtt.read_puback),
        (b"\x40\x03\x00\x01\x00", mqtt.read_puback),
        (b"\x40\x00", mqtt.read_puback),
        (b"\x90\x03\x00\x01\x03", mqtt.read_suback),
        (b"\x90\x02\x00\x01", mqtt.read_suback),
        (b"\x34\x05\x00\x01t\x00\x01", mqtt.read_publish),  # QoS 2
        (b"\x36\x05\x00\x01t\x00\x01", mqtt.read_publish),  # QoS 3
        (b"\x38\x03\x00\x01t", mqtt.read_publish),  # a repetition at QoS 0
        (b"\x32\x05\x00\x01t\x00\x00", mqtt.read_publish),  # packet id 0
        (b"\x32\x04\x00\x01t\x00", mqtt.read_publish),
        (b"\x30\x01\x00", mqtt.read_publish),
        (b"\x30\x00", mqtt.read_publish),
        (b"\x30\x03\x00\x02t", mqtt.read_publish),
        (b"\x30\x02\x00\x00", mqtt.read_publish),  # no topic
        (b"\x30\x42\x00\x40" + bytes(64), mqtt.read_publish),  # a topic beyond what is kept
    ):
        packet = mqtt.Decoder(64).feed(data)[0]
        _raises(BadFrame, read, packet)


def _session(window=10):
    session = Session("p1", None, None, 60000, window)
    session.open(0)
    assert session.outbox == [mqtt.connect("p1", 60, "pole/p1/state", b"offline")]
    session.outbox.clear()
    return session


def _up(window=10):
    session = _session(window)
    assert session.receive(CONNACK, 10) == [(CONNECTED, False)]
    session.outbox.clear()
    return session


def test_subscription_and_birth_go_ahead_of_frames():
    session = _session()
    assert session.room() == 0
    _raises(ValueError, session.offer, 1, b"early", 1, 5)
    assert session.receive(CONNACK_KEPT, 10) == [(CONNECTED, True)]
    assert session.outbox == [
        mqtt.subscribe(1, "pole/p1/down"),
        mqtt.publish("pole/p1/state", 2, b"online", True),
    ]
    session.offer(0, b"frame", 7, 10)
    assert session.outbox[2] == mqtt.publish("pole/p1/up/0", 3, b"frame")
    assert session.receive(b"\x90\x03\x00\x01\x01\x40\x02\x00\x02", 20) == []
    assert session.receive(b"\x40\x02\x00\x03\x40\x02\x00\x03", 20) == [(PUBLISHED, 7)]
    session.outbox.clear()
    session.leave(30)
    assert session.outbox == [
        mqtt.publish("pole/p1/state", 2, b"offline", True),
        mqtt.DISCONNECT,
    ]
    assert session.room() == 0


def test_the_window_and_packet_ids_that_wrap():
    session = _up(window=2)
    used = []
    for token in range(65536):
        session.offer(1, b"f", token, 20)
        packet_id = session.outbox.pop()[16:18]
        if not 4 < token < 65530:
            used.append(int.from_bytes(packet_id, "big"))
        assert session.receive(b"\x40\x02" + packet_id, 20) == [(PUBLISHED, token)]
    # 1 and 2 are the session's own, and 0 is none.
    assert used == [3, 4, 5, 6, 7, 65533, 65534, 65535, 3, 4, 5]
    session.offer(1, b"a", 1, 20)
    session.offer(1, b"b", 2, 20)
    assert session.room() == 0
    _raises(ValueError, session.offer, 1, b"c", 3, 20)


def test_downlinks_are_acknowledged_whatever_they_are():
    session = _up()
    down = b"\x00\x0cpole/p1/down"
    assert session.receive(b"\x30\x10" + down + b"hi", 20) == [(MESSAGE, b"hi")]
    assert session.outbox == []
    assert session.receive(b"\x32\x12" + down + b"\x00\x09hi", 20) == [(MESSAGE, b"hi")]
    assert session.receive(b"\x3b\x12" + down + b"\x00\x09hi", 20) == [(MESSAGE, b"hi")]
    assert session.outbox == [mqtt.puback(9), mqtt.puback(9)]
    session.outbox.clear()
    assert session.receive(b"\x32\x06\x00\x01x\x00\x0ahi"[:-1], 20) == []  # of another topic
    longest = bytes(1024)
    size = len(down) + 2 + len(longest)
    head = b"\x32" + bytes((size & 127 | 128, size >> 7))
    assert session.receive(head + down + b"\x00\x0b" + longest, 20) == [(MESSAGE, longest)]
    assert session.oversize == 0
    # 64 KB: taken off the server, which would repeat it for ever, and dropped.
    size = len(down) + 2 + 65536
    head = b"\x32" + bytes((size & 127 | 128, size >> 7 & 127 | 128, size >> 14))
    assert session.receive(head + down + b"\x00\x0c", 20) == []
    for _ in range(128):
        assert session.receive(bytes(512), 20) == []
    assert session.oversize == 1
    assert session.outbox == [mqtt.puback(10), mqtt.puback(11), mqtt.puback(12)]
    assert session.receive(b"\x30\x10" + down + b"hi", 20) == [(MESSAGE, b"hi")]


def test_a_silent_server_is_found_out():
    session = _session()
    session.tick(29999)
    _raises(NoReply, session.tick, 30000)  # no answer to the CONNECT
    session = _up()
    session.tick(60009)
    assert session.outbox == []
    session.tick(60010)
    session.tick(61000)
    assert session.outbox == [mqtt.PINGREQ]
    session.tick(90009)
    assert "silent" in _raises(NoReply, session.tick, 90010)
    # An answer is an answer, and the next ping comes a keep-alive later.
    session = _up()
    session.tick(60010)
    assert session.receive(PINGRESP, 60200) == []
    session.outbox.clear()
    session.tick(120009)
    assert session.outbox == []
    session.tick(120010)
    assert session.outbox == [mqtt.PINGREQ]
    # Frames that go out do not keep a dead connection alive.
    session = _up()
    for now in range(5000, 90000, 5000):
        session.tick(now)
        if session.room():
            session.offer(1, b"f", now, now)
    assert mqtt.PINGREQ in session.outbox
    _raises(NoReply, session.tick, 90010)


def test_a_frame_that_is_never_acknowledged_is_found_out():
    session = _up()
    session.offer(1, b"f", 5, 1000)
    for now in range(2000, 91000, 2000):
        session.tick(now)
        session.receive(PINGRESP, now)
    assert "acknowledge" in _raises(NoReply, session.tick, 91000)


def test_what_ends_a_connection():
    session = _session()
    assert "user name" in _raises(Refused, session.receive, b"\x20\x02\x00\x04", 10)
    _raises(Refused, _session().receive, b"\x20\x02\x00\x77", 10)
    _raises(Refused, _up().receive, b"\x90\x03\x00\x01\x80", 20)
    for data in (CONNACK, b"\xd0\x01\x00", b"\x90\x03\x00\x01\x07", b"\xff"):
        _raises(BadFrame, _up().receive, data, 20)
    for data in (PINGRESP, b"\x40\x02\x00\x03", b"\x30\x03\x00\x01t"):
        _raises(BadFrame, _session().receive, data, 5)
    # A new connection begins anew, in the middle of whatever the last one was.
    session = _up(window=1)
    session.offer(1, b"f", 5, 10)
    session.receive(b"\x32\x7f\x00", 20)
    session.open(100)
    assert session.room() == 0
    assert session.receive(CONNACK, 110) == [(CONNECTED, False)]
    assert session.room() == 1


def test_noise_gives_only_typed_errors():
    dice = Dice(20260101)
    refused = 0
    for _ in range(2000):
        session = _up() if dice.chance(800) else _session()
        if session.room():
            session.offer(1, b"f", 1, 20)
        noise = bytearray()
        while len(noise) < 24:
            if dice.chance(600):
                noise.extend(PACKETS[dice.below(len(PACKETS))][0][: dice.between(1, 12)])
            else:
                noise.extend(dice.take(dice.between(1, 6)))
        try:
            for event, _ in session.receive(bytes(noise), 30):
                assert event in (CONNECTED, PUBLISHED, MESSAGE)
        except (BadFrame, Refused):
            refused += 1
    assert refused > 500
