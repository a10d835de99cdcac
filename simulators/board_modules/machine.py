"""A stand-in for MicroPython's ``machine``: UARTs are ptys, named by the environment.

Put this folder on sys.path of the real MicroPython interpreter before anything else, and set
``POLE_UART1=/path/of/a/pty``. ``POLE_RESET`` names the reset cause, ``POLE_UID`` the serial number,
``POLE_RTC`` the file of the memory that outlives a reset, ``POLE_DOG`` the pipe of the watchdog;
``POLE_CLOCK`` the file of the seconds that its clock is ahead of the host's, which only a library
between this program and the system can make true (libfaketime); ``POLE_HOST`` is where the
host's files begin.
"""

import os
import select
import sys
import termios
import time

PWRON_RESET, HARD_RESET, WDT_RESET, DEEPSLEEP_RESET, SOFT_RESET = 1, 2, 3, 4, 5
_CAUSES = {
    "power-on": PWRON_RESET,
    "hard": HARD_RESET,
    "watchdog": WDT_RESET,
    "software": SOFT_RESET,
    "soft": SOFT_RESET,
}
RESET_STATUS = 3  # the exit status of a board that resets itself
BOOTSEL_STATUS = 4  # of one that does so to become a drive
EIO = 5
ENODEV = 19
_FIFO = 256  # bytes that wait for transmission, as on an ESP32 or RP2
_FEED_MS = 100  # between two feeds that are told
_VTIME, _VMIN = 5, 6  # places in the control characters of Linux (termios(3))


def _host(variable):
    """The host's path that an environment variable names, or None."""
    path = os.getenv(variable)
    return path and (os.getenv("POLE_HOST") or "") + path


def reset_cause():
    """Why the board started."""
    return _CAUSES.get(os.getenv("POLE_RESET"), PWRON_RESET)


def unique_id():
    """The board's serial number."""
    return (os.getenv("POLE_UID") or "simulated").encode()


def reset():
    """Start again: the interpreter ends, and whoever simulates the board starts it anew."""
    sys.exit(RESET_STATUS)


def bootloader():
    """Start again as a drive, on a chip that can."""
    sys.exit(BOOTSEL_STATUS)


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


class RTC:
    """The clock, and the memory that outlives a reset, but not the power."""

    def datetime(self, then=None):
        """Read (year, month, day, weekday, hour, minute, second, microsecond), or set it."""
        now = time.gmtime()
        if then is None:
            return now[:3] + (now[6],) + now[3:6] + (0,)
        path = _host("POLE_CLOCK")
        if path:
            step = time.mktime(then[:3] + then[4:7] + (0, 0)) - time.mktime(now[:6] + (0, 0))
            with open(path) as file:
                step += int(file.read())
            with open(path, "w") as file:
                file.write("%+d" % step)
        return None

    def memory(self, data=None):
        """Replace it, or read it."""
        path = _host("POLE_RTC")
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
        path = _host("POLE_DOG")
        self._pipe = open(path, "wb", buffering=0) if path else None
        self._fed = time.ticks_ms() - _FEED_MS
        self.feed()

    def feed(self):
        """Not yet."""
        now = time.ticks_ms()
        if self._pipe is not None and time.ticks_diff(now, self._fed) >= _FEED_MS:
            self._fed = now
            self._pipe.write(self._patience)


class UART:
    """A UART on the pty that POLE_UARTn names. Sending takes the time that it takes on a wire."""

    def __init__(self, id, baudrate=9600, bits=8, parity=None, stop=1, **more):
        path = _host("POLE_UART%d" % id)
        try:
            self._file = open(path or "", "r+b", buffering=0)
        except OSError:
            raise OSError(ENODEV, "no pty for UART %d" % id)
        self._poll = select.poll()
        self._poll.register(self._file, select.POLLIN)
        self._raw()
        self._idle_at = time.ticks_us()
        self.init(baudrate, bits, parity, stop)
        piece = bytearray(64)
        while self.readinto(piece):
            pass  # a UART that was just set up has heard nothing yet

    def init(self, baudrate=9600, bits=8, parity=None, stop=1, **more):
        """Set the mode."""
        if bits not in (7, 8, 9) or parity not in (None, 0, 1) or stop not in (1, 2):
            raise ValueError("no such mode")
        bits += 1 + (parity is not None) + stop
        self._char_us = (1000000 * bits + baudrate - 1) // baudrate

    def any(self):
        """1 if bytes are there, else 0."""
        return 1 if self._poll.poll(0) else 0

    def readinto(self, buf):
        """Fill buf with what is there; how much that was, or None. OSError when the pty is gone."""
        ready = self._poll.poll(0)
        size = self._file.readinto(buf) if ready else None
        if ready and not size and ready[0][1] & select.POLLHUP:
            raise OSError(EIO, "the UART is gone")
        return size or None

    def write(self, data):
        """As much of data as has room; how much that was, or None for nothing."""
        left = self._left_us()
        data = data[: _FIFO - (left + self._char_us - 1) // self._char_us]
        if not data:
            return None
        self._idle_at = time.ticks_add(time.ticks_us(), left + len(data) * self._char_us)
        try:
            return self._file.write(data)
        except OSError:
            raise OSError(EIO, "the UART is gone")

    def txdone(self):
        """Whether the last byte has left."""
        return not self._left_us()

    def deinit(self):
        """Close."""
        self._file.close()

    def _left_us(self):
        return max(0, time.ticks_diff(self._idle_at, time.ticks_us()))

    def _raw(self):
        """Bytes as they are, and reads that take what is there without waiting for more."""
        number = self._file.fileno()
        termios.setraw(number)
        settings = termios.tcgetattr(number)
        settings[6][_VMIN] = settings[6][_VTIME] = 0
        termios.tcsetattr(number, termios.TCSANOW, settings)
