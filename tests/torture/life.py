"""A device's life over a journal, what the device was told in it, and what must hold afterwards.

The oracle knows the public API alone: it remembers what was appended and acknowledged.
"""

import hashlib
from dataclasses import dataclass, field

from agent.buffer.journal import Journal
from agent.errors import JournalFull
from simulators.world.dice import Dice
from simulators.world.flash import SimFlash

EPOCH = 7
LANES = (0, 1, 2)


def content(lane: int, seq: int, life: int, size: int) -> bytes:
    """The frame of a sequence: every life writes others, so that none passes for another."""
    digest = hashlib.sha256(b"%d %d %d" % (lane, seq, life)).digest()
    return (digest * (size // len(digest) + 1))[:size]


@dataclass
class Promise:
    """What the device was told. ``stored``: frames by (lane, seq) that are durable; ``tried``:
    those whose append was begun; ``last``: the highest durable sequence by lane; ``acked``,
    ``kept``: the highest release, and the highest persisted."""

    stored: dict[tuple[int, int], bytes] = field(default_factory=dict)
    tried: dict[tuple[int, int], list[bytes]] = field(default_factory=dict)
    last: list[int] = field(default_factory=lambda: [0, 0, 0])
    acked: list[int] = field(default_factory=lambda: [0, 0, 0])
    kept: list[int] = field(default_factory=lambda: [0, 0, 0])

    def copy(self) -> "Promise":
        """A promise that the next life may go on with."""
        tried = {key: list(frames) for key, frames in self.tried.items()}
        return Promise(dict(self.stored), tried, list(self.last), list(self.acked), list(self.kept))


@dataclass(frozen=True)
class Regime:
    """One way to live: ``steps`` appends of up to ``longest`` bytes. ``acks``: an acknowledgement
    every so many appends, 0 for never, of the last but up to ``behind``; ``lanes`` are taken in
    turn; ``remount``: a restart after so many steps, 0 for none; ``worn``: a sector that takes no
    program."""

    name: str
    sectors: int = 8
    size: int = 2048
    unit: int = 4
    steps: int = 90
    acks: int = 0
    lanes: tuple[int, ...] = (1,)
    remount: int = 0
    longest: int = 210
    behind: int = 14
    worn: int | None = None


REGIMES = (
    Regime("no acknowledgements", sectors=16),
    Regime("acknowledged often", acks=3),
    Regime("small, with evictions", sectors=5, steps=110, lanes=(1, 1, 0, 1, 2)),
    Regime(
        "evictions behind releases",
        sectors=6,
        steps=130,
        acks=23,
        behind=30,
        lanes=(1, 1, 1, 2),
        remount=60,
    ),
    Regime("three lanes", sectors=10, acks=7, lanes=(1, 0, 2)),
    Regime("units of 16", unit=16, acks=9, lanes=(1, 1, 0)),
    Regime("pages of 256", sectors=10, size=4096, unit=256, acks=9, lanes=(1, 0)),
    Regime("a remount between", acks=11, lanes=(1, 2, 1), remount=40),
    Regime("frames of three pages", sectors=10, size=4096, acks=6, steps=50, longest=900),
    Regime("a sector retires", acks=5, lanes=(1, 0), worn=2),
)


def opened(flash: SimFlash, epoch: int = EPOCH) -> Journal:
    """A journal, mounted."""
    journal = Journal(flash, lambda: epoch)
    journal.mount()
    return journal


def live(
    journal: Journal, flash: SimFlash, promise: Promise, regime: Regime, life: int, steps: int
) -> None:
    """Append and acknowledge; OSError when the power goes, the promise then says what was told.
    AssertionError: frames went that nobody acknowledged."""
    dice = Dice(life)
    for step in range(steps):
        lane = regime.lanes[step % len(regime.lanes)]
        size = 40 + dice.below(regime.longest - 40)
        frame = content(lane, journal.next_seq(lane), life, size)
        append(journal, promise, lane, frame, step)
        if regime.acks and step % regime.acks == regime.acks - 1:
            seq = max(0, promise.last[lane] - dice.below(regime.behind))
            acknowledge(journal, flash, promise, lane, seq)


def append(journal: Journal, promise: Promise, lane: int, frame: bytes, step: int) -> None:
    """Append, and note what the caller was told. A frame that was refused may have become whole
    all the same when the power went. AssertionError: a frame that matters more had to go."""
    seq = journal.next_seq(lane)
    promise.tried.setdefault((lane, seq), []).append(frame)
    tails = [journal.tail(each) for each in LANES]
    try:
        journal.append(lane, seq, frame, step)
    except JournalFull:
        return
    finally:
        for each in LANES:
            lower = [less for less in LANES if less > each and _sectors(journal, less) > 1]
            if journal.tail(each) > tails[each] and (each < lane or lower):
                raise AssertionError(f"P: a frame of lane {lane} displaced those of lane {each}")
    if journal.durable(lane) >= seq:
        promise.stored[lane, seq] = frame
        promise.last[lane] = seq


def _sectors(journal: Journal, lane: int) -> int:
    return bytes(journal.sectors.lane).count(lane)


def acknowledge(journal: Journal, flash: SimFlash, promise: Promise, lane: int, seq: int) -> None:
    """Release and flush. What flush programmed is persisted. An acknowledgement of what was never
    sealed changes nothing."""
    promise.acked[lane] = max(promise.acked[lane], seq)
    tail = journal.tail(lane)
    journal.release(lane, journal.next_seq(lane) + 3)
    journal.release(lane, seq)
    if journal.tail(lane) > max(tail, promise.acked[lane] + 1):
        raise AssertionError(f"D: lane {lane} let go of what nobody acknowledged")
    before = flash.programmed
    try:
        journal.flush()
    except JournalFull:
        return  # losing one only causes a redelivery
    if flash.programmed > before:
        promise.kept = [journal.released(each) for each in LANES]


def violations(journal: Journal, promise: Promise, damaged: bool = False) -> list[str]:
    """What does not hold, each with its invariant's letter. damaged: frames may be lost, and only
    reading finds out which."""
    found = []
    if promise.stored and journal.epoch != EPOCH and not damaged:
        found.append("D: another epoch")
    for lane in LANES:
        if journal.next_seq(lane) <= promise.last[lane]:
            found.append(f"D: lane {lane} would use sequence {journal.next_seq(lane)} again")
        if not damaged and not promise.kept[lane] <= journal.released(lane):
            found.append(f"D: lane {lane} forgot the persisted release {promise.kept[lane]}")
        if journal.released(lane) > promise.acked[lane]:
            found.append(f"D: lane {lane} released what nobody acknowledged")
        found += _frames(journal, promise, lane, damaged)
    used, whole = journal.used()
    if not 0 <= used <= whole:
        found.append(f"B: {used} of {whole} bytes used")
    return found


def _frames(journal: Journal, promise: Promise, lane: int, damaged: bool) -> list[str]:
    """W, O, D and G of one lane's frames."""
    found = []
    gaps = [part[:2] for part in journal.missing(lane)]
    end = journal.next_seq(lane)
    held = []
    for seq in range(promise.acked[lane] + 1, end):
        frame = journal.read(lane, seq)
        told = any(first <= seq <= last for first, last in gaps)
        stored = promise.stored.get((lane, seq))
        if frame is None:
            if stored is not None and not told and not damaged:
                found.append(f"D: frame {lane}/{seq} is lost, and nobody is told")
            continue
        held.append(seq)
        if told and not damaged:
            found.append(f"G: frame {lane}/{seq} is held and told as missing")
        if frame not in ([stored] if stored is not None else promise.tried.get((lane, seq), [])):
            found.append(f"W: frame {lane}/{seq} has wrong content")
    walked = []
    seq = journal.next_held(lane, promise.acked[lane] + 1)
    while seq < end:
        walked.append(seq)
        seq = journal.next_held(lane, seq + 1)
    if walked != held:
        found.append(f"O: lane {lane} is walked as {walked[:9]}, held are {held[:9]}")
    return found
