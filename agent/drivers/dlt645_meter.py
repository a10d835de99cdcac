"""Electricity meter of DL/T 645-2007, single-phase or phase A of three.

Source: DL/T 645-2007, annex A, tables A.1 and A.2: 00010000 forward active energy (XXXXXX.XX kWh),
02010100 voltage (XXX.X), 02020100 current (XXX.XXX), 02030000 active power (XX.XXXX kW), 02060000
power factor (X.XXX); the top bit of the last three is the sign. Captured replies of voltage and
current are among the vectors, energy as a worked example; power and power factor are not.
Line: 2400 8E1. Slaves answer after 20 to 500 ms.

Without meter, each reading first asks for the address by broadcast: for one meter alone on a line.
"""

from agent.drivers.driver import Driver, Option, fault, reading
from agent.protocols import dlt645
from agent.reading import Channel

# Identifier, bytes, signed; in the order of the channels.
FIELDS = (
    (0x00010000, 4, False),
    (0x02010100, 2, False),
    (0x02020100, 3, True),
    (0x02030000, 3, True),
    (0x02060000, 2, True),
)


class MeterAsk:
    """One request to a meter; the reply is the plain data behind the identifier."""

    def __init__(self, meter, control, data, timeout_ms):
        self.meter = meter
        self.control = control
        self.data = data
        self.timeout_ms = timeout_ms

    def open(self, framing, transaction):
        """(bytes to write, receiver)."""
        receiver = dlt645.MeterReceiver(self.meter, self.control, self.data)
        return receiver.sent, receiver


class Device(Driver):
    model = "dlt645-meter"
    title = "Electricity meter of DL/T 645-2007"
    kind = "electricity"
    line = "2400 8E1"
    source = "DL/T 645-2007, annex A"
    timeout_ms = 1000
    options = (
        Option(
            "meter",
            "int",
            None,
            "the meter's number of up to 12 digits; none where one meter is alone on its line",
            0,
            999999999999,
            required=False,
        ),
    )
    channels = (
        Channel("energy", "kWh", -2, 0, 99999999),
        Channel("voltage", "V", -1, 0, 5000),
        Channel("current", "A", -3, -799999, 799999),
        Channel("power", "kW", -4, -799999, 799999),
        Channel("power_factor", "/", -3, -1000, 1000),
    )

    def read(self):
        """Ask for the address where it is not known, then for one identifier after another."""
        number = self.settings.get("meter")
        if number is None:
            meter = yield MeterAsk(dlt645.ANYONE, dlt645.READ_ADDRESS, b"", self.timeout_ms)
        else:
            meter = dlt645.address(number)
        readings = []
        for index, (identifier, size, signed) in enumerate(FIELDS):
            data = dlt645.identifier(identifier)
            data = yield MeterAsk(meter, dlt645.READ, data, self.timeout_ms)
            value = dlt645.bcd(data, signed) if len(data) == size else None
            channel = self.channels[index]
            readings.append(fault(channel) if value is None else reading(channel, value))
        return readings
