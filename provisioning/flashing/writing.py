"""What esptool says while it writes: how far it is, and that the board has stopped to answer.

esptool waits some 9 s for a board whose cable was pulled, and prints dots or nothing meanwhile: so
what is looked at is the blocks that the board takes, not whether anything is said.
"""

import re
import time
from collections.abc import Callable

Tell = Callable[[int], None]

QUIET_S = 3.0  # a block of 64 KB is erased and written in less, also in old flash

_PERCENT = re.compile(r"Writing at 0x[0-9a-f]+\D*?(\d+)\.\d%")


class Writing:
    """One command that writes. progress: called with percents; quiet: called with whole seconds,
    once each time that the board takes no more blocks half-way."""

    def __init__(self, progress: Tell, quiet: Tell) -> None:
        self._progress = progress
        self._quiet = quiet
        self._rest = ""  # the beginning of a line
        self._taken: float | None = None  # when a block was; None while no other one is due

    def hear(self, text: str) -> None:
        """What it says, in pieces as they come."""
        *lines, self._rest = (self._rest + text).split("\n")
        for line in lines:
            found = _PERCENT.search(line)
            if found:
                percent = int(found[1])
                self._taken = time.monotonic() if percent < 100 else None
                self._progress(percent)
            elif line.startswith("Wrote"):
                self._taken = None

    def look(self) -> None:
        """Tell if the next block is overdue. To be called again and again."""
        if self._taken is None:
            return
        seconds = time.monotonic() - self._taken
        if seconds >= QUIET_S:
            self._taken = None  # told, until the next block
            self._quiet(int(seconds))
