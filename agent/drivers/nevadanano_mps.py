"""NevadaNano MPS flammable gas sensor (3.0, 4.0, 5.0), serial, asked, 38400 8N1. Unproven.

Source: allsensing-docs, NevadaNano MPS (nv2, nv3: frames, statuses of the versions, warm-up), and
three published programs that read it. A request is command, length and a reserved word (16 bits
each, the low byte first), CRC, payload; a reply is command, status, length, CRC, payload. The CRC
is CCITT (1021, from FFFF) over all of it with 0 in its own place; the published requests confirm
it. ANSWER (01) gives seven words: cycle count, concentration in %LEL, gas, °C, kPa, %RH, g/m³,
singles but for the counts. No reply is published: the raw replies travel with the readings.

After power-on the sensor waits to be told to measure (MEAS, 61). It is told so when its cycles do
not count on, which is also how a value that stands still is found out; a cycle takes 2 s. 100 %LEL
of methane is 5 %VOL by ISO 10156 and 4.4 %VOL by IEC 60079-20-1: a sensor that measures already
keeps the basis that it was told. 121 s (4.0) are the longest warm-up of the three. Gas while it
starts, or slowly building up (33, 34), is gas, and the value counts.
"""

from agent.drivers.driver import Driver, Option, fault, reading
from agent.drivers.modbus_floats import float_to_int
from agent.errors import NoReply
from agent.protocols.receiver import Receiver
from agent.reading import GOOD, IMPLAUSIBLE, OUT_OF_RANGE, WARM_UP, Channel, Reading

ANSWER, MEAS = 0x01, 0x61
BASES = {"iso": 0x02, "iec": 0x22}  # the argument of MEAS: without end, in %LEL of this standard
WORDS = 28  # bytes of an ANSWER
STARTING = 10  # cycles after power-on that do not count yet
MAX_PAYLOAD = 68
# Statuses with values that may be read; every other one is a fault.
QUALITY = {
    0x00: GOOD,
    0x26: WARM_UP,
    0x27: WARM_UP,
    0x30: OUT_OF_RANGE,  # below -15 %LEL
    0x33: GOOD,
    0x34: GOOD,
    0x35: IMPLAUSIBLE,  # somebody breathes on it, or the humidity leaps
}
BEYOND = (254, 255)  # gases: below and above the range


def crc(data) -> int:
    """CRC-CCITT from FFFF."""
    value = 0xFFFF
    for byte in data:
        value ^= byte << 8
        for _ in range(8):
            value = value << 1 ^ (0x11021 if value & 0x8000 else 0)
    return value


def packed(head, payload) -> bytes:
    """A frame: head is all before the CRC."""
    check = crc(head + b"\x00\x00" + payload)
    return head + bytes((check & 0xFF, check >> 8)) + payload


class MpsReceiver(Receiver):
    """Waits for the reply to a command, whatever its status: the whole frame."""

    def __init__(self, command, sent):
        super().__init__(0, sent, (bytes((command,)),))
        self.command = command

    def _frame(self, at):
        buffer = self.buffer
        left = len(buffer) - at
        if self.sent.startswith(bytes(buffer[at : at + len(self.sent)])):
            return len(self.sent) if left >= len(self.sent) else None  # an echo
        if buffer[at] != self.command:
            return 0
        if left < 6:
            return None
        size = 6 + (buffer[at + 2] | buffer[at + 3] << 8)
        if size > 6 + MAX_PAYLOAD:
            return 0
        if left < size:
            return None
        frame = bytes(buffer[at : at + size])
        return size if packed(frame[:4], frame[6:]) == frame else 0

    def _answer(self, frame):
        return frame if frame != self.sent else None


class MpsAsk:
    """One command. The reply that comes back is its whole frame."""

    def __init__(self, command, payload, timeout_ms):
        self.command = command
        self.payload = payload
        self.timeout_ms = timeout_ms

    def open(self, framing, transaction):
        """(bytes to write, receiver). Serial devices know no framing."""
        head = bytes((self.command, 0, len(self.payload), 0, 0, 0))
        sent = packed(head, self.payload)
        return sent, MpsReceiver(self.command, sent)


class Device(Driver):
    model = "nevadanano-mps"
    title = "NevadaNano MPS flammable gas sensor"
    kind = "gas"
    line = "38400 8N1"
    proven = False
    source = "allsensing-docs, NevadaNano MPS, and published programs; no reply captured"
    warm_up_ms = 121000
    min_every_ms = 3000
    channels = (
        Channel("lel", "%", -1, -150, 1000),
        Channel("gas", "/", 0, 0, 253),
        Channel("temperature", "Cel", -1, -500, 1000),
        Channel("humidity", "%RH", -1, 0, 1000),
    )
    options = (
        Option(
            "basis",
            "choice",
            "iso",
            "what 100 %LEL is by: ISO 10156 or IEC 60079-20-1",
            choices=("iso", "iec"),
        ),
    )

    def __init__(self, options):
        super().__init__(options)
        self.mode = BASES[options.get("basis", "iso")]
        self.cycle = 0

    def read(self):
        """Ask for the answer; tell it to measure where it does not. NoReply then."""
        frame = yield MpsAsk(ANSWER, b"", self.timeout_ms)
        quality = QUALITY.get(frame[1])
        if len(frame) != 6 + WORDS:
            if quality == WARM_UP:
                raise NoReply("the sensor is starting")
            return [fault(channel) for channel in self.channels]
        words = [int.from_bytes(frame[at : at + 4], "little") for at in range(6, 6 + WORDS, 4)]
        if quality == GOOD and words[0] in (0, self.cycle):
            yield MpsAsk(MEAS, bytes((self.mode,)), self.timeout_ms)
            raise NoReply("the sensor stood still; it has been told to measure")
        self.cycle = words[0]
        if quality is None:
            return [fault(channel) for channel in self.channels]
        if quality == GOOD and words[0] <= STARTING:
            quality = WARM_UP
        if quality != WARM_UP and words[2] in BEYOND:
            quality = OUT_OF_RANGE
        lel, temperature, humidity = [float_to_int(words[place], -1) for place in (1, 3, 5)]
        values = zip(self.channels, (lel, words[2], temperature, humidity))
        return [_judged(channel, value, quality) for channel, value in values]


def _judged(channel, value, quality):
    """The Reading of a value, unless its range says worse than the sensor."""
    if value is None:
        return fault(channel)
    found = reading(channel, value)
    if quality == WARM_UP or found.quality == GOOD:
        return Reading(channel.name, value, channel.exponent, channel.unit, quality)
    return found
