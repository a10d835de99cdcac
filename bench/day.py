"""A simulated day of one pole with eight sensors: see bench.day_pole."""

import os
import sys
from collections.abc import Iterator
from typing import Any

from bench.figure import median

RUNS = 5


def _once() -> float:
    """CPU seconds of the whole process: it never waits, so it takes as long on an idle machine."""
    silent = [(os.POSIX_SPAWN_OPEN, 1, os.devnull, os.O_WRONLY, 0)]
    child = os.posix_spawn(sys.executable, [sys.executable, "-m", "bench.day_pole"], os.environ,
                           file_actions=silent)  # fmt: skip
    _, status, used = os.wait4(child, 0)
    assert status == 0, "the day failed"
    return used.ru_utime + used.ru_stime


def figures() -> Iterator[dict[str, Any]]:
    """The interpreter's start included: median of five."""
    times = [_once() for _ in range(RUNS)]
    yield median("a simulated day, CPU", times, "s", bar=2.5)
