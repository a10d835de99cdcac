"""The journal against a plain model: any order of appends, acknowledgements, cuts and restarts.

Two destinations; a frame is let go of when both have it. ``HYPOTHESIS_PROFILE=deep`` looks longer.
"""

import os
from typing import Any

from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from agent.buffer.journal import Journal
from agent.errors import JournalFull
from agent.reading import LANES
from simulators.world.dice import Dice
from simulators.world.flash import TORN, TORN_MORE, SimFlash

EPOCH = 7
BOTH = (0, 1)
_lanes = st.sampled_from(LANES)
_QUICK = {"max_examples": 60, "stateful_step_count": 40}
_DEEP = {"max_examples": 700, "stateful_step_count": 80}


class SlowFlash(SimFlash):
    """Durable only when the machine says so; at a cut what is programmed stands all the same."""

    def __init__(self, *arguments: Any) -> None:
        super().__init__(*arguments)
        self.asked = self.done = 0

    def sync(self) -> int:
        """See agent.ports.Flash."""
        self.asked += 1
        return self.asked

    def synced(self) -> int:
        """See agent.ports.Flash."""
        return self.done


class JournalMachine(RuleBasedStateMachine):
    """``frames``: what was appended, by (lane, seq); ``durable``: those that may never be lost
    without a word; ``acked``: by destination and lane; ``kept``: those of them that are stored."""

    flash: SlowFlash
    journal: Journal

    def __init__(self) -> None:
        super().__init__()
        self.frames: dict[tuple[int, int], set[bytes]] = {}
        self.durable: dict[tuple[int, int], bytes] = {}
        self.last = [0, 0, 0]
        self.acked = [[0, 0, 0], [0, 0, 0]]
        self.kept = [[0, 0, 0], [0, 0, 0]]
        self.count = 0

    @initialize(sectors=st.integers(5, 9), commit_ms=st.sampled_from([0, 100]))
    def begin(self, sectors: int, commit_ms: int) -> None:
        """A flash that is empty."""
        self.flash = SlowFlash(sectors, 2048)
        self.commit_ms = commit_ms
        self.mount()

    def mount(self) -> None:
        """Start on what is there; mounting twice says the same."""
        seen = []
        for _ in range(2):
            self.journal = Journal(
                self.flash, lambda: 99 if self.durable else EPOCH, 0, 2, self.commit_ms
            )
            self.journal.mount()
            seen.append([self.view(lane) for lane in LANES])
        assert seen[0] == seen[1]
        for lane in LANES:
            for destination in BOTH:
                told = self.journal.released(lane, destination)
                assert told <= self.acked[destination][lane], "nobody acknowledged that"
                assert told >= self.kept[destination][lane], "what was persisted is forgotten"
                self.acked[destination][lane] = told

    def view(self, lane: int) -> tuple[Any, ...]:
        """What a lane says of itself."""
        journal = self.journal
        tails = [journal.tail(lane, destination) for destination in BOTH]
        return tails, journal.next_seq(lane), journal.missing(lane, 0), journal.missing(lane, 1)

    def learn(self) -> None:
        """What is durable now is promised."""
        for lane in LANES:
            for seq in range(self.last[lane] + 1, self.journal.durable(lane) + 1):
                frame = self.journal.read(lane, seq)
                if frame is not None:
                    self.durable[lane, seq] = frame
            self.last[lane] = max(self.last[lane], self.journal.durable(lane))

    @rule(lane=_lanes, size=st.integers(1, 1024), times=st.integers(1, 12))
    def append(self, lane: int, size: int, times: int) -> None:
        """Some frames of a lane: in the end they fill the flash, and evict."""
        tails = [self.journal.tail(each) for each in LANES]
        for _ in range(times):
            seq = self.journal.next_seq(lane)
            self.count += 1
            frame = (b"%d %d %d " % (lane, seq, self.count) + b"." * size)[:1024]
            self.frames.setdefault((lane, seq), set()).add(frame)
            try:
                self.journal.append(lane, seq, frame, self.count)
            except JournalFull:
                assert self.journal.next_seq(lane) == seq
                break
            except OSError:
                if not self.flash.dead:
                    raise
                self.wake()
                return
            if self.flash.dead:  # it went behind the frame, in a write of the cursors
                self.wake()
                return
            assert self.journal.read(lane, seq) == frame
        for above in range(lane):
            assert self.journal.tail(above) == tails[above], "a lower lane displaced a higher one"

    @rule(ms=st.integers(0, 300))
    def commit(self, ms: int) -> None:
        """Sync what is due, and let the worker finish."""
        self.count += ms
        due = self.journal.commit(self.count)
        assert due is None or due > self.count
        self.flash.done = self.flash.asked
        self.learn()

    @rule(lane=_lanes, destination=st.sampled_from(BOTH), back=st.integers(-3, 40))
    def acknowledge(self, lane: int, destination: int, back: int) -> None:
        """An acknowledgement, late, repeated, or of what was never sealed."""
        seq = self.journal.next_seq(lane) - 1 - back
        self.journal.release(lane, seq, destination)
        if back >= 0:
            acked = self.acked[destination]
            acked[lane] = max(acked[lane], seq)
        assert self.journal.released(lane, destination) == self.acked[destination][lane]

    @rule()
    def flush(self) -> None:
        """Persist the cursors, where there is room."""
        before = self.flash.programmed
        self.journal.flush()
        if self.flash.programmed > before and not self.flash.dead:
            self.kept = [list(acked) for acked in self.acked]

    @rule(after=st.integers(1, 12), torn=st.sampled_from(TORN + TORN_MORE), seed=st.integers(0, 99))
    def cut(self, after: int, torn: str, seed: int) -> None:
        """The power goes in one of the next writes."""
        self.flash.dice = Dice(seed)
        self.flash.torn = torn
        self.flash.cut_at = self.flash.operations + after

    @rule(decay=st.booleans())
    @precondition(lambda self: self.flash.operations)
    def restart(self, decay: bool) -> None:
        """The process ends, and another one starts."""
        self.wake(decay)

    def wake(self, decay: bool = True) -> None:
        """The power is back."""
        before = self.flash
        self.flash = SlowFlash(before.sectors, before.sector_size)
        image = before.reboot(decay)
        self.flash.cells, self.flash.weak = image.cells, image.weak
        self.mount()
        self.learn()

    @invariant()
    def nothing_is_lost_without_a_word(self) -> None:
        """Every durable frame is held, acknowledged by both, or told; none is another's."""
        journal = self.journal
        if self.flash.dead:
            return
        assert not self.durable or journal.epoch == EPOCH
        assert self.flash.overwritten == 0
        for lane in LANES:
            assert journal.next_seq(lane) > self.last[lane], "a sequence would be used again"
            settled = journal.settled(lane)
            assert settled == min(self.acked[each][lane] for each in BOTH)
            told = {each: [gap[:2] for gap in journal.missing(lane, each)] for each in BOTH}
            held = []
            for seq in range(settled + 1, journal.next_seq(lane)):
                frame = journal.read(lane, seq)
                if frame is not None:
                    held.append(seq)
                    assert frame in self.frames[lane, seq]
                    assert self.durable.get((lane, seq), frame) == frame
                for each in BOTH:
                    gone = any(first <= seq <= last for first, last in told[each])
                    assert not (gone and frame is not None), "told as missing, and held"
                    if frame is None and seq > self.acked[each][lane]:
                        assert gone or (lane, seq) not in self.durable, "lost without a word"
            walked, seq = [], journal.next_held(lane, settled + 1)
            while seq < journal.next_seq(lane):
                walked.append(seq)
                seq = journal.next_held(lane, seq + 1)
            assert walked == held


TestJournal = JournalMachine.TestCase
TestJournal.settings = settings(
    **(_DEEP if os.environ.get("HYPOTHESIS_PROFILE") == "deep" else _QUICK),
    deadline=None,
    derandomize=os.environ.get("HYPOTHESIS_PROFILE") != "deep",
    database=None,
    phases=(Phase.generate,),  # a state of flash hardly shrinks
    suppress_health_check=list(HealthCheck),
)
