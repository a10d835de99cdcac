"""The journal of a board in 64 KB of heap, from .mpy, under the real MicroPython interpreter."""

import os
import subprocess
from pathlib import Path

from provisioning import board_image
from tests.host.micropython import ROOT, interpreter

# What the scenario imports; the rest of the agent would take heap that is not measured here.
NEEDED = (
    *(name for name in board_image.sources() if name.startswith("agent/buffer/")),
    "agent/__init__.py",
    "agent/errors.py",
    "agent/reading.py",
)


def run_small(folder: Path, heap: str) -> "subprocess.CompletedProcess[str]":
    """Compile what is needed into folder, and run the scenario there with a heap, collecting often
    as board/app.py does."""
    for name in NEEDED:
        board_image.compile_file(ROOT / name, folder / Path(name).with_suffix(".mpy"), name)
    scenario = ROOT / "tests" / "scenarios" / "small_journal.py"
    board_image.compile_file(scenario, folder / "small_journal.mpy", scenario.name)
    return subprocess.run(
        [interpreter(), "-X", f"heapsize={heap}", "-c",
         "import gc; gc.threshold(2048)\nimport small_journal; small_journal.main('flash.bin')"],
        cwd=folder, env={**os.environ, "MICROPYPATH": str(folder)},
        capture_output=True, text=True, timeout=300, check=False,
    )  # fmt: skip


def test_the_journal_lives_in_64_kb(tmp_path: Path) -> None:
    done = run_small(tmp_path, "64K")
    assert done.returncode == 0, done.stdout + done.stderr
    assert done.stdout.splitlines()[-1] == "passed"
    free = [
        int(line.split(": ")[1].split()[0]) for line in done.stdout.splitlines() if ": " in line
    ]
    assert len(free) == 6 and min(free) > 8 << 10, done.stdout
