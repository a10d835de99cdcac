"""How fast a real node gets rid of a backlog: a million readings from its journal through mosquitto
on loopback to the platform simulator, which verifies, decodes and stores each of them (in SQLite in
memory: how fast the platform's disk syncs is no merit of the node).
"""

import asyncio
import shutil
import signal
import tempfile
import time
from pathlib import Path
from typing import Any

from agent import frame
from agent.buffer.journal import Journal
from agent.buffer.state import SECTORS
from agent.linux.entropy import Entropy
from agent.linux.flash import FileFlash
from agent.linux.keys import load_or_create
from agent.linux.libcrypto import make_signer
from agent.reading import TELEMETRY
from agent.seal import Sealer
from bench import gateway
from bench.figure import median
from bench.gateway import Gateway
from simulators.demo.broker import Broker
from simulators.world.dice import Dice

COLUMNS = 30
FRAMES = 1200
EPOCH = 77
MINUTE_MS = 60_000
LONGEST_S = 120
RUNS = 3


def _schema() -> dict[int, Any]:
    channels = [[0, f"r{at}", "/", 0, 0] for at in range(COLUMNS)]
    return {1: 1000, 2: MINUTE_MS, 3: [["d1", "ten-registers", 1]], 4: channels}


def _fill(folder: Path) -> tuple[int, int]:
    """Seal the backlog into the node's journal; returns (readings, last sequence)."""
    done = asyncio.Event()
    flash = FileFlash(folder / "journal", 8 << 20, done.set)
    journal = Journal(flash, lambda: EPOCH, SECTORS, commit_ms=1 << 40)
    journal.mount()
    signer = make_signer(load_or_create(folder / "device.key"), Entropy())
    sealer = Sealer(journal, signer, lambda topic, text: None)
    sealer.learn_time(0, 1_790_000_000_000, 50, "system clock")
    schema = _schema()
    sealer.record(TELEMETRY, frame.SCHEMA_FRAME, schema, 0)
    buffer = frame.RowBuffer(frame.schema_id(schema), COLUMNS)
    dice = Dice(1)
    now = readings = 0
    for _ in range(FRAMES):
        values = [1000 + dice.below(3000) for _ in range(COLUMNS)]
        while not buffer.full():
            now += 1000
            values = [value + at % 7 - 3 for at, value in enumerate(values)]
            buffer.add(now, values, [0] * COLUMNS)
        readings += len(buffer) * COLUMNS
        sealer.rows(buffer)
    journal.flush()
    last = journal.next_seq(TELEMETRY) - 1
    flash.close()
    return readings, last


async def _drain(folder: Path, readings: int, last: int) -> tuple[float, float]:
    """(readings a second, CPU us of the node for each) of one start on the backlog."""
    slaves, broker = Gateway(), Broker(folder)
    await slaves.start()
    await broker.start()
    url = f"mqtt://127.0.0.1:{broker.port}"
    platform = gateway.platform(folder, url, ":memory:")
    await platform.start()
    gateway.settings(folder, "mqtt", url, slaves.port, 1)
    ledger = platform.ingest.ledger(gateway.POLE, EPOCH, TELEMETRY)
    times: list[float] = []
    receive = platform.ingest.receive

    def timed(*arguments: Any) -> list[bytes]:
        times.append(time.monotonic())
        answers = receive(*arguments)
        if ledger.contiguous >= last:
            times.append(time.monotonic())
            drained.set()
        return answers

    drained = asyncio.Event()
    platform.ingest.receive = timed  # type: ignore[assignment, method-assign]
    node = await gateway.start_node(folder)
    await drained.wait()
    spent = times[-1] - times[0]
    cpu = gateway.cpu(node.pid)
    node.send_signal(signal.SIGTERM)
    await node.wait()
    refused = platform.store.count("incidents")
    stored = platform.store.count("readings")
    await platform.stop()
    await broker.stop()
    slaves.stop()
    assert refused == 0 and stored >= readings, (refused, stored, readings)
    return readings / spent, cpu / readings * 1e6


def figures() -> list[dict[str, Any]]:
    """The same journal each time."""
    runs = []
    with tempfile.TemporaryDirectory() as name:
        full = Path(name) / "full"
        full.mkdir()
        readings, last = _fill(full)
        for run in range(RUNS):
            folder = shutil.copytree(full, Path(name) / str(run))
            runs.append(asyncio.run(asyncio.wait_for(_drain(folder, readings, last), LONGEST_S)))
    rates, costs = zip(*runs, strict=True)
    return [
        median("backlog on loopback, node to stored and verified", rates, "readings/s",
               bar=100_000, at_most=False),
        median("backlog on loopback: the node's CPU, its start included", costs, "us/reading"),
    ]  # fmt: skip
