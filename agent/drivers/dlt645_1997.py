"""Electricity meter of DL/T 645-1997: its active energy. Unproven.

Source: DL/T 645-1997: the frame of DL/T 645-2007, but control 01H to read, 81H to answer, and
identifiers of two bytes: 9010 forward active energy (XXXXXX.XX kWh). The published request is among
the vectors, no reply is. A meter's own number is needed: 1997 knows no question for it.
Line: 1200 8E1 (unverified).
"""

from agent.drivers.driver import Driver, Option, fault, reading
from agent.protocols import dlt645
from agent.reading import Channel

READ = 0x01
ENERGY = b"\x10\x90"


class MeterAsk:
    """One question; the reply is the plain data behind the identifier."""

    def __init__(self, meter, timeout_ms):
        self.meter = meter
        self.timeout_ms = timeout_ms

    def open(self, framing, transaction):
        """(bytes to write, receiver)."""
        receiver = dlt645.MeterReceiver(self.meter, READ, ENERGY)
        return receiver.sent, receiver


class Device(Driver):
    model = "dlt645-1997"
    title = "Electricity meter of DL/T 645-1997"
    kind = "electricity"
    line = "1200 8E1"
    proven = False
    source = "DL/T 645-1997, published request only"
    timeout_ms = 1500
    options = (
        Option("meter", "int", None, "the meter's number of up to 12 digits", 0, 999999999999),
    )
    channels = (Channel("energy", "kWh", -2, 0, 99999999),)

    def read(self):
        """Ask for the energy."""
        data = yield MeterAsk(dlt645.address(self.settings["meter"]), self.timeout_ms)
        value = dlt645.bcd(data) if len(data) == 4 else None
        channel = self.channels[0]
        return [fault(channel) if value is None else reading(channel, value)]
