"""The board's own application in a small heap: real MicroPython, the linked .mpy files that boards
get, four sensors on lines of their own, the journal, SM2 and MQTT to a real broker and platform.
What lies where is a matter of chance, and so is what a heap has room for: three of them at once.
And how much code such a board loads, by the files that are read meanwhile: as for an ESP32-S3.
"""

import asyncio
import os
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from agent.linux.keys import load_or_create
from agent.protocols import sm2
from bench.figure import exact, median
from provisioning import board_image
from provisioning.registry import Registry
from simulators.demo import poles
from simulators.demo.broker import Broker
from simulators.lines.pty_lines import Lines
from simulators.lines.reading_log import ReadingLog
from simulators.platform.service import Platform

HEAPS = (152, 156, 160, 164, 168, 176)  # KB
BAR = 160
RUNS = 3
LOADS_BAR = 48 * 1024  # B
LIVE_S = 16
LEAST = 30  # readings: nine in each 2 s, less what a start takes


class _Board:
    """One board's application with all that it meets. To build it takes the machine for itself."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir()
        self.pole = poles.DemoBoard(folder / "board", "CD-WH-0002", "bench", (104.0, 30.0))
        key = load_or_create(folder / "platform.key")
        self.broker, self.lines = Broker(folder), Lines()
        url = f"mqtt://127.0.0.1:{self.broker.port}"
        registry = Registry([self.pole.registered()])
        self.platform = Platform(registry, key, folder / "platform.db", mqtt=url)
        self.pole.sensors(self.lines, ReadingLog(folder / "sensors.jsonl"), 1)
        self.pole.configure("mqtt", url, sm2.public_key(key))
        self._log = folder / "board" / "agent.log"
        self._code = folder / "board" / "lib"

    def _said(self) -> str:
        return self._log.read_text(encoding="utf-8") if self._log.exists() else ""

    async def lives(self) -> bool:
        """Whether the application lives in its heap, and delivers."""
        for path in self._code.rglob("*.mpy"):
            os.utime(path, ns=(0, path.stat().st_mtime_ns))
        await self.broker.start()
        await self.platform.start()
        self.lines.start()
        try:
            await self.pole.start("power-on")
            end = time.monotonic() + LIVE_S
            while "MemoryError" not in self._said() and time.monotonic() < end:
                await asyncio.sleep(0.5)
            await self.pole.kill()
            return self.platform.store.count("readings") >= LEAST
        except OSError:
            return False  # it had ended
        finally:
            await self.pole.abort()
            self.lines.stop()
            self.pole.dismantle()
            await self.platform.stop()
            await self.broker.stop()

    def loaded(self) -> set[str]:
        """The modules that it read since its start, by file."""
        return {str(path.relative_to(self._code)) for path in self._code.rglob("*.mpy")
                if path.stat().st_atime_ns}  # fmt: skip


def _size(names: set[str]) -> int:
    """The bytes of these modules of the agent, compiled for an ESP32-S3."""
    with tempfile.TemporaryDirectory() as folder:
        board_image.compile_agent(Path(folder), board_image.ARCHITECTURES["esp32s3"])
        files = [Path(folder) / name for name in names]
        return sum(file.stat().st_size for file in files if file.exists())


async def _living(heap: int, count: int, loaded: set[str]) -> int:
    """How many of count live in a heap of so many KB. What they load is added to loaded."""
    poles.HEAP = f"{heap}K"
    with tempfile.TemporaryDirectory() as folder:
        boards = [_Board(Path(folder) / str(number)) for number in range(count)]
        lives = sum(await asyncio.gather(*(board.lives() for board in boards)))
        loaded.update(*(board.loaded() for board in boards))
        return lives


def figures() -> Iterator[dict[str, Any]]:
    """The smallest heap of HEAPS in which each of them lives."""
    found: list[int] = []
    loaded: set[str] = set()
    for heap in HEAPS:
        waiting = RUNS - len(found)
        lives = asyncio.run(_living(heap, waiting, loaded)) if waiting else 0
        found += [heap] * lives
        if lives < waiting:
            print(f"  {waiting - lives} of {RUNS} do not live in {heap} KB")
    if len(found) == RUNS:
        yield median("board's application, four sensors, MQTT: heap in which it lives", found, "KB",
                     bar=BAR)  # fmt: skip
    size = _size(loaded)
    if size:  # a file system may not keep when files were read
        yield exact("board's application, four sensors, MQTT: .mpy loaded, esp32s3", size, "B",
                    bar=LOADS_BAR)  # fmt: skip
