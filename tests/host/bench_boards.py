"""Simulated boards for tests: made in a folder, stopped at the end, with the real tools at hand."""

import contextlib
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from provisioning import esp_image
from simulators.boards import firmware
from simulators.boards.board import SimulatedBoard
from simulators.boards.town import WIFI
from tests.host.micropython import interpreter

FLASH = 4 << 20
SMALL = 60_000  # bytes of an application that tests write


def need(*modules: str) -> None:
    """Skip by name where a tool is missing, but fail in CI. The interpreter is needed always."""
    interpreter()
    for module in modules:
        try:
            __import__(module)
        except ImportError:
            if os.environ.get("CI") == "true":
                pytest.fail(f"{module} is missing")
            pytest.skip(f"{module} is missing")


@contextlib.contextmanager
def board(folder: Path, chip: str = "esp32s3", **more: Any) -> Iterator[SimulatedBoard]:
    """A board with power."""
    made = SimulatedBoard(folder, chip, more.pop("flash_size", FLASH), **more)
    made.start()
    try:
        yield made
    finally:
        made.stop()


def settle(folder: Path, office: Path) -> Path:
    """The folder of a bench, with the bundle of the fixture ``office``."""
    folder.mkdir()
    for name in ("release.key", "kit.pole"):
        shutil.copy2(office / name, folder)
    (folder / "wifi.txt").write_text(WIFI[1], encoding="utf-8")
    return folder


def load(board_: SimulatedBoard, size: int = SMALL) -> bytes:
    """Put firmware into its flash, as if it had been flashed long ago, and reset it."""
    data = firmware.combined(board_.chip.name, FLASH, size)
    board_.nor.erase(0, FLASH)
    board_.nor.program(esp_image.BOOTLOADER_AT[board_.chip.name], data)
    board_.reset()
    return data


def run(module: str, *arguments: str, seconds: float = 240) -> "subprocess.CompletedProcess[str]":
    """Run a tool of the environment."""
    return subprocess.run(
        [sys.executable, "-m", module, *arguments], capture_output=True, text=True, timeout=seconds,
        check=False,
    )  # fmt: skip


def wait_for(condition: Callable[[], object], seconds: float = 120) -> None:
    """Wait until it is true; an AssertionError after so long."""
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, "waited in vain"
        time.sleep(0.02)
