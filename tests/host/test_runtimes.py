"""Every shared test and scenario under the real MicroPython interpreter; its floor of syntax."""

import subprocess
import sys
from pathlib import Path

import pytest

from provisioning import board_image
from tests.host.micropython import ROOT, run

SHARED = sorted(path.stem for path in (ROOT / "tests" / "shared").glob("test_*.py"))


@pytest.mark.parametrize("module", SHARED)
def test_shared_tests_pass_under_micropython(module: str) -> None:
    last = run("tests/shared/run.py", module).splitlines()[-1]
    passed, failed = (int(part.split()[0]) for part in last.split(", "))
    assert passed > 0 and failed == 0


@pytest.mark.parametrize("scenario", ["day.py", "flood.py", "signed.py"])
def test_scenarios_have_one_transcript(scenario: str) -> None:
    path = f"tests/scenarios/{scenario}"
    here = subprocess.run(
        [sys.executable, path], cwd=ROOT, capture_output=True, text=True, check=True
    ).stdout
    assert "transcript " in here
    assert run(path) == here


def test_the_floor_compiles_everything_that_boards_run(tmp_path: Path) -> None:
    size = board_image.compile_agent(tmp_path)
    compiled = list(tmp_path.rglob("*.mpy"))
    assert len(compiled) == len(board_image.files()) > 30
    assert size == sum(path.stat().st_size for path in compiled)
    for source in (ROOT / "simulators" / "world").rglob("*.py"):
        board_image.compile_file(source, tmp_path / "world.mpy", source.name)


def test_the_floor_refuses_what_it_does_not_know(tmp_path: Path) -> None:
    source = tmp_path / "new.py"
    source.write_text("match 1:\n    case 1:\n        pass\n", encoding="utf-8")
    with pytest.raises(ValueError, match="does not compile"):
        board_image.compile_file(source, tmp_path / "new.mpy", "new.py")
