"""The Linux node as a whole process, beside what a user would take instead.

Load: 100 Modbus TCP devices of ten registers at 1 Hz on one connection (our own small gateway),
seal_every 60 s, MQTT at QoS 1 through mosquitto to the platform simulator, which verifies, stores
and acknowledges every frame. The script reads a gateway of its own and publishes to the same broker
in the same minutes; then comes thingsboard-gateway, on the like. The CPU is that of the measured
process alone. Windows are a minute long, so that each holds one sealing, and begin 10 s apart.
"""

import asyncio
import signal
import statistics
import tempfile
import time
from pathlib import Path
from typing import Any

from bench import gateway, thingsboard
from bench.figure import exact, median
from bench.gateway import Gateway
from bench.ten_registers import REGISTERS
from simulators.demo.broker import Broker

DEVICES = 100
WARM_S = 8
MARK_S, WINDOW, WINDOWS = 10, 6, 5  # seconds, marks of a window, windows
STARTS = 5
RIVAL = "pymodbus and paho-mqtt in a bare script"


class _Watched:
    """A process and the gateway that it reads."""

    def __init__(self, pid: int, slaves: Gateway) -> None:
        self.pid = pid
        self.slaves = slaves
        self.marks: list[tuple[float, int]] = []  # (CPU seconds, requests) so far
        self.memory: list[float] = []  # MB

    def mark(self) -> None:
        """Note what it has used by now."""
        self.marks.append((gateway.cpu(self.pid), self.slaves.asked))
        self.memory.append(gateway.resident(self.pid))

    def each(self) -> list[float]:
        """CPU us a reading, in every window."""
        return [
            (spent - spent_before) / ((asked - asked_before) * REGISTERS) * 1e6
            for (spent_before, asked_before), (spent, asked) in zip(
                self.marks, self.marks[WINDOW:], strict=False
            )
        ]


async def _starts(folder: Path, slaves: Gateway) -> list[dict[str, Any]]:
    """Seconds from the start of a process."""
    opened, asked = [], []
    for _ in range(STARTS):
        slaves.connected, before = None, slaves.asked
        began = time.monotonic()
        node = await gateway.start_node(folder)
        while slaves.asked == before:
            await asyncio.sleep(0.005)
        asked.append(time.monotonic() - began)
        opened.append((slaves.connected or 0) - began)
        node.send_signal(signal.SIGTERM)
        await node.wait()
    return [
        median("node: start to its line opened", opened, "s", bar=0.5),
        median("node: start to first reading asked, in its slot of 1 s", asked, "s", bar=0.5),
    ]


async def _watch(*processes: _Watched) -> None:
    """All of them in the same windows."""
    await asyncio.sleep(WARM_S)
    for process in processes:
        process.mark()
    for _ in range(WINDOW + WINDOWS - 1):
        await asyncio.sleep(MARK_S)
        for process in processes:
            process.mark()


async def _measure(folder: Path) -> list[dict[str, Any]]:
    slaves, others, broker = Gateway(), Gateway(), Broker(folder)
    await slaves.start()
    await others.start()
    await broker.start()
    url = f"mqtt://127.0.0.1:{broker.port}"
    platform = gateway.platform(folder, url)
    await platform.start()
    gateway.settings(folder, "mqtt", url, slaves.port, DEVICES)
    starts = await _starts(folder, slaves)
    node = await gateway.start_node(folder)
    script = await gateway.start_script(others.port, broker.port, DEVICES)
    ours, theirs = _Watched(node.pid, slaves), _Watched(script.pid, others)
    await _watch(ours, theirs)
    script.kill()
    await script.wait()
    node.send_signal(signal.SIGTERM)
    await node.wait()
    stored = platform.store.count("readings") / (slaves.asked * REGISTERS)
    await platform.stop()
    await broker.stop()
    slaves.stop()
    others.stop()
    rivals = await thingsboard.figures(statistics.median(ours.each()))
    return [*_rows(ours, theirs), *starts,
            exact("node: readings stored of those asked", stored * 100, "%"), *rivals]  # fmt: skip


def _rows(ours: _Watched, theirs: _Watched) -> list[dict[str, Any]]:
    beside = [mine / other for mine, other in zip(ours.each(), theirs.each(), strict=True)]
    lighter = statistics.median(theirs.memory) / statistics.median(ours.memory)
    return [
        median("node, 100 devices at 1 Hz, MQTT: CPU per reading", ours.each(), "us", bar=15,
               rival=RIVAL, ratio=1 / statistics.median(beside)),
        median(f"{RIVAL}: CPU per reading", theirs.each(), "us"),
        median("node beside that script: CPU", beside, "times", bar=1),
        median("node: resident memory", ours.memory, "MB", bar=35, rival=RIVAL, ratio=lighter),
        median(f"{RIVAL}: resident memory", theirs.memory, "MB"),
    ]  # fmt: skip


def figures() -> list[dict[str, Any]]:
    """One run of each process, five windows."""
    with tempfile.TemporaryDirectory() as folder:
        return asyncio.run(_measure(Path(folder)))
