"""`pole driver twin`: a driver's simulated device answers on a line of this machine."""

import re
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from agent.cli.main import main
from agent.kit import new_driver
from tests.host.unwrapped import unwrapped

TWIN = (sys.executable, "-m", "agent.cli.main", "driver", "twin")


@contextmanager
def serving(*arguments: str) -> Iterator[subprocess.Popen[str]]:
    with subprocess.Popen(
        [*TWIN, *arguments], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        try:
            yield process
        finally:
            process.terminate()


def said(process: subprocess.Popen[str], line: str = "") -> str:
    assert process.stdin and process.stdout
    if line:
        process.stdin.write(line + "\n")
        process.stdin.flush()
    return process.stdout.readline().strip()


def test_it_answers_whoever_asks_and_feels_what_it_is_told(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    port = tmp_path / "rs485"
    with serving("pzem-004t", "--port", str(port)) as twin:
        assert said(twin).startswith(f"pzem-004t answers at {port}, 9600 8N1, address ")
        assert "voltage=" in said(twin)
        doctor = ["doctor", "--port", str(port), "--driver", "pzem-004t", "--rounds", "2"]
        assert main(doctor) == 0, capsys.readouterr()
        assert "voltage=231.5 V" in said(twin, "voltage=231.5")
        assert "expected voltage=NUMBER or " in said(twin, "volts=5")
        assert said(twin, "fault=silent") == "fault: silent"
        assert main(doctor) == 1
    assert twin.returncode == 0 and not port.is_symlink()


def test_a_package_of_ones_own_has_a_twin(tmp_path: Path) -> None:
    new_driver.write(new_driver.plan("acme-flow", "", "flow", "serial", tmp_path, ""))
    test = tmp_path / "acme_pole" / "test_acme_flow.py"
    with serving(str(test), "--port", str(tmp_path / "line")) as twin:
        assert said(twin).startswith("acme_pole.acme_flow answers at ")
        assert said(twin) == "level=1.234 m"


def test_a_new_driver_says_how_its_twin_answers(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    new = ["driver", "new", "acme-flow", "--folder", str(tmp_path)]
    assert main(new) == 0
    said = capsys.readouterr().out
    (typed,) = re.findall(r"^  pole (driver twin .*)$", said, re.MULTILINE)
    assert typed == "driver twin acme_pole.acme_flow --port ./rs485"
    assert max(map(len, said.splitlines())) <= 80 + len(str(tmp_path))
    assert main(new) == 1
    assert "remove it, or take another name" in capsys.readouterr().err


def test_nothing_is_written_over(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "plain").write_text("mine")
    for port in (tmp_path / "plain", tmp_path / "no" / "folder"):
        assert main(["driver", "twin", "pzem-004t", "--port", str(port)]) == 1
        assert "cannot be made" in unwrapped(capsys.readouterr().err)
    assert (tmp_path / "plain").read_text() == "mine"
