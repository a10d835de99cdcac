"""The Clock port on a board."""

import time

# Some ports count from 2000-01-01, others from 1970-01-01.
_EPOCH_2000 = 946684800
_PLAUSIBLE = 1767225600  # 2026-01-01: earlier is a clock that never was set


class BoardClock:
    """Milliseconds that do not wrap, and UTC once somebody set the clock."""

    def __init__(self):
        self._last = time.ticks_ms()
        self._now = 0

    def now_ms(self):
        """See agent.ports.Clock. To be called at least every few days: ticks_ms wraps."""
        ticks = time.ticks_ms()
        self._now += time.ticks_diff(ticks, self._last)
        self._last = ticks
        return self._now

    def utc_ms(self):
        """See agent.ports.Clock."""
        milliseconds = time.time_ns() // 1000000
        if time.gmtime(0)[0] == 2000:
            milliseconds += _EPOCH_2000 * 1000
        return milliseconds if milliseconds >= _PLAUSIBLE * 1000 else None
