"""The table of all drivers in a checkout's documents, made from its code.

It is renewed for a release, so that a new driver is three files and no shared one. Until then a
driver may be missing in it; a row that is no longer the code's may not stand in it.
"""

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


def differences(tree: Path) -> tuple[list[str], list[str]]:
    """(rows of the document that are not the code's, rows of the code that are missing in it)."""
    page = (tree / PLACE).read_text(encoding="utf-8").splitlines()
    made = current(tree).splitlines()
    return [row for row in page if row not in made], [row for row in made if row not in page]


def renew(tree: Path) -> None:
    """Write the table."""
    (tree / PLACE).write_text(current(tree), encoding="utf-8")
