"""From a level that crosses its threshold to the alarm's frame at the platform's door: the whole
agent with an ultrasonic sensor on a line of 9600 baud, on simulated time.

Measured from the reply that carries the crossed value (behind it the driver still asks for the
temperature, 0.14 s), and besides from the crossing itself, which the poll has yet to see.
"""

from collections.abc import Iterator
from typing import Any

from agent.agent import Agent, Ports
from agent.buffer.journal import Journal
from agent.buffer.state import SECTORS as STATE_SECTORS
from agent.buffer.state import StateStore
from agent.drivers import load
from agent.frame import CLEARED, RAISED
from agent.reading import ALARM
from agent.settings import pack, unpack
from bench.backlog import BOARD_COAP, DEVICE, NODE_MQTT, PLATFORM, SECTORS, Edge, week
from bench.figure import exact
from bench.simulated_time import pass_time
from simulators.world.dice import Dice
from simulators.world.flash import SimFlash
from simulators.world.ingester import Ingester
from simulators.world.line import SimLine
from simulators.world.network import Network
from simulators.world.sensors.dyp_ultrasonic import Twin
from simulators.world.signal import Signal
from simulators.world.signer import DigestSigner, DigestVerifier

EVERY = 10_000  # the poll of the alarm's channel
CALM, FLOOD = 20, 500  # mm
IDLE_ROUND_TRIP, SLOW_ROUND_TRIP = 50, 500
RATE = 16_000  # bit/s
SEEDS, ALARMS = 10, 10
PATIENCE = 120_000


def _settings() -> Any:
    rule = {"channel": "level", "direction": 1, "limit": 300, "clear": 250, "for_ms": 0}
    sensor = {"name": "underpass", "driver": "dyp-ultrasonic", "every_ms": EVERY,
              "options": {"address": 1, "mount": 3200}, "alarms": [rule]}  # fmt: skip
    uplink = {"carrier": "simulated", "url": "", "seal_ms": 60_000, "beacon_ms": 600_000,
              "retry_max_ms": 60_000, "platform_key": b""}  # fmt: skip
    line = {"name": "rs485", "port": "", "mode": "9600 8N1", "devices": [sensor]}
    return unpack(pack({"pole": {"id": "BENCH", "place": None}, "uplink": uplink,
                        "journal": {"size": 0}, "lines": [line]}))  # fmt: skip


class _Pole:
    """A pole after a restart on cells, or on an empty flash."""

    def __init__(
        self, seed: int, edge: Edge, round_trip: int, rate: int, cells: bytearray | None
    ) -> None:
        self.now = 1000
        self.dice = Dice(seed)
        self.sampled: list[tuple[int, int]] = []  # (instant, distance)
        self.came: list[tuple[int, int]] = []  # (instant, state) of each alarm
        self.level = Signal(self.dice, CALM, 3, 0, 2500)
        signals = {"level": self.level, "temperature": Signal(self.dice, 215, 1, 150, 300)}
        self.twin = Twin(1, signals, self._sample)
        self.line = SimLine([self.twin])
        self.ingester = Ingester(DigestVerifier([DEVICE]), DigestSigner(PLATFORM))
        network = Network(self.dice, self._arrive, (round_trip // 2, round_trip // 2))
        network.rate = rate
        self.carrier = edge.carrier(network)
        flash = SimFlash(SECTORS, cells=None if cells is None else bytearray(cells))
        self.journal = Journal(flash, lambda: 9, STATE_SECTORS)
        self.journal.mount()
        ports = Ports(
            {"rs485": self.line}, self.journal, StateStore(flash), self.carrier,
            DigestSigner(DEVICE), DigestVerifier([PLATFORM]), self.dice, lambda topic, text: None,
            edge.ceiling,
        )  # fmt: skip
        drivers = {"dyp-ultrasonic": load("dyp-ultrasonic")}
        self.agent = Agent(_settings(), drivers, ports, "simulated", "restart", False)

    def _sample(self, channel: str, now: int, value: int) -> None:
        if channel == "distance":
            self.sampled.append((now, value))

    def _arrive(self, now: int, device: str, lane: int, data: bytes, ask: bool) -> object:
        known = len(self.ingester.alarms)
        answer = self.ingester.receive(now, data, ask)
        if lane == ALARM:
            self.came += [(now, part[3]) for part in self.ingester.alarms[known:]]
        return answer

    def run(self, until: int) -> None:
        """Let time pass."""
        pass_time(self, until)

    def change(self, level: int, state: int) -> tuple[int, int]:
        """The level jumps: ms to the alarm's arrival, from the reply and from the jump."""
        self.run(self.now + self.dice.between(EVERY, 2 * EVERY))
        jumped = self.now
        self.level.jump(level)
        while not self.came or self.came[-1][1] != state or self.came[-1][0] < jumped:
            assert self.now < jumped + PATIENCE, "the alarm did not come"
            self.run(self.now + 100)
        replied = self.twin.turnaround_ms + min(at for at, _ in self.sampled if at >= jumped)
        return self.came[-1][0] - replied, self.came[-1][0] - jumped


def _measure(
    edge: Edge, round_trip: int, rate: int, cells: bytearray | None
) -> list[tuple[int, int]]:
    found = []
    for seed in range(1, SEEDS + 1):
        pole = _Pole(seed, edge, round_trip, rate, cells)
        pole.run(pole.now + 30_000)
        for _ in range(ALARMS // 2):
            found.append(pole.change(FLOOD, RAISED))
            found.append(pole.change(CALM, CLEARED))
        held = pole.journal.next_seq(1) - pole.journal.released(1)
        assert cells is None or held > 1000, "the backlog drained before the last alarm"
    return found


def figures() -> Iterator[dict[str, Any]]:
    """The longest of 100 alarms each: idle, and while seven days drain at 16 kbit/s."""
    cells = week(STATE_SECTORS)
    for edge in (NODE_MQTT, BOARD_COAP):
        for what, round_trip, rate, held, bar in (
            ("idle, round trip 50 ms", IDLE_ROUND_TRIP, 0, None, 0.2),
            ("draining at 16 kbit/s, round trip 500 ms", SLOW_ROUND_TRIP, RATE, cells, 8.0),
        ):
            found = _measure(edge, round_trip, rate, held)
            name = f"alarm to the platform's door, {edge.name}, {what}"
            yield exact(name, max(part[0] for part in found) / 1000, "s", bar=bar)
            yield exact(f"{name}, with a poll of 10 s", max(part[1] for part in found) / 1000, "s")
