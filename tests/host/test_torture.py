"""The torture itself: a selection of it passes, its figures are told, and it sees planted bugs."""

import json
import subprocess
import sys

from tests.host.micropython import ROOT
from tests.torture import cuts, disk_faults, files, mutants, parts, rot, worn
from tests.torture.bugs import MUTANTS, Mutant
from tests.torture.faults import FAULTS
from tests.torture.life import REGIMES, Regime
from tests.torture.tally import Tally

KEYS = ["cut_points", "states", "violations", "faults", "mutants", "mutants_killed"]


def torture(*arguments: str) -> tuple[int, list[str]]:
    """(exit code, lines) of the command."""
    done = subprocess.run(
        [sys.executable, "-m", "tests.torture", *arguments],
        cwd=ROOT, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert not done.stderr, done.stderr
    return done.returncode, done.stdout.splitlines()


def test_a_cut_in_every_regime_is_survived() -> None:
    tally = Tally()
    for regime in REGIMES:
        cuts.explore(regime, 1, tally, stride=25)
    assert not tally.violations and tally.cut_points > 40
    assert len(tally.states) > 1200


def test_all_pairs_of_cuts_of_a_short_life_are_survived() -> None:
    tally = Tally()
    short = Regime("short", sectors=4, steps=14, lanes=(1, 0))
    cuts.explore(short, 2, tally, stride=9, deep=True)
    assert not tally.violations and len(tally.states) > 400


def test_files_rot_and_wear_are_survived() -> None:
    tally = Tally()
    files.explore(1, tally, stride=60)
    disk_faults.explore(1, tally, 2)
    rot.explore(1, tally, 20)
    worn.explore(1, tally, 2)
    assert not tally.violations, tally.violations[:3]
    assert tally.cut_points >= 9 and len(tally.states) > 120


def test_the_last_line_is_one_object_of_figures() -> None:
    code, lines = torture("--only", "duplicate acknowledgements", "--seed", "3")
    figures = json.loads(lines[-1])
    assert code == 0 and list(figures) == KEYS and lines[0] == "seed 3"
    assert figures["violations"] == 0 and figures["faults"] == 1


def test_a_state_is_played_again_by_its_name() -> None:
    code, lines = torture("--seed", "1", "--replay", "three lanes/17/half/0")
    figures = json.loads(lines[-1])
    assert code == 0 and figures["states"] == 2 and figures["violations"] == 0


def test_a_planted_bug_ends_in_another_exit_code_and_in_a_name_to_replay() -> None:
    mutant = mutants.named("tail not searched")
    with mutants.planted(mutant) as tree:
        code, said = mutants.explore(tree, "no acknowledgements", 1)
        assert code == 1 and ": D: " in said
        state = said.partition(": ")[0]
        again = Tally(only=state)
        parts.play("", 1, again)
        assert not again.violations and again.states, "the same state, without the bug"


def test_a_bug_that_nobody_sees_is_told() -> None:
    harmless = Mutant(
        "harmless", "buffer/sectors.py", "EIO = 5", "EIO = 4 + 1", "acknowledged often"
    )
    said, killed = mutants.judge(harmless, 1)
    assert (said, killed) == ("mutant harmless survives", False)
    gone = Mutant("gone", "buffer/journal.py", "this is nowhere", "", "cuts")
    said, killed = mutants.judge(gone, 1)
    assert not killed and "does not stand in" in said
    broken = Mutant("broken", "buffer/sectors.py", "EIO = 5", "EIO = (", "cuts")
    said, killed = mutants.judge(broken, 1)
    assert not killed and "does not run" in said


def test_every_mutant_still_applies() -> None:
    assert len(MUTANTS) >= 15 and len({mutant.name for mutant in MUTANTS}) == len(MUTANTS)
    for mutant in MUTANTS:
        text = (ROOT / "agent" / mutant.file).read_text(encoding="utf-8")
        assert text.count(mutant.old) == 1, mutant.name


def test_the_plan_has_its_faults() -> None:
    assert len({fault.name for fault in FAULTS}) == 21
