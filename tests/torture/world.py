"""The one scheduler of all faults: a pole over a simulated flash and network, on simulated time,
and an independent account of it. Here the pole is journal, sealer and uplink; see
tests.torture.station for the whole agent.
"""

from typing import Any

from agent import frame
from agent.errors import JournalFull
from agent.reading import ALARM, DIAGNOSTIC, LANES
from agent.seal import Sealer
from agent.uplink import Uplink
from simulators.world.dice import Dice
from simulators.world.flash import TORN, SimFlash
from simulators.world.ingester import Ingester
from simulators.world.network import Network
from simulators.world.signer import DigestSigner, DigestVerifier
from tests.torture import invariants
from tests.torture.account import Account, Witness

DEVICE = b"device"
PLATFORM = b"platform"
SCHEMA = b"01234567"
BEACON = 60000
RETRY = 30000
DRAIN = 40 * 60000
AWAY = 2000  # ms from a power cut to the next start


class World:
    """One pole and its platform; ``now`` in simulated ms, which is the pole's uptime, too.
    ``datagrams``: the carrier confirms only what asks for it, as CoAP does; else all, as MQTT does.
    """

    first_sector = 0

    def __init__(
        self,
        seed: int,
        sectors: int = 32,
        flash: Any = None,
        now: int = 1000,
        datagrams: bool = False,
    ) -> None:
        self.seed = seed
        self.dice = Dice(seed)
        self.now = now
        self.datagrams = datagrams
        self.cuts = self.refused = 0
        self.flash = SimFlash(sectors) if flash is None else flash
        self.ingester = Ingester(DigestVerifier([DEVICE]), DigestSigner(PLATFORM))
        self.account = Account(self.ingester)
        self.network = Network(self.dice, self._receive)
        self._gone: list[Any] = []
        self.boot("power-on")

    def boot(self, reason: str) -> None:
        """The device starts on what the flash holds, and reports what it no longer holds."""
        self.account.now = self.now
        flash = self.wrap("flash", self.flash)
        self.journal = Witness(self.account, flash, self._random, self.first_sector)
        self.journal.mount()
        self.account.starts(self.journal)
        self.carrier = self.network.carrier("pole", confirms=not self.datagrams)
        self.start(reason)

    def start(self, reason: str) -> None:
        """What runs on the journal."""
        self.sealer = Sealer(self.journal, DigestSigner(DEVICE), self.log)
        trusted = DigestVerifier([PLATFORM])
        self.uplink = Uplink(self.carrier, self.sealer, trusted, self.dice, self.log, BEACON, RETRY)
        for lane in LANES:
            for gap in self.journal.missing(lane):
                self._gap(lane, gap)

    def wrap(self, name: str, port: Any) -> Any:
        """The port as the pole sees it: a fault may stand before it."""
        return port

    def cut(self, reason: str = "power-on") -> None:
        """The power goes, and comes back 2 s later. What is on the network may still arrive."""
        self.cuts += 1
        self.carrier.close()
        self._gone.append(self.carrier)
        self.flash = self.flash.reboot(decay=True)
        self.now += AWAY
        self.boot(reason)

    def cut_soon(self) -> None:
        """The power goes in the middle of one of the next writes."""
        self.flash.dice = self.dice
        self.flash.torn = TORN[self.dice.below(len(TORN))]
        self.flash.cut_at = self.flash.operations + 1 + self.dice.below(3)

    def seal(self, lane: int) -> None:
        """An alarm, a frame of two rows that nobody else makes, or a status."""
        if lane == ALARM:
            body = {1: "underpass", 2: "level", 3: 1, 4: 300, 5: 0, 7: self.now, 8: [0, 300]}
            self._append(self.sealer.record, lane, frame.ALARM_FRAME, body, self.now)
            return
        if lane == DIAGNOSTIC:
            body = {1: "0", 8: BEACON, 4: f"torture {self.now}"}
            self._append(self.sealer.record, lane, frame.STATUS, body, self.now)
            return
        rows = frame.RowBuffer(SCHEMA, 2)
        for instant in (self.now, self.now + 1):
            values = [self.dice.below(4000), self.dice.below(4000)]
            for column, value in enumerate(values):
                self.account.measured["", str(column)].append((instant, value))
            rows.add(instant, values, [0, 0])
        self._append(self.sealer.rows, rows)

    def step(self) -> int:
        """One step of all there is; returns when the next one is due."""
        self.account.now = self.now
        wake = self.work()
        for carrier in self._gone:
            carrier.poll(self.now)
        due = self.carrier.due()
        if self.flash.dead:
            self.cut()
        return max(self.now + 1, min(wake, due or wake))

    def work(self) -> int:
        """One step of the pole."""
        wake = int(self.uplink.step(self.now))
        while self.uplink.backlog.holes:
            lane, first, last = self.uplink.backlog.holes[0]
            if not self._gap(lane, (first, last, "not held", None, None)):
                break  # the journal is full: it is told later
            self.uplink.backlog.holes.pop(0)
        return wake

    def run(self, until: int) -> None:
        """Let time pass."""
        while self.now < until:
            due = self.step()
            self.now = max(self.now, min(until, due))

    def drain(self) -> None:
        """The faults are over: everything must come, and be let go of (invariant L)."""
        self.network.loss = self.network.session_loss = 0
        until = self.now + DRAIN
        while self.now < until and not self.drained():
            self.now = max(self.now + 1, self.step())
        self.account.looked["L"] += len(LANES)
        if not self.drained():
            ends = [(self.journal.released(lane), self.journal.next_seq(lane)) for lane in LANES]
            self.account.fault("L", f"not drained: {ends}")

    def drained(self) -> bool:
        """Whether the platform acknowledged all that was sealed."""
        journal = self.journal
        return all(journal.released(lane) == journal.next_seq(lane) - 1 for lane in LANES)

    def check(self) -> dict[str, int]:
        """Compare with the account; returns how much was declared, silent and repeated."""
        return invariants.compare(self.account, self.journal)

    def log(self, topic: str, text: str) -> None:
        """What the pole says."""

    def _random(self) -> int:
        return int.from_bytes(self.dice.take(4), "big")

    def _receive(self, now: int, device: str, lane: int, data: bytes, ask: bool) -> list[bytes]:
        return self.account.receive(now, data, ask)

    def _gap(self, lane: int, gap: tuple[Any, ...]) -> bool:
        body = {1: gap[0], 2: gap[1], 3: gap[2], 4: gap[3], 5: gap[4]}
        return self._append(self.sealer.record, lane, frame.GAP, body, self.now)

    def _append(self, call: Any, *arguments: Any) -> bool:
        """Whether the frame was stored."""
        try:
            call(*arguments)
        except JournalFull:
            self.refused += 1
            return False
        except OSError:
            if not self.flash.dead:
                raise
            return False
        return not self.flash.dead
