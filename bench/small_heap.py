"""The journal in a board's heap of 64 KB: see tests/scenarios/small_journal.py."""

import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from bench.figure import figure
from tests.host.test_small_heap import run_small

HEAP = "64K"


def figures() -> Iterator[dict[str, Any]]:
    """What is left of the heap at the worst of six moments; 0 if it did not live through it."""
    with tempfile.TemporaryDirectory() as folder:
        done = run_small(Path(folder), HEAP)
    lines = done.stdout.splitlines()
    free = [int(line.split(": ")[1].split()[0]) for line in lines if ": " in line]
    passed = done.returncode == 0 and lines[-1] == "passed"
    yield figure(f"journal in a heap of {HEAP}: least that is free",
                 min(free) / 1024 if passed else 0, "KB", bar=1, at_most=False)  # fmt: skip
