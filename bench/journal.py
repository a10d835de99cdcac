"""What the journal costs: bytes programmed, erases, wear, time to append."""

import time
from typing import Any

from agent.buffer.journal import Journal
from bench.figure import exact, median
from simulators.world.flash import SimFlash

PAYLOAD = 300
FRAMES = 20_000
RUNS = 5


def _fill() -> tuple[SimFlash, float]:
    """(the flash, CPU us a frame)."""
    flash = SimFlash(256, 4096, unit=4)
    journal = Journal(flash, lambda: 1)
    journal.mount()
    frame = bytes(range(250)) + bytes(50)
    began = time.process_time()
    for seq in range(1, FRAMES + 1):
        journal.append(1, seq, frame, seq)
        if seq % 14 == 0:
            journal.release(1, seq)
    return flash, (time.process_time() - began) / FRAMES * 1e6


def figures() -> list[dict[str, Any]]:
    """A ring of 1 MB with sectors of 4 KB, every frame durable, acknowledged in batches of 14."""
    runs = [_fill() for _ in range(RUNS)]
    flash = runs[0][0]
    mean = sum(flash.erases) / len(flash.erases)
    return [
        exact("journal: bytes programmed per payload byte", flash.programmed / (PAYLOAD * FRAMES),
               "B/B", bar=1.10),
        exact("journal: erases per 1000 frames of 300 B", sum(flash.erases) * 1000 / FRAMES,
               "erases", bar=90),
        exact("journal: hottest sector over mean", max(flash.erases) / mean, "ratio", bar=1.2),
        median("journal: append and release, simulated flash, CPU", [each for _, each in runs],
               "us/frame"),
    ]  # fmt: skip
