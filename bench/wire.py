"""Bytes on the MQTT wire for each reading: both ways, headers and all acknowledgements included.

The real sealer, uplink and ingester on simulated time; the sizes of the packets are those of
agent.protocols.mqtt. A frame holds what one device of ten registers gave in a minute. Each register
walks at random, by a normal distribution, and each read-out is early or late by up to 50 ms. Every
frame goes in a PUBLISH of its own. Beside it the bare script's JSON of such registers, unsigned, a
PUBLISH for each read-out.
"""

import random
import statistics
from collections.abc import Iterator
from typing import Any

from agent import frame
from agent.buffer.journal import Journal
from agent.protocols import carriage, mqtt
from agent.seal import Sealer
from agent.uplink import Uplink
from bench.backlog import DEVICE, NODE_MQTT, PLATFORM
from bench.figure import median
from bench.script import message
from simulators.world.dice import Dice
from simulators.world.flash import SimFlash
from simulators.world.ingester import Ingester
from simulators.world.network import Network
from simulators.world.signer import DigestSigner, DigestVerifier

REGISTERS = 10
FRAMES = 1000
SIGMA = 20  # counts from one row to the next
JITTER_MS = 50
SEEDS = 3
RIVAL = "JSON of a bare script, unsigned"
MINUTE = 60_000
UTC_S = 1_790_000_000
SCHEMA = b"\x9f\x21\x5c\x07"
POLE = "CD-JJ-0001"


class _Wire:
    """A pole and its platform; ``bytes`` counts what both sent."""

    def __init__(self, seed: int) -> None:
        self.now = 1000
        self.bytes = 0
        self.dice = Dice(seed)
        self.ingester = Ingester(DigestVerifier([DEVICE]), DigestSigner(PLATFORM))
        self.journal = Journal(SimFlash(256), lambda: 3_141_592_653)
        self.journal.mount()
        self.sealer = Sealer(self.journal, DigestSigner(DEVICE), self._log)
        self.sealer.learn_time(0, 1_790_000_000_000, 50, "platform")
        self.carrier = NODE_MQTT.carrier(Network(self.dice, self._receive, (25, 25)))
        self.uplink = Uplink(
            self.carrier, self.sealer, DigestVerifier([PLATFORM]), self.dice, self._log,
            10 * MINUTE, MINUTE, NODE_MQTT.ceiling,
        )  # fmt: skip

    def _log(self, topic: str, text: str) -> None:
        pass

    def _receive(self, now: int, device: str, lane: int, data: bytes, ask: bool) -> list[bytes]:
        self._publish(carriage.up_topic(POLE, lane), data)
        answers: list[bytes] = self.ingester.receive(now, data, ask)
        for answer in answers:
            self._publish(carriage.down_topic(POLE), answer)
        return answers

    def _publish(self, topic: str, data: bytes) -> None:
        self.bytes += len(mqtt.publish(topic, 1, data)) + len(mqtt.puback(1))

    def run(self, until: int) -> None:
        """Let time pass."""
        while self.now < until:
            wake = self.uplink.step(self.now)
            due = self.carrier.due()
            self.now = min(until, max(self.now + 1, min(wake, due or wake)))


def _measure(rows: int, seed: int) -> float:
    """Bytes a reading, with so many rows in a frame."""
    wire, luck = _Wire(seed), random.Random(seed)
    values = [1000.0 + luck.randrange(3000) for _ in range(REGISTERS)]
    wire.ingester.schemas[SCHEMA] = {}  # it was told before the hours that count
    wire.run(2 * MINUTE)
    wire.bytes = 0
    for number in range(2, FRAMES + 2):
        buffer = frame.RowBuffer(SCHEMA, REGISTERS)
        for row in range(rows):
            values = [value + luck.gauss(0, SIGMA) for value in values]
            at = number * MINUTE + row * (MINUTE // rows) + luck.randint(-JITTER_MS, JITTER_MS)
            buffer.add(at, [round(value) for value in values], [0] * REGISTERS)
        wire.sealer.rows(buffer)
        wire.run((number + 1) * MINUTE)
    assert len(wire.ingester.rows) == FRAMES * rows
    return wire.bytes / (FRAMES * rows * REGISTERS)


def _json(seed: int) -> float:
    """Bytes a reading of what the bare script publishes."""
    luck, size = random.Random(seed), 0
    values = [1000.0 + luck.randrange(3000) for _ in range(REGISTERS)]
    for number in range(FRAMES):
        values = [value + luck.gauss(0, SIGMA) for value in values]
        now = UTC_S + number + luck.randint(-JITTER_MS, JITTER_MS) / 1000
        topic, text = message(1, [round(value) for value in values], now)
        size += len(mqtt.publish(topic, 1, text.encode())) + len(mqtt.puback(1))
    return size / (FRAMES * REGISTERS)


def figures() -> Iterator[dict[str, Any]]:
    """A minute in a frame, sampled each 10 s and each second."""
    others = [_json(seed) for seed in range(1, SEEDS + 1)]
    rival = statistics.median(others)
    for rows, bar in ((6, 4.3), (60, 1.6)):
        found = [_measure(rows, seed) for seed in range(1, SEEDS + 1)]
        yield median(f"bytes on the wire per reading, {rows} rows a frame", found, "B", bar=bar,
                     rival=RIVAL, ratio=rival / statistics.median(found))  # fmt: skip
    yield median(f"bytes on the wire per reading, {RIVAL}", others, "B")
