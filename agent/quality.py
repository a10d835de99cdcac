"""Plausibility and calibration: readings are corrected and flagged, never held back.

Loaded only where settings name it. A flag goes to what the driver calls good: out of range, stuck,
implausible. Alarms see flagged values all the same (agent.alarms).
"""

from agent.reading import GOOD, IMPLAUSIBLE, OUT_OF_RANGE, STUCK, Reading, has_value

HOUR = 3600000


class Check:
    """What is expected of one channel; all in its scaled integers, None where nothing is.

    items: [channel, offset, low, high, change an hour, stuck after ms, [device, channel, within,
    fresh ms] it agrees with, calibration due in UTC ms].
    """

    def __init__(self, items):
        self.channel, self.offset, self.low, self.high, self.rate = items[:5]
        self.stuck_ms, self.agrees, self.due = items[5:]
        self._same = self._same_since = None
        self._plausible = self._plausible_at = None

    def judge(self, value, now, other) -> int:
        """The quality of a value that its driver calls good. other: (value, instant) of the channel
        that it agrees with, or None."""
        if value != self._same:
            self._same = value
            self._same_since = now
        if (self.low is not None and value < self.low) or (
            self.high is not None and value > self.high
        ):
            return OUT_OF_RANGE
        if self.stuck_ms and now - self._same_since >= self.stuck_ms:
            return STUCK
        if self._too_fast(value, now):
            return IMPLAUSIBLE
        self._plausible = value
        self._plausible_at = now
        if other is None or now - other[1] > self.agrees[3]:
            return GOOD  # nothing to compare with
        return IMPLAUSIBLE if abs(value - other[0]) > self.agrees[2] else GOOD

    def _too_fast(self, value, now):
        """Measured from the last value that was not: a step that stays is believed in time."""
        if self.rate is None or self._plausible is None:
            return False
        change = abs(value - self._plausible)
        return change * HOUR > self.rate * (now - self._plausible_at)


class Quality:
    """The checks of all devices. devices: agent.settings.DeviceSettings."""

    def __init__(self, devices):
        self.checks = {part.name: [Check(items) for items in part.checks] for part in devices}
        self._last = {}  # (device, channel) that another agrees with: (value, instant) or None
        for checks in self.checks.values():
            for check in checks:
                if check.agrees is not None:
                    self._last[(check.agrees[0], check.agrees[1])] = None

    def judge(self, device, readings, now):
        """The readings of a device, corrected and flagged."""
        result = []
        for reading in readings:
            for check in self.checks.get(device, ()):
                if check.channel == reading.name and has_value(reading.quality):
                    reading = self._judged(check, reading, now)
            key = (device, reading.name)
            if key in self._last and reading.quality in (GOOD, IMPLAUSIBLE):
                self._last[key] = (reading.value, now)
            result.append(reading)
        return result

    def overdue(self, utc_ms):
        """[device, channel] of every calibration that is overdue at utc_ms."""
        found = []
        for device in sorted(self.checks):
            for check in self.checks[device]:
                if check.due is not None and utc_ms >= check.due:
                    found.append([device, check.channel])
        return found

    def _judged(self, check, reading, now):
        value, quality = reading.value + check.offset, reading.quality
        if quality == GOOD:
            agrees = check.agrees
            other = None if agrees is None else self._last[(agrees[0], agrees[1])]
            quality = check.judge(value, now, other)
        return Reading(reading.name, value, reading.exponent, reading.unit, quality)
