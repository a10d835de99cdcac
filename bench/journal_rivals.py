"""The journal beside what else could keep frames: littlefs with a flush for each, SQLite.

Each keeps frames of 300 bytes, durable one by one or in batches, in one run on this machine. On
flash only the bytes count: both run in memory. On disk the bytes are what the device was given.
"""

import os
import sqlite3
import statistics
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from littlefs import LittleFS, UserContext

from agent.buffer.journal import Journal
from agent.linux.flash import SEGMENT, FileFlash
from bench.figure import figure, half_range
from simulators.world.flash import SimFlash

PAYLOAD = 300
FRAMES = 1000
BATCH = 14
RUNS = 5
BLOCKS, BLOCK = 256, 4096
FRAME = bytes(range(250)) + bytes(PAYLOAD - 250)


class _Counting(UserContext):
    """A flash in memory that counts what littlefs programs."""

    programmed = 0

    def prog(self, cfg: Any, block: int, off: int, data: Any) -> int:
        self.programmed += len(data)
        return int(super().prog(cfg, block, off, data))


def _littlefs() -> tuple[float, float]:
    """(frames a second, bytes programmed per payload byte)."""
    context = _Counting(BLOCKS * BLOCK)
    system = LittleFS(context, block_size=BLOCK, block_count=BLOCKS, read_size=32, prog_size=32,
                      cache_size=128)  # fmt: skip
    context.programmed = 0
    with system.open("log", "wb", buffering=0) as file:
        began = time.perf_counter()
        for _ in range(FRAMES):
            file.write(FRAME)
            file.flush()
        spent = time.perf_counter() - began
    return FRAMES / spent, context.programmed / (PAYLOAD * FRAMES)


def _on_flash() -> tuple[float, float]:
    flash = SimFlash(BLOCKS, BLOCK)
    journal = Journal(flash, lambda: 1)
    journal.mount()
    began = time.perf_counter()
    for seq in range(1, FRAMES + 1):
        journal.append(1, seq, FRAME, seq)
    spent = time.perf_counter() - began
    return FRAMES / spent, flash.programmed / (PAYLOAD * FRAMES)


def _written(folder: Path) -> tuple[str, int]:
    """(where it stands, bytes that were written so far): to the folder's device, if it is known."""
    device = os.stat(folder).st_dev
    for line in Path("/proc/diskstats").read_text(encoding="ascii").splitlines():
        fields = line.split()
        if (int(fields[0]), int(fields[1])) == (os.major(device), os.minor(device)):
            return "diskstats", int(fields[9]) * 512
    for line in Path("/proc/self/io").read_text(encoding="ascii").splitlines():
        if line.startswith("write_bytes"):
            return "self/io", int(line.split()[1])
    return "unknown", 0


def _measured(folder: Path, work: Callable[[], None]) -> tuple[float, float]:
    os.sync()
    _, before = _written(folder)
    began = time.perf_counter()
    work()
    spent = time.perf_counter() - began
    return FRAMES / spent, (_written(folder)[1] - before) / (PAYLOAD * FRAMES)


def _sqlite(folder: Path, batch: int = 1) -> tuple[float, float]:
    base = sqlite3.connect(folder / "frames.db", isolation_level=None)
    base.execute("PRAGMA journal_mode = WAL")
    base.execute("PRAGMA synchronous = FULL")
    base.execute("CREATE TABLE frames (lane INT, seq INT, data BLOB, PRIMARY KEY (lane, seq))")

    def work() -> None:
        for first in range(0, FRAMES, batch):
            base.execute("BEGIN")
            for seq in range(first, min(FRAMES, first + batch)):
                base.execute("INSERT INTO frames VALUES (1, ?, ?)", (seq, FRAME))
            base.execute("COMMIT")

    found = _measured(folder, work)
    base.close()
    return found


def _on_disk(folder: Path, batch: int = 1) -> tuple[float, float]:
    done = threading.Event()
    flash = FileFlash(folder / "journal", SEGMENT, done.set)
    # A frame a second: a commit interval makes the batch.
    journal = Journal(flash, lambda: 1, commit_ms=(batch - 1) * 1000)
    journal.mount()

    def work() -> None:
        for seq in range(1, FRAMES + 1):
            done.clear()
            journal.append(1, seq, FRAME, seq * 1000)
            if seq == FRAMES:
                journal.flush()
            if journal.commit(seq * 1000) is None:
                while journal.durable(1) < seq:
                    done.wait(0.01)

    found = _measured(folder, work)
    flash.close()
    return found


_Work = Callable[[Path], tuple[float, float]]
_Spread = list[tuple[float, float]]


def _in_turn(ours: _Work, theirs: _Work) -> tuple[_Spread, _Spread]:
    """(median, spread) of the rate, and of the bytes, for both. They take turns, so that what else
    the disk does befalls both."""
    found: tuple[list[tuple[float, float]], list[tuple[float, float]]] = ([], [])
    for _ in range(RUNS):
        for work, results in zip((ours, theirs), found, strict=True):
            with tempfile.TemporaryDirectory() as name:
                results.append(work(Path(name)))
    return _spread(found[0]), _spread(found[1])


def _spread(results: list[tuple[float, float]]) -> _Spread:
    return [
        (statistics.median(values), half_range(values)) for values in zip(*results, strict=True)
    ]


def _rows(
    where: str, rival: str, ours: _Work, theirs: _Work, bar: float | None = None,
) -> list[dict[str, Any]]:  # fmt: skip
    mine, others = _in_turn(ours, theirs)
    (rate, rate_spread), (size, size_spread) = mine
    (other, other_spread), (other_size, other_size_spread) = others
    return [
        figure(f"journal {where}: durable appends", rate, "1/s", rate_spread,
               rival=rival, ratio=rate / other),
        figure(f"{rival}: durable appends", other, "1/s", other_spread),
        figure(f"journal {where}: bytes per payload byte", size, "B/B", size_spread, bar=bar,
               rival=rival, ratio=other_size / size),
        figure(f"{rival}: bytes per payload byte", other_size, "B/B", other_size_spread),
    ]  # fmt: skip


def figures() -> Iterator[dict[str, Any]]:
    """Median and spread of five runs of each, taken in turn."""
    yield from _rows("on simulated flash", "littlefs, flush each",
                     lambda _: _on_flash(), lambda _: _littlefs(), 1.10)  # fmt: skip
    where, _ = _written(Path(tempfile.gettempdir()))
    rival = f"SQLite WAL FULL ({where})"
    yield from _rows("on disk", rival, _on_disk, _sqlite)
    yield from _rows(
        f"on disk, {BATCH} a commit", f"{rival}, {BATCH} a commit",
        lambda folder: _on_disk(folder, BATCH), lambda folder: _sqlite(folder, BATCH),
    )  # fmt: skip
