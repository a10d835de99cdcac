"""How long a pole takes to deliver the backlog of seven days, on simulated time."""

from collections.abc import Iterator
from typing import Any

from bench.backlog import BOARD_COAP, NODE_MQTT, Pole, week
from bench.figure import exact

ROUND_TRIPS = (50, 500, 3000)
LONGEST = 4 * 3600_000
BARS = {(NODE_MQTT, 3000): 5, (BOARD_COAP, 3000): 60}  # minutes


def figures() -> Iterator[dict[str, Any]]:
    """10,080 frames of about 300 bytes; a lossless network without a limit of its own."""
    cells = week()
    for edge in (NODE_MQTT, BOARD_COAP):
        lost = 0
        for round_trip in ROUND_TRIPS:
            pole = Pole(cells, edge, round_trip)
            end = pole.began + LONGEST
            while not pole.drained() and pole.now < end:
                pole.step(end)
            lost += pole.lost()
            minutes = (pole.now - pole.began) / 60_000
            name = f"drain of 7 days, {edge.name}, round trip {round_trip} ms"
            yield exact(name, minutes, "min", bar=BARS.get((edge, round_trip)))
        yield exact(f"drain of 7 days, {edge.name}: frames lost", lost, "frames", bar=0)
