"""SL 651-2014 reports of a hydrological station, hexadecimal form.

Source: SL 651-2014, 6.2 (``7E7E``, centre, station of 5 bytes BCD, password, function, length,
``02``, body, ``03``, CRC-16 of Modbus with its high byte first) and annex C (element: identifier,
then five bits for its bytes and three for its decimals, then BCD).
"""

from agent.errors import BadFrame
from agent.protocols.modbus import crc16
from agent.protocols.receiver import Receiver

START = b"\x7e\x7e"
HEAD = 14  # up to and with 02
AROUND = 17  # all that is not body
OBSERVED = 23  # serial, time, F1F1, station, class, F0F0 and observation time


def seal(head: bytes, body: bytes) -> bytes:
    """The frame of a report: head is centre, station, password and function (9 bytes)."""
    frame = START + head + len(body).to_bytes(2, "big") + b"\x02" + body + b"\x03"
    return frame + crc16(frame).to_bytes(2, "big")


def elements(frame: bytes) -> dict:
    """Identifier to (digits, decimals) of an intact report; digits None where they are no BCD.

    BadFrame where the body is not that of a report.
    """
    body = frame[HEAD:-3]
    if body[8:10] != b"\xf1\xf1" or body[16:18] != b"\xf0\xf0":
        raise BadFrame("an SL 651 body without station and observation time")
    found = {}
    at = OBSERVED
    while at < len(body):
        if at + 2 > len(body) or at + 2 + (body[at + 1] >> 3) > len(body):
            raise BadFrame("an SL 651 element is cut off")
        size, decimals = body[at + 1] >> 3, body[at + 1] & 7
        digits = body[at + 2 : at + 2 + size].hex()
        plain = digits and not [letter for letter in digits if letter > "9"]
        found[body[at]] = (int(digits) if plain else None, decimals)
        at += 2 + size
    return found


class ReportReceiver(Receiver):
    """Waits for an intact report upwards whose function is among functions (bytes)."""

    def __init__(self, functions):
        super().__init__(0, b"", ())
        self.functions = functions

    def _frame(self, at):
        buffer = self.buffer
        head = bytes(buffer[at : at + HEAD])
        if not head.startswith(START[: len(head)]):
            return 0
        if len(head) < HEAD:
            return None
        size = AROUND + ((head[11] & 15) << 8 | head[12])
        if head[11] >> 4 or head[13] != 2:
            return 0
        if len(buffer) < at + size:
            return None
        frame = bytes(buffer[at : at + size])
        return size if crc16(frame[:-2]) == frame[-2] << 8 | frame[-1] else 0

    def _answer(self, frame):
        return frame if frame[10] in self.functions else None
