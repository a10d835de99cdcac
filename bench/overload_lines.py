"""A node whose lines are asked for more than they can carry: what comes to the platform.

Three nodes at the same time, each with a line of 30 Modbus TCP devices of ten registers, on which a
reply takes 10 ms, as a bus behind a gateway does. Their settings ask for a little more than that,
for twice and for ten times as much. The line bounds them, not the processor: whoever left it idle,
or dropped what was read, would show. Windows of 4 s, the same for all; the plateau is what comes
under each load, of what comes under the one with the most in the same window: medians of the
windows, and of those the least.
"""

import asyncio
import tempfile
import time
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any

from bench.overload_plateau import figures
from bench.overload_world import LAST_S, REGISTERS, World

DEVICES, EXCHANGE_S = 30, 0.01
INTERVALS_MS = (280, 150, 28)
OFFERED = tuple(DEVICES * REGISTERS * 1000 // every_ms for every_ms in INTERVALS_MS)
WARM_S, WINDOW_S, WINDOWS = 2, 4, 3


async def _rates(folder: Path) -> list[list[float]]:
    """Readings a second that came, for each load, in each window."""
    async with AsyncExitStack() as ends:
        worlds = []
        for every_ms in INTERVALS_MS:
            place = folder / str(every_ms)
            place.mkdir()
            world = World(place, EXCHANGE_S, 1, DEVICES)
            ends.push_async_callback(world.stop)
            await world.start()
            await world.run(every_ms, world.broker.port, "8 MB", "1s")
            worlds.append(world)
        await asyncio.sleep(WARM_S)
        begin = time.time()
        await asyncio.sleep(WINDOW_S * WINDOWS + LAST_S)
        marks = [begin + WINDOW_S * window for window in range(WINDOWS)]
        return [
            [world.counter.between(at, at + WINDOW_S) / WINDOW_S for at in marks]
            for world in worlds
        ]


async def measure() -> list[dict[str, Any]]:
    """Medians of the windows."""
    with tempfile.TemporaryDirectory() as folder:
        rates = await _rates(Path(folder))
    each = "overload at the lines: offered %d readings/s, delivered"
    return figures("lines", OFFERED, rates, each, "readings/s")
