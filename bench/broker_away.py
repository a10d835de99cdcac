"""The broker goes for a minute, and the node is killed in it (kill -9, at two thirds).

The Linux node as a process: 50 Modbus TCP devices of ten registers at 1 Hz, a frame each 5 s, the
back-off's cap 1 s; mosquitto behind a passage that is shut, so that connections are reset and
refused while the platform keeps its own. What was sealed is read from the node's journal. Beside it
the bare script, through the same passage, killed at the same instant: it keeps nothing. All of this
three times at once, each with everything of its own; losses are counted over all of them.
thingsboard-gateway, which keeps readings in SQLite, is not in this run: it numbers nothing, so what
it lost or sent twice would have to be guessed from the values; bench.node has what it costs.
"""

import asyncio
import signal
import statistics
import tempfile
import time
from pathlib import Path
from typing import Any

import paho.mqtt.client as paho
from paho.mqtt.enums import CallbackAPIVersion

from agent.buffer.journal import Journal
from agent.buffer.state import SECTORS
from agent.linux.readonly_flash import ReadOnlyFlash
from agent.reading import LANES
from bench import gateway
from bench.figure import exact, median
from bench.gateway import Gateway
from bench.passage import Passage
from bench.ten_registers import REGISTERS
from simulators.demo.broker import Broker
from simulators.platform.service import Platform

RUNS = 3
DEVICES = 50
WARM_S, AWAY_S = 8, 60
CAP_S = 1
LONGEST_S = 200


class _Arrivals:
    """When frames of the node come to the platform."""

    def __init__(self, platform: Platform) -> None:
        self.last = 0.0
        self.first_since: float | None = None
        self._receive = platform.ingest.receive
        platform.ingest.receive = self._take  # type: ignore[method-assign]

    def _take(self, device: str, data: bytes, carrier: str, ask: bool = False) -> list[bytes]:
        self.last = time.monotonic()
        self.first_since = self.first_since or self.last
        return self._receive(device, data, carrier, ask)


class _Script:
    """The rival: ``asked`` read-outs, of which the broker was given ``came``."""

    def __init__(self, slaves: Gateway, passage: Passage, broker: Broker) -> None:
        self.came = 0
        self._ports = slaves.port, passage.port
        self._process: asyncio.subprocess.Process | None = None
        self._client = paho.Client(CallbackAPIVersion.VERSION2)
        self._client.on_message = self._on_message
        self._client.connect("127.0.0.1", broker.port)
        self._client.subscribe("script/#", 1)
        self._client.loop_start()

    async def start(self) -> None:
        self._process = await gateway.start_script(*self._ports, DEVICES)

    async def kill(self) -> None:
        assert self._process is not None
        self._process.kill()
        await self._process.wait()

    def stop(self) -> None:
        self._client.disconnect()
        self._client.loop_stop()

    def _on_message(self, *_: object) -> None:
        self.came += 1


def _sealed(folder: Path) -> tuple[set[bytes], int]:
    """The frames in the journal of a node that does not run, and how many it has ever sealed."""
    flash = ReadOnlyFlash(folder / "journal")
    journal = Journal(flash, lambda: 0, SECTORS)
    journal.mount()
    ends = [journal.next_seq(lane) for lane in LANES]
    held = {journal.read(lane, seq) for lane in LANES for seq in range(1, ends[lane])}
    flash.close()
    return held - {None}, sum(ends) - len(ends)


async def _outage(
    folder: Path, node: asyncio.subprocess.Process, script: _Script, passage: Passage
) -> tuple[asyncio.subprocess.Process, set[bytes]]:
    """The minute without a broker; returns the node that was started again, and the frames that
    the one before it held when it was killed."""
    passage.shut()
    await asyncio.sleep(AWAY_S * 2 / 3)
    node.kill()
    await asyncio.gather(node.wait(), script.kill())
    held, _ = _sealed(folder)
    node = await gateway.start_node(folder)
    await script.start()
    await asyncio.sleep(AWAY_S / 3)
    await passage.open()
    return node, held


async def _measure(folder: Path) -> dict[str, float]:
    """One run: what it counted, and the seconds until the first frame came."""
    folder.mkdir()
    ours, theirs, broker = Gateway(), Gateway(), Broker(folder)
    await ours.start()
    await theirs.start()
    await broker.start()
    passage = Passage(broker.port)
    await passage.open()
    platform = gateway.platform(folder, f"mqtt://127.0.0.1:{broker.port}")
    await platform.start()
    gateway.settings(folder, "mqtt", f"mqtt://127.0.0.1:{passage.port}", ours.port, DEVICES,
                     seal="5s", retry=f"{CAP_S}s")  # fmt: skip
    arrivals = _Arrivals(platform)
    script = _Script(theirs, passage, broker)
    node = await gateway.start_node(folder)
    await script.start()
    await asyncio.sleep(WARM_S)
    node, held = await _outage(folder, node, script, passage)
    returned = time.monotonic()
    arrivals.first_since = None
    await asyncio.sleep(WARM_S)
    theirs.silent = True  # the script can still publish what it has read
    node.send_signal(signal.SIGTERM)
    await node.wait()
    await asyncio.sleep(1)
    more, count = _sealed(folder)
    came = {bytes(row[0]) for row in platform.store.rows("SELECT data FROM frames")}
    lost = max(len((held | more) - came), count - len(came))
    told = {
        "lost": lost,
        "twice": platform.store.stored_twice(),
        "first": (arrivals.first_since or returned + LONGEST_S) - returned,
        "unsealed": ours.asked * REGISTERS - platform.store.count("readings"),
        "gone": (theirs.asked - script.came) * REGISTERS,
        "again": platform.ingest.repeats,
    }
    await script.kill()
    script.stop()
    await platform.stop()
    passage.shut()
    await broker.stop()
    ours.stop()
    theirs.stop()
    return told


def _rows(runs: list[dict[str, float]]) -> list[dict[str, Any]]:
    name = f"broker away {AWAY_S} s, kill -9 in it"
    rival = "pymodbus and paho-mqtt in a bare script"
    lost, twice, first, unsealed, gone, again = (
        [run[key] for run in runs]
        for key in ("lost", "twice", "first", "unsealed", "gone", "again")
    )
    ratio = statistics.median(gone) / max(1, statistics.median(unsealed))
    return [
        exact(f"{name}: sealed frames lost", sum(lost), "frames", bar=0),
        exact(f"{name}: readings stored twice", sum(twice), "readings", bar=0),
        median(f"{name}: first frame after the broker's return", first, "s", bar=CAP_S + 1),
        median(f"{name}: readings that were not sealed yet", unsealed, "readings",
               rival=rival, ratio=ratio),
        median(f"{name}: readings lost, {rival}", gone, "readings"),
        median(f"{name}: frames sent again, and known for it", again, "frames"),
    ]  # fmt: skip


async def _all(folder: Path) -> list[dict[str, float]]:
    runs = [_measure(folder / str(number)) for number in range(RUNS)]
    return await asyncio.wait_for(asyncio.gather(*runs), LONGEST_S)


def figures() -> list[dict[str, Any]]:
    """Three runs, at once."""
    with tempfile.TemporaryDirectory() as folder:
        return _rows(asyncio.run(_all(Path(folder))))
