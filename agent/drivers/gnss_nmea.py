"""GNSS / BeiDou receiver, NMEA 0183, listened to only.

Source: NMEA 0183 (IEC 61162-1), 8.3, sentences RMC and GGA; see agent.protocols.nmea. 9600 8N1 as
most receivers leave their factory. Coordinates are WGS 84; CGCS2000 differs from it by centimetres,
so that for a pole the two are one. A published second of a GPS and BeiDou receiver is in the
vectors.

After a read, ``utc_ms`` is the UTC time of the fix, or None without a valid one. A year before
EARLIEST is a receiver whose week number has rolled over, and no time.
"""

from agent.drivers.driver import Driver, fault, reading
from agent.errors import BadFrame
from agent.protocols import nmea
from agent.protocols.decimals import decimal
from agent.reading import Channel

WANTED = ("RMC", "GGA")
EARLIEST = 1704067200000  # 2024-01-01
NOT_MEASURED = ("E", "M", "N", "S")  # mode: estimated, entered by hand, none, simulated


class Listen:
    """The ask: nothing is sent, RMC and GGA of one time are the reply."""

    def __init__(self, timeout_ms):
        self.timeout_ms = timeout_ms

    def open(self, framing, transaction):
        """(b"", receiver)."""
        return b"", nmea.SentenceReceiver(WANTED)


def _fixed(rmc, gga):
    """Whether both sentences speak of a measured position."""
    mode = rmc[12] if len(rmc) > 12 else "A"
    return rmc[2] == "A" and mode not in NOT_MEASURED and gga[6] in ("1", "2", "3", "4", "5")


class Device(Driver):
    model = "gnss-nmea"
    title = "GNSS / BeiDou receiver (NMEA 0183)"
    kind = "position"
    source = "NMEA 0183 (IEC 61162-1), 8.3, RMC and GGA"
    timeout_ms = 2500
    channels = (
        Channel("lat", "lat", -7, -900000000, 900000000),
        Channel("lon", "lon", -7, -1800000000, 1800000000),
        Channel("altitude", "m", -1, -5000, 90000),
        Channel("satellites", "count", 0, 0, 99),
        Channel("hdop", "/", -2, 0, 9900),
        Channel("speed", "m/s", -2, 0, 10000),
    )

    def read(self):
        """Wait for RMC and GGA of one time."""
        self.utc_ms = None
        reply = yield Listen(self.timeout_ms)
        second = reply.find(b"$", 1)
        rmc, gga = nmea.fields(reply[:second]), nmea.fields(reply[second:])
        if len(rmc) < 10 or len(gga) < 11:
            raise BadFrame("RMC or GGA has too few fields")
        fixed = _fixed(rmc, gga)
        if fixed:
            now = nmea.utc_ms(rmc[1], rmc[9])
            self.utc_ms = now if now >= EARLIEST else None
        return self._readings(rmc, gga, fixed)

    def _readings(self, rmc, gga, fixed):
        values = [None] * 6
        if fixed:
            values[0] = nmea.degrees(gga[2], gga[3])
            values[1] = nmea.degrees(gga[4], gga[5])
            values[2] = _number(gga[9], -1)
            knots = _number(rmc[7], -3)
            # A knot is 1852 m in 3600 s; thousandths become hundredths.
            values[5] = None if knots is None else (knots * 1852 + 18000) // 36000
        values[3] = _number(gga[7], 0)
        values[4] = _number(gga[8], -2)
        return [
            fault(channel) if value is None else reading(channel, value)
            for channel, value in zip(self.channels, values)
        ]


def _number(text, exponent):
    """A field as a scaled integer, None where it is empty."""
    try:
        return decimal(text, exponent) if text else None
    except ValueError:
        raise BadFrame("no number: %r" % text)
