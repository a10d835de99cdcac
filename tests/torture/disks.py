"""Storage with faults of its own, over the simulated flash: a Linux file whose writes wait in the
page cache, a disk that is full or fails to sync, a flash that is slow to erase.
"""

from collections.abc import Callable
from typing import Any

from simulators.world.flash import SimFlash

ENOSPC, EIO = 28, 5
PAGE = 512  # what a disk writes in one piece


class Disk(SimFlash):  # type: ignore[misc]
    """``clock`` tells the time, ``spend(ms)`` lets it pass. ``sync_ms``: how long a sync takes, 0
    where a program is durable at once; ``erase_ms``: how long an erase takes. ``full``: nothing may
    be written. ``failing_sync``: the sync that fails (from 1), and all after it."""

    def __init__(self, sectors: int, clock: Callable[[], int], **options: Any) -> None:
        super().__init__(sectors, **options)
        self.clock = clock
        self.spend: Callable[[int], object] = lambda ms: None
        self.sync_ms = self.erase_ms = 0
        self.full = False
        self.failing_sync = 0
        self.refused = self.lost_writes = self.syncs = 0
        self._cache: list[tuple[int, bytes, bytes]] = []  # (at, before, after), not on the disk yet
        self._asked: list[tuple[int, int]] = []  # (due, how many writes it covers)
        self._done = 0
        self._failed = False

    def program(self, sector: int, offset: int, data: bytes) -> None:
        """See agent.ports.Flash."""
        self._refuse()
        super().program(sector, offset, data)

    def erase(self, sector: int) -> None:
        """See agent.ports.Flash."""
        self._refuse()
        self.spend(self.erase_ms)
        super().erase(sector)

    def sync(self) -> int:
        """See agent.ports.Flash."""
        self._settle()
        self.syncs += 1
        self._asked.append((self.clock() + self.sync_ms, len(self._cache)))
        return self.syncs

    def synced(self) -> int:
        """See agent.ports.Flash."""
        self._settle()
        if self._failed:
            raise OSError(EIO, "the disk failed to keep the journal")
        return self._done

    def reboot(self, decay: bool = False) -> "Disk":
        """The power went: of what was not synced, each page reached the disk or did not, in any
        order."""
        self._settle()
        for at, before, after in reversed(self._cache):
            for page in range(0, len(after), PAGE):
                end = min(len(after), page + PAGE)
                if self.dice.chance(500):
                    self.lost_writes += 1
                    self.cells[at + page : at + end] = before[page:end]
        return self.again()

    def again(self) -> "Disk":
        """The agent ended, and the power stayed: the same files, for the next process."""
        disk = Disk(self.sectors, self.clock, cells=self.cells, sector_size=self.sector_size)
        disk.erases, disk.worn, disk.endurance = self.erases, self.worn, self.endurance
        disk.sync_ms, disk.erase_ms, disk.spend = self.sync_ms, self.erase_ms, self.spend
        disk.dice = self.dice
        disk.lost_writes, disk.refused = self.lost_writes, self.refused
        return disk

    def _refuse(self) -> None:
        if self.full:
            self.refused += 1
            raise OSError(ENOSPC, "no space is left on the disk")

    def _change(self, at: int, after: bytes) -> None:
        before = bytes(self.cells[at : at + len(after)])
        super()._change(at, after)
        if self.sync_ms:
            self._cache.append((at, before, bytes(after)))

    def _settle(self) -> None:
        """Take note of the syncs that are done by now."""
        while self._asked and self._asked[0][0] <= self.clock() and not self._failed:
            number = self.syncs - len(self._asked) + 1
            if self.failing_sync and number >= self.failing_sync:
                self._failed = True
                return
            _, count = self._asked.pop(0)
            self._done = number
            del self._cache[:count]
            self._asked = [(due, covers - count) for due, covers in self._asked]
