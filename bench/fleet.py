"""A fleet in real time: thousands of poles, each with its whole core, its own key, connection and
journal, against a mosquitto and the platform simulator: see simulators.fleet.

Every pole reads eight sensors each 10 s. Nothing is lost if the platform has every frame that was
sealed and every reading that a sensor gave, once, and no slot was left out.
"""

import asyncio
import os
import tempfile
import time
from pathlib import Path
from typing import Any

from bench import gateway
from bench.figure import figure
from simulators.fleet.run import Fleet

POLES = int(os.environ.get("POLES", "2000"))
HOSTS = 2  # one a core
RAMP_S, SETTLE_S, MEASURE_S = 15, 2, 20  # two intervals of every sensor
SEAL_S = 20
BAR = 2000
MEMORY_MB = 1024


async def _cores(pids: list[int]) -> float:
    """How many cores all of them use, over the measured time."""
    spent, began = sum(map(gateway.cpu, pids)), time.monotonic()
    await asyncio.sleep(MEASURE_S)
    return (sum(map(gateway.cpu, pids)) - spent) / (time.monotonic() - began)


async def _measure(folder: Path) -> list[dict[str, Any]]:
    fleet = Fleet(folder, POLES, HOSTS)
    try:
        await fleet.start(RAMP_S, SETTLE_S + MEASURE_S, SEAL_S)
        pids = list(fleet.processes.values())
        await asyncio.sleep(RAMP_S + SETTLE_S)
        cores = await _cores(pids)
        memory = sum(map(gateway.resident, pids))
        found = await fleet.finish()
    finally:
        await fleet.abort()
    stored = found["stored"]
    lost = found["sealed"] - stored["frames"] + stored["gaps"]
    unread = found["measured"] - (stored["readings"] - stored["without_value"])
    whole = found["delivered"] and not (lost or unread or stored["twice"] or found["overruns"])
    for text in found["first_said"]:
        print(f"  {text}")
    name = f"fleet of {POLES} poles"
    return [
        figure("fleet: poles in real time without a loss", POLES if whole else 0, "poles",
               bar=BAR, at_most=False),
        figure(f"{name}: memory of all processes", memory, "MB", bar=MEMORY_MB),
        figure(f"{name}: CPU of all processes", cores, "cores", bar=2),
        figure(f"{name}: frames lost", lost, "frames", bar=0),
        figure(f"{name}: readings lost or twice", unread + stored["twice"], "readings", bar=0),
        figure(f"{name}: slots left out", found["overruns"], "slots", bar=0),
        figure(f"{name}: steps later than 100 ms", found["late"] / found["steps"] * 100, "%"),
        figure(f"{name}: frames verified and stored", stored["frames"], "frames"),
    ]  # fmt: skip


def figures() -> list[dict[str, Any]]:
    """One run. POLES=n in the environment tries another size."""
    with tempfile.TemporaryDirectory() as folder:
        return asyncio.run(_measure(Path(folder)))
