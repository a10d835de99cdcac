"""A node that is offered more than it can take: its devices, its broker, its platform."""

import asyncio
import signal
import sys
from asyncio.subprocess import PIPE
from pathlib import Path

from agent.frame_reader import Frame
from bench import gateway
from simulators.demo.broker import Broker
from simulators.platform.ingest import Ingest
from simulators.platform.service import Platform

DEVICES, REGISTERS = 240, 10


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


class World:
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
        self.counter = Counter(self.platform.ingest)
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

    def hold(self) -> None:
        """The node stands still."""
        assert self.node is not None
        self.node.send_signal(signal.SIGSTOP)

    def go_on(self) -> None:
        """The node runs again."""
        assert self.node is not None
        self.node.send_signal(signal.SIGCONT)

    def waited(self) -> float:
        """Seconds for which the node could have run, had others not had the processor: the second
        number of /proc/PID/schedstat (Documentation/scheduler/sched-stats.rst), of its main thread.
        """
        assert self.node is not None
        told = Path(f"/proc/{self.node.pid}/schedstat").read_text(encoding="ascii")
        return int(told.split()[1]) / 1e9

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
