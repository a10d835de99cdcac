"""A pole on simulated time: twins, lines, flash, carrier and ingester around the real agent."""

from agent import drivers
from agent.agent import Agent, Ports
from agent.buffer.journal import Journal
from agent.buffer.state import SECTORS, StateStore
from agent.settings import pack, unpack
from simulators.world.dice import Dice
from simulators.world.flash import SimFlash
from simulators.world.ingester import Ingester
from simulators.world.line import SimLine
from simulators.world.network import Network
from simulators.world.sensors import dyp_ultrasonic, plantower_pms5003, winsen_ze07, witmotion_tilt
from simulators.world.signal import Signal


def device(name, driver, every_ms, options=None, alarms=()):
    return {
        "name": name,
        "driver": driver,
        "every_ms": every_ms,
        "options": options or {},
        "alarms": list(alarms),
    }


def flood_alarm(limit=300, clear=250, for_ms=0):
    return {
        "channel": "level",
        "direction": 1,
        "limit": limit,
        "clear": clear,
        "for_ms": for_ms,
    }


def settings(every_ms=60000, seal_ms=600000, beacon_ms=600000):
    """Four sensors on three lines."""
    level = device(
        "underpass", "dyp-ultrasonic", every_ms, {"address": 1, "mount": 3200}, [flood_alarm()]
    )
    tilt = device("cover", "witmotion-tilt", every_ms, {"address": 80})
    gas = device("chamber", "winsen-ze07", every_ms)
    air = device("air", "plantower-pms5003", every_ms)
    items = {
        "pole": {"id": "CD-JJ-0001", "place": None},
        "uplink": {
            "carrier": "simulated",
            "url": "",
            "seal_ms": seal_ms,
            "beacon_ms": beacon_ms,
            "retry_max_ms": 60000,
            "platform_key": b"",
        },
        "journal": {"size": 0},
        "lines": [
            {"name": "rs485", "port": "", "mode": "9600 8N1", "devices": [level, tilt]},
            {"name": "gas", "port": "", "mode": "9600 8N1", "devices": [gas]},
            {"name": "air", "port": "", "mode": "9600 8N1", "devices": [air]},
        ],
    }
    return unpack(pack(items))


class Pole:
    """The world around one agent, which may lose its power and come back."""

    platforms = 1

    def __init__(
        self, seed, signer, verifier, platform_signer, platform_verifier, **settings_items
    ):
        self.dice = Dice(seed)
        self.now = 1000
        self.settings = settings(**settings_items)
        self.made = [[]]  # (device, channel, instant, value) as the twins were asked
        self.transcript = []
        self.signer = signer
        self.platform_verifier = platform_verifier
        self.flash = SimFlash(64)
        self.ingester = Ingester(verifier, platform_signer)
        self.level = Signal(self.dice, 20, 3, 0, 2500)
        self.twins = {
            "rs485": [
                dyp_ultrasonic.Twin(
                    1, {"level": self.level, "temperature": self._walk(215)}, self._log("underpass")
                ),
                witmotion_tilt.Twin(
                    80, {"roll": self._walk(0), "pitch": self._walk(120)}, self._log("cover")
                ),
            ],
            "gas": [winsen_ze07.Twin({"co": self._walk(5)}, self._silent_log)],
            "air": [
                plantower_pms5003.Twin(
                    {name: self._walk(20) for name in ("pm1", "pm25", "pm10")}, self._log("air")
                )
            ],
        }
        self.lines = {
            name: SimLine(self.twins[name], self.dice, 2) for name in ("rs485", "gas", "air")
        }
        self.carrier = None
        self.network = Network(self.dice, self._arrive, latency=(200, 600))
        self._outage = None
        self.boot("power-on")

    def _walk(self, value):
        return Signal(self.dice, value, 2, 0, 900)

    def _silent_log(self, channel, now, value):
        pass

    def _log(self, name):
        def log(channel, now, value):
            # In pieces: a list that grows needs more memory in one piece than a long life leaves.
            if len(self.made[-1]) == 500:
                self.made.append([])
            self.made[-1].append((name, channel, now, value))

        return log

    def note(self, *words):
        """One line of the transcript."""
        self.transcript.append(" ".join([str(word) for word in words]))

    def boot(self, reason):
        """The agent starts on what the flash holds."""
        self.journal = Journal(self.flash, self._random, SECTORS, self.platforms)
        self.journal.mount()
        self.carrier = self.network.carrier("pole")
        classes = {name: drivers.load(name) for name in self.settings.drivers()}
        cold = reason == "power-on"
        self.agent = Agent(self.settings, classes, self.ports(), "simulated", reason, cold)

    def ports(self):
        """What the agent needs from outside."""
        return Ports(
            self.lines,
            self.journal,
            StateStore(self.flash),
            self.carrier,
            self.signer,
            self.platform_verifier,
            self.dice,
            lambda topic, text: self.note(self.now, topic, text),
        )

    def _random(self):
        return int.from_bytes(self.dice.take(4), "big")

    def _arrive(self, now, name, lane, data, ask):
        self.note(now, "frame", len(data), data[-8:].hex())
        return self.ingester.receive(now, data, ask)

    def set_network(self, up, loss=0):
        """The network comes or goes; loss per mille each way."""
        self.network.loss = loss
        if self._outage is not None:
            self._outage[1] = self.now
            self._outage = None
        if not up:
            self._outage = self.network.outage(self.now)

    def cut_power(self):
        """The power goes without warning, and comes back 3 s later."""
        self.note(self.now, "power cut")
        # The same cells: a copy would need more memory in one piece than a long life leaves.
        self.flash.dead = True
        self.flash = SimFlash(self.flash.sectors, cells=self.flash.cells)
        self.now += 3000
        self.boot("power-on")

    def run(self, until):
        """Let time pass until an instant."""
        while self.now < until:
            for name in ("rs485", "gas", "air"):
                self.lines[name].advance(self.now)
            wake = self.agent.step(self.now)
            for bus in self.agent.buses:
                bus.line.listening = bus.waiting()
            times = [self.lines[name].next_ms(self.now) for name in ("rs485", "gas", "air")]
            for at in times + [self.carrier.due()]:
                if at is not None and at < wake:
                    wake = at
            self.now = min(until, max(self.now + 1, wake))
