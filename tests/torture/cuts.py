"""Power cuts: a life's trace is replayed up to every program and erase, which is then torn.

Behind each cut: recover, check, live on, reboot, check again. Some second lives are cut too; deep:
each of them, at every operation.
"""

from collections.abc import Iterator

from simulators.world.dice import Dice
from simulators.world.flash import TORN, TORN_MORE, SimFlash
from tests.torture.life import EPOCH, Promise, Regime, live, opened, violations
from tests.torture.tally import Tally

WAYS = TORN + TORN_MORE
MORE = 12  # appends of the life behind a cut
PAIRS = 3  # one in so many first cuts is followed by a second one
_Operation = tuple[int, bytes, Promise]


class Traced(SimFlash):
    """Notes every operation: where, what it leaves, and the promise as it stood before."""

    def __init__(self, regime: Regime, promise: Promise) -> None:
        super().__init__(regime.sectors, regime.size, regime.unit)
        self.promise = promise
        self.trace: list[_Operation] = []

    def _change(self, at: int, after: bytes) -> None:
        self.trace.append((at, bytes(after), self.promise.copy()))
        super()._change(at, after)


def trace(regime: Regime, seed: int) -> list[_Operation]:
    """The operations of one whole life."""
    promise = Promise()
    flash = Traced(regime, promise)
    if regime.worn is not None:
        flash.worn = {regime.worn: "program"}
    first = regime.remount or regime.steps
    live(opened(flash), flash, promise, regime, seed, first)
    live(opened(flash, 1), flash, promise, regime, seed + 1, regime.steps - first)
    if flash.overwritten:
        raise AssertionError(f"{regime.name}: programmed what was not erased")
    return flash.trace


def images(
    regime: Regime, seed: int, stride: int
) -> Iterator[tuple[int, bytes, int, bytes, Promise]]:
    """(operation, cells before it, where, what it would leave, promise) of every stride-th one."""
    cells = bytearray(b"\xff" * (regime.sectors * regime.size))
    for number, (at, after, promise) in enumerate(trace(regime, seed)):
        if number % stride == seed % stride:
            yield number, bytes(cells), at, after, promise
        cells[at : at + len(after)] = after


def explore(regime: Regime, seed: int, tally: Tally, stride: int = 1, deep: bool = False) -> None:
    """Cut at every stride-th operation in every way; deep: again at each operation after it."""
    try:
        cut_points = list(images(regime, seed, stride))
    except AssertionError as error:
        tally.found(f"{regime.name}/uncut", [str(error)])
        return
    for number, cells, at, after, promise in cut_points:
        tally.cut_points += 1
        for way, torn in enumerate(WAYS):
            flash = SimFlash(regime.sectors, regime.size, regime.unit, bytearray(cells))
            if regime.worn is not None:
                flash.worn = {regime.worn: "program"}
            flash.dice = Dice(seed * 1000 + number)
            flash.torn = torn
            flash.interrupt(at, after)
            for decay in (False, True) if flash.weak else (False,):
                name = f"{regime.name}/{number}/{torn}" + (", decayed" if decay else "")
                reborn = flash.reboot(decay)
                alive = _behind(reborn, promise, regime, seed, 0, name, tally)
                cut = 1 + (number + way) % 23
                if not deep and (number + way) % PAIRS == 0:
                    _behind(reborn, promise, regime, seed, cut, name, tally)
                cut = 0
                while deep and alive:
                    cut += 1
                    alive = _behind(reborn, promise, regime, seed, cut, name, tally)


def _behind(
    image: SimFlash, told: Promise, regime: Regime, seed: int, cut: int, name: str, tally: Tally
) -> bool:
    """Recover, check, live on (cut: up to that operation), reboot, check; False once a cut lies
    behind the end of the second life."""
    name += f"/{cut}"
    if not tally.wanted(name):
        return bool(cut < 99)
    flash, promise = image.reboot(), told.copy()
    flash.dice = Dice(seed + cut)
    flash.cut_at, flash.torn = cut or None, WAYS[(cut + len(name)) % len(WAYS)]
    tally.saw(flash.cells)
    epoch = EPOCH if not promise.stored else 99
    journal = opened(flash, epoch)
    found = violations(journal, promise)
    try:
        live(journal, flash, promise, regime, seed + 2, MORE)
    except AssertionError as error:
        found.append(str(error))
    except OSError:
        if not flash.dead:
            raise
    if flash.overwritten:
        found.append("D: programmed what was not erased")
    last = flash.reboot(decay=True)
    tally.saw(last.cells)
    epoch = EPOCH if not promise.stored else 99
    tally.found(name, found or violations(opened(last, epoch), promise))
    return not cut or flash.dead
