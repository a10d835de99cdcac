"""The node offered more readings than it can take, at its lines: what comes to the platform.

240 Modbus TCP devices of ten registers on one connection, which their settings read 5,000 to
240,000 times a second: what cannot be read in its slot is left out and counted, what is read is
delivered. How quick a machine is changes from one second to the next. So there is a node for each
load, and they take turns: one runs, the others stand still. A turn's readings are those of its
slots, whenever they come; while others kept a node from its processor, no time counts. The plateau
is what comes at each load beyond the one with the most, of that most in the same round: medians of
the rounds, and of those the least.
"""

import asyncio
import statistics
import time
from pathlib import Path
from typing import Any

from bench.figure import figure, median
from bench.overload_world import DEVICES, REGISTERS, World

INTERVALS_MS = (48, 24, 12, 4, 1)
OFFERED = tuple(DEVICES * REGISTERS * 1000 // every_ms for every_ms in INTERVALS_MS)
WARM_S = 2
ROUNDS, SETTLE_S, TURN_S = 10, 0.2, 0.5
LAST_S = 3  # for what was read to be sealed and sent
PLATEAU = 0.9


class _Turn:
    """From when to when a node ran, in seconds of UTC; and for how many of them it could."""

    def __init__(self, begin: float, end: float, waited: float) -> None:
        self.begin = begin
        self.end = end
        self.seconds = end - begin - waited


async def _turn(world: World) -> _Turn:
    """Let one node run."""
    world.go_on()
    await asyncio.sleep(SETTLE_S)
    begin, waited = time.time(), world.waited()
    await asyncio.sleep(TURN_S)
    turn = _Turn(begin, time.time(), world.waited() - waited)
    world.hold()
    return turn


async def _start(folder: Path, every_ms: int) -> World:
    """A node that is under its load, and stands still."""
    world = World(folder)
    await world.start()
    await world.run(every_ms, world.broker.port, "8 MB", "1s")
    await asyncio.sleep(WARM_S)
    world.hold()
    return world


async def _rates(folder: Path) -> list[list[float]]:
    """Readings a second that came, for each load, in each round."""
    worlds: list[World] = []
    try:
        for every_ms in INTERVALS_MS:
            place = folder / str(every_ms)
            place.mkdir()
            worlds.append(await _start(place, every_ms))
        turns = [[await _turn(world) for world in worlds] for _ in range(ROUNDS)]
        for world in worlds:
            world.go_on()
        await asyncio.sleep(LAST_S)
        return [
            [world.counter.between(turn.begin, turn.end) / turn.seconds for turn in each]
            for world, each in zip(worlds, zip(*turns, strict=True), strict=True)
        ]
    finally:
        for world in worlds:
            await world.stop()


async def measure(folder: Path) -> list[dict[str, Any]]:
    """Medians of the rounds."""
    rates = await _rates(folder)
    most = max(range(len(rates)), key=lambda load: statistics.median(rates[load]))
    beyond = [
        [rate / best for rate, best in zip(each, rates[most], strict=True)] for each in rates[most:]
    ]
    plateau = min(beyond, key=statistics.median)
    times = OFFERED[-1] / statistics.median(rates[most])
    return [
        median("overload at the lines: the plateau, of the maximum", plateau, "times",
               bar=PLATEAU, at_most=False),
        figure("overload at the lines: offered, of the maximum", times, "times"),
        *(median(f"overload: offered {offered} readings/s, delivered", each, "readings/s")
          for offered, each in zip(OFFERED, rates, strict=True)),
    ]  # fmt: skip
