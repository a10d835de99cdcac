"""Finds the real MicroPython interpreter of the environment."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]


def interpreter() -> str:
    """Its path. Skips the test where it is missing, but fails in CI."""
    found = shutil.which("micropython", path=str(Path(sys.executable).parent))
    if found is None:
        if os.environ.get("CI") == "true":
            pytest.fail("micropython is missing")
        pytest.skip("micropython is missing")
    return found


def run(*arguments: str, heap: str = "32M", seconds: float = 300) -> str:
    """Run it in the tree; what it printed. An exit status other than 0 fails the test."""
    done = subprocess.run(
        [interpreter(), "-X", f"heapsize={heap}", *arguments],
        cwd=ROOT, capture_output=True, text=True, timeout=seconds, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout[-4000:] + done.stderr[-2000:]
    return done.stdout
