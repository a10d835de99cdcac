"""A node offered more readings than its processor can take: what each second of that brings.

288 Modbus TCP devices of ten registers on eight lines, so that there is always a reply to take.
Their settings ask for 120,000 to 1,440,000 readings a second: what cannot be read in its slot is
left out and counted, what is read is delivered. How quick a machine is, and how much of it others
take, changes from one second to the next: so there is a node for each load, they run in turns and
stand still between, and what counts is the readings that come, by the processor time that the node
used meanwhile. A round is three turns of each; the plateau is what the load with the least brings,
of the one with the most in the same round: medians of the rounds.
"""

import asyncio
import tempfile
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any

from bench.overload_plateau import figures
from bench.overload_world import LAST_S, REGISTERS, Turn, World

LINES, DEVICES, EXCHANGE_S = 8, 36, 0.0005
INTERVALS_MS = (24, 8, 2)
OFFERED = tuple(LINES * DEVICES * REGISTERS * 1000 // every_ms for every_ms in INTERVALS_MS)
WARM_S = 2
ROUNDS, TURNS, TURN_S = 4, 3, 0.6
EDGE_S = 0.05  # a slot may begin a little before the turn in which it is read


async def _start(folder: Path, every_ms: int, ends: AsyncExitStack) -> World:
    """A node that is under its load, and stands still."""
    place = folder / str(every_ms)
    place.mkdir()
    world = World(place, EXCHANGE_S, LINES, DEVICES)
    ends.push_async_callback(world.stop)
    await world.start()
    await world.run(every_ms, world.broker.port, "8 MB", "1s")
    await asyncio.sleep(WARM_S)
    world.hold()
    return world


async def _turns(folder: Path) -> list[tuple[World, list[Turn]]]:
    """Each load's turns, once all that was read has come."""
    async with AsyncExitStack() as ends:
        worlds = [await _start(folder, every_ms, ends) for every_ms in INTERVALS_MS]
        turns = [[await world.turn(TURN_S) for world in worlds] for _ in range(ROUNDS * TURNS)]
        for world in worlds:
            world.go_on()
        await asyncio.sleep(LAST_S)
        return list(zip(worlds, map(list, zip(*turns, strict=True)), strict=True))


def _rates(world: World, turns: list[Turn]) -> list[float]:
    """Readings by second of processor time, in each round."""
    rounds = [turns[at : at + TURNS] for at in range(0, len(turns), TURNS)]
    return [
        sum(world.counter.between(turn.begin - EDGE_S, turn.end + EDGE_S) for turn in each)
        / sum(turn.cpu for turn in each)
        for each in rounds
    ]


async def measure() -> list[dict[str, Any]]:
    """Medians of the rounds."""
    with tempfile.TemporaryDirectory() as folder:
        rates = [_rates(world, turns) for world, turns in await _turns(Path(folder))]
    each = "overload: offered %d readings/s, delivered by second of processor"
    return figures("processor", OFFERED, rates, each, "readings")
