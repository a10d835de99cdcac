"""Lets the running asyncio loop wake for exactly what one socket waits for."""

import asyncio
from collections.abc import Callable


class Watch:
    """Calls wake in the loop's thread when the socket is ready. Without a loop it does nothing."""

    def __init__(self, wake: Callable[[], None]) -> None:
        self._wake = wake
        self._loop: asyncio.AbstractEventLoop | None = None
        self._reading = self._writing = -1

    def begin(self) -> None:
        """Use the loop that runs now, if one does."""
        try:
            self._loop = asyncio.get_running_loop()
        except RuntimeError:
            self._loop = None

    def update(self, reading: int, writing: int) -> None:
        """Wait until the file descriptor reading can be read and writing written; -1 for none.

        Call it before a socket is closed, for its number may be given out again at once.
        """
        loop = self._loop
        if loop is None or loop.is_closed():
            return
        if self._reading not in (-1, reading):
            loop.remove_reader(self._reading)
        if self._writing not in (-1, writing):
            loop.remove_writer(self._writing)
        if reading not in (-1, self._reading):
            loop.add_reader(reading, self._wake)
        if writing not in (-1, self._writing):
            loop.add_writer(writing, self._wake)
        self._reading, self._writing = reading, writing

    def wake_from_thread(self) -> None:
        """Wake the loop from another thread."""
        if self._loop is None:
            return
        try:
            self._loop.call_soon_threadsafe(self._wake)
        except RuntimeError:  # the loop is closed: nobody is left to wake
            pass
