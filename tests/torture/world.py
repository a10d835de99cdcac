"""A light pole for delivery faults: journal, sealer and uplink over a simulated network, and an
independent account of what was made, sealed and declared missing.
"""

from agent import frame
from agent.buffer.journal import Journal
from agent.errors import JournalFull
from agent.reading import ALARM, DIAGNOSTIC, LANES
from agent.seal import Sealer
from agent.uplink import Uplink
from simulators.world.dice import Dice
from simulators.world.flash import TORN, SimFlash
from simulators.world.ingester import Ingester
from simulators.world.network import Network
from simulators.world.signer import DigestSigner, DigestVerifier

DEVICE = b"device"
PLATFORM = b"platform"
SCHEMA = b"01234567"
EPOCH = 7
BEACON = 60000
RETRY = 30000
DRAIN = 40 * 60000


class World:
    """One pole and its platform; ``now`` in simulated ms. ``sealed``: (lane, seq) to the frame, as
    the journal confirmed it; ``made``: instant to the row's values."""

    def __init__(self, seed: int, sectors: int = 32) -> None:
        self.seed = seed
        self.dice = Dice(seed)
        self.now = 1000
        self.sealed: dict[tuple[int, int], bytes] = {}
        self.made: dict[int, list[int]] = {}
        self.violations: list[str] = []
        self.cuts = self.refused = 0
        self.flash = SimFlash(sectors)
        self.ingester = Ingester(DigestVerifier([DEVICE]), DigestSigner(PLATFORM))
        self.network = Network(self.dice, self._receive)
        self._gone: list[object] = []
        self.boot()

    def boot(self) -> None:
        """The device starts on what the flash holds, and reports what it no longer holds."""
        self.journal = Journal(self.flash, lambda: EPOCH)
        self.journal.mount()
        self.sealer = Sealer(self.journal, DigestSigner(DEVICE), self._log)
        self.carrier = self.network.carrier("pole")
        trusted = DigestVerifier([PLATFORM])
        self.uplink = Uplink(
            self.carrier, self.sealer, trusted, self.dice, self._log, BEACON, RETRY
        )
        for lane in LANES:
            for gap in self.journal.missing(lane):
                self._gap(lane, gap)

    def cut(self) -> None:
        """The power goes, and comes back 2 s later. What is on the network may still arrive."""
        self.cuts += 1
        self.carrier.close()
        self._gone.append(self.carrier)
        self.flash = self.flash.reboot(decay=True)
        self.now += 2000
        self.boot()

    def cut_soon(self) -> None:
        """The power goes in the middle of one of the next writes."""
        self.flash.dice = self.dice
        self.flash.torn = TORN[self.dice.below(len(TORN))]
        self.flash.cut_at = self.flash.operations + 1 + self.dice.below(3)

    def seal(self, lane: int) -> None:
        """An alarm, a frame of two rows that nobody else makes, or a status."""
        if lane == ALARM:
            body = {1: "underpass", 2: "level", 3: 1, 4: 300, 5: 0, 7: self.now, 8: [0, 300]}
            self._append(lane, self.sealer.record, lane, frame.ALARM_FRAME, body, self.now)
            return
        if lane == DIAGNOSTIC:
            body = {1: "0", 8: BEACON, 4: f"torture {self.now}"}
            self._append(lane, self.sealer.record, lane, frame.STATUS, body, self.now)
            return
        rows = frame.RowBuffer(SCHEMA, 2)
        for instant in (self.now, self.now + 1):
            self.made[instant] = [self.dice.below(4000), self.dice.below(4000)]
            rows.add(instant, self.made[instant], [0, 0])
        self._append(lane, self.sealer.rows, rows)

    def step(self) -> int:
        """One step of all there is; returns when the next one is due."""
        wake = int(self.uplink.step(self.now))
        while self.uplink.holes:
            lane, first, last = self.uplink.holes[0]
            if not self._gap(lane, (first, last, "not held", None, None)):
                break  # the journal is full: it is told later
            self.uplink.holes.pop(0)
        for carrier in self._gone:
            carrier.poll(self.now)  # type: ignore[attr-defined]
        due = self.carrier.due()
        if self.flash.dead:
            self.cut()
        return max(self.now + 1, min(wake, due or wake))

    def run(self, until: int) -> None:
        """Let time pass."""
        while self.now < until:
            self.now = min(until, self.step())

    def drain(self) -> None:
        """The faults are over: everything must come, and be let go of (invariant L)."""
        self.network.loss = self.network.session_loss = 0
        until = self.now + DRAIN
        while self.now < until and not self.drained():
            self.now = min(until, self.step())
        if not self.drained():
            ends = [(self.journal.released(lane), self.journal.next_seq(lane)) for lane in LANES]
            self.fault("L", f"not drained: {ends}")

    def drained(self) -> bool:
        """Whether the platform acknowledged all that was sealed."""
        journal = self.journal
        return all(journal.released(lane) == journal.next_seq(lane) - 1 for lane in LANES)

    def fault(self, invariant: str, text: str) -> None:
        """Note a violation, so that it can be played again."""
        self.violations.append(f"seed {self.seed}, {self.now} ms, {invariant}: {text}")

    def declared(self) -> set[tuple[int, int]]:
        """(lane, seq) of what the pole said that it does not hold."""
        return {
            (lane, seq)
            for lane, first, last, _ in self.ingester.gaps
            for seq in range(first, last + 1)
        }

    def check(self) -> dict[str, int]:
        """Compare with the account; returns how much was declared, silent and repeated."""
        arrived = {(lane, seq): data for (_, lane, seq), data in self.ingester.contents.items()}
        lost = [key for key in self.sealed if key not in arrived]
        declared = self.declared()
        silent = [key for key in lost if key not in declared]
        if silent:
            self.fault("D", f"lost without a word: {silent[:5]}")
        for key, data in self.sealed.items():
            if arrived.get(key, data) != data:
                self.fault("W", f"frame {key} arrived otherwise than it was sealed")
        times = [row[1] for row in self.ingester.rows]
        repeated = len(times) - len(set(times))
        if repeated:
            self.fault("W", f"{repeated} rows stand twice")
        for row in self.ingester.rows:
            if self.made.get(row[1]) != row[4]:
                self.fault("W", f"a row of {row[1]} that nobody measured")
        if self.ingester.conflicts or self.ingester.refused:
            self.fault("W", "the platform refused frames, or had two under one number")
        return {"declared": len(lost) - len(silent), "silent": len(silent), "repeated": repeated}

    def _receive(self, now: int, device: str, lane: int, data: bytes, ask: bool) -> object:
        return self.ingester.receive(now, data, ask)

    def _gap(self, lane: int, gap: tuple[object, ...]) -> bool:
        for seq in range(int(str(gap[0])), int(str(gap[1])) + 1):
            if self.journal.read(lane, seq) is not None:
                self.fault("G", f"declares ({lane}, {seq}), which it holds")
        body = {1: gap[0], 2: gap[1], 3: gap[2], 4: gap[3], 5: gap[4]}
        return self._append(lane, self.sealer.record, lane, frame.GAP, body, self.now)

    def _append(self, lane: int, call: object, *arguments: object) -> bool:
        """Whether the frame is durable; if so, it is entered into the account."""
        seq = self.journal.next_seq(lane)
        try:
            call(*arguments)  # type: ignore[operator]
        except JournalFull:
            self.refused += 1
        except OSError:
            if not self.flash.dead:
                raise
        else:
            data = None if self.flash.dead else self.journal.read(lane, seq)
            if data is not None:
                self.sealed[(lane, seq)] = data
                return True
            if not self.flash.dead:
                self.fault("D", f"frame ({lane}, {seq}) is not held right after it was sealed")
        return False

    def _log(self, topic: str, text: str) -> None:
        pass
