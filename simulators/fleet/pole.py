"""One pole of a fleet: the whole core over a simulated line, a journal in memory, a real socket."""

from typing import Any

from agent import drivers
from agent.agent import Agent, Ports
from agent.buffer.journal import Journal
from agent.buffer.state import SECTORS, StateStore
from agent.linux.entropy import Entropy
from agent.linux.libcrypto import make_signer
from agent.ports import Verifier
from agent.settings import pack, unpack
from board.mqtt import Carrier
from simulators.fleet import keys, sensors
from simulators.world.dice import Dice
from simulators.world.flash import SimFlash
from simulators.world.line import SimLine

JOURNAL_SECTORS = 14  # of 4 KB: some hours of frames
BEACON_MS, RETRY_MS = 600_000, 60_000


class FleetPole:
    """``step`` it with the time of this machine. ``said``: what its agent complained of."""

    def __init__(
        self, number: int, url: str, platform_key: bytes, verifier: Verifier, seal_ms: int
    ) -> None:
        dice = Dice(number + 1)
        # Nobody's uptime is that of another: so the slots of a fleet are spread over the interval.
        self._uptime = dice.between(0, 100 * sensors.EVERY_MS)
        self.sensors = sensors.Sensors(dice)
        self.line = SimLine([self.sensors])
        self.carrier = Carrier(url, keys.pole_id(number))
        flash = SimFlash(SECTORS + JOURNAL_SECTORS)
        entropy = Entropy()
        self.journal = Journal(flash, lambda: int.from_bytes(entropy.take(4), "big"), SECTORS)
        self.journal.mount()
        settings = _settings(number, url, platform_key, seal_ms)
        ports = Ports(
            {"rs485": self.line}, self.journal, StateStore(flash), self.carrier,
            make_signer(keys.private_key(number), entropy), verifier, entropy, self._log,
        )  # fmt: skip
        classes = {name: drivers.load(name) for name in settings.drivers()}
        self.agent = Agent(settings, classes, ports, "fleet", "restart", False)
        self.said: list[str] = []
        self.due = 0  # when to step it at the latest, on this machine's clock
        self._started = False

    def step(self, now: int, utc_ms: int) -> None:
        """One step of the agent; then ``due`` says when the next one is."""
        uptime = now + self._uptime
        self.line.advance(uptime)
        wake = self.agent.step(uptime)
        if not self._started:
            self._started = True
            self.agent.learn_time(uptime, utc_ms, 100, "system clock")
        heard = self.line.next_ms(uptime)
        if heard is not None and heard < wake:
            wake = heard
        self.due = max(now + 1, wake - self._uptime)

    def finish(self) -> None:
        """Read nothing new; seal and deliver what there is."""
        self.agent.stop_sampling()
        self.agent.uplink.ending = True

    def overruns(self) -> int:
        """Slots that were not read in time."""
        return sum(group.overruns for group in self.agent.groups)

    def _log(self, topic: str, text: str) -> None:
        if topic not in ("uplink", "time") or "no connection" in text:
            self.said.append(f"{topic}: {text}")


def _settings(number: int, url: str, platform_key: bytes, seal_ms: int) -> Any:
    uplink = {"carrier": "mqtt", "url": url, "seal_ms": seal_ms, "beacon_ms": BEACON_MS,
              "retry_max_ms": RETRY_MS, "platform_key": platform_key}  # fmt: skip
    line = {"name": "rs485", "port": "", "mode": "9600 8N1", "devices": sensors.devices()}
    return unpack(pack({"pole": {"id": keys.pole_id(number), "place": None}, "uplink": uplink,
                        "journal": {"size": 0}, "lines": [line]}))  # fmt: skip
