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
from bench.figure import exact, median
from simulators.fleet.run import Fleet

POLES = int(os.environ.get("POLES", "2000"))
HOSTS = 2  # one a core
RAMP_S, SETTLE_S = 15, 2
WINDOWS, WINDOW_S = 3, 10  # one interval of every sensor
SEAL_S = 20
BAR = 2000
MEMORY_MB = 1024


async def _window(pids: list[int]) -> tuple[float, float]:
    """(cores that all of them used over an interval, MB that they have at its end)."""
    spent, began = sum(map(gateway.cpu, pids)), time.monotonic()
    await asyncio.sleep(WINDOW_S)
    cores = (sum(map(gateway.cpu, pids)) - spent) / (time.monotonic() - began)
    return cores, sum(map(gateway.resident, pids))


async def _measure(folder: Path) -> list[dict[str, Any]]:
    fleet = Fleet(folder, POLES, HOSTS)
    try:
        await fleet.start(RAMP_S, SETTLE_S + WINDOWS * WINDOW_S, SEAL_S)
        pids = list(fleet.processes.values())
        await asyncio.sleep(RAMP_S + SETTLE_S)
        windows = [await _window(pids) for _ in range(WINDOWS)]
        found = await fleet.finish()
    finally:
        await fleet.abort()
    stored = found["stored"]
    lost = found["sealed"] - stored["frames"] + stored["gaps"]
    unread = found["measured"] - (stored["readings"] - stored["without_value"])
    whole = found["delivered"] and not (lost or unread or stored["twice"] or found["overruns"])
    for text in found["first_said"]:
        print(f"  {text}")
    cores, memory = zip(*windows, strict=True)
    name = f"fleet of {POLES} poles"
    return [
        exact("fleet: poles in real time without a loss", POLES if whole else 0, "poles",
              bar=BAR, at_most=False),
        median(f"{name}: memory of all processes", memory, "MB", bar=MEMORY_MB),
        median(f"{name}: CPU of all processes", cores, "cores", bar=2),
        exact(f"{name}: frames lost", lost, "frames", bar=0),
        exact(f"{name}: readings lost or twice", unread + stored["twice"], "readings", bar=0),
        exact(f"{name}: slots left out", found["overruns"], "slots", bar=0),
        median(f"{name}: steps later than 100 ms", [100 * part for part in found["late_each"]],
               "%"),
        exact(f"{name}: frames verified and stored", stored["frames"], "frames"),
    ]  # fmt: skip


def figures() -> list[dict[str, Any]]:
    """One run. POLES=n in the environment tries another size."""
    with tempfile.TemporaryDirectory() as folder:
        return asyncio.run(_measure(Path(folder)))
