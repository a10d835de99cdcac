"""Filters: channels of their own, beside the channel that they are made from, which stays as it is.

Loaded only where settings name them. A median of ``level`` is ``level_median``. A rate is the
change in an hour, in the channel's scale: of m it is m/h (RFC 8798).
"""

from agent.reading import GOOD, IMPLAUSIBLE, OUT_OF_RANGE, STUCK, WARM_UP, Channel, Reading

KINDS = ("median", "mean", "rate")
HOUR = 3600000


def derived(channel, kind):
    """The channel that a filter of kind makes from channel."""
    unit = channel.unit + "/h" if kind == "rate" else channel.unit
    return Channel("%s_%s" % (channel.name, kind), unit, channel.exponent, None, None)


def attach(device, filters):
    """The Filters of a device by its settings; their channels become channels of the device."""
    made = []
    for name, kind, count in filters:
        for channel in device.driver.channels:
            if channel.name == name:
                made.append(Filter(channel, kind, count, device.every_ms))
    device.channels = list(device.driver.channels) + [each.channel for each in made]
    return made


class Filter:
    """One filter over the last count readings of a channel, none of them older than twice the time
    that count readings take."""

    def __init__(self, channel, kind, count, every_ms):
        self.source = channel.name
        self.channel = derived(channel, kind)
        self.kind = kind
        self.count = count
        self.reach_ms = 2 * count * every_ms
        self._window = []  # (instant, value)

    def read(self, readings, now):
        """The filtered Reading, from the newest readings of the device; its quality is that of its
        channel's newest."""
        for reading in readings:
            if reading.name == self.source:
                return self._filtered(reading, now)
        return None

    def _filtered(self, reading, now):
        value, quality = reading.value, reading.quality
        self._window = [part for part in self._window if now - part[0] < self.reach_ms]
        if quality in (GOOD, OUT_OF_RANGE, STUCK, IMPLAUSIBLE):
            self._window = self._window[1 - self.count :] + [(now, value)]
            value = self._value()
            if self.kind == "rate" and len(self._window) == 1:
                quality = WARM_UP  # one reading tells no rate
        elif self.kind == "rate" and value is not None:
            value = 0
        return Reading(self.channel.name, value, reading.exponent, self.channel.unit, quality)

    def _value(self):
        values = [value for _, value in self._window]
        if self.kind == "median":
            values.sort()
            return values[(len(values) - 1) // 2]
        if self.kind == "mean":
            return _rounded(sum(values), len(values))
        first, last = self._window[0], self._window[-1]
        return _rounded((last[1] - first[1]) * HOUR, max(1, last[0] - first[0]))


def _rounded(number, by):
    """number / by; halves round away from zero."""
    rounded = (abs(number) * 2 + by) // (by * 2)
    return -rounded if number < 0 else rounded
