"""A disk that is full, fails or loses a file, under the journal's segment files.

What was reported durable stays; what could not be kept is never reported; it starts, and goes on.
"""

import errno

from agent.errors import JournalFull
from simulators.world.dice import Dice
from tests.torture.file_system import FileSystem
from tests.torture.files import SEGMENTS, after_a_kill, live, opened, process
from tests.torture.life import Promise, Regime, content, violations
from tests.torture.tally import Tally

ALWAYS = 1 << 30
MODES = {  # name: (call, error, times)
    "full once": ("pwrite", errno.ENOSPC, 1),
    "full for a while": ("pwrite", errno.ENOSPC, 30),
    "full for good": ("pwrite", errno.ENOSPC, ALWAYS),
    "a write fails": ("pwrite", errno.EIO, 1),
    "all writes fail": ("pwrite", errno.EIO, ALWAYS),
    "a sync fails": ("fdatasync", errno.EIO, 1),
    "all syncs fail": ("fdatasync", errno.EIO, ALWAYS),
    "some reads fail": ("pread", errno.EIO, 3),
    "all reads fail": ("pread", errno.EIO, ALWAYS),
    "no file may be opened": ("open", errno.EMFILE, 20),
    "a file vanishes": ("", 0, 0),
}
TRIALS = 60  # of every mode
PLAN = Regime("disk", steps=90, acks=13, behind=40, lanes=(1, 0, 1, 2), longest=700)


def explore(seed: int, tally: Tally, trials: int = TRIALS) -> None:
    """So many trials of every mode."""
    for trial in range(trials * len(MODES)):
        mode = list(MODES)[trial % len(MODES)]
        name = f"disk/{trial}"
        if tally.wanted(name):
            system = FileSystem()
            found = _trial(system, mode, Dice(seed * 7919 + trial), seed + trial)
            tally.saw(system.image())
            tally.found(f"{name} ({mode})", found)


def _trial(system: FileSystem, mode: str, dice: Dice, seed: int) -> list[str]:
    promise = Promise()
    with process(system) as flash:
        journal = opened(flash, promise)
        call, code, system.times = MODES[mode]
        system.refuse = {call: code}
        system.after = dice.between(1, 200)
        for part in range(9):
            try:
                live(journal, flash, promise, PLAN, seed + part, PLAN.steps // 9)
            except JournalFull:
                pass
            except OSError:
                if flash._failed is not None:
                    break  # never durable: the agent ends
        system.refuse = {}
    if not call:
        return _without(system, promise, dice.below(SEGMENTS))
    found = after_a_kill(system, promise)
    return found + _goes_on(system, promise, seed)


def _goes_on(system: FileSystem, promise: Promise, seed: int) -> list[str]:
    """Behind the fault the journal takes frames again."""
    with process(system) as flash:
        journal = opened(flash, promise)
        try:
            journal.append(0, journal.next_seq(0), content(0, journal.next_seq(0), seed, 50), 1)
            flash.settle()
        except (OSError, JournalFull) as error:
            return [f"L: does not go on: {error}"]
        if journal.durable(0) != journal.next_seq(0) - 1:
            return ["L: nothing becomes durable any more"]
    return []


def _without(system: FileSystem, promise: Promise, number: int) -> list[str]:
    """One segment's file is gone at the next start."""
    system.unlink(f"segment-{number}")
    with process(system) as flash:
        found = violations(opened(flash, promise), promise, damaged=True)
    if number == SEGMENTS - 1:
        # The last one looks like one that a larger size asks for: a sequence may come back then.
        found = [text for text in found if "again" not in text]
    return found
