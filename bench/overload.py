"""The Linux node offered more than it can take, as a whole process.

At its lines: 240 Modbus TCP devices of ten registers on one connection, which their settings read
1,000 to 48,000 times a second: what cannot be read in its slot is left out, and what is read is
delivered. The plateau is the least of what came to the platform, once that was at its most;
readings with a value count.

At its uplink: a passage of 4 KB/s, and ten times as much to send into it, until the journal (1 MB)
is full. Then rows are kept one in so many, telemetry that finds no room is given up and declared,
and alarms go first: what the passage carries must still be its full rate.
"""

import asyncio
import statistics
import sys
import tempfile
import time
from asyncio.subprocess import PIPE
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from agent.frame_reader import Frame
from agent.protocols import cbor
from bench import gateway
from bench.figure import figure
from bench.passage import Passage
from bench.slaves import LEVEL
from simulators.demo.broker import Broker
from simulators.platform.ingest import Ingest
from simulators.platform.service import Platform

DEVICES, REGISTERS = 240, 10
INTERVALS_MS = (240, 100, 48, 16, 5)
WARM_S, WINDOWS, WINDOW_S = 2, 3, 1.2
PLATEAU = 0.9
RATE = 4096  # bytes a second
FILL_S, NARROW_S = 18, 12
LONGEST_S = 120
_ALARM = f"""\
[[line.device]]
name = "underpass"
driver = "dyp-ultrasonic"
address = {LEVEL}
every = "1s"
mount = "3200 mm"
alarm.level = {{ above = "300 mm", clear = "250 mm" }}
"""


class _Counter:
    """Stands where the platform would store readings one by one: it verifies, decodes and
    acknowledges as ever, and only counts what came, or it would be the one that is overloaded."""

    def __init__(self, ingest: Ingest) -> None:
        self.readings = 0
        ingest._rows = self._rows  # type: ignore[method-assign]

    def _rows(self, db: object, device: str, got: Frame, offset: int | None) -> bool:
        # What was asked for and not read in its slot has a place in its row, and no value.
        self.readings += sum(len(column) - column.count(None) for column in got.columns)
        return True


class _World:
    """Devices, broker and platform around a node in folder."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.slaves: asyncio.subprocess.Process | None = None
        self.modbus = 0
        self.broker = Broker(folder)
        self.platform: Platform | None = None
        self.node: asyncio.subprocess.Process | None = None

    async def start(self) -> None:
        self.slaves = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "bench.slaves", stdin=PIPE, stdout=PIPE, cwd=gateway.ROOT
        )
        assert self.slaves.stdout is not None
        self.modbus = int(await self.slaves.stdout.readline())
        await self.broker.start()
        self.platform = gateway.platform(
            self.folder, f"mqtt://127.0.0.1:{self.broker.port}", ":memory:"
        )
        self.counter = _Counter(self.platform.ingest)
        await self.platform.start()

    async def run(self, every_ms: int, port: int, journal: str, seal: str, more: str = "") -> None:
        """Start the node."""
        devices = "".join(
            f'[[line.device]]\nname = "d{unit}"\ndriver = "bench.ten_registers"\n'
            f'address = {unit}\nevery = "{every_ms}ms"\n'
            for unit in range(1, DEVICES + 1)
        )
        gateway.write_settings(
            self.folder, "mqtt", f"mqtt://127.0.0.1:{port}", self.modbus, devices + more,
            seal, journal, "1s",
        )  # fmt: skip
        self.node = await gateway.start_node(self.folder)

    def flood(self) -> None:
        """The level crosses its threshold."""
        assert self.slaves is not None and self.slaves.stdin is not None
        self.slaves.stdin.write(b"\n")

    async def end(self) -> None:
        """End the node, without waiting for what it still has."""
        if self.node is not None:
            self.node.kill()
            await self.node.wait()
            self.node = None

    async def stop(self) -> None:
        await self.end()
        if self.platform is not None:
            await self.platform.stop()
        await self.broker.stop()
        if self.slaves is not None:
            self.slaves.kill()
            await self.slaves.wait()


async def _rate(world: _World, every_ms: int) -> list[float]:
    """Readings a second that came to the platform, in each window."""
    await world.run(every_ms, world.broker.port, "8 MB", "1s")
    await asyncio.sleep(WARM_S)
    found = []
    for _ in range(WINDOWS):
        before, began = world.counter.readings, time.monotonic()
        await asyncio.sleep(WINDOW_S)
        found.append((world.counter.readings - before) / (time.monotonic() - began))
    await world.end()
    return found


async def _lines(folder: Path) -> list[dict[str, Any]]:
    rates: dict[int, list[float]] = {}
    for every_ms in INTERVALS_MS:
        place = folder / str(every_ms)
        place.mkdir()
        world = _World(place)
        try:
            await world.start()
            rates[DEVICES * REGISTERS * 1000 // every_ms] = await _rate(world, every_ms)
        finally:
            await world.stop()
    middle = {offered: statistics.median(each) for offered, each in rates.items()}
    most = max(middle.values())
    beyond = [middle[offered] for offered in middle if offered >= most]
    rows = [
        figure(f"overload: offered {offered} readings/s, delivered", middle[offered],
               "readings/s", (max(each) - min(each)) / 2)
        for offered, each in rates.items()
    ]  # fmt: skip
    return [
        figure("overload at the lines: the plateau, of the maximum", min(beyond) / most, "times",
               bar=PLATEAU, at_most=False),
        figure("overload at the lines: offered, of the maximum", max(middle) / most, "times"),
        *rows,
    ]  # fmt: skip


async def _uplink(folder: Path) -> list[dict[str, Any]]:
    world = _World(folder)
    try:
        await world.start()
        passage = Passage(world.broker.port, RATE)
        await passage.open()
        rows = await _narrow(world, passage)
        passage.shut()
        return rows
    finally:
        await world.stop()


async def _narrow(world: _World, passage: Passage) -> list[dict[str, Any]]:
    assert world.platform is not None
    store = world.platform.store
    await world.run(48, passage.port, "1 MB", "1s", _ALARM)
    await asyncio.sleep(FILL_S)
    before, began = passage.carried, time.monotonic()
    world.flood()
    while not store.count("alarms") and time.monotonic() < began + LONGEST_S:
        await asyncio.sleep(0.05)
    alarm = time.monotonic() - began
    await asyncio.sleep(max(0, NARROW_S - alarm))
    carried = (passage.carried - before) / (time.monotonic() - began) / RATE
    told = (world.folder / "agent.log").read_text(encoding="utf-8")
    status = store.rows("SELECT status FROM heard")[0][0]
    keep = cbor.decode(status)[9][0] if status else 1
    name = "overload at the uplink"
    return [
        figure(f"{name}: carried, of what the passage can", carried, "times", bar=PLATEAU,
               at_most=False),
        figure(f"{name}: alarm at the platform after", alarm, "s", bar=8),
        figure(f"{name}: one row kept in, as a status tells the platform", keep, "rows",
               bar=2, at_most=False),
        figure(f"{name}: rations told in the log", told.count("ration:"), "lines", bar=1,
               at_most=False),
    ]  # fmt: skip


def figures() -> Iterator[dict[str, Any]]:
    """One run each; windows of one run for the spread."""
    for measure in (_lines, _uplink):
        with tempfile.TemporaryDirectory() as folder:
            yield from asyncio.run(measure(Path(folder)))
