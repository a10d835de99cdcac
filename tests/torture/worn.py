"""Worn sectors: operations that do nothing or fail, at once, once, or after so many erases.

Every frame that was reported durable is readable, and stays so behind a restart.
"""

from agent.errors import JournalFull
from simulators.world.dice import Dice
from simulators.world.flash import SimFlash
from tests.torture.life import Promise, Regime, append, content, live, opened, violations
from tests.torture.tally import Tally

MODES = ("program", "erase", "error", "once", "endurance", "read", "half")
AGED = Regime("worn", sectors=12, size=2048, steps=260, acks=6, lanes=(1, 0, 1))
TRIALS = 60  # of every mode


def explore(seed: int, tally: Tally, trials: int = TRIALS) -> None:
    """So many trials of every mode, one to three sectors each."""
    for trial in range(trials * len(MODES)):
        mode = MODES[trial % len(MODES)]
        name = f"worn/{trial}"
        if not tally.wanted(name):
            continue
        dice = Dice(seed * 7919 + trial)
        flash = SimFlash(AGED.sectors, AGED.size, AGED.unit)
        wear(flash, mode, dice)
        found = _live(flash, mode, seed + trial)
        tally.saw(flash.cells)
        tally.found(f"{name} ({mode})", found)


def wear(flash: SimFlash, mode: str, dice: Dice) -> None:
    """Wear one to three sectors; those that cannot be erased hold old bytes."""
    for _ in range(dice.between(1, 3)):
        sector = dice.below(flash.sectors)
        if mode == "once":
            flash.failing += (dice.between(1, 200),)
        elif mode == "endurance":
            flash.endurance[sector] = dice.between(1, 2)
        else:
            flash.worn[sector] = mode
            if mode in ("erase", "error"):
                at = sector * flash.sector_size
                flash.cells[at : at + flash.sector_size] = dice.take(64) * (flash.sector_size // 64)


def _live(flash: SimFlash, mode: str, seed: int) -> list[str]:
    promise = Promise()
    journal = opened(flash)
    try:
        live(journal, flash, promise, AGED, seed, AGED.steps)
    except (OSError, JournalFull) as error:
        return [f"L: {error}"]
    except AssertionError as error:
        return [str(error)]
    found = violations(journal, promise)
    again = opened(flash.reboot(), 7)
    found += violations(again, promise)
    append(again, promise, 1, content(1, again.next_seq(1), seed + 1, 50), 1)
    return found + violations(again, promise)
