"""The board's own application in a small heap: real MicroPython, the linked .mpy files that boards
get, four sensors on lines of their own, the journal, SM2 and MQTT to a real broker and platform.
"""

import asyncio
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from agent.linux.keys import load_or_create
from agent.protocols import sm2
from bench.figure import figure
from provisioning.registry import Registry
from simulators.demo import poles
from simulators.demo.broker import Broker
from simulators.lines.pty_lines import Lines
from simulators.lines.reading_log import ReadingLog
from simulators.platform.service import Platform

HEAPS = (160, 164, 168, 176, 192)  # KB
BAR = 160
LIVE_S = 16
LEAST = 30  # readings: nine in each 2 s, less what a start takes


def _said(folder: Path) -> str:
    log = folder / "board" / "agent.log"
    return log.read_text(encoding="utf-8") if log.exists() else ""


async def _lives(folder: Path, heap: int) -> bool:
    """Whether the application lives in a heap of so many KB, and delivers."""
    poles.HEAP = f"{heap}K"
    pole = poles.DemoBoard(folder / "board", "CD-WH-0002", "bench", (104.0, 30.0))
    registry = Registry([pole.registered()])
    key = load_or_create(folder / "platform.key")
    broker, lines = Broker(folder), Lines()
    await broker.start()
    url = f"mqtt://127.0.0.1:{broker.port}"
    platform = Platform(registry, key, folder / "platform.db", mqtt=url)
    await platform.start()
    pole.sensors(lines, ReadingLog(folder / "sensors.jsonl"), 1)
    pole.configure("mqtt", url, sm2.public_key(key))
    lines.start()
    try:
        await pole.start("power-on")
        end = time.monotonic() + LIVE_S
        while "MemoryError" not in _said(folder) and time.monotonic() < end:
            await asyncio.sleep(0.5)
        await pole.kill()
        return platform.store.count("readings") >= LEAST
    except OSError:
        return False  # it had ended
    finally:
        await pole.abort()
        lines.stop()
        pole.dismantle()
        await platform.stop()
        await broker.stop()


def figures() -> Iterator[dict[str, Any]]:
    """The smallest heap of HEAPS in which it lives."""
    for heap in HEAPS:
        with tempfile.TemporaryDirectory() as folder:
            lives = asyncio.run(_lives(Path(folder), heap))
        if lives:
            yield figure("board's application, four sensors, MQTT: heap in which it lives", heap,
                         "KB", bar=BAR)  # fmt: skip
            return
        print(f"  it does not live in {heap} KB")
