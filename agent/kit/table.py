"""The table of all drivers in a checkout's documents, made from its code."""

import subprocess
import sys
from pathlib import Path

PLACE = Path("docs") / "drivers" / "table.md"
_HEAD = "# Drivers\n\n"


def current(tree: Path) -> str:
    """The table as the code of the tree makes it. OSError if that code does not run."""
    command = [sys.executable, "-B", "-m", "agent.cli.main", "drivers", "--markdown"]
    done = subprocess.run(command, cwd=tree, capture_output=True, text=True, check=False)
    if done.returncode:
        raise OSError(0, f"the table of drivers cannot be made: {done.stderr.strip()[-200:]}")
    return _HEAD + done.stdout


def stale(tree: Path | None) -> bool:
    """Whether the tree has a table that is not its code's any more."""
    if tree is None or not (tree / PLACE).is_file():
        return False
    return (tree / PLACE).read_text(encoding="utf-8") != current(tree)


def renew(tree: Path) -> None:
    """Write the table."""
    (tree / PLACE).write_text(current(tree), encoding="utf-8")
