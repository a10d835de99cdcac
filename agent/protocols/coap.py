"""CoAP messages over UDP, as a client writes and reads them.

Source: RFC 7252 (sections are given), with the block options of RFC 7959 only recognised.
"""

from agent.errors import BadFrame

# Types (3).
CON, NON, ACK, RST = 0, 1, 2, 3

# Codes (12.1): class << 5 | detail.
EMPTY = 0
GET, POST = 1, 2
SUCCESS = 2  # the class of the responses that say yes
CONTINUE = 2 << 5 | 31  # RFC 7959: wants another block

# Option numbers (5.10, and RFC 7959). An odd one is critical: who does not know it must refuse.
URI_HOST, URI_PATH, CONTENT_FORMAT, ACCEPT, BLOCK2, BLOCK1 = 3, 11, 12, 17, 23, 27
NO_RESPONSE = 258  # RFC 7967
SILENCE = 26  # its value for no interest in 2.xx, 4.xx and 5.xx (2.1)

MAX_MESSAGE = 1152  # bytes of a datagram (4.6)
MAX_TOKEN = 8
MAX_OPTIONS = 32


class Message:
    """One message: type, code, message id, token, options as (number, bytes), payload."""

    def __init__(self, kind, code, mid, token=b"", options=(), payload=b""):
        self.kind = kind
        self.code = code
        self.mid = mid
        self.token = token
        self.options = options
        self.payload = payload

    def encode(self) -> bytearray:
        """The datagram. options must stand in ascending order; ValueError for what does not fit.
        It is not copied: a small heap has no room for two."""
        if len(self.token) > MAX_TOKEN or not 0 <= self.mid <= 0xFFFF:
            raise ValueError("a token of more than 8 bytes, or a message id of more than two")
        out = bytearray((0x40 | self.kind << 4 | len(self.token), self.code))
        out.extend(self.mid.to_bytes(2, "big"))
        out.extend(self.token)
        out.extend(encode_options(self.options))
        if self.payload:
            out.append(0xFF)
            out.extend(self.payload)
        if len(out) > MAX_MESSAGE:
            raise ValueError("a message of %d bytes; %d fit a datagram" % (len(out), MAX_MESSAGE))
        return out


def encode_options(options) -> bytes:
    """Options as (number, bytes) in ascending order, as a message holds them (3.1)."""
    out = bytearray()
    before = 0
    for number, value in options:
        if number < before:
            raise ValueError("CoAP options out of order")
        _append_option(out, number - before, value)
        before = number
    return bytes(out)


def uint(number) -> bytes:
    """An unsigned integer as an option's value (3.2): as few bytes as it takes, 0 none at all."""
    size = 0
    while number >> 8 * size:
        size += 1
    return number.to_bytes(size, "big")


def _append_option(out, delta, value):
    """Delta and length, each a nibble with up to two more bytes (3.1), then the value."""
    at = len(out)
    out.append(_nibble(delta) << 4 | _nibble(len(value)))
    for number in (delta, len(value)):
        if number >= 269:
            out.extend((number - 269).to_bytes(2, "big"))
        elif number >= 13:
            out.append(number - 13)
    out.extend(value)
    if delta > 0xFFFF or len(out) - at > MAX_MESSAGE:
        raise ValueError("an option that is too long for CoAP")


def _nibble(number):
    return number if number < 13 else 13 if number < 269 else 14


def decode(data) -> "Message":
    """The message in a datagram. BadFrame for a message format error (3), and nothing else."""
    if len(data) < 4 or data[0] >> 6 != 1:
        raise BadFrame("no CoAP message of version 1")
    size = data[0] & 15
    code = data[1]
    if size > MAX_TOKEN or code >> 5 in (1, 6, 7):
        raise BadFrame("a CoAP message with a token length or a class that is reserved")
    if code == EMPTY and len(data) > 4:
        raise BadFrame("an empty CoAP message that is not empty")
    if len(data) < 4 + size:
        raise BadFrame("a CoAP message that ends in its token")
    options, at = decode_options(data, 4 + size)
    return Message(
        data[0] >> 4 & 3,
        code,
        data[2] << 8 | data[3],
        bytes(data[4 : 4 + size]),
        options,
        bytes(data[at:]),
    )


def decode_options(data, at):
    """(options from at, where the payload starts). BadFrame for a format error (3.1)."""
    options = []
    number = 0
    while at < len(data):
        first = data[at]
        at += 1
        if first == 0xFF:
            if at == len(data):
                raise BadFrame("a CoAP payload marker without a payload")
            break
        delta, at = _extended(data, at, first >> 4)
        size, at = _extended(data, at, first & 15)
        number += delta
        if number > 0xFFFF or at + size > len(data) or len(options) == MAX_OPTIONS:
            raise BadFrame("a CoAP option beyond its bounds")
        options.append((number, bytes(data[at : at + size])))
        at += size
    return options, at


def _extended(data, at, nibble):
    if nibble < 13:
        return nibble, at
    size = nibble - 12
    if size > 2 or at + size > len(data):
        raise BadFrame("a CoAP option that is cut off or reserved")
    number = int.from_bytes(data[at : at + size], "big")
    return number + (13 if size == 1 else 269), at + size
