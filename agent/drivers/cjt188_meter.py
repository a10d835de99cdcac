"""Water or gas meter of CJ/T 188. Unproven: the much-copied example has a wrong checksum.

Source: CJ/T 188-2004 as published examples show it: identifier 901F is answered by the volume
(XXXXXX.XX), its unit (2C: m³), that of the last month, the meter's time and two bytes of status,
whose bits are not verified and handed on as they are (the second byte is the higher one).
Line: 2400 8E1 (unverified). Without meter the question goes to everybody: for one meter alone.
"""

from agent.drivers.driver import Driver, Option, fault, reading
from agent.protocols import cjt188, dlt645
from agent.reading import Channel

VOLUME = b"\x1f\x90\x00"  # the identifier, and a serial number
SIZE = 19  # of what follows it
CUBIC_METRES = 0x2C
TYPES = {"water": cjt188.WATER, "gas": cjt188.GAS}


class MeterAsk:
    """One question; the reply is the data behind the identifier."""

    def __init__(self, type, meter, timeout_ms):
        self.type = type
        self.meter = meter
        self.timeout_ms = timeout_ms

    def open(self, framing, transaction):
        """(bytes to write, receiver)."""
        receiver = cjt188.MeterReceiver(self.type, self.meter, VOLUME)
        return receiver.sent, receiver


class Device(Driver):
    model = "cjt188-meter"
    title = "Water or gas meter of CJ/T 188"
    kind = "metering"
    line = "2400 8E1"
    proven = False
    source = "CJ/T 188-2004, published example with a wrong checksum"
    timeout_ms = 2000
    options = (
        Option("type", "choice", "water", "what it meters", choices=("water", "gas")),
        Option(
            "meter",
            "int",
            None,
            "the meter's number of up to 14 digits; none where one meter is alone on its line",
            0,
            99999999999999,
            required=False,
        ),
    )
    channels = (
        Channel("volume", "m3", -2, 0, 99999999),
        Channel("status", "/", 0, 0, 0xFFFF),
    )

    def read(self):
        """Ask for the volume."""
        number = self.settings.get("meter")
        meter = cjt188.ANYONE if number is None else cjt188.address(number)
        type = TYPES[self.settings.get("type", "water")]
        data = yield MeterAsk(type, meter, self.timeout_ms)
        volume = dlt645.bcd(data[:4]) if len(data) == SIZE and data[4] == CUBIC_METRES else None
        if volume is None:
            return [fault(channel) for channel in self.channels]
        status = data[-2] | data[-1] << 8
        return [reading(self.channels[0], volume), reading(self.channels[1], status)]
