"""From an alarm's making to its commit at the platform, while seven days drain over a network that
loses a fifth each way. Simulated time.
"""

import statistics
from collections.abc import Iterator
from typing import Any

from agent import frame
from agent.reading import ALARM
from bench.backlog import BOARD_COAP, NODE_MQTT, Edge, Pole, alarm, week
from bench.figure import exact

ROUND_TRIP = 500
LOSS = 200  # per mille
ALARMS = 1000
EVERY = (500, 5000)  # ms between two alarms
SETTLE = 300_000  # for the last alarms to come


def _delays(cells: bytearray, edge: Edge, seed: int) -> list[int]:
    """ms of every alarm that was made while one backlog drained."""
    pole = Pole(cells, edge, ROUND_TRIP, seed)
    pole.network.loss = LOSS
    held = pole.journal.next_seq(1) - 1
    made: dict[int, int] = {}
    due = pole.now + 20_000
    while pole.journal.released(1) < held:
        if pole.now >= due:
            due = pole.now + pole.dice.between(*EVERY)
            seq = pole.sealer.record(ALARM, frame.ALARM_FRAME, alarm(pole.now), pole.now)
            made[seq] = pole.now
        pole.step(due)
    end = pole.now + SETTLE
    while pole.now < end and not set(made) <= set(pole.alarms):
        pole.step(end)
    return [pole.alarms.get(seq, end) - at for seq, at in made.items()]


def figures() -> Iterator[dict[str, Any]]:
    """The 99th percentile of 1,000 alarms or more each; over the stream, a loss costs TCP time."""
    cells = week()
    for edge in (NODE_MQTT, BOARD_COAP):
        delays: list[int] = []
        seed = 0
        while len(delays) < ALARMS:
            seed += 1
            delays += _delays(cells, edge, seed)
        delays.sort()
        name = f"alarm to commit, {edge.name}, draining, 20 % loss, round trip 500 ms"
        yield exact(f"{name}: median", statistics.median(delays) / 1000, "s")
        yield exact(f"{name}: 99 % within", delays[len(delays) * 99 // 100] / 1000, "s", bar=30)
        yield exact(f"{name}: longest of {len(delays)}", delays[-1] / 1000, "s")
