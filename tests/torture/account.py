"""An independent account of one pole while it lives: what it was told is durable, what its sensors
measured, what the platform got. See tests.torture.invariants for what is compared afterwards.
"""

from collections import defaultdict
from typing import Any, NamedTuple

from agent import frame, frame_reader
from agent.buffer.journal import Journal
from agent.errors import AgentError
from agent.protocols import cose
from agent.reading import UNSYNCED
from simulators.world.ingester import Ingester

INVARIANTS = "DWOGLSB"
SLACK = 1500  # ms; an exchange that outlasts its slot answers into the next one
Key = tuple[int, int, int]  # epoch, lane, seq


class Sealed(NamedTuple):
    """A frame that the journal took: in which life and when, for which uptime, at which UTC less
    uptime."""

    data: bytes
    life: int
    at: int
    uptime: int
    offset: int


def instants(got: Any, sealed: Sealed) -> list[int]:
    """When the rows of a frame were due, in uptime."""
    offset = 0 if got.time_quality == UNSYNCED else sealed.offset
    return [time - offset for time in got.times]


class Witness(Journal):  # type: ignore[misc]
    """The journal, which tells the account what goes in and what is let go of."""

    def __init__(self, account: "Account", *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        self.account = account

    def append(self, lane: int, seq: int, data: bytes, uptime: int) -> None:
        """See Journal."""
        self.account.tries(self, lane, seq, data, uptime)
        super().append(lane, seq, data, uptime)
        self.account.settle(self)

    def release(self, lane: int, seq: int, destination: int = 0) -> None:
        """See Journal."""
        super().release(lane, seq, destination)
        self.account.released(self.epoch, lane, self.released(lane, destination))


class Account:
    """Of one pole and one platform. ``looked``: how many things each invariant was compared on."""

    def __init__(self, ingester: Ingester) -> None:
        self.ingester = ingester
        self.now = 0
        self.life = 0
        self.offset = 0  # UTC less uptime, as the pole knows it
        self.every_ms = 0  # 0: rows have no slots
        self.heaviest = 0  # what the agent held at the most
        self.decimates = False
        self.refusals = False  # somebody sends the platform what it must refuse
        self.violations: list[str] = []
        self.looked = dict.fromkeys(INVARIANTS, 0)
        self.sealed: dict[Key, Sealed] = {}
        self.tried: dict[Key, Sealed] = {}
        self.declared: set[Key] = set()  # what the platform was told that the pole does not hold
        self.measured: dict[tuple[str, str], list[tuple[int, int]]] = defaultdict(list)
        self.epochs: list[int] = []
        self._waiting: list[Key] = []  # taken, and not durable yet
        self._highest: dict[tuple[int, int], int] = defaultdict(int)
        self._released: dict[tuple[int, int], int] = defaultdict(int)
        self._slots: dict[tuple[int, bytes], list[int]] = defaultdict(list)

    def fault(self, invariant: str, text: str) -> None:
        """Note a violation."""
        self.violations.append(f"{invariant}: {text} ({self.now} ms)")

    # While it lives.

    def starts(self, journal: Journal) -> None:
        """The pole starts again: what was not durable may be gone."""
        self.life += 1
        self._waiting = []
        self.looked["S"] += 1
        if journal.epoch not in self.epochs:
            self.epochs.append(journal.epoch)

    def tries(self, journal: Journal, lane: int, seq: int, data: bytes, uptime: int) -> None:
        """A frame is about to be stored."""
        key = (journal.epoch, lane, seq)
        self.looked["O"] += 1
        if seq <= self._highest[key[:2]]:
            self.fault("O", f"sequence {seq} of lane {lane} is used again")
        got = frame_reader.decode(cose.parse1(data).payload)
        if got.kind == frame.GAP:
            self._declares(journal, lane, got.body)
        self.tried[key] = Sealed(data, self.life, self.now, uptime, self.offset)
        self._waiting = [old for old in self._waiting if old != key] + [key]

    def settle(self, journal: Journal) -> None:
        """What is durable by now counts."""
        waiting = []
        for key in self._waiting:
            _, lane, seq = key
            if journal.next_seq(lane) <= seq or journal.durable(lane) < seq:
                waiting.append(key)
                continue
            self.sealed[key] = self.tried[key]
            self._highest[key[:2]] = max(seq, self._highest[key[:2]])
            if self.every_ms:
                self._slot(key)
        self._waiting = waiting

    def released(self, epoch: int, lane: int, seq: int) -> None:
        """Only what the platform stored, or was told that it is gone, may be let go of."""
        first = self._released[epoch, lane] + 1
        for each in range(first, seq + 1):
            key = (epoch, lane, each)
            self.looked["D"] += 1
            if key in self.sealed and not (key in self.ingester.contents or key in self.declared):
                self.fault("D", f"lets go of ({lane}, {each}), which the platform has not")
        self._released[epoch, lane] = max(first - 1, seq)

    def receive(self, now: int, data: bytes, ask: bool) -> list[bytes]:
        """The platform gets these frames: they were durable before they were sent."""
        try:
            parts = cose.split(data)
            frames = [frame_reader.decode(cose.parse1(part).payload) for part in parts]
        except AgentError:
            frames = []  # what cannot be read is the platform's to refuse
        for got, part in zip(frames, parts if frames else [], strict=True):
            if got.kind != frame.HOLDINGS:
                self._sent((got.epoch, got.lane, got.seq), part)
        answers: list[bytes] = self.ingester.receive(now, data, ask)
        for got in frames:
            if got.kind == frame.GAP and (got.epoch, got.lane, got.seq) in self.ingester.contents:
                first, last = got.body[1], got.body[2]
                self.declared |= {(got.epoch, got.lane, seq) for seq in range(first, last + 1)}
        return answers

    def _sent(self, key: Key, part: bytes) -> None:
        tried = self.tried.get(key)
        if key in self.sealed or tried is None:
            return
        if tried.data == part and tried.life < self.life:
            self.sealed[key] = tried  # whole on the flash although the power went
            self._highest[key[:2]] = max(key[2], self._highest[key[:2]])
        else:
            self.fault("D", f"{key[1:]} was sent before it was durable")

    def _declares(self, journal: Journal, lane: int, body: dict[int, Any]) -> None:
        """A gap tells only what is not held, and a span that covers what is gone."""
        lost = []
        for seq in range(body[1], body[2] + 1):
            self.looked["G"] += 1
            if journal.read(lane, seq) is not None:
                self.fault("G", f"declares ({lane}, {seq}), which it holds")
            if (journal.epoch, lane, seq) in self.sealed:
                lost.append(self.sealed[journal.epoch, lane, seq].uptime)
        begin, end = body[4], body[5]
        early = begin is not None and begin[1] > min(lost, default=0)
        late = end is not None and end[1] < max(lost, default=0)
        if lost and (early or late):
            self.fault("G", f"a gap of {min(lost)} to {max(lost)} ms is told as {begin} to {end}")

    def _slot(self, key: Key) -> None:
        """L: the rows of a life follow each other slot by slot."""
        got = frame_reader.decode(cose.parse1(self.sealed[key].data).payload)
        if got.kind != frame.ROWS:
            return
        past = self._slots[self.life, got.schema_id]
        for at in instants(got, self.sealed[key]):
            self.looked["L"] += 1
            step = at - past[-1] if past else self.every_ms
            if step <= 0:
                self.fault("O", f"the row of {at} ms comes after that of {past[-1]} ms")
            elif step != self.every_ms and not self.decimates:
                self.fault("L", f"no row for {step // self.every_ms - 1} slots before {at} ms")
            past.append(at)
