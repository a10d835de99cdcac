"""CJ/T 188 master: frames out, replies in. No I/O and no clock.

Source: CJ/T 188-2004, 8 (``68``, type, address of 7 bytes BCD low first, control, length, data, sum
of all before modulo 256, ``16``; ``FE`` wake the receiver), as published examples show it: control
01H reads, 81H answers, C1H refuses; the data begin with an identifier and a serial number.
"""

from agent.errors import Refused
from agent.protocols.receiver import Receiver

READ = 0x01
WATER, GAS = 0x10, 0x30
ANYONE = b"\xaa" * 7
LEAD_IN = b"\xfe\xfe\xfe\xfe"
HEAD = 11  # bytes up to the data


def address(number: int) -> bytes:
    """The fourteen digits of a meter's number (maker and address), as they go over the line."""
    if not 0 <= number <= 99999999999999:
        raise ValueError("a meter's number has up to 14 digits")
    return bytes(reversed(bytes.fromhex("%014d" % number)))


def frame(type: int, meter: bytes, control: int, data: bytes) -> bytes:
    """One frame without lead-in."""
    body = bytes((0x68, type)) + meter + bytes((control, len(data))) + data
    return body + bytes((sum(body) & 0xFF, 0x16))


class MeterReceiver(Receiver):
    """Waits for the reply to a read of frame(type, meter, READ, data). The reply is its data behind
    what it repeats of the request. Refused for an abnormal reply."""

    def __init__(self, type, meter, data):
        super().__init__(0, LEAD_IN + frame(type, meter, READ, data), ())
        self.type = type
        self.meter = meter
        self.data = data

    def _frame(self, at):
        buffer = self.buffer
        start = at
        while start < len(buffer) and buffer[start] == 0xFE:
            start += 1
        left = len(buffer) - start
        if left and buffer[start] != 0x68:
            return 0
        if left < HEAD:
            return None
        size = HEAD + 2 + buffer[start + 10]
        if left < size:
            return None
        whole = buffer[start : start + size]
        return start - at + size if whole[-1] == 0x16 and sum(whole[:-2]) & 0xFF == whole[-2] else 0

    def _answer(self, frame):
        frame = frame[frame.find(b"\x68") :]
        if frame[1] != self.type or self.meter not in (ANYONE, frame[2:9]):
            return None
        data = frame[HEAD:-2]
        if frame[9] == READ | 0xC0:
            raise Refused("the meter refused", data[0] if data else 0)
        if frame[9] != READ | 0x80 or not data.startswith(self.data):
            return None
        return data[len(self.data) :]
