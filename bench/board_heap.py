"""The board's own application in a small heap: real MicroPython, the linked .mpy files that boards
get, four sensors on lines of their own, the journal, SM2 and MQTT to a real broker and platform.
What lies where is a matter of chance, and so is what a heap has room for: three of them at once.
And how much code such a board has loaded when it is up (bench.held_code), and how much it has read
since its start, what it let go of included: as for an ESP32-S3.
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
from bench import held_code
from bench.figure import exact, median
from provisioning import board_image
from provisioning.registry import Registry
from simulators.demo import poles
from simulators.demo.broker import Broker
from simulators.free_port import free_port
from simulators.lines.pty_lines import Lines
from simulators.lines.reading_log import ReadingLog
from simulators.platform.service import Platform

HEAPS = (152, 156, 160, 164, 168, 176)  # KB
BAR = 160
ROOMY = "400K"  # where it tells its heap
RUNS = 3
LOADS_BAR = 48 * 1024  # B
LIVE_S = 16
END_S = 60
LEAST = 30  # readings: nine in each 2 s, less what a start takes


class _Board:
    """One board's application with all that it meets. To build it takes the machine for itself."""

    def __init__(self, folder: Path, carrier: str = "mqtt") -> None:
        folder.mkdir()
        self.pole = poles.DemoBoard(folder / "board", "CD-WH-0002", "bench", (104.0, 30.0))
        key = load_or_create(folder / "platform.key")
        self.broker, self.lines = Broker(folder), Lines()
        port = self.broker.port if carrier == "mqtt" else free_port()
        url = f"{carrier}://127.0.0.1:{port}"
        door: dict[str, Any] = {"mqtt": url} if carrier == "mqtt" else {"coap": ("127.0.0.1", port)}
        registry = Registry([self.pole.registered()])
        self.platform = Platform(registry, key, folder / "platform.db", **door)
        self.pole.sensors(self.lines, ReadingLog(folder / "sensors.jsonl"), 1)
        self.pole.configure(carrier, url, sm2.public_key(key))
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
            if self.pole.last:
                await self.pole.finish(END_S)
            else:
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

    def read(self, code: Path) -> int:
        """The bytes of the modules that it read since its start. code: as the board gets it."""
        names = [path.relative_to(self._code) for path in self._code.rglob("*.mpy")
                 if path.stat().st_atime_ns]  # fmt: skip
        return sum((code / name).stat().st_size for name in names if (code / name).exists())

    def held(self, code: Path) -> int:
        """The bytes that it holds of them. It has ended in order, and told."""
        dump = (self.pole.folder / held_code.DUMP).read_bytes()
        return held_code.held(held_code.Heap(self._said(), dump), self._code, code)


async def _living(heap: int, count: int) -> int:
    """How many of count live in a heap of so many KB."""
    poles.HEAP = f"{heap}K"
    with tempfile.TemporaryDirectory() as folder:
        boards = [_Board(Path(folder) / str(number)) for number in range(count)]
        return sum(await asyncio.gather(*(board.lives() for board in boards)))


async def _code(carrier: str) -> tuple[int, int]:
    """The bytes of the agent's code that a board has loaded when it is up, and that it has read."""
    poles.HEAP = ROOMY
    with tempfile.TemporaryDirectory() as folder:
        code = Path(folder) / "esp32s3"
        board_image.compile_agent(code, board_image.ARCHITECTURES["esp32s3"])
        board = _Board(Path(folder) / "bench", carrier)
        board.pole.last = held_code.TELL
        if not await board.lives():
            raise RuntimeError("the board does not live in a large heap")
        return board.held(code), board.read(code)


def figures() -> Iterator[dict[str, Any]]:
    """The smallest heap of HEAPS in which each of them lives; its code."""
    found: list[int] = []
    for heap in HEAPS:
        waiting = RUNS - len(found)
        lives = asyncio.run(_living(heap, waiting)) if waiting else 0
        found += [heap] * lives
        if lives < waiting:
            print(f"  {waiting - lives} of {RUNS} do not live in {heap} KB")
    board = "board's application, four sensors"
    if len(found) == RUNS:
        yield median(f"{board}, MQTT: heap in which it lives", found, "KB", bar=BAR)
    for carrier in ("MQTT", "CoAP"):
        held, read = asyncio.run(_code(carrier.lower()))
        yield exact(f"{board}, {carrier}: .mpy loaded when it is up, esp32s3", held, "B",
                    bar=LOADS_BAR)  # fmt: skip
        if read:  # a file system may not keep when files were read
            yield exact(f"{board}, {carrier}: .mpy read since its start, esp32s3", read, "B")
