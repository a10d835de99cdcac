"""Power cuts, one after another, at every program and erase of the state beside the journal.

Behind each cut weak cells may still read right, and wrong after the next: so a value is lost only
where two cuts meet.
"""

import sys

from agent.buffer.state import StateStore
from simulators.world.dice import Dice
from simulators.world.flash import TORN, TORN_MORE, SimFlash

WAYS = TORN + TORN_MORE
FULL = sys.implementation.name == "cpython"
PUTS = 9
CUTS = 24  # operations of a first life that are cut
SECOND = 6  # of a second one: nothing, the start, and what follows


def value_of(life, number):
    """Some fifty bytes: three of them fill a sector."""
    return b"life %d, state %d" % (life, number) * 3


def live(flash, life, cut, way, may_be):
    """One life up to a cut; what the next one may find. may_be: what this one may find."""
    flash.cut_at, flash.torn = cut or None, WAYS[way % len(WAYS)]
    store = StateStore(flash)
    found = store.get()
    assert found in may_be, (life, found, may_be)
    if flash.dead:
        return may_be  # it has not even started
    may_be = [found]
    try:
        for number in range(PUTS):
            may_be = [store.get(), value_of(life, number)]
            store.put(may_be[1])
            may_be = may_be[1:]
    except OSError:
        assert flash.dead
    assert flash.overwritten == 0, "programmed what was not erased"
    return may_be


def sweep(stride):
    """How many states were found whole: two lives that are cut in every way, and a third."""
    states = 0
    for cut in range(1, CUTS + 1, stride):
        for way in range(len(WAYS)):
            for decay in (False, True):
                for second in range(SECOND):
                    flash = SimFlash(2, 256)
                    flash.dice = Dice(cut * 100 + way * 10 + second)
                    may_be = live(flash, 1, cut, way, [None])
                    for life in (2, 3):
                        dice = flash.dice
                        flash = flash.reboot(decay)
                        flash.dice = dice
                        may_be = live(flash, life, second, way + second + life, may_be)
                    assert StateStore(flash.reboot(True)).get() in may_be, (cut, way, second)
                    states += 1
    return states


def test_state_survives_one_cut_after_another():
    states = sweep(1 if FULL else 5)
    assert states > (2800 if FULL else 500), states
