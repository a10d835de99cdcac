"""A stand-in for MicroPython's ``machine``: UARTs are ptys, named by the environment.

Put this folder on sys.path of the real MicroPython interpreter before anything else, and set
``POLE_UART1=/path/of/a/pty``. ``POLE_RESET`` names the reset cause, ``POLE_UID`` the serial number;
``POLE_HOST`` is where the host's files begin. Clock and watchdog stand in machine_time, SPI in
machine_spi: loaded when they are asked for, as a board has them outside of its heap.
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
_VTIME, _VMIN = 5, 6  # places in the control characters of Linux (termios(3))


def host(variable):
    """The host's path that an environment variable names, or None."""
    path = os.getenv(variable)
    return path and (os.getenv("POLE_HOST") or "") + path


def __getattr__(name):
    """RTC, WDT and SPI."""
    if name == "SPI":
        from machine_spi import SPI

        return SPI
    import machine_time

    return getattr(machine_time, name)


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
    """A pin that remembers its level; an input that POLE_PINn names has that of the host's file,
    which may be missing: then nothing pulls it down."""

    IN, OUT = 0, 1
    PULL_UP = 2

    def __init__(self, number, mode=-1, pull=-1, value=0):
        self.number = number
        self.level = 1 if pull == self.PULL_UP else value
        self._path = host("POLE_PIN%d" % number) if mode == self.IN else None

    def __call__(self, level=None):
        if level is None:
            return self._seen() if self._path else self.level
        self.level = level
        return None

    def _seen(self):
        try:
            with open(self._path) as file:
                return int(file.read() or 1)
        except OSError:
            return 1


class UART:
    """A UART on the pty that POLE_UARTn names. Sending takes the time that it takes on a wire."""

    def __init__(self, id, baudrate=9600, bits=8, parity=None, stop=1, **more):
        path = host("POLE_UART%d" % id)
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
