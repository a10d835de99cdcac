"""Sensirion SPS30 particle sensor, SHDLC on a serial line of 115200 8N1.

Source: Sensirion SPS30 datasheet, 5.3.1 "Start Measurement" and 5.3.3 "Read Measured Values": ten
IEEE 754 singles, the high byte first: PM1.0, 2.5, 4.0, 10 in µg/m³, five counts, and the typical
particle size in µm. Captured replies are in the vectors. After power-on the sensor idles and
refuses the read (state 0x43): it is then told to measure, which it forgets with its power, and the
reading fails once. The start request, that state and the section numbers were not checked against
the datasheet; the read is captured. 30 s to warm up are not checked
either.
"""

from agent.drivers.driver import Driver, fault, reading
from agent.drivers.modbus_floats import float_to_int
from agent.errors import NoReply, Refused
from agent.protocols import shdlc
from agent.reading import Channel

START, READ = 0x00, 0x03
FLOATS = b"\x01\x03"  # the argument of START: values as singles, the high byte first
WRONG_STATE = 0x43
AT = (0, 4, 8, 12, 36)  # where the channels' values stand
SIZE = 40


class ShdlcAsk:
    """One command to address 0. The reply that comes back is its data."""

    def __init__(self, command, data, timeout_ms):
        self.command = command
        self.data = data
        self.timeout_ms = timeout_ms

    def open(self, framing, transaction):
        """(bytes to write, receiver). Serial devices know no framing."""
        sent = shdlc.request(0, self.command, self.data)
        return sent, shdlc.ShdlcReceiver(0, self.command, sent)


class Device(Driver):
    model = "sensirion-sps30"
    title = "Sensirion SPS30 particle sensor"
    kind = "air quality"
    line = "115200 8N1"
    source = "Sensirion SPS30 datasheet, 5.3"
    warm_up_ms = 30000
    channels = (
        Channel("pm1", "ug/m3", -2, 0, 100000),
        Channel("pm25", "ug/m3", -2, 0, 100000),
        Channel("pm4", "ug/m3", -2, 0, 100000),
        Channel("pm10", "ug/m3", -2, 0, 100000),
        Channel("size", "m", -9, 0, 10000),
    )

    def read(self):
        """Ask for the values; start the measurement where the sensor idles. NoReply without new
        values."""
        try:
            data = yield ShdlcAsk(READ, b"", self.timeout_ms)
        except Refused as error:
            if error.code != WRONG_STATE:
                raise
            yield ShdlcAsk(START, FLOATS, self.timeout_ms)
            raise NoReply("the sensor was idle; it has been told to measure")
        if len(data) != SIZE:
            raise NoReply("the sensor has no new values yet")
        readings = []
        for channel, at in zip(self.channels, AT):
            # The size comes in µm: thousandths of it are nanometres.
            exponent = -3 if channel.name == "size" else channel.exponent
            value = float_to_int(int.from_bytes(data[at : at + 4], "big"), exponent)
            readings.append(fault(channel) if value is None else reading(channel, value))
        return readings
