"""How much of a serial line's time the master uses: polls a second over what the line can carry.

Eight slaves on a pty that is paced as a line is (bench.bus_slave) are asked in turn. The most that
the line can carry is 8 characters of request, 5 ms of turnaround, the reply, 3.5 characters of
silence. What counts is the median cycle of the best of three windows, the clients taking turns:
what else the machine does is nobody's merit. A figure above 1 is a protocol fault: requests inside
the silence.
"""

import contextlib
import ctypes
import importlib.util
import json
import os
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from bench.bus_clients import CLIENTS, UNITS
from bench.bus_slave import cycle_ns
from bench.figure import figure

# (baud, registers of a read): the share of the line's maximum to reach.
BARS = {(9600, 2): 0.97, (9600, 10): 0.99, (115200, 2): 0.96, (115200, 10): 0.96}
ROUNDS = 3
WARM_S, MEASURE_S = 0.4, 1.5
ALIVE_S, DEAD_S = 10, 45
LEVEL = "libmodbus with a sleep"


def _run(client: str, baud: int, registers: int, measure_s: float, dead: int) -> dict[str, Any]:
    """What the slaves saw of a client: the instants of the answered requests, and how many began
    too early."""
    with tempfile.TemporaryDirectory() as folder:
        link = str(Path(folder) / "line")
        slave = subprocess.Popen(
            [sys.executable, "-m", "bench.bus_slave", link, str(baud), str(WARM_S if not dead
             else 0), str(measure_s), str(dead)],
            stdout=subprocess.PIPE, text=True,
        )  # fmt: skip
        assert slave.stdout is not None and slave.stdout.readline() == "ready\n"
        master = subprocess.Popen(
            [sys.executable, "-m", "bench.bus_clients", client, link, str(baud), str(registers)]
        )
        cores = sorted(os.sched_getaffinity(0))
        with contextlib.suppress(OSError):
            os.sched_setaffinity(master.pid, cores[:1])
            os.sched_setaffinity(slave.pid, cores[-1:])
        try:
            seen: dict[str, Any] = json.loads(slave.stdout.readline())
        finally:
            master.kill()
            slave.kill()
            master.wait()
            slave.wait()
    return seen


def _here(client: str) -> bool:
    if client.startswith("libmodbus"):
        try:
            ctypes.CDLL("libmodbus.so.5")
        except OSError:
            return False
        return True
    return client == "ours" or importlib.util.find_spec(client) is not None


def _share(seen: dict[str, Any], baud: int, registers: int) -> float:
    cycles = [after - before for before, after in zip(seen["begun"], seen["begun"][1:])]
    return float(cycle_ns(baud, registers) / statistics.median(cycles))


def _spread(values: list[float]) -> float:
    return (max(values) - min(values)) / 2


def _speeds(baud: int, registers: int) -> Iterator[dict[str, Any]]:
    """One speed and size of read: each client in turn, ROUNDS times."""
    clients = [client for client in CLIENTS if _here(client)]
    shares: dict[str, list[float]] = {client: [] for client in clients}
    early = dict.fromkeys(clients, 0)
    polls = dict.fromkeys(clients, 0)
    for _ in range(ROUNDS):
        for client in clients:
            seen = _run(client, baud, registers, MEASURE_S, 0)
            shares[client].append(_share(seen, baud, registers))
            early[client] += seen["early"]
            polls[client] += len(seen["begun"])
    at = f"bus: {baud} baud, {registers} registers"
    mine = max(shares["ours"])
    yield figure(f"{at}, share of the line's maximum", mine, "", _spread(shares["ours"]),
                 BARS[baud, registers], False)  # fmt: skip
    yield figure(f"{at}, requests inside 3.5 characters", early["ours"], "", None, 0)
    for client in clients[1:]:
        share = max(shares[client])
        bar = None if client == "libmodbus" else 1.0
        yield figure(f"{at}, {client}", share, "", _spread(shares[client]))
        yield figure(f"{at}, {client}, requests inside 3.5 characters",
                     100 * early[client] / polls[client], "%")  # fmt: skip
        yield figure(f"{at}, of what {client} carries", mine / share, "times", None, bar, False,
                     client, mine / share)  # fmt: skip


def _rate(client: str, measure_s: float, dead: int) -> float:
    """Polls a second of each unit that lives, from a cold start."""
    seen = _run(client, 9600, 10, measure_s, dead)
    return len(seen["begun"]) / measure_s / (len(UNITS) - bool(dead))


def _one_dead() -> Iterator[dict[str, Any]]:
    """Seven live slaves beside a dead one, the time-out being 500 ms."""
    at = "bus: one of 8 dead, polls/s of a live one"
    for client in ("ours", LEVEL):
        if not _here(client):
            continue
        alive = _rate(client, ALIVE_S, 0)
        beside = _rate(client, DEAD_S if client == "ours" else ALIVE_S, len(UNITS))
        bar = 1.0 if client == "ours" else None
        yield figure(f"{at}: {client}, all alive", alive, "1/s")
        yield figure(f"{at}: {client}", beside, "1/s")
        yield figure(f"{at}: {client}, over all alive", beside / alive, "times", None, bar, False)


def figures() -> Iterator[dict[str, Any]]:
    """Every speed and size, then the line with a dead slave."""
    for client in CLIENTS:
        if not _here(client):
            print(f"  {client}: left out, it is not installed")
    for baud, registers in BARS:
        yield from _speeds(baud, registers)
    yield from _one_dead()
