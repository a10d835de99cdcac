"""A clock of its own for a simulated board, by libfaketime: seconds ahead of this machine's."""

import os
import time
from pathlib import Path

import pytest

_PLACES = ("/usr/lib/*/faketime", "/usr/lib/faketime", "/usr/local/lib/faketime")


def _library() -> Path:
    for place in _PLACES:
        for found in Path("/").glob(place.lstrip("/") + "/libfaketime.so.1"):
            return found
    if os.environ.get("CI") == "true":
        pytest.fail("libfaketime is missing")
    pytest.skip("libfaketime is missing")


class Rtc:
    """Kept in a folder; ``environment`` is for the board's interpreter."""

    def __init__(self, folder: Path) -> None:
        self.file = folder / "clock"
        self.file.write_text("+0")
        # Loaded before libc, so that mbedTLS looks at it, too; ticks go on as they do.
        self.environment = {
            "LD_PRELOAD": str(_library()),
            "FAKETIME_TIMESTAMP_FILE": str(self.file),
            "FAKETIME_NO_CACHE": "1",
            "FAKETIME_DONT_FAKE_MONOTONIC": "1",
            "POLE_CLOCK": str(self.file),
            "TZ": "UTC",
        }

    def show(self, utc: float) -> None:
        """Set it: to seconds since 1970."""
        self.file.write_text(f"{round(utc - time.time()):+d}")

    def wrong_by(self) -> float:
        """Seconds; without an end at the moment at which the board writes it."""
        return float(self.file.read_text() or "inf")
