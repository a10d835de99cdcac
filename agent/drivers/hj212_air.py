"""Air and noise monitor that reports real-time data by HJ 212-2017; listened to only.

Source: HJ 212-2017, 6.6 and table 8 (CN 2011; name-Rtd, name-Flag), factor codes of annex B. A
factor that is not in the packet is not fitted. Nothing is answered: instruments that insist on
9014 need another driver. Table B.2 prints ng/m3 for PM2.5 and PM10, while devices send ug/m3: that
is what is taken. A packet with all factors but noise, from a published test, is among the vectors.

Flags: N good, T over the upper limit (value kept), M and S (a value set by hand) maintenance, C
calibration; B no communication, D, F and any other no value.
"""

from agent.drivers.driver import Driver, fault, not_fitted, reading
from agent.errors import BadFrame
from agent.protocols import hj212
from agent.protocols.decimals import decimal
from agent.reading import (
    CALIBRATION,
    GOOD,
    MAINTENANCE,
    NO_REPLY,
    OUT_OF_RANGE,
    Channel,
    Reading,
)

FLAGS = {"N": GOOD, "T": OUT_OF_RANGE, "M": MAINTENANCE, "S": MAINTENANCE, "C": CALIBRATION}
# Factor, and the exponent of its channel in the unit that the packet has (pressure: kPa).
FACTORS = (
    ("a34004", 0),
    ("a34002", 0),
    ("a01001", -1),
    ("a01002", -1),
    ("a01006", -2),
    ("a01007", -1),
    ("a01008", 0),
    ("LA", -1),
)


class Listen:
    """The ask: nothing is sent, a packet of real-time data is the reply."""

    def __init__(self, timeout_ms):
        self.timeout_ms = timeout_ms

    def open(self, framing, transaction):
        """(b"", receiver)."""
        return b"", hj212.PacketReceiver(b"2011")


class Device(Driver):
    model = "hj212-air"
    title = "Air and noise monitor speaking HJ 212-2017"
    kind = "air quality"
    source = "HJ 212-2017, 6.6, table 8, annex B"
    timeout_ms = 65000  # real-time data come every 30 s, at some sites every minute
    min_every_ms = 30000
    channels = (
        Channel("pm25", "ug/m3", 0, 0, 10000),
        Channel("pm10", "ug/m3", 0, 0, 10000),
        Channel("temperature", "Cel", -1, -500, 800),
        Channel("humidity", "%RH", -1, 0, 1000),
        Channel("pressure", "Pa", 1, 3000, 12000),
        Channel("wind_speed", "m/s", -1, 0, 800),
        Channel("wind_direction", "deg", 0, 0, 360),
        Channel("noise", "dB", -1, 0, 1600),
    )

    def read(self):
        """Wait for the next packet of real-time data."""
        data = yield Listen(self.timeout_ms)
        found = hj212.pollutants(data)
        return [
            _judged(self.channels[index], factor, exponent, found)
            for index, (factor, exponent) in enumerate(FACTORS)
        ]


def _judged(channel, factor, exponent, found):
    """The Reading of one factor, by its value and flag."""
    text = found.get(factor + "-Rtd")
    flag = found.get(factor + "-Flag", "N")
    if flag == "B":
        return Reading(channel.name, None, channel.exponent, channel.unit, NO_REPLY)
    if flag not in FLAGS:
        return fault(channel)
    if text is None:
        return not_fitted(channel)
    try:
        result = reading(channel, decimal(text, exponent))
    except ValueError:
        raise BadFrame("factor %s is no number: %r" % (factor, text))
    quality = FLAGS[flag] if result.quality == GOOD else result.quality
    return Reading(channel.name, result.value, channel.exponent, channel.unit, quality)
