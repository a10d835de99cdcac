"""NMEA 0183 sentences: framing, checksum, and the two that carry position, fix and time.

Source: NMEA 0183 (IEC 61162-1), 5.2 (``$`` talker and type, fields, ``*`` and the XOR of all
between ``$`` and ``*`` as two hexadecimal digits, CR LF; 82 characters at most) and 8.3 (GGA, RMC).
Talkers GN, GP, GB, BD, GL, GA and any other two letters are taken alike. Receivers with many
digits send longer sentences than the standard allows: up to LONGEST is taken.
"""

from agent.errors import BadFrame, WrongReply
from agent.protocols.decimals import decimal
from agent.protocols.receiver import Receiver

LONGEST = 120


def sentence(text: str) -> bytes:
    """The sentence around text ("GNZDA,074101.000,20,09,2022,,")."""
    data = text.encode()
    return b"$" + data + b"*%02X\r\n" % _xor(data)


def fields(frame: bytes) -> "list[str]":
    """The fields of an intact sentence; the first is talker and type, such as "GNRMC"."""
    return frame[1 : frame.find(b"*")].decode().split(",")


def _xor(data):
    check = 0
    for byte in data:
        check ^= byte
    return check


def degrees(text, hemisphere) -> int:
    """ "3858.1000" and "S" as 1e-7 degrees. BadFrame for what is no place on earth."""
    point = text.find(".") if "." in text else len(text)
    most = 90 if hemisphere in ("N", "S") else 180
    try:
        whole, minutes = decimal(text[: point - 2], 0), decimal(text[point - 2 :], -7)
    except ValueError:
        raise BadFrame("no coordinate: %r" % text)
    value = whole * 10000000 + (2 * minutes + 60) // 120
    good = 0 <= minutes < 600000000 and whole >= 0 and value <= most * 10000000
    if hemisphere not in ("N", "S", "E", "W") or not good:
        raise BadFrame("no coordinate: %r %r" % (text, hemisphere))
    return -value if hemisphere in ("S", "W") else value


def utc_ms(time, date) -> int:
    """ "074101.000" and "200922" as milliseconds since 1970, without leap seconds; the years are
    2000 to 2099. BadFrame for what is no time."""
    try:
        clock, day = decimal(time, -3), decimal(date, 0)
    except ValueError:
        raise BadFrame("no time: %r %r" % (time, date))
    hours, minutes, ms = clock // 10000000, clock // 100000 % 100, clock % 100000
    day, month, year = day // 10000, day // 100 % 100, 2000 + day % 100
    good = len(date) == 6 and 0 <= hours < 24 and minutes < 60 and 0 <= ms < 61000
    if not good or not 1 <= day <= 31 or not 1 <= month <= 12:
        raise BadFrame("no time: %r %r" % (time, date))
    # Years begin in March, so that the leap day is the last.
    year, month = (year, month - 3) if month > 2 else (year - 1, month + 9)
    days = (
        year * 365 + year // 4 - year // 100 + year // 400 + (153 * month + 2) // 5 + day - 719469
    )
    return ((days * 24 + hours) * 60 + minutes) * 60000 + ms


class SentenceReceiver(Receiver):
    """Waits until one sentence of each type in wanted was heard, all of one UTC time (their first
    field), and hands them out one behind the other, in the order of wanted."""

    def __init__(self, wanted):
        super().__init__(0, b"", ())
        self.wanted = wanted
        self.heard = {}

    def _frame(self, at):
        buffer = self.buffer
        if buffer[at] != 0x24:
            return 0
        end = buffer.find(b"\n", at)
        if end < 0:
            return None if len(buffer) - at < LONGEST else 0
        frame = bytes(buffer[at : end + 1])
        data = frame[1:-5]
        if len(frame) > LONGEST or [byte for byte in data if not 0x20 <= byte < 0x7F]:
            return 0
        return len(frame) if frame[-5:].upper() == b"*%02X\r\n" % _xor(data) else 0

    def _answer(self, frame):
        kind = frame[3:6].decode()
        if kind not in self.wanted:
            return None
        self.heard[kind] = frame
        times = [fields(self.heard[kind])[1:2] for kind in self.wanted if kind in self.heard]
        if len(times) < len(self.wanted) or [time for time in times if time != times[0]]:
            return None
        return b"".join([self.heard[kind] for kind in self.wanted])

    def verdict(self):
        """WrongReply where sentences came, but not those that are wanted; else as Receiver."""
        if self.foreign:
            return WrongReply(
                "sentences came, but not %s of one time: switch them on in the receiver"
                % " and ".join(self.wanted)
            )
        return super().verdict()
