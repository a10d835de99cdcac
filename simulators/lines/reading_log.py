"""What simulated sensors really sent, for whoever compares it with what arrived."""

import json
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import TextIO

Log = Callable[[str, int, int], None]  # channel, now (monotonic ms), value


def now_ms() -> int:
    """The monotonic clock of every log."""
    return time.monotonic_ns() // 1_000_000


class ReadingLog:
    """One JSON line for each measured value that a sensor sent: what was really made."""

    def __init__(self, path: Path) -> None:
        self._file: TextIO = open(path, "a", buffering=1, encoding="utf-8")  # noqa: SIM115
        self._lock = threading.Lock()

    def channel(self, pole: str, device: str) -> Log:
        """The log function of one device's twin."""

        def log(channel: str, now: int, value: int) -> None:
            utc = time.time_ns() // 1_000_000 - (now_ms() - now)
            entry = {
                "pole": pole, "device": device, "channel": channel,
                "utc_ms": utc, "mono_ms": now, "value": value,
            }  # fmt: skip
            with self._lock:
                self._file.write(json.dumps(entry) + "\n")

        return log

    def close(self) -> None:
        """No more is written."""
        self._file.close()
