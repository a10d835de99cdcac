"""HJ 212-2017 packets: framing, checksum, and the pollutants of a data area.

Source: HJ 212-2017, 6.3 (``##``, four digits of length, data up to 9999 bytes, four hexadecimal
digits of check, CR LF) and annex A (the check: only the high byte of a step goes into the next, so
that it is worth 8 bits; it finds noise, and proves nothing).
"""

from agent.errors import BadFrame
from agent.protocols.receiver import Receiver

LONGEST = 1024  # as in the 2005 edition: a list of common pollutants is half of that


def check(data) -> int:
    """The check of annex A, 0..65535."""
    crc = 0xFFFF
    for byte in data:
        crc = crc >> 8 ^ byte
        for _ in range(8):
            crc = crc >> 1 ^ 0xA001 if crc & 1 else crc >> 1
    return crc


def packet(data: bytes) -> bytes:
    """The packet around a data segment."""
    return b"##%04d%s%04X\r\n" % (len(data), data, check(data))


def pollutants(data: bytes) -> dict:
    """Field name ("a34004-Rtd", "DataTime") to text, from the data area of a segment.

    BadFrame where there is none.
    """
    start, end = data.find(b"CP=&&"), data.rfind(b"&&")
    if start < 0 or end < start + 5 or [byte for byte in data if not 0x20 <= byte < 0x7F]:
        raise BadFrame("an HJ 212 segment without a data area")
    found = {}
    for item in data[start + 5 : end].decode().replace(";", ",").split(","):
        name, equals, value = item.partition("=")
        if equals:
            found[name] = value
    return found


class PacketReceiver(Receiver):
    """Waits for an intact packet with a command number such as b"2011"; the reply is its data
    segment."""

    def __init__(self, command):
        super().__init__(0, b"", ())
        self.mark = b";CN=" + command + b";"

    def _frame(self, at):
        head = bytes(self.buffer[at : at + 6])
        if not head.startswith(b"##"[: len(head)]) or [b for b in head[2:] if not 48 <= b < 58]:
            return 0
        if len(head) < 6:
            return None
        size = int(head[2:].decode()) + 12
        if size > LONGEST + 12:
            return 0
        if len(self.buffer) < at + size:
            return None
        tail = bytes(self.buffer[at + size - 6 : at + size])
        wanted = b"%04X\r\n" % check(self.buffer[at + 6 : at + size - 6])
        return size if tail.upper() == wanted else 0

    def _answer(self, frame):
        return frame[6:-6] if self.mark in frame else None
