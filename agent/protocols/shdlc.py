"""SHDLC, Sensirion's framing on serial lines: requests out, replies in. No I/O and no clock.

Source: Sensirion SPS30 datasheet, 5.1 and 5.2: ``7E address command length data check 7E`` asks,
``7E address command state length data check 7E`` answers; check is the inverted sum of all between
the marks. 7E, 7D, 11 and 13 within are sent as 7D and the byte with its bit 5 turned.
"""

from agent.errors import Refused
from agent.protocols.receiver import Receiver

MARK, ESCAPE, TURN = 0x7E, 0x7D, 0x20
STUFFED = (0x7E, 0x7D, 0x11, 0x13)
MAX_FRAME = 2 + 2 * 260  # every byte of the longest reply stuffed


def pack(body) -> bytes:
    """The frame of a body (address, command, ... , data): check added, stuffed, marked."""
    frame = bytearray((MARK,))
    for byte in bytes(body) + bytes((~sum(body) & 0xFF,)):
        if byte in STUFFED:
            frame.append(ESCAPE)
            byte ^= TURN
        frame.append(byte)
    frame.append(MARK)
    return bytes(frame)


def unpack(inner):
    """The body in the bytes between two marks; None where its check or its stuffing is wrong."""
    body = bytearray()
    turn = 0
    for byte in inner:
        if byte == ESCAPE and not turn:
            turn = TURN
        else:
            body.append(byte ^ turn)
            turn = 0
    if turn or len(body) < 4 or sum(body) & 0xFF != 0xFF:
        return None
    return bytes(body[:-1])


def request(address, command, data=b"") -> bytes:
    """The frame of a command, with at most 255 bytes of data."""
    return pack(bytes((address, command, len(data))) + data)


class ShdlcReceiver(Receiver):
    """Waits for the data that answers a command; Refused where the state says that it failed."""

    def __init__(self, address, command, sent):
        head = bytes((MARK, address, command))
        super().__init__(7, sent, (head,))
        self.begin = bytes((address, command))

    def _frame(self, at):
        buffer = self.buffer
        if buffer[at] != MARK:
            return 0
        end = buffer.find(b"\x7e", at + 1)
        if end < 0:
            return None if len(buffer) - at < MAX_FRAME else 0
        return end + 1 - at if unpack(buffer[at + 1 : end]) is not None else 0

    def _answer(self, frame):
        body = unpack(frame[1:-1])
        # The own request, one byte shorter, comes back as an echo.
        if not body.startswith(self.begin) or len(body) < 4 or len(body) != 4 + body[3]:
            return None
        state = body[2] & 0x7F
        if state:
            raise Refused("the device refused: state 0x%02x" % state, state)
        return body[4:]
