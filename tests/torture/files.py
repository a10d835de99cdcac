"""Linux files: agent.linux.flash over a file system that reorders, tears, forgets and refuses.

Every frame that was reported durable outlives a power cut at every write and sync; so does what a
killed agent's successor finds, and takes for durable.
"""

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from unittest import mock

from agent.buffer.journal import Journal
from agent.linux import flash as flash_module
from agent.linux import segments as segments_module
from agent.linux import whole_files as whole_files_module
from agent.linux.flash import FileFlash
from simulators.world.dice import Dice
from tests.torture.file_system import WAYS, FileSystem
from tests.torture.life import EPOCH, LANES, Promise, Regime, append, content, violations
from tests.torture.tally import Tally

SECTOR = 4096
SEGMENT = 4 * SECTOR
SEGMENTS = 3
OPEN = 2  # fewer than there are segments
LAG = 4  # syncs that may wait
MORE = 12
REGIMES = (
    Regime("one lane", steps=60, lanes=(1,), longest=700),
    Regime("three lanes", steps=80, acks=9, lanes=(1, 0, 1, 2), longest=700),
    Regime("full", steps=160, acks=37, behind=90, lanes=(1, 1, 1, 0, 1, 2), longest=900),
)


class Still(FileFlash):
    """Without its worker: a sync is done when as many wait as ``lag`` says, or by ``settle``."""

    sector_size = SECTOR
    lag = waiting = programmed = 0

    def _start(self) -> None:
        """No worker."""

    def sync(self) -> int:
        """See FileFlash."""
        ticket = super().sync()
        self.waiting += 1
        if self.waiting > self.lag:
            self.settle()
        return ticket

    def settle(self) -> None:
        """Do what the worker would."""
        self.waiting = 0
        if self._failed is None:
            self._sync_now()

    def program(self, sector: int, offset: int, data: bytes) -> None:
        """See FileFlash."""
        super().program(sector, offset, data)
        self.programmed += len(data)

    def leave(self) -> None:
        """The process ends, and syncs nothing."""
        os.close(self._lock)


@contextmanager
def process(system: FileSystem) -> Iterator[Still]:
    """An agent's process on a file system, which is killed at the end."""
    with (
        tempfile.TemporaryDirectory() as place,
        mock.patch.object(segments_module, "os", system),
        mock.patch.object(whole_files_module, "os", system),
        mock.patch.object(segments_module, "SEGMENT", SEGMENT),
        mock.patch.object(segments_module, "OPEN", OPEN),
        mock.patch.object(segments_module.Segments, "_path", lambda _, number: f"segment-{number}"),
        mock.patch.object(flash_module, "SEGMENT", SEGMENT),
        mock.patch.object(flash_module, "SECTOR", SECTOR),
    ):
        flash = Still(Path(place), SEGMENTS * SEGMENT)
        try:
            yield flash
        finally:
            flash.leave()


def opened(flash: Still, promise: Promise) -> Journal:
    """A journal, mounted."""
    journal = Journal(flash, lambda: EPOCH if not promise.stored else 99)
    journal.mount()
    return journal


def live(
    journal: Journal, flash: Still, promise: Promise, regime: Regime, life: int, steps: int
) -> None:
    """Append and acknowledge, while syncs wait."""
    dice = Dice(life)
    waiting: dict[tuple[int, int], bytes] = {}
    persisted: list[tuple[int, list[int]]] = []
    for step in range(steps):
        lane = regime.lanes[step % len(regime.lanes)]
        size = 40 + dice.below(regime.longest - 40)
        flash.lag = dice.below(LAG)
        seq = journal.next_seq(lane)
        frame = content(lane, seq, life, size)
        append(journal, promise, lane, frame, step)
        if journal.next_seq(lane) > seq:
            waiting[lane, seq] = frame
        if regime.acks and step % regime.acks == regime.acks - 1:
            seq = max(0, promise.last[lane] - dice.below(regime.behind))
            promise.acked[lane] = max(promise.acked[lane], seq)
            journal.release(lane, seq)
            before = flash.programmed
            journal.flush()
            if flash.programmed > before:
                persisted.append((flash._asked, [journal.released(each) for each in LANES]))
        promote(journal, promise, waiting)
        while persisted and persisted[0][0] <= flash.synced():
            promise.kept = persisted.pop(0)[1]


def promote(journal: Journal, promise: Promise, waiting: dict[tuple[int, int], bytes]) -> None:
    """What became durable is promised."""
    for lane, seq in list(waiting):
        if seq <= journal.durable(lane):
            promise.stored[lane, seq] = waiting.pop((lane, seq))
            promise.last[lane] = max(promise.last[lane], seq)


class Recorded(FileSystem):
    """Notes how it stands, and what is promised, before every write and every sync."""

    def __init__(self, promise: Promise) -> None:
        super().__init__()
        self.promise = promise
        self.points: list[tuple[FileSystem, Promise]] = []

    def _count(self, call: str) -> None:
        if call in ("pwrite", "fdatasync"):
            self.points.append((self.copy(), self.promise.copy()))
        super()._count(call)


def explore(seed: int, tally: Tally, stride: int = 1) -> None:
    """Cut at every stride-th write and sync, in every way."""
    for regime in REGIMES:
        promise = Promise()
        system = Recorded(promise)
        with process(system) as flash:
            live(opened(flash, promise), flash, promise, regime, seed, regime.steps)
        for number in range(0, len(system.points), stride):
            tally.cut_points += 1
            before, told = system.points[number]
            seen = set()
            for way, kind in enumerate(WAYS):
                name = f"files/{regime.name}/{number}/{way}"
                image = before.survivor(kind, Dice(seed * 1000 + number * len(WAYS) + way))
                if tally.wanted(name) and image.image() not in seen:
                    seen.add(image.image())
                    tally.saw(image.image())
                    tally.found(f"{name} ({kind})", _behind(image, told.copy(), regime, seed))


def _behind(system: FileSystem, promise: Promise, regime: Regime, seed: int) -> list[str]:
    """Recover, check, live on, be killed, recover from the cache, lose the power, check."""
    with process(system) as flash:
        journal = opened(flash, promise)
        found = violations(journal, promise)
        live(journal, flash, promise, regime, seed + 2, MORE)
    return found + after_a_kill(system, promise)


def after_a_kill(system: FileSystem, promise: Promise) -> list[str]:
    """The next process sees the cache; what it takes for durable, it may send; the power goes."""
    with process(system) as flash:
        journal = opened(flash, promise)
        found = violations(journal, promise)
        for lane in LANES:
            for seq in range(journal.released(lane) + 1, journal.durable(lane) + 1):
                frame = journal.read(lane, seq)
                if frame is not None:
                    promise.stored[lane, seq] = frame
            promise.last[lane] = max(promise.last[lane], journal.durable(lane))
    with process(system.survivor("nothing", Dice(1))) as flash:
        return found + violations(opened(flash, promise), promise)
