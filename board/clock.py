"""The Clock port on a board, by its RTC."""

import time

# Some ports count from 2000-01-01, others from 1970-01-01.
_EPOCH_2000 = 946684800
_PLAUSIBLE = 1767225600  # 2026-01-01: earlier is a clock that never was set
_STEP_MS = 1000  # what an RTC may be wrong by before it is set

_proven: "list[bool]" = []  # see prove


def _epoch():
    return _EPOCH_2000 if time.gmtime(0)[0] == 2000 else 0


def prove(utc_ms):
    """The platform's signed word says what time it is: the RTC follows it, and is beyond doubt
    until the board starts again. After a reset that is no power cut, the RTC still has it."""
    if abs(time.time_ns() // 1000000 + _epoch() * 1000 - utc_ms) > _STEP_MS:
        import machine  # type: ignore[import-not-found]

        year, month, day, hour, minute, second = time.gmtime(utc_ms // 1000 - _epoch())[:6]
        rtc = machine.RTC()
        rtc.datetime((year, month, day, 0, hour, minute, second, utc_ms % 1000 * 1000))
    if not _proven:
        _proven.append(True)


def proven() -> bool:
    """Whether the RTC shows what the platform said."""
    return bool(_proven)


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
        milliseconds = time.time_ns() // 1000000 + _epoch() * 1000
        return milliseconds if milliseconds >= _PLAUSIBLE * 1000 else None
