"""The journal in a board's heap of 64 KB: see tests/scenarios/small_journal.py."""

import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from bench.figure import median
from tests.host.test_small_heap import run_small

HEAP = "64K"
RUNS = 3


def _least_free() -> float:
    """KB that are left of the heap at the worst of six moments; 0 if it did not live through it."""
    with tempfile.TemporaryDirectory() as folder:
        done = run_small(Path(folder), HEAP)
    lines = done.stdout.splitlines()
    free = [int(line.split(": ")[1].split()[0]) for line in lines if ": " in line]
    passed = done.returncode == 0 and lines[-1] == "passed"
    return min(free) / 1024 if passed else 0


def figures() -> Iterator[dict[str, Any]]:
    """The collector takes chance numbers for pointers: so no run is quite like another."""
    yield median(f"journal in a heap of {HEAP}: least that is free",
                 [_least_free() for _ in range(RUNS)], "KB", bar=1, at_most=False)  # fmt: skip
