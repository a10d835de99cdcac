"""The parts of the torture that explore states of the flash, by name.

``python -m tests.torture.parts PART [SEED]``: a selection of a part, or of all regimes ("cuts"), up
to a violation, which is printed; exits 1 then.
"""

import sys

from tests.torture import cuts, disk_faults, files, rot, worn
from tests.torture.life import REGIMES
from tests.torture.tally import Tally

_REGIMES = {regime.name: regime for regime in REGIMES}
NAMES = (*_REGIMES, "files", "disk", "rot", "worn")
QUICK = 5  # one in so many operations


def explore(name: str, seed: int, tally: Tally, deep: bool = False, quick: bool = False) -> None:
    """One part, whole; quick: a selection of it."""
    if name == "rot":
        rot.explore(seed, tally)
    elif name == "worn":
        worn.explore(seed, tally)
    elif name == "disk":
        disk_faults.explore(seed, tally)
    elif name == "files":
        files.explore(seed, tally, QUICK if quick else 1)
    else:
        cuts.explore(_REGIMES[name], seed, tally, QUICK if quick else 1, deep)


def play(name: str, seed: int, tally: Tally) -> None:
    """What the tally wants: one state again, or the selection of a part ("cuts": all regimes)."""
    state = tally.only.partition("/")[0]
    chosen = [state] if state else [name]
    if name == "cuts":
        chosen = list(_REGIMES)
    for part in chosen:
        if not tally.done():
            explore(part, seed, tally, deep=bool(state), quick=not state)


def main(arguments: list[str]) -> int:
    """See the module."""
    tally = Tally(stop=True)
    play(arguments[0], int(arguments[1]) if len(arguments) > 1 else 1, tally)
    for text in tally.violations:
        print(text)
    return 1 if tally.violations else 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
