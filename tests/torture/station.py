"""A whole pole on the scheduler: agent, three sensors on one line, flash, network, platform."""

from typing import Any

from agent import drivers
from agent.agent import Agent, Ports
from agent.buffer.state import SECTORS, StateStore
from agent.settings import Settings, pack, unpack
from simulators.world.line import SimLine
from simulators.world.sensors import dyp_ultrasonic, witmotion_tilt
from simulators.world.signer import DigestSigner, DigestVerifier
from tests.torture import invariants
from tests.torture.disks import Disk
from tests.torture.world import BEACON, DEVICE, PLATFORM, RETRY, World

EVERY = 10000
SEAL = 30000
LIMIT = 300  # mm, where the alarm of the underpass rises
MINUTE = 60000
LOOK_EVERY = 256  # steps between two looks at what is bounded


class Reset(BaseException):
    """The watchdog ends the agent wherever it is."""


class Measurand:
    """A value that is another one at every instant, so that an old one cannot pass for a new one.

    Shared code calls it a signal: ``at`` gives low up to high, plus ``add``."""

    def __init__(self, salt: int, low: int, high: int) -> None:
        self.salt = salt
        self.low = low
        self.span = high - low
        self.add = 0

    def at(self, now: int) -> int:
        """The value at an instant."""
        return self.low + (now * 2654435761 + self.salt * 40503) % self.span + self.add


def _device(name: str, driver: str, options: dict[str, int], alarm: bool = False) -> dict[str, Any]:
    rule = {"channel": "level", "direction": 1, "limit": LIMIT, "clear": LIMIT - 10, "for_ms": 0}
    return {
        "name": name,
        "driver": driver,
        "every_ms": EVERY,
        "options": options,
        "alarms": [rule] if alarm else [],
    }


def settings() -> Settings:
    """Two level sensors, of which one has an alarm, and a tilt sensor."""
    devices = [
        _device("underpass", "dyp-ultrasonic", {"address": 1, "mount": 3200}, True),
        _device("cover", "witmotion-tilt", {"address": 80}),
        _device("tunnel", "dyp-ultrasonic", {"address": 2, "mount": 3200}),
    ]
    items = {
        "pole": {"id": "CD-JJ-0001", "place": None},
        "uplink": {
            "carrier": "simulated",
            "url": "",
            "seal_ms": SEAL,
            "beacon_ms": BEACON,
            "retry_max_ms": RETRY,
            "platform_key": b"",
        },
        "journal": {"size": 0},
        "lines": [{"name": "rs485", "port": "", "mode": "9600 8N1", "devices": devices}],
    }
    return unpack(pack(items))


class Station(World):
    """``wrap(name, port)`` may stand a fault before a port. ``restarts``: an error of the storage
    ends the agent, and it is started again, as on Linux."""

    first_sector = SECTORS

    def __init__(self, seed: int, sectors: int = 48, wrap: Any = None, **options: Any) -> None:
        self.settings = settings()
        self.classes = {name: drivers.load(name) for name in self.settings.drivers()}
        self.level = Measurand(1, 0, LIMIT - 20)
        self.twins = {
            "underpass": self._ultrasonic("underpass", 1, self.level),
            "cover": witmotion_tilt.Twin(
                80,
                {"roll": Measurand(2, -180000, 180000), "pitch": Measurand(3, -180000, 180000)},
                self._measures("cover"),
            ),
            "tunnel": self._ultrasonic("tunnel", 2, Measurand(4, 0, 2900)),
        }
        self.line: Any = None
        self._wrap = wrap
        self.said: list[tuple[int, str, str]] = []
        self.resets = self.crashes = self._steps = 0
        super().__init__(seed, sectors, **options)
        self.account.every_ms = EVERY

    def _ultrasonic(self, name: str, unit: int, level: Measurand) -> Any:
        signals = {"level": level, "temperature": Measurand(4 + unit, -400, 850)}
        return dyp_ultrasonic.Twin(unit, signals, self._measures(name))

    def _measures(self, device: str) -> Any:
        def log(channel: str, now: int, value: int) -> None:
            self.account.measured[device, channel].append((now, value))

        return log

    def start(self, reason: str) -> None:
        """The agent on the journal; its line keeps the twins."""
        if self.line is None:
            self.line = SimLine(list(self.twins.values()), self.dice)
        ports = Ports(
            {"rs485": self.wrap("line", self.line)},
            self.journal,
            StateStore(self.journal.flash),
            self.wrap("carrier", self.carrier),
            self.wrap("signer", DigestSigner(DEVICE)),
            DigestVerifier([PLATFORM]),
            self.dice,
            self.log,
        )
        powered = reason == "power-on"
        self.agent = Agent(self.settings, self.classes, ports, "simulated", reason, powered)
        self.sealer = self.agent.sealer
        self.uplink = self.agent.uplink

    def wrap(self, name: str, port: Any) -> Any:
        """See World."""
        return port if self._wrap is None else self._wrap(name, port)

    def work(self) -> int:
        """One step of the agent, and of what is around it."""
        self.line.advance(self.now)
        self.account.offset = self.sealer.utc_offset or 0
        wake = self._agent_step()
        if not self.flash.dead:
            self.account.settle(self.journal)
        self._steps += 1
        if self._steps % LOOK_EVERY == 0:
            invariants.bounded(self.account, self.agent, self.journal)
        self.line.listening = any(bus.waiting() for bus in self.agent.buses)
        times = [self.line.next_ms(self.now)]
        times += [twin.due for twin in self.line.twins if hasattr(twin, "due")]
        return min([wake, *(at for at in times if at is not None)])

    def _agent_step(self) -> int:
        try:
            return int(self.agent.step(self.now))
        except (Reset, MemoryError):
            self.resets += 1
            self.restart("watchdog")
        except OSError as error:
            if not self.flash.dead:
                self.crashes += 1
                self.log("crash", str(error))
                self.restart("crash")
        return self.now + 1

    def restart(self, reason: str) -> None:
        """The agent starts again; the power stayed."""
        self.carrier.close()
        self._gone.append(self.carrier)
        if isinstance(self.flash, Disk):
            self.flash = self.flash.again()
        self.now += 500
        self.boot(reason)

    def drain(self) -> None:
        """The faults are over: it samples for two more minutes, then everything must come."""
        self.run(self.now + 2 * MINUTE)
        fresh = [
            at for at, _ in self.account.measured["cover", "roll"] if at > self.now - 2 * EVERY
        ]
        if not fresh:
            self.account.fault("L", "nothing is measured any more")
        self.agent.stop_sampling()
        super().drain()
        invariants.bounded(self.account, self.agent, self.journal)

    def drained(self) -> bool:
        """Whether everything is sealed, and the platform has it."""
        return bool(self.agent.delivered())

    def log(self, topic: str, text: str) -> None:
        """What the pole says; the last thousand sentences."""
        self.said = [*self.said[-999:], (self.now, topic, text)]

    def told(self, word: str) -> int:
        """How many sentences hold a word."""
        return sum(word in topic or word in text for _, topic, text in self.said)

    def alarms(self) -> list[int]:
        """The states that the platform was told, in order."""
        return [alarm[3] for alarm in self.ingester.alarms]
