"""A clock of its own for a simulated board: seconds that it is ahead of this machine's."""

import os
import shutil
import subprocess
import time
from pathlib import Path

import pytest

_SOURCE = Path(__file__).with_name("rtc.c")


class Rtc:
    """Made in a folder; ``environment`` is for the board's interpreter."""

    def __init__(self, folder: Path) -> None:
        compiler = shutil.which("cc") or shutil.which("gcc")
        if compiler is None:
            if os.environ.get("CI") == "true":
                pytest.fail("a C compiler is missing")
            pytest.skip("a C compiler is missing")
        library = folder / "rtc.so"
        subprocess.run(
            [compiler, "-shared", "-fPIC", "-O1", "-o", str(library), str(_SOURCE)], check=True
        )
        self.file = folder / "clock"
        self.file.write_text("0")
        self.environment = {"LD_PRELOAD": str(library), "POLE_CLOCK": str(self.file), "TZ": "UTC"}

    def show(self, utc: float) -> None:
        """Set it: to seconds since 1970."""
        self.file.write_text(str(round(utc - time.time())))

    def wrong_by(self) -> float:
        """Seconds."""
        return float(self.file.read_text())
