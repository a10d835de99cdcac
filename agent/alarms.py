"""Alarms, judged on the device: a threshold with hysteresis and dwell, that fails safe.

A reading on the dangerous side raises, also when it is out of range. No usable reading for
``blind_ms`` makes the alarm blind. An active alarm clears only on a usable reading that is safe.
"""

from agent.frame import BLIND, CLEARED, PENDING, RAISED
from agent.reading import GOOD, OUT_OF_RANGE

BLIND_MIN = 10000
BLIND_INTERVALS = 3


class Alarm:
    """One threshold on one channel. direction 1: above limit is dangerous; -1: below."""

    def __init__(self, device, channel, direction, limit, clear, for_ms, every_ms):
        self.device = device
        self.channel = channel  # agent.reading.Channel
        self.direction = direction
        self.limit = limit
        self.clear = clear
        self.for_ms = for_ms
        self.blind_ms = max(BLIND_MIN, BLIND_INTERVALS * every_ms)
        self.state = CLEARED
        self.since = 0
        self.usable_at = None

    def key(self):
        """What names this alarm in the persistent state."""
        return "%s/%s/%d" % (self.device, self.channel.name, self.direction)

    def judge(self, reading, now):
        """Judge one reading; returns the state it changed to, or None."""
        beyond = reading.value is not None and (reading.value - self.limit) * self.direction > 0
        # Out of range on the dangerous side is a danger; on the other side it tells nothing.
        if reading.quality != GOOD and not (reading.quality == OUT_OF_RANGE and beyond):
            return self.tick(now)
        self.usable_at = now
        if self.state == RAISED:
            safe = (reading.value - self.clear) * self.direction <= 0
            return self._turn(CLEARED, now) if safe else None
        if not beyond:
            return None if self.state == CLEARED else self._turn(CLEARED, now)
        if self.state != PENDING and self.for_ms:
            return self._turn(PENDING, now)
        if self.state != PENDING or now - self.since >= self.for_ms:
            return self._turn(RAISED, now)
        return None

    def tick(self, now):
        """Time passed without a usable reading; returns BLIND when it turns blind, or None."""
        if self.usable_at is None:
            self.usable_at = now
        if self.state not in (BLIND, RAISED) and now - self.usable_at >= self.blind_ms:
            return self._turn(BLIND, now)
        return None

    def restore(self, state, now):
        """Take up a latched state after a restart: what was raised stays so until proven safe."""
        if state in (RAISED, BLIND):
            self.state = state
            self.since = now

    def _turn(self, state, now):
        self.state = state
        self.since = now
        return state
