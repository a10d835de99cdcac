"""How long a journal takes to start: recovery beside a scan of every record."""

import shutil
import statistics
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from agent.buffer import record
from agent.buffer.journal import Journal
from agent.buffer.scan import Scanner
from agent.linux.flash import SECTOR, SEGMENT
from agent.linux.readonly_flash import ReadOnlyFlash
from bench.figure import figure
from simulators.world.flash import SimFlash

PAYLOAD = 300
EPOCH = 77
SEGMENTS = 1024
FASTER = 50  # times, than a scan of everything
RUNS = 5


def _timed(work: Callable[[], object], runs: int) -> tuple[float, float]:
    """Median seconds, and half of what lies between the extremes."""
    times = []
    for _ in range(runs):
        began = time.perf_counter()
        work()
        times.append(time.perf_counter() - began)
    return statistics.median(times), (max(times) - min(times)) / 2


def _mount(flash: Any) -> Journal:
    journal = Journal(flash, lambda: EPOCH)
    journal.mount()
    return journal


def _scan(flash: Any) -> int:
    """Read every record of every sector; how many."""
    scanner = Scanner(flash, 0)
    count = 0
    for sector in range(flash.sectors):
        fields, _ = scanner.header(sector)
        if fields is not None:
            seed = record.salt(fields[2], fields[4])
            found: list[Any] = scanner.scan(sector, fields[0], seed).records
            count += len(found)
    return count


def _full_flash() -> SimFlash:
    flash = SimFlash(256, 4096)
    journal = _mount(flash)
    for seq in range(1, 3001):
        journal.append(1, seq, bytes(PAYLOAD), seq)
    return flash


def _sector(gen: int, seq: int, each: int) -> bytes:
    """A sector full of telemetry, as the journal would have written it."""
    acked = [[0, 0, 0], [0, 0, 0]]
    parts = [record.header(record.FORMAT, 1, gen, seq, EPOCH, 1, acked, [1, seq, 1]), b"\xff" * 4]
    seed = record.salt(gen, EPOCH)
    payload = bytes(PAYLOAD)
    for number in range(seq, seq + each):
        parts.append(record.record(record.DATA, 1, number, number, payload, seed))
    image = b"".join(parts)
    return image + b"\xff" * (SECTOR - len(image))


def _build(folder: Path) -> int:
    """Write the segments; returns how many frames they hold."""
    step = record.align(record.RECORD + PAYLOAD, 4)
    each = (SECTOR - record.HEADER[record.FORMAT] - 4) // step
    gen = 0
    for segment in range(SEGMENTS):
        with open(folder / f"segment-{segment:04d}", "wb") as file:
            for _ in range(SEGMENT // SECTOR):
                gen += 1
                file.write(_sector(gen, 1 + (gen - 1) * each, each))
    return int(gen * each)


def _rows(name: str, flash: Any, scans: int, bar: float | None) -> list[dict[str, Any]]:
    recovery, spread = _timed(lambda: _mount(flash), RUNS)
    whole, whole_spread = _timed(lambda: _scan(flash), scans)
    ratio = whole / recovery
    return [
        figure(f"recovery: {name}", recovery * 1000, "ms", spread * 1000,
               rival="a scan of every record", ratio=ratio),
        figure(f"recovery: {name}, every record read", whole * 1000, "ms", whole_spread * 1000),
        figure(f"recovery: {name}, faster than a scan", ratio, "times", bar=bar, at_most=False),
    ]  # fmt: skip


def figures() -> list[dict[str, Any]]:
    """1 MB of simulated flash, and 1 GB of segments where the disk has room for them."""
    rows = _rows("1 MB in sectors of 4 KB", _full_flash(), RUNS, None)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        if shutil.disk_usage(folder).free < 4 * SEGMENTS * SEGMENT:
            print("  recovery of 1 GB: left out, the disk has too little room")
            return rows
        frames = _build(folder)
        flash = ReadOnlyFlash(folder)
        assert _mount(flash).next_seq(1) == frames + 1
        rows += _rows("1 GB in sectors of 64 KB", flash, 1, FASTER)
        flash.close()
    return rows
