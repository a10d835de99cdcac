"""Deliberate bugs, each planted into a copy of the tree: the torture must find it there."""

import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.torture.bugs import MUTANTS, Mutant

ROOT = Path(__file__).resolve().parents[2]
LIMIT = 240  # seconds; a bug that hangs is seen too
_BROKEN = ("ImportError", "ModuleNotFoundError", "SyntaxError", "IndentationError", "NameError")
_COPIED = ("agent", "simulators/world", "tests/torture")


def named(name: str) -> Mutant:
    """A mutant by its name."""
    return next(mutant for mutant in MUTANTS if mutant.name == name)


@contextmanager
def planted(mutant: Mutant) -> Iterator[Path]:
    """A copy of the tree with the bug. ValueError: its text does not stand in the file once."""
    with tempfile.TemporaryDirectory() as place:
        tree = Path(place)
        for part in _COPIED:
            shutil.copytree(ROOT / part, tree / part, ignore=shutil.ignore_patterns("__pycache__"))
        for package in ("simulators", "tests"):
            (tree / package / "__init__.py").touch()
        file = tree / "agent" / mutant.file
        text = file.read_text()
        if text.count(mutant.old) != 1:
            raise ValueError(f"its text does not stand in {mutant.file} once")
        file.write_text(text.replace(mutant.old, mutant.new))
        yield tree


def explore(tree: Path, part: str, seed: int) -> tuple[int, str]:
    """(exit code, the first violation) of a part's selection in a tree."""
    command = [sys.executable, "-m", "tests.torture.parts", part, str(seed)]
    try:
        done = subprocess.run(
            command, cwd=tree, capture_output=True, text=True, timeout=LIMIT, check=False
        )
    except subprocess.TimeoutExpired:
        return 1, f"it hangs for {LIMIT} s"
    said = done.stdout.splitlines() or done.stderr.splitlines()[-1:]
    return done.returncode, said[0] if said else ""


def judge(mutant: Mutant, seed: int) -> tuple[str, bool]:
    """(what is to be told, whether the mutant was killed). One that does not even load is not."""
    try:
        with planted(mutant) as tree:
            code, said = explore(tree, mutant.part, seed)
    except ValueError as error:
        return f"mutant {mutant.name}: {error}", False
    if not code:
        return f"mutant {mutant.name} survives", False
    if said.startswith(_BROKEN):
        return f"mutant {mutant.name} does not run: {said}", False
    return f"mutant {mutant.name}: killed by {said}", True
