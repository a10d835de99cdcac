"""The clock and the watchdog of the stand-in for ``machine``.

``POLE_RTC`` names the file of the memory that outlives a reset, ``POLE_DOG`` the pipe of the
watchdog; ``POLE_CLOCK`` the file of the seconds that its clock is ahead of the host's, which only a
library between this program and the system can make true (libfaketime).
"""

import time

from machine import host

_FEED_MS = 100  # between two feeds that are told


class RTC:
    """The clock, and the memory that outlives a reset, but not the power."""

    def datetime(self, then=None):
        """Read (year, month, day, weekday, hour, minute, second, microsecond), or set it."""
        now = time.gmtime()
        if then is None:
            return now[:3] + (now[6],) + now[3:6] + (0,)
        path = host("POLE_CLOCK")
        if path:
            step = time.mktime(then[:3] + then[4:7] + (0, 0)) - time.mktime(now[:6] + (0, 0))
            with open(path) as file:
                step += int(file.read())
            with open(path, "w") as file:
                file.write("%+d" % step)
        return None

    def memory(self, data=None):
        """Replace it, or read it."""
        path = host("POLE_RTC")
        if data is not None:
            with open(path, "wb") as file:
                file.write(data)
            return None
        try:
            with open(path, "rb") as file:
                return file.read()
        except OSError:
            return b""


class WDT:
    """A watchdog: it tells POLE_DOG how many ms it waits, and whoever reads that resets the board
    when it waits in vain. Without POLE_DOG it is content."""

    def __init__(self, id=0, timeout=5000):
        self._patience = b"%d\n" % timeout
        path = host("POLE_DOG")
        self._pipe = open(path, "wb", buffering=0) if path else None
        self._fed = time.ticks_ms() - _FEED_MS
        self.feed()

    def feed(self):
        """Not yet."""
        now = time.ticks_ms()
        if self._pipe is not None and time.ticks_diff(now, self._fed) >= _FEED_MS:
            self._fed = now
            self._pipe.write(self._patience)
