"""The fault plan: 21 faults, each on simulated time and from a seed.

``python -m tests.torture.faults [FAULT [SEED]]`` plays one again, by number or name; without a seed
under seed 1, without a fault all of them. Exits 1 on a violation, 2 for a fault that is none.
"""

import json
import sys
import time
from typing import Any

from tests.torture import faults_bus, faults_network, faults_node, faults_power, faults_storage
from tests.torture.trial import Fault

_PARTS = (faults_power, faults_storage, faults_node, faults_network, faults_bus)
FAULTS: tuple[Fault, ...] = tuple(
    sorted((fault for part in _PARTS for fault in part.FAULTS), key=lambda fault: fault.number)
)


def find(name: str | int) -> Fault:
    """A fault by its number or name. KeyError if there is none."""
    for fault in FAULTS:
        if name in (fault.number, str(fault.number), fault.name):
            return fault
    raise KeyError(name)


def run(name: str | int, seed: int) -> dict[str, Any]:
    """Let one fault happen; its statistics, with what was checked and what was violated."""
    return find(name).trial(seed).statistics()


def main(arguments: list[str]) -> int:
    """See the module."""
    chosen = list(FAULTS)
    if arguments:
        try:
            chosen = [find(arguments[0])]
        except KeyError:
            print(__doc__)
            for fault in FAULTS:
                print(f"{fault.number:4} {fault.letters:5} {fault.name}")
            return 0 if arguments[0] in ("-h", "--help") else 2
    seed = int(arguments[1]) if len(arguments) > 1 else 1
    violations = 0
    for fault in chosen:
        begun = time.process_time()
        found = run(fault.number, seed)
        found["seconds"] = round(time.process_time() - begun, 2)
        print(json.dumps(found))
        violations += len(found["violations"])
    return 1 if violations else 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
