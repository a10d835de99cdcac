"""Bit rot in full images: flipped bits, wiped pages, zeroed pages, wiped sectors.

The journal starts always; no frame is ever wrong; a damage costs at most what it touched.
"""

from agent.errors import JournalFull
from simulators.world.dice import Dice
from simulators.world.flash import PAGE, SimFlash
from tests.torture.life import LANES, Promise, Regime, live, opened, violations
from tests.torture.tally import Tally

FULL = Regime("full", sectors=12, size=2048, steps=110, acks=13, lanes=(1, 1, 0, 2))
HEAD = 16  # bytes of a record before its frame
HEADER = 72  # bytes of a sector before its records
KINDS = ("bit", "bit of a header", "wiped page", "zeroed page", "wiped sector")
TRIALS = 400  # of every kind


def damage(flash: SimFlash, kind: str, dice: Dice) -> tuple[int, int]:
    """Damage one place that is not blank; (first, last + 1) of the bytes touched."""
    size = {"bit": 1, "bit of a header": 1, "wiped sector": flash.sector_size}.get(kind, PAGE)
    while True:
        at = dice.below(len(flash.cells) // size) * size
        if kind == "bit of a header":
            at = at // flash.sector_size * flash.sector_size + dice.below(HEADER)
        if flash.cells[at : at + size] != b"\xff" * size:
            break
    if size == 1:
        flash.cells[at] ^= 1 << dice.below(8)
    else:
        flash.cells[at : at + size] = (b"\0" if kind == "zeroed page" else b"\xff") * size
    return at, at + size


def explore(seed: int, tally: Tally, trials: int = TRIALS) -> None:
    """So many trials of every kind."""
    promise = Promise()
    whole = SimFlash(FULL.sectors, FULL.size, FULL.unit)
    live(opened(whole), whole, promise, FULL, seed, FULL.steps)
    intact = opened(whole.reboot())
    held = {key for key in promise.stored if intact.read(*key) is not None}
    for trial in range(trials * len(KINDS)):
        kind = KINDS[trial % len(KINDS)]
        dice = Dice(seed * 100003 + trial)
        name = f"rot/{trial}"
        if tally.wanted(name):
            flash = whole.reboot()
            first, last = damage(flash, kind, dice)
            tally.saw(flash.cells)
            found = _check(flash, promise, held, whole, kind, first, last)
            tally.found(f"{name} ({kind})", found)


def _check(
    flash: SimFlash,
    promise: Promise,
    held: set[tuple[int, int]],
    whole: SimFlash,
    kind: str,
    first: int,
    last: int,
) -> list[str]:
    try:
        journal = opened(flash)
    except (OSError, ValueError, JournalFull) as error:
        return [f"S: does not start: {error!r}"]
    found = violations(journal, promise, damaged=True)
    if kind.startswith("wiped"):
        # What looks erased looks unwritten: a sequence may come back then.
        found = [text for text in found if "again" not in text]
    header = first % flash.sector_size < HEADER  # a header costs its sector
    begin, end = first, last
    if header:
        begin = first // flash.sector_size * flash.sector_size
        end = max(last, begin + flash.sector_size)
    for lane, seq in sorted(held):
        frame = promise.stored[lane, seq]
        at = whole.cells.find(frame)
        touched = at - HEAD < end and at + len(frame) > begin
        if not touched and journal.read(lane, seq) is None:
            found.append(f"D: frame {lane}/{seq} at {at} is lost, damaged is {begin} to {end}")
    try:
        for lane in LANES:
            journal.append(lane, journal.next_seq(lane), b"afterwards", 1)
    except JournalFull:
        pass
    except OSError as error:
        found.append(f"S: does not go on: {error}")
    return found
