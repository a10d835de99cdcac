"""The Linux node offered more than it can take, as a whole process.

At its lines: see bench.overload_lines; at its processor: bench.overload_processor.

At its uplink: a passage of 4 KB/s, and ten times as much to send into it, until the journal (1 MB)
is full. Then rows are kept one in so many, telemetry that finds no room is given up and declared,
and alarms go first: what the passage carries must still be its full rate.
"""

import asyncio
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from agent.protocols import cbor
from bench import overload_lines, overload_processor
from bench.figure import figure
from bench.overload_world import World
from bench.passage import Passage
from bench.slaves import LEVEL

CARRIED = 0.9
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


async def _uplink() -> list[dict[str, Any]]:
    with tempfile.TemporaryDirectory() as folder:
        world = World(Path(folder))
        try:
            await world.start()
            passage = Passage(world.broker.port, RATE)
            await passage.open()
            rows = await _narrow(world, passage)
            passage.shut()
            return rows
        finally:
            await world.stop()


async def _narrow(world: World, passage: Passage) -> list[dict[str, Any]]:
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
        figure(f"{name}: carried, of what the passage can", carried, "times", bar=CARRIED,
               at_most=False),
        figure(f"{name}: alarm at the platform after", alarm, "s", bar=8),
        figure(f"{name}: one row kept in, as a status tells the platform", keep, "rows",
               bar=2, at_most=False),
        figure(f"{name}: rations told in the log", told.count("ration:"), "lines", bar=1,
               at_most=False),
    ]  # fmt: skip


def figures() -> Iterator[dict[str, Any]]:
    """Windows at the lines, rounds of turns at the processor; one run at the uplink."""
    for measure in (overload_lines.measure, overload_processor.measure, _uplink):
        yield from asyncio.run(measure())
