"""Serves a line in an event loop: bytes are taken at once, and what is held back leaves in time.

The loop's own timers are good for a millisecond; between two requests at 115200 baud lie 1.75. So
the kernel's timer wakes the loop as a descriptor does (timerfd_create(2)).
"""

import asyncio
import contextlib
import ctypes
import os
from collections.abc import Callable

from agent.linux.line import SerialLine, TcpLine

_CLOCK_MONOTONIC = 1
_FLAGS = os.O_NONBLOCK | os.O_CLOEXEC  # TFD_NONBLOCK, TFD_CLOEXEC
_ABSOLUTE = 1  # TFD_TIMER_ABSTIME
_libc = ctypes.CDLL(None, use_errno=True)


class _Timer:
    """A descriptor that can be read once the time has come."""

    def __init__(self) -> None:
        self.number = _libc.timerfd_create(_CLOCK_MONOTONIC, _FLAGS)
        if self.number < 0:
            code = ctypes.get_errno()
            raise OSError(code, os.strerror(code))

    def set(self, when_ns: int) -> None:
        """Go off at when_ns of time.monotonic_ns(), or at once if that is over."""
        # struct itimerspec: the interval, then the instant, each in seconds and nanoseconds.
        spec = (ctypes.c_long * 4)(0, 0, when_ns // 1_000_000_000, max(1, when_ns % 1_000_000_000))
        _libc.timerfd_settime(self.number, _ABSOLUTE, ctypes.byref(spec), None)

    def clear(self) -> None:
        """It went off."""
        with contextlib.suppress(BlockingIOError):
            os.read(self.number, 8)

    def close(self) -> None:
        """Give the descriptor back."""
        os.close(self.number)


class LineWatch:
    """Wakes an agent when its line has bytes. ``look`` is due after every step."""

    def __init__(
        self, line: SerialLine | TcpLine, loop: asyncio.AbstractEventLoop, wake: Callable[[], None]
    ) -> None:
        self.line = line
        self._loop = loop
        self._wake = wake
        self._known: int | None = None
        self._timer = _Timer()
        self._due_ns: int | None = None
        loop.add_reader(self._timer.number, self._send)
        line.on_close = self._forget

    def look(self) -> None:
        """A line that was opened again has another descriptor; one that holds something back wants
        to be served in time."""
        number = self.line.fileno()
        if number != self._known and number is not None:
            self._loop.add_reader(number, self._arrived)
        self._known = number
        due = self.line.due_ns()
        if due is not None and due != self._due_ns:
            self._timer.set(due)
        self._due_ns = due

    def close(self) -> None:
        """Watch no longer. The line stays as it is."""
        self._forget()
        self.line.on_close = None
        self._loop.remove_reader(self._timer.number)
        self._timer.close()

    def _forget(self) -> None:
        """The descriptor is about to be closed, and its number to be given to another."""
        if self._known is not None:
            self._loop.remove_reader(self._known)
            self._known = None

    def _arrived(self) -> None:
        self._fetch()
        self._wake()

    def _send(self) -> None:
        self._timer.clear()
        self._fetch()
        self.look()

    def _fetch(self) -> None:
        # A line that is gone is told to whoever reads from it next.
        with contextlib.suppress(OSError):
            self.line.fetch()
