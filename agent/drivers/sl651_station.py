"""Hydrological station that reports by SL 651-2014 on a line; listened to only.

Source: SL 651-2014, 6.6 (30H test, 32H timed, 33H additional report) and annex C (39H level of a
river, 20H rain of the interval, 26H rain in all, 38H battery). Captured test and timed reports are
among the vectors. The centre's confirmation is not sent. What is not reported is not fitted.
"""

from agent.drivers.driver import Driver, fault, not_fitted, reading, rescale
from agent.protocols import sl651
from agent.reading import Channel

ELEMENTS = (0x39, 0x20, 0x26, 0x38)  # in the order of the channels


class Listen:
    """The ask: nothing is sent, a report is the reply."""

    def __init__(self, timeout_ms):
        self.timeout_ms = timeout_ms

    def open(self, framing, transaction):
        """(b"", receiver)."""
        return b"", sl651.ReportReceiver(b"\x30\x32\x33")


class Device(Driver):
    model = "sl651-station"
    title = "Hydrological station speaking SL 651-2014"
    kind = "water level"
    source = "SL 651-2014, 6.6 and annex C"
    timeout_ms = 310000  # a timed report every five minutes
    min_every_ms = 60000
    channels = (
        Channel("level", "m", -3, 0, 99999999),
        Channel("rain", "mm", -1, 0, 99999),
        Channel("rain_total", "mm", -1, 0, 999999),
        Channel("battery", "V", -2, 0, 9999),
    )

    def read(self):
        """Wait for the next report."""
        report = yield Listen(self.timeout_ms)
        found = sl651.elements(report)
        readings = []
        for channel, element in zip(self.channels, ELEMENTS):
            digits, decimals = found.get(element, (None, 0))
            if element not in found:
                readings.append(not_fitted(channel))
            elif digits is None:
                readings.append(fault(channel))
            else:
                readings.append(reading(channel, rescale(digits, -decimals, channel.exponent)))
        return readings
