"""``python -m tests.torture``: cut, wear, rot and break; one JSON line at the end.

Exits 1 on a violation, a surviving mutant or a fault that is missing. Whatever it found is named
so that ``--seed N --replay NAME`` plays that one state again.
"""

import argparse
import json
import multiprocessing
import os

from tests.torture import faults, mutants, parts
from tests.torture.tally import Tally
from tests.torture.work import Job, Result, work

FAULTS = 21


def jobs(only: str, seed: int, deep: bool) -> list[Job]:
    """All there is to do, or one sort of it, or what has this name; the longest first."""
    found = [Job("part", name, seed, deep) for name in parts.NAMES]
    found += [Job("fault", each.name, seed) for each in faults.FAULTS]
    found += [Job("mutant", each.name, seed) for each in mutants.MUTANTS]
    return [job for job in found if only in ("", job.kind + "s", job.name)]


def main() -> int:
    """Run what was asked for."""
    parser = argparse.ArgumentParser(prog="python -m tests.torture", description=__doc__)
    parser.add_argument("--deep", action="store_true", default=bool(os.environ.get("DEEP")),
                        help="all pairs of cuts")  # fmt: skip
    parser.add_argument("--only", default="", help="parts, faults, mutants, or one by its name")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--replay", default="", help="a state, as a violation names it")
    given = parser.parse_args()
    print(f"seed {given.seed}", flush=True)
    total = Tally(given.replay)
    if given.replay.startswith("fault: "):
        given.only, given.replay = given.replay.removeprefix("fault: "), ""
    todo = jobs(given.only, given.seed, given.deep)
    if given.replay:
        todo = []
        parts.play("", given.seed, total)
    results = [] if not todo else list(_run(todo))
    for result in results:
        total.add(result.tally)
    for text in total.violations:
        print(f"seed {given.seed}: {text}")
    return _conclude(total, results, whole=not (given.only or total.only))


def _run(todo: list[Job]) -> list[Result]:
    found = []
    with multiprocessing.get_context("spawn").Pool(2) as pool:
        for result in pool.imap_unordered(work, todo):
            print(result.text, flush=True)
            found.append(result)
    return found


def _conclude(total: Tally, results: list[Result], whole: bool) -> int:
    """Print the figures; the exit code."""
    kinds = [result.job.kind for result in results]
    figures = {
        "cut_points": total.cut_points,
        "states": len(total.states),
        "violations": len(total.violations),
        "faults": kinds.count("fault"),
        "mutants": kinds.count("mutant"),
        "mutants_killed": sum(result.killed for result in results),
    }
    print(json.dumps(figures))
    wrong = total.violations or figures["mutants_killed"] < figures["mutants"]
    return 1 if wrong or (whole and kinds.count("fault") < FAULTS) else 0


if __name__ == "__main__":
    raise SystemExit(main())
