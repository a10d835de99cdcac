"""How long a journal takes to start: recovery beside a scan of every record."""

import shutil
import statistics
import tempfile
import time
from pathlib import Path
from typing import Any

from agent.buffer import record
from agent.buffer.journal import Journal
from agent.buffer.scan import Scanner
from agent.linux.flash import SECTOR, SEGMENT
from agent.linux.readonly_flash import ReadOnlyFlash
from bench.figure import median
from simulators.world.flash import SimFlash

PAYLOAD = 300
EPOCH = 77
SEGMENTS = 1024
FASTER = 50  # times, than a scan of everything
RUNS = 5


def _mount(flash: Any) -> Journal:
    journal = Journal(flash, lambda: EPOCH)
    journal.mount()
    return journal


def _mounted(flash: Any) -> float:
    """Seconds of a start."""
    began = time.perf_counter()
    _mount(flash)
    return time.perf_counter() - began


def _scanned(flash: Any, part: int, parts: int) -> float:
    """Seconds that reading every record would take, by one of so many parts of the sectors."""
    scanner = Scanner(flash, 0)
    began = time.perf_counter()
    for sector in range(flash.sectors * part // parts, flash.sectors * (part + 1) // parts):
        fields, _ = scanner.header(sector)
        if fields is not None:
            scanner.scan(sector, fields[0], record.salt(fields[2], fields[4]))
    return (time.perf_counter() - began) * parts


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


def _rows(name: str, flash: Any, parts: int, bar: float | None) -> list[dict[str, Any]]:
    """A start and a scan in turn, RUNS times; parts: how many such turns a whole scan is spread
    over."""
    turns = [(_mounted(flash), _scanned(flash, turn % parts, parts)) for turn in range(RUNS)]
    starts, scans = ([seconds * 1000 for seconds in each] for each in zip(*turns, strict=True))
    times = [scan / start for start, scan in zip(starts, scans, strict=True)]
    return [
        median(f"recovery: {name}", starts, "ms"),
        median(f"recovery: {name}, every record read", scans, "ms"),
        median(f"recovery: {name}, faster than a scan", times, "times", bar=bar, at_most=False,
               rival="a scan of every record", ratio=statistics.median(times)),
    ]  # fmt: skip


def figures() -> list[dict[str, Any]]:
    """1 MB of simulated flash, and 1 GB of segments where the disk has room for them."""
    rows = _rows("1 MB in sectors of 4 KB", _full_flash(), 1, None)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        if shutil.disk_usage(folder).free < 4 * SEGMENTS * SEGMENT:
            print("  recovery of 1 GB: left out, the disk has too little room")
            return rows
        frames = _build(folder)
        flash = ReadOnlyFlash(folder)
        assert _mount(flash).next_seq(1) == frames + 1
        rows += _rows("1 GB in sectors of 64 KB", flash, RUNS, FASTER)
        flash.close()
    return rows
