"""A node that is offered more than it can take: its devices, its broker, its platform."""

import asyncio
import signal
import sys
import time
from asyncio.subprocess import PIPE
from pathlib import Path
from typing import NamedTuple

from agent.frame_reader import Frame
from bench import gateway
from simulators.demo.broker import Broker
from simulators.platform.ingest import Ingest
from simulators.platform.service import Platform

DEVICES, REGISTERS = 240, 10  # at the most on one line, and of each
LAST_S = 3  # for what was read to be sealed and sent


class Counter:
    """Stands where the platform would store readings one by one: it verifies, decodes and
    acknowledges as ever, and only counts what came, or it would be the one that is overloaded."""

    def __init__(self, ingest: Ingest) -> None:
        self.rows: list[tuple[int, int]] = []  # (slot in UTC ms, readings with a value)
        ingest._rows = self._rows  # type: ignore[method-assign]

    def _rows(self, db: object, device: str, got: Frame, offset: int | None) -> bool:
        for row, at in enumerate(got.times):
            # What was asked for and not read in its slot has a place in its row, and no value.
            self.rows.append((at, sum(column[row] is not None for column in got.columns)))
        return True

    def between(self, begin: float, end: float) -> int:
        """The readings of slots from begin to end, in seconds of UTC."""
        return sum(count for at, count in self.rows if begin * 1000 <= at < end * 1000)


class Turn(NamedTuple):
    """From when to when a node ran, in seconds of UTC, and the seconds of processor it had."""

    begin: float
    end: float
    cpu: float


class World:
    """Devices, broker and platform around a node in folder. exchange_s: what a reply takes on each
    of so many lines, which have so many devices each."""

    def __init__(
        self, folder: Path, exchange_s: float = 0, lines: int = 1, devices: int = DEVICES
    ) -> None:
        self.folder = folder
        self.exchange_s = exchange_s
        self.lines = lines
        self.devices = devices
        self.slaves: asyncio.subprocess.Process | None = None
        self.modbus = 0
        self.broker = Broker(folder)
        self.platform: Platform | None = None
        self.node: asyncio.subprocess.Process | None = None

    async def start(self) -> None:
        self.slaves = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "bench.slaves", str(self.exchange_s),
            stdin=PIPE, stdout=PIPE, cwd=gateway.ROOT,
        )  # fmt: skip
        assert self.slaves.stdout is not None
        self.modbus = int(await self.slaves.stdout.readline())
        await self.broker.start()
        self.platform = gateway.platform(
            self.folder, f"mqtt://127.0.0.1:{self.broker.port}", ":memory:"
        )
        self.counter = Counter(self.platform.ingest)
        await self.platform.start()

    async def run(self, every_ms: int, port: int, journal: str, seal: str, more: str = "") -> None:
        """Start the node."""
        lines = [self._devices(line, every_ms) for line in range(self.lines)]
        gateway.write_settings(
            self.folder, "mqtt", f"mqtt://127.0.0.1:{port}", self.modbus, "".join(lines) + more,
            seal, journal, "1s",
        )  # fmt: skip
        self.node = await gateway.start_node(self.folder)

    def _devices(self, line: int, every_ms: int) -> str:
        """The settings of one line; the first one has its head already."""
        head = f'[[line]]\nname = "l{line}"\nport = "tcp://127.0.0.1:{self.modbus}"\n'
        return (head if line else "") + "".join(
            f'[[line.device]]\nname = "d{line}-{unit}"\ndriver = "bench.ten_registers"\n'
            f'address = {unit}\nevery = "{every_ms}ms"\n'
            for unit in range(1, self.devices + 1)
        )

    def flood(self) -> None:
        """The level crosses its threshold."""
        assert self.slaves is not None and self.slaves.stdin is not None
        self.slaves.stdin.write(b"\n")

    def hold(self) -> None:
        """The node stands still."""
        assert self.node is not None
        self.node.send_signal(signal.SIGSTOP)

    def go_on(self) -> None:
        """The node runs again."""
        assert self.node is not None
        self.node.send_signal(signal.SIGCONT)

    async def turn(self, seconds: float) -> Turn:
        """Let a node that stands still run for a while."""
        assert self.node is not None
        begin, before = time.time(), gateway.cpu(self.node.pid)
        self.go_on()
        await asyncio.sleep(seconds)
        self.hold()
        return Turn(begin, time.time(), gateway.cpu(self.node.pid) - before)

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
