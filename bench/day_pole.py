"""A day of one pole with eight sensors at 60 s, SM2 by libcrypto at both ends, on simulated time:
``python -m bench.day_pole``. A fifth of all packets is lost for six hours, then there is no network
for two, then the level floods. It ends with an error unless the platform has every reading, once.
"""

import sys
from typing import Any

from agent import drivers
from agent.agent import Agent, Ports
from agent.buffer.journal import Journal
from agent.buffer.state import SECTORS, StateStore
from agent.linux.entropy import Entropy
from agent.linux.libcrypto import make_signer, make_verifier
from agent.settings import pack, unpack
from bench.simulated_time import pass_time
from simulators.fleet import sensors
from simulators.world.dice import Dice
from simulators.world.flash import SimFlash
from simulators.world.ingester import Ingester
from simulators.world.line import SimLine
from simulators.world.network import Network

EVERY_MS, SEAL_MS = 60_000, 600_000
HOUR = 3_600_000
DEVICE, PLATFORM = 4711, 4712


def _settings() -> Any:
    uplink = {"carrier": "simulated", "url": "", "seal_ms": SEAL_MS, "beacon_ms": 600_000,
              "retry_max_ms": 60_000, "platform_key": b""}  # fmt: skip
    line = {"name": "rs485", "port": "", "mode": "9600 8N1", "devices": sensors.devices(EVERY_MS)}
    return unpack(pack({"pole": {"id": "BENCH", "place": None}, "uplink": uplink,
                        "journal": {"size": 0}, "lines": [line]}))  # fmt: skip


class Pole:
    """The pole, its network and its platform."""

    def __init__(self) -> None:
        self.now = 1000
        dice = Dice(5)
        device, platform = make_signer(DEVICE, Entropy()), make_signer(PLATFORM, Entropy())
        self.sensors = sensors.Sensors(dice)
        self.line = SimLine([self.sensors])
        self.ingester = Ingester(make_verifier([device.public]), platform)
        self.network = Network(dice, self._arrive, (100, 300))
        self.carrier = self.network.carrier("pole")
        flash = SimFlash(256)
        journal = Journal(flash, lambda: 7, SECTORS)
        journal.mount()
        ports = Ports({"rs485": self.line}, journal, StateStore(flash), self.carrier, device,
                      make_verifier([platform.public]), dice, lambda topic, text: None)  # fmt: skip
        settings = _settings()
        classes = {name: drivers.load(name) for name in settings.drivers()}
        self.agent = Agent(settings, classes, ports, "simulated", "restart", False)

    def _arrive(self, now: int, device: str, lane: int, data: bytes, ask: bool) -> object:
        return self.ingester.receive(now, data, ask)

    def run(self, until: int) -> None:
        """Let time pass."""
        pass_time(self, until)


def main() -> int:
    """0 if the platform has everything."""
    pole = Pole()
    pole.run(6 * HOUR)
    pole.network.loss = 200
    pole.run(12 * HOUR)
    pole.network.loss = 0
    outage = pole.network.outage(pole.now)
    pole.run(14 * HOUR)
    outage[1] = pole.now
    pole.sensors.level.jump(500)
    pole.run(24 * HOUR)
    pole.agent.stop_sampling()
    pole.run(24 * HOUR + SEAL_MS)
    got = sum(len(values) - values.count(None) for *_, values, _ in pole.ingester.rows)
    print(f"{pole.sensors.measured} readings measured, {got} at the platform, "
          f"{len(pole.ingester.alarms)} alarms")  # fmt: skip
    return 0 if got == pole.sensors.measured and pole.ingester.alarms else 1


if __name__ == "__main__":
    sys.exit(main())
