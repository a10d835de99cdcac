"""MQTT 3.1.1 packets, as a client writes and reads them.

Source: OASIS Standard "MQTT Version 3.1.1" (29 October 2014); sections are given with each packet.
QoS 2 is neither sent nor taken: frames have an identity of their own.
"""

from agent.errors import BadFrame

# Packet types (2.2.1) that a server may send to this client.
CONNACK, PUBLISH, PUBACK, SUBACK, PINGRESP = 2, 3, 4, 9, 13

PINGREQ = b"\xc0\x00"  # 3.12
DISCONNECT = b"\xe0\x00"  # 3.14

MAX_LENGTH = 268435455  # of a remaining length (2.2.3)

_RETAIN, _QOS_1, _DUP = 1, 2, 8


def _length(number):
    """A remaining length (2.2.3): seven bits a byte, at most four bytes."""
    if number > MAX_LENGTH:
        raise ValueError("a packet that is too long for MQTT")
    out = bytearray()
    while number > 127:
        out.append(number & 127 | 128)
        number >>= 7
    out.append(number)
    return out


def _string(text):
    """A string or binary field (1.5.3): two bytes of length, then its bytes."""
    data = text.encode() if isinstance(text, str) else text
    if len(data) > 65535:
        raise ValueError("a field that is too long for MQTT")
    return len(data).to_bytes(2, "big") + data


def connect(client, keep_alive_s, will_topic, will, user=None, password=None) -> bytes:
    """CONNECT (3.1) with a retained last will at QoS 1; the server shall keep the session."""
    flags = 0x04 | 0x08 | 0x20
    body = _string(client) + _string(will_topic) + _string(will)
    if user is not None:
        flags |= 0x80
        body += _string(user)
        if password is not None:
            flags |= 0x40
            body += _string(password)
    if not 0 <= keep_alive_s <= 65535:
        raise ValueError("a keep-alive of more than 65535 s")
    header = b"\x00\x04MQTT\x04" + bytes((flags,)) + keep_alive_s.to_bytes(2, "big")
    return b"\x10" + bytes(_length(len(header) + len(body))) + header + body


def publish(topic, packet_id, payload, retain=False) -> bytes:
    """PUBLISH (3.3) at QoS 1, in one piece: a packet in two sends waits for a delayed TCP ACK."""
    first = bytes((PUBLISH << 4 | _QOS_1 | (_RETAIN if retain else 0),))
    header = _string(topic) + packet_id.to_bytes(2, "big")
    # The payload is copied once: a small heap has no room for a frame twice.
    return first + bytes(_length(len(header) + len(payload))) + header + payload


def puback(packet_id) -> bytes:
    """PUBACK (3.4)."""
    return b"\x40\x02" + packet_id.to_bytes(2, "big")


def subscribe(packet_id, topic) -> bytes:
    """SUBSCRIBE (3.8) to one topic at QoS 1."""
    body = packet_id.to_bytes(2, "big") + _string(topic) + b"\x01"
    return b"\x82" + bytes(_length(len(body))) + body


class Packet:
    """A packet that arrived: ``body`` holds what was kept of its ``length`` bytes."""

    def __init__(self, kind, flags, body, length):
        self.kind = kind
        self.flags = flags
        self.body = body
        self.length = length


class Decoder:
    """Bytes in, packets out, in whatever chunks. Keeps at most limit bytes of any packet.

    After BadFrame the stream is of no use: close the connection (4.8).
    """

    def __init__(self, limit):
        self._limit = limit
        self.reset()

    def reset(self):
        """Begin a new stream."""
        self._first = -1
        self._body = b""
        self._length = self._shift = 0
        self._at = -1  # how much of the body is there; -1 while its length is not known

    def feed(self, data):
        """The packets that data completes."""
        packets = []
        at = 0
        while at < len(data):
            if self._at < 0:
                self._header(data[at])
                at += 1
            else:
                at += self._take(data, at)
            if self._at == self._length:
                body = bytes(self._body)
                packets.append(Packet(self._first >> 4, self._first & 15, body, self._length))
                self.reset()
        return packets

    def _header(self, byte):
        if self._first < 0:
            kind = byte >> 4
            if kind not in (CONNACK, PUBLISH, PUBACK, SUBACK, PINGRESP):
                raise BadFrame("an MQTT packet of a kind that no server sends to this client")
            if kind != PUBLISH and byte & 15:
                raise BadFrame("an MQTT packet with flags that are reserved")
            self._first = byte
            return
        self._length |= (byte & 127) << self._shift
        self._shift += 7
        if not byte & 128:
            self._at = 0
            self._body = bytearray(min(self._length, self._limit))
        elif self._shift == 28:
            raise BadFrame("an MQTT packet whose length has more than four bytes")

    def _take(self, data, at):
        size = min(len(data) - at, self._length - self._at)
        kept = min(size, len(self._body) - self._at)
        if kept > 0:
            self._body[self._at : self._at + kept] = data[at : at + kept]
        self._at += size
        return size


def read_connack(packet):
    """(session present, return code) of a CONNACK (3.2)."""
    if packet.length != 2 or packet.body[0] > 1:
        raise BadFrame("a CONNACK of another shape")
    return packet.body[0] == 1, packet.body[1]


def read_puback(packet):
    """The packet id of a PUBACK (3.4)."""
    if packet.length != 2:
        raise BadFrame("a PUBACK of another shape")
    return _packet_id(packet.body, 0)


def read_suback(packet):
    """(packet id, return code) of a SUBACK (3.9) for one topic."""
    if packet.length != 3 or packet.body[2] not in (0, 1, 2, 0x80):
        raise BadFrame("a SUBACK of another shape")
    return _packet_id(packet.body, 0), packet.body[2]


def read_publish(packet):
    """(topic, packet id, payload) of a PUBLISH (3.3): the id is 0 at QoS 0, the payload None if it
    was too long to keep. A retained one is taken like any other."""
    qos = packet.flags >> 1 & 3
    if qos > 1 or (qos == 0 and packet.flags & _DUP):
        raise BadFrame("a PUBLISH with a QoS that was not agreed")
    body = packet.body
    size = int.from_bytes(body[:2], "big")
    end = 2 + size + (2 if qos else 0)
    if packet.length < end or size == 0:
        raise BadFrame("a PUBLISH that ends before its payload")
    if len(body) < end:
        raise BadFrame("a PUBLISH with a topic that is none of ours")
    packet_id = _packet_id(body, 2 + size) if qos else 0
    payload = body[end:] if len(body) == packet.length else None
    return body[2 : 2 + size], packet_id, payload


def _packet_id(body, at):
    packet_id = body[at] << 8 | body[at + 1]
    if not packet_id:
        raise BadFrame("an MQTT packet with the packet id 0")
    return packet_id
