"""A stand-in for MicroPython's ``machine``: UARTs are ptys, named by the environment.

Put this folder on sys.path of the real MicroPython interpreter before anything else, and set
``POLE_UART1=/path/of/a/pty``. ``POLE_RESET`` names the reset cause.
"""

import os
import select
import sys

PWRON_RESET, HARD_RESET, WDT_RESET, DEEPSLEEP_RESET, SOFT_RESET = 1, 2, 3, 4, 5
_CAUSES = {"power-on": PWRON_RESET, "watchdog": WDT_RESET, "software": SOFT_RESET}
ENODEV = 19


def reset_cause():
    """Why the board started."""
    return _CAUSES.get(os.getenv("POLE_RESET"), PWRON_RESET)


def unique_id():
    """The board's serial number."""
    return (os.getenv("POLE_UID") or "simulated").encode()


def reset():
    """Start again: the interpreter ends, and whoever simulates the board starts it anew."""
    sys.exit(3)


class Pin:
    """A pin that remembers its level."""

    IN, OUT = 0, 1

    def __init__(self, number, mode=-1, value=0):
        self.number = number
        self.level = value

    def __call__(self, level=None):
        if level is None:
            return self.level
        self.level = level
        return None


class WDT:
    """A watchdog that is content."""

    def __init__(self, id=0, timeout=5000):
        self.timeout = timeout

    def feed(self):
        """Not yet."""


class UART:
    """A UART on the pty that POLE_UARTn names."""

    def __init__(self, id, baudrate=9600, bits=8, parity=None, stop=1, tx=None, rx=None, **more):
        path = os.getenv("POLE_UART%d" % id)
        if not path:
            raise OSError(ENODEV, "no UART %d" % id)
        self._file = open(path, "r+b", buffering=0)
        self._poll = select.poll()
        self._poll.register(self._file, select.POLLIN)
        self.baudrate = baudrate

    def init(self, **more):
        """The pty has no speed."""
        self.baudrate = more.get("baudrate", self.baudrate)

    def any(self):
        """Whether bytes are there."""
        return 1 if self._poll.poll(0) else 0

    def read(self, size=256):
        """What is there, or None."""
        if not self._poll.poll(0):
            return None
        return self._file.read(size)

    def write(self, data):
        """All of data."""
        return self._file.write(data)

    def txdone(self):
        """Whether the last byte has left."""
        return True

    def deinit(self):
        """Close."""
        self._file.close()
