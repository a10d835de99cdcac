"""How much of a serial line's time the master uses: polls a second over what the line can carry.

Eight slaves on a pty that is paced as a line is (bench.bus_slave) are asked in turn. The most that
the line can carry is 8 characters of request, 5 ms of turnaround, the reply, 3.5 characters of
silence. What counts is what the master adds: the median pause from a reply's last byte to the next
request, in each of five windows in which the clients take turns, at real-time priority where that
is allowed. How late the slave is, is nobody's merit. A figure above 1 is a protocol fault: requests
inside the silence.
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

from agent.bus import Bus, Device
from agent.protocols import modbus
from bench.bus_clients import CLIENTS, UNITS, table
from bench.bus_slave import TURNAROUND_NS, cycle_ns, silence_ns
from bench.figure import exact, figure, half_range, median
from simulators.world.dice import Dice
from simulators.world.line import SimLine

# (baud, registers of a read): the share of the line's maximum to reach.
BARS = {(9600, 2): 0.97, (9600, 10): 0.99, (115200, 2): 0.96, (115200, 10): 0.96}
ROUNDS = 5
WARM_S, MEASURE_S = 0.2, 0.5
ALIVE_S, ALIVE_RUNS = 4, 2
MINUTE_MS = 60_000
LEVEL = "libmodbus with a sleep"
LEVEL_BAR = 0.995  # level: two runs of one client differ by as much


def _run(client: str, baud: int, registers: int, measure_s: float, dead: int) -> dict[str, Any]:
    """What the slaves saw of a client: the pauses before its requests, in ns, and how many of them
    began too early."""
    with tempfile.TemporaryDirectory() as folder:
        link = str(Path(folder) / "line")
        slave = subprocess.Popen(
            [sys.executable, "-m", "bench.bus_slave", link, str(baud), str(WARM_S if not dead
             else 0), str(measure_s), str(dead)],
            stdout=subprocess.PIPE, text=True,
        )  # fmt: skip
        assert slave.stdout is not None and slave.stdout.readline() == "ready\n"
        master = subprocess.Popen(
            [sys.executable, "-m", "bench.bus_clients", client, link, str(baud), str(registers)],
            stderr=subprocess.DEVNULL,  # it outlives its line
        )
        cores = sorted(os.sched_getaffinity(0))
        for process, core in ((master, cores[0]), (slave, cores[-1])):
            with contextlib.suppress(OSError):
                os.sched_setaffinity(process.pid, {core})
                os.sched_setscheduler(process.pid, os.SCHED_FIFO, os.sched_param(1))
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
    """By the median pause."""
    added = statistics.median(seen["pauses"]) - silence_ns(baud)
    least = cycle_ns(baud, registers)
    return float(least / (least + added))


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
            polls[client] += len(seen["pauses"])
    at = f"bus: {baud} baud, {registers} registers"
    mine = shares["ours"]
    yield median(f"{at}, share of the line's maximum", mine, "", bar=BARS[baud, registers],
                 at_most=False)  # fmt: skip
    yield exact(f"{at}, requests inside 3.5 characters", early["ours"], "", bar=0)
    for client in clients[1:]:
        # Who sends inside the silence is no measure.
        bar = None if early[client] else LEVEL_BAR if client == LEVEL else 1.0
        times = [one / other for one, other in zip(mine, shares[client], strict=True)]
        yield median(f"{at}, {client}", shares[client], "")
        yield exact(f"{at}, {client}, requests inside 3.5 characters",
                    100 * early[client] / polls[client], "%")  # fmt: skip
        ratio = statistics.median(mine) / statistics.median(shares[client])
        yield figure(f"{at}, of what {client} carries", ratio, "times", half_range(times),
                     bar=bar, at_most=False, rival=client, ratio=ratio)  # fmt: skip


class _Slave:
    """One of eight on a simulated line."""

    def __init__(self, unit: int) -> None:
        self.unit = unit
        self.turnaround_ms = TURNAROUND_NS // 1_000_000

    def receive(self, data: bytes, now_ms: int) -> bytes:
        """The reply to a read of ten registers."""
        if data[0] != self.unit:
            return b""
        return modbus.rtu_frame(self.unit, bytes((data[1], 2 * data[5])) + bytes(2 * data[5]))

    def tick(self, now_ms: int) -> bytes:
        """Nothing unasked."""
        return b""


def _simulated_rate(dead: int) -> float:
    """Polls a second of each unit that lives, in the first minute of the agent's bus. Who answers
    is asked again at once, who does not after a second."""
    line = SimLine([_Slave(unit) for unit in UNITS if unit != dead])
    devices = [Device(f"d{unit}", table(10)({"address": unit}), 1000) for unit in UNITS]
    bus = Bus(line, "9600 8N1", devices, Dice(1), lambda topic, text: None, False)
    now, good = 0, 0
    due = [(0, device) for device in devices]
    while now < MINUTE_MS:
        for at, device in due:
            if at <= now:
                bus.request(device, now)
        due = [(at, device) for at, device in due if at > now]
        line.advance(now)
        wake = bus.step(now)
        for result in bus.take():
            good += result.error is None
            due.append((now + (1 if result.error is None else 1000), result.device))
        times = [wake, line.next_ms(now), *(at for at, _ in due)]
        now = max(now + 1, min(at for at in times if at is not None))
    return good / (MINUTE_MS / 1000) / (len(UNITS) - bool(dead))


def _rates(client: str, dead: int) -> list[float]:
    """The same of a client, in real time."""
    runs = [_run(client, 9600, 10, ALIVE_S, dead) for _ in range(ALIVE_RUNS)]
    return [len(seen["pauses"]) / ALIVE_S / (len(UNITS) - bool(dead)) for seen in runs]


def _one_dead() -> Iterator[dict[str, Any]]:
    """Seven live slaves beside a dead one, the time-out being 500 ms."""
    at = "bus: one of 8 dead, polls/s of a live one"
    alive, beside = _simulated_rate(0), _simulated_rate(len(UNITS))
    yield exact(f"{at}, all alive (simulated)", alive, "1/s")
    yield exact(f"{at} (simulated)", beside, "1/s", bar=alive, at_most=False)
    if _here(LEVEL):
        yield median(f"{at}, all alive: {LEVEL}", _rates(LEVEL, 0), "1/s")
        yield median(f"{at}: {LEVEL}", _rates(LEVEL, len(UNITS)), "1/s")


def figures() -> Iterator[dict[str, Any]]:
    """Every speed and size, then the line with a dead slave."""
    for client in CLIENTS:
        if not _here(client):
            print(f"  {client}: left out, it is not installed")
    for baud, registers in BARS:
        yield from _speeds(baud, registers)
    yield from _one_dead()
