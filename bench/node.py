"""The Linux node as a whole process, beside what a user would take instead.

Load: 100 Modbus TCP devices of ten registers at 1 Hz on one connection (our own small gateway),
seal_every 60 s, MQTT at QoS 1 through mosquitto to the platform simulator, which verifies, stores
and acknowledges every frame. The script reads the same gateway and publishes to the same broker,
afterwards; then comes thingsboard-gateway, on the like. The CPU is that of the measured process
alone.
"""

import asyncio
import signal
import statistics
import tempfile
import time
from pathlib import Path
from typing import Any

from bench import gateway, thingsboard
from bench.figure import figure
from bench.gateway import Gateway
from bench.ten_registers import REGISTERS
from simulators.demo.broker import Broker

DEVICES = 100
WARM_S, MEASURE_S = 8, 60  # one seal_every, so that each group is sealed in it
SCRIPT_S = 15
STARTS = 5


async def _used(pid: int, slaves: Gateway, seconds: int) -> tuple[float, float]:
    """CPU us for each reading over some seconds; and the spread of their thirds, in one of which
    the node seals."""
    marks = [(gateway.cpu(pid), slaves.asked)]
    for _ in range(3):
        await asyncio.sleep(seconds / 3)
        marks.append((gateway.cpu(pid), slaves.asked))
    thirds = [_each(marks[at], marks[at + 1]) for at in range(3)]
    return _each(marks[0], marks[3]), (max(thirds) - min(thirds)) / 2


def _each(before: tuple[float, int], after: tuple[float, int]) -> float:
    return (after[0] - before[0]) / ((after[1] - before[1]) * REGISTERS) * 1e6


async def _starts(folder: Path, slaves: Gateway) -> list[dict[str, Any]]:
    """Seconds from the start of a process; medians."""
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
        figure("node: start to its line opened", statistics.median(opened), "s",
               (max(opened) - min(opened)) / 2, bar=0.5),
        figure("node: start to first reading asked, in its slot of 1 s", statistics.median(asked),
               "s", (max(asked) - min(asked)) / 2, bar=0.5),
    ]  # fmt: skip


async def _node(folder: Path, slaves: Gateway, broker: Broker) -> list[dict[str, Any]]:
    url = f"mqtt://127.0.0.1:{broker.port}"
    platform = gateway.platform(folder, url)
    await platform.start()
    gateway.settings(folder, "mqtt", url, slaves.port, DEVICES)
    rows = await _starts(folder, slaves)
    node = await gateway.start_node(folder)
    await asyncio.sleep(WARM_S)
    used = await _used(node.pid, slaves, MEASURE_S)
    memory = gateway.resident(node.pid)
    node.send_signal(signal.SIGTERM)
    await node.wait()
    asked = slaves.asked
    stored = platform.store.count("readings")
    await platform.stop()
    return [
        figure("node, 100 devices at 1 Hz, MQTT: CPU per reading", used[0], "us", used[1], bar=15),
        *rows,
        figure("node: resident memory", memory, "MB", bar=35),
        figure("node: readings stored of those asked", stored / (asked * REGISTERS) * 100, "%"),
    ]


async def _script(slaves: Gateway, broker: Broker) -> tuple[float, float]:
    process = await gateway.start_script(slaves.port, broker.port, DEVICES)
    await asyncio.sleep(WARM_S)
    used = await _used(process.pid, slaves, SCRIPT_S)
    process.kill()
    await process.wait()
    return used


async def _measure(folder: Path) -> list[dict[str, Any]]:
    slaves, broker = Gateway(), Broker(folder)
    await slaves.start()
    await broker.start()
    rows = await _node(folder, slaves, broker)
    script = await _script(slaves, broker)
    await broker.stop()
    slaves.stop()
    used = rows[0]["value"]
    rival = "pymodbus and paho-mqtt in a bare script"
    rows[0] |= {"rival": rival, "ratio": script[0] / used}
    rows.append(figure(f"{rival}: CPU per reading", script[0], "us", script[1]))
    rows.append(figure("node beside that script: CPU", used / script[0], "times", bar=1))
    return rows + await thingsboard.figures(used)


def figures() -> list[dict[str, Any]]:
    """One run."""
    with tempfile.TemporaryDirectory() as folder:
        return asyncio.run(_measure(Path(folder)))
