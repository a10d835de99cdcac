"""DL/T 645-2007 master: frames out, replies in. No I/O and no clock.

Source: DL/T 645-2007, 5 (``68``, address of 6 bytes BCD, ``68``, control, length, data, sum of all
before modulo 256, ``16``; low bytes first; ``33`` is added to every data byte; four ``FE`` wake the
receiver) and 7.1, 7.2 (control 11H reads data, 13H reads the address; D7 marks the reply, D6 a
refusal).
"""

from agent.errors import Refused
from agent.protocols.receiver import Receiver

READ, READ_ADDRESS = 0x11, 0x13
ANYONE = b"\xaa\xaa\xaa\xaa\xaa\xaa"
LEAD_IN = b"\xfe\xfe\xfe\xfe"


def address(number: int) -> bytes:
    """The twelve digits of a meter's number, as they go over the line."""
    if not 0 <= number <= 999999999999:
        raise ValueError("a meter's number has up to 12 digits")
    return bytes(reversed(bytes.fromhex("%012d" % number)))


def identifier(number: int) -> bytes:
    """A data identifier such as 0x02010100, as it goes over the line."""
    return bytes(reversed(number.to_bytes(4, "big")))


def frame(meter: bytes, control: int, data: bytes) -> bytes:
    """One frame without lead-in; data is plain, up to 200 bytes."""
    body = b"\x68" + meter + bytes((0x68, control, len(data)))
    body += bytes([byte + 0x33 & 0xFF for byte in data])
    return body + bytes((sum(body) & 0xFF, 0x16))


def bcd(data, signed=False):
    """The integer in packed BCD, low byte first; None where it is no number (all FF: no value).
    signed: the top bit is the sign."""
    digits = bytearray(reversed(data))
    sign = 1
    if signed and digits[0] & 0x80 and digits[0] != 0xFF:
        digits[0] &= 0x7F
        sign = -1
    value = 0
    for byte in digits:
        if byte >> 4 > 9 or byte & 15 > 9:
            return None
        value = value * 100 + (byte >> 4) * 10 + (byte & 15)
    return sign * value


class MeterReceiver(Receiver):
    """Waits for the reply to a request of frame(meter, control, data). The reply is its plain data
    behind what it repeats of the request. Refused for an abnormal reply."""

    def __init__(self, meter, control, data):
        headers = () if meter == ANYONE else (b"\x68" + meter + b"\x68",)
        super().__init__(0, LEAD_IN + frame(meter, control, data), headers)
        self.meter = meter
        self.control = control
        self.data = data

    def _frame(self, at):
        buffer = self.buffer
        start = at
        while start < len(buffer) and buffer[start] == 0xFE:
            start += 1
        left = len(buffer) - start
        head = buffer[start : start + 1] + buffer[start + 7 : start + 8]
        if head != b"\x68\x68"[: len(head)]:
            return 0
        if left < 10:
            return None
        size = 12 + buffer[start + 9]
        if left < size:
            return None
        whole = buffer[start : start + size]
        return start - at + size if whole[-1] == 0x16 and sum(whole[:-2]) & 0xFF == whole[-2] else 0

    def _answer(self, frame):
        frame = frame[frame.find(b"\x68") :]
        if self.meter not in (ANYONE, frame[1:7]):
            return None
        data = bytes([byte - 0x33 & 0xFF for byte in frame[10:-2]])
        if frame[8] == self.control | 0xC0 and data:
            raise Refused("the meter refused: error %02X" % data[0], data[0])
        if frame[8] != self.control | 0x80 or not data.startswith(self.data):
            return None
        return data[len(self.data) :]
