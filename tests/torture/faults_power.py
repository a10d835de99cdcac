"""Power cuts: 1 and 2 of the plan."""

from simulators.world.flash import TORN, TORN_MORE, SimFlash
from tests.torture.station import MINUTE, Station
from tests.torture.trial import Fault, Trial

WAYS = TORN + TORN_MORE
LIFE = 12 * MINUTE


def small(sectors: int = 10) -> SimFlash:
    """A flash that a few minutes fill."""
    return SimFlash(sectors, sector_size=2048)


def _life(pole: Station) -> None:
    """Twelve minutes: an outage that the flash is too small for, an alarm, what drains."""
    end = pole.now + LIFE
    outage = pole.network.outage(pole.now + 3 * MINUTE, pole.now + 8 * MINUTE)
    pole.run(outage[0] + 2 * MINUTE)
    pole.level.add = 1000
    pole.run(end)


def _cut(trial: Trial, number: int, torn: str, again: int) -> None:
    """A life whose operation ``number`` is torn, and operation ``again`` of the next life, too."""
    pole = trial.pole(flash=small())
    pole.flash.dice, pole.flash.torn, pole.flash.cut_at = pole.dice, torn, number
    while pole.cuts == 0 and pole.now < LIFE:
        pole.run(pole.now + MINUTE // 2)
        if pole.now >= 5 * MINUTE:
            pole.level.add = 1000
    cuts = pole.cuts
    pole.flash.dice, pole.flash.torn, pole.flash.cut_at = pole.dice, torn, again or None
    _life(pole)
    trial.bites(cuts=cuts)
    if again:
        trial.bites(second_cuts=pole.cuts - cuts)
    trial.settle(pole, f"step {number}, {torn}, then {again}")


def power_cuts(trial: Trial) -> None:
    """At every write and erase of a life; in part of the next lives, too."""
    pole = trial.pole(flash=small())
    _life(pole)
    for number in range(1, pole.flash.operations + 1):
        again = 1 + number % 17 if number % 2 else 0
        _cut(trial, number, WAYS[(number + trial.seed) % len(WAYS)], again)


def torn_writes(trial: Trial) -> None:
    """Every way to tear, a few operations each, with bits that fall later; then a Linux file whose
    unsynced pages reach the disk in any order."""
    for way, torn in enumerate(WAYS):
        for step in range(2):
            _cut(trial, 3 + (way * 7 + step * 13 + trial.seed * 5) % 40, torn, 0)
    pole = trial.pole_on_disk()
    pole.flash.sync_ms = 400
    outage = pole.network.outage(pole.now)
    for _ in range(12):
        # From frame to frame, so that some cuts fall between a write and its sync.
        sealed = pole.sealer.sealed
        while pole.sealer.sealed == sealed:
            pole.run(pole.now + 1)
        pole.run(pole.now + pole.dice.between(0, 300))
        pole.cut()
        pole.run(pole.now + MINUTE)
    outage[1] = pole.now
    trial.bites(lost_pages=pole.flash.lost_writes)
    trial.settle(pole)


FAULTS = (
    Fault(1, "power cut at each write", "DWOS", power_cuts),
    Fault(2, "torn write", "DW", torn_writes),
)
