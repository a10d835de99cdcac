"""`pole driver new` and `pole driver test`: three files, green at once, and what breaks them."""

import json
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from agent.cli.main import main
from agent.errors import BadSettings
from agent.kit import new_driver, suite
from tests.host.micropython import ROOT, interpreter
from tests.host.unwrapped import unwrapped

CLAUSES = (
    "declarations", "replies three ways", "replies cut short", "replies of others", "late replies",
    "random bytes", "silence and refusal", "sentinels and range", "simulated twin", "warm-up",
    "late replies, bus", "its own tests",
)  # fmt: skip


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """An empty folder to stand in; what is imported from it is forgotten afterwards."""
    interpreter()
    monkeypatch.chdir(tmp_path)
    yield tmp_path
    for name in [name for name in sys.modules if name.startswith("acme_pole")]:
        del sys.modules[name]


def said(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, str]:
    status = main(["driver", *arguments])
    return status, capsys.readouterr().out


@pytest.mark.parametrize("protocol", new_driver.PROTOCOLS)
def test_a_package_of_ones_own_is_green_at_once(
    here: Path, protocol: str, capsys: pytest.CaptureFixture[str]
) -> None:
    status, text = said(capsys, "new", "acme-flow", "--protocol", protocol)
    assert status == 0, text
    assert "green: CPython" in text and "and MicroPython" in text
    assert max(len(line) for line in text.splitlines()) <= 80
    written = sorted(path.name for path in (here / "acme_pole").iterdir() if path.is_file())
    assert written == ["__init__.py", "acme_flow.py", "acme_flow_twin.py", "test_acme_flow.py"]
    for name in ("acme_pole.acme_flow", "acme_pole/acme_flow.py", "acme_pole/test_acme_flow.py"):
        status, text = said(capsys, "test", "--json", name)
        found = json.loads(text)
        assert status == 0 and found["green"] and found["seconds"] < 10
        assert [tuple(clauses) for clauses in found["runtimes"].values()] == [CLAUSES, CLAUSES]


def tree(folder: Path, *more: str) -> None:
    """A checkout as far as drivers need it."""
    interpreter()
    for part in ("agent", "simulators", "tests/shared", "tests/vectors", *more):
        shutil.copytree(
            ROOT / part, folder / part, ignore=shutil.ignore_patterns("__pycache__", "test_*")
        )
    shutil.copy(ROOT / "tests" / "__init__.py", folder / "tests")


def test_in_the_tree_it_writes_three_files_and_touches_no_other(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    tree(tmp_path, "docs/drivers")
    before = {path: path.read_bytes() for path in tmp_path.rglob("*.*") if path.is_file()}
    monkeypatch.chdir(tmp_path / "agent")
    status, text = said(capsys, "new", "acme-flow", "--kind", "water flow")
    assert status == 0 and text.count("wrote ") == 3, text
    after = {path for path in tmp_path.rglob("*.*") if "__pycache__" not in path.parts}
    after = {path for path in after if path.is_file()}
    made = sorted(path.relative_to(tmp_path).as_posix() for path in after - set(before))
    assert made == [
        "agent/drivers/acme_flow.py",
        "simulators/world/sensors/acme_flow.py",
        "tests/shared/test_driver_acme_flow.py",
    ]
    assert all(path.read_bytes() == data for path, data in before.items())
    lines = (tmp_path / "agent" / "drivers" / "acme_flow.py").read_text().splitlines()
    assert len(lines) <= 20
    verdicts = suite.run(suite.find_test(str(tmp_path / "agent" / "drivers" / "acme_flow.py")))
    assert len(verdicts) == 2 and all(verdict.green() for verdict in verdicts), verdicts
    assert "published bytes" in verdicts[0].clauses
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    for check in (["check"], ["format", "--check"]):
        ruff = [Path(sys.executable).parent / "ruff", *check, *made]
        subprocess.run(ruff, cwd=tmp_path, check=True, capture_output=True)


# What looks at every driver of a checkout.
EVERYWHERE = (
    "tests/host/test_driver_documents.py", "tests/shared/test_drivers.py",
    "tests/shared/test_driver_contract.py", "tests/shared/test_wrong_frames.py",
    "tests/host/test_fuzz_targets.py::test_what_is_made_whole_is_taken",
    "tests/host/test_scan.py::test_every_published_write_is_known_for_one",
)  # fmt: skip


def test_a_new_driver_leaves_every_other_test_as_it_was(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    for part in ("agent", "simulators", "tests", "docs", "provisioning", "board"):
        shutil.copytree(ROOT / part, tmp_path / part, ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    monkeypatch.chdir(tmp_path)
    for name, protocol in (("acme-flow", "modbus"), ("acme-gas", "serial")):
        assert said(capsys, "new", name, "--protocol", protocol)[0] == 0
    which = [sys.executable, "-c", "import agent; print(agent.__file__)"]
    assert str(tmp_path) in subprocess.run(which, capture_output=True, text=True, check=True).stdout
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-x", "-p", "no:cacheprovider", *EVERYWHERE],
        cwd=tmp_path, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout[-2000:]


def test_the_table_is_renewed_for_a_release(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    tree(tmp_path, "docs/drivers")
    monkeypatch.chdir(tmp_path / "docs")
    assert main(["driver", "table"]) == 0 and main(["driver", "table", "--check"]) == 0
    new_driver.write(new_driver.plan("acme-flow", "", "flow", "modbus", tmp_path, ""))
    assert main(["driver", "table", "--check"]) == 1
    assert "0 rows stale, 1 missing" in capsys.readouterr().out
    assert main(["driver", "table"]) == 0 and main(["driver", "table", "--check"]) == 0
    page = tmp_path / "docs" / "drivers" / "table.md"
    assert "`acme-flow`" in page.read_text(encoding="utf-8")
    path = tmp_path / "agent" / "drivers" / "acme_flow.py"
    path.write_text(path.read_text().replace('"flow"', '"water flow"'))
    assert main(["driver", "table", "--check"]) == 1
    assert "1 rows stale, 1 missing" in capsys.readouterr().out
    monkeypatch.chdir("/")
    assert main(["driver", "table"]) == 1


@pytest.mark.parametrize(
    "file,before,after,clause,words",
    [
        ("acme_flow.py", "0x0001", "0x0002", "replies three ways", "something else than was asked"),
        ("acme_flow.py", ", sentinels=(0xFFFF,)", "", "replies three ways",
         "the case says None, device fault"),
        ("acme_flow.py", "table = HOLDING", "table = 4", "replies three ways",
         "whole, byte by byte, in noise: WrongReply: "),
        ("acme_flow.py", "table = HOLDING", "table = 4", "replies three ways",
         "; ask 1 is 01040000000271cb, the case answers 010304"),
        ("acme_flow.py", "table = HOLDING", "table = 4", "its own tests",
         "test_the_contract fails"),
        ("test_acme_flow.py", 'values = (("level"', 'values = (("height"', "loading",
         "the twin was given no signal for the channel level"),
        ("acme_flow.py", '"Cel"', '"celsius"', "declarations", "no SenML unit 'celsius'"),
        ("acme_flow.py", "proven = False", "proven = True\n    warm_up_ms = -1", "declarations",
         "a warm-up of -1 ms"),
        ("acme_flow.py", "fields = (", "fields = (1.5,", "loading", "AttributeError"),
        ("acme_flow_twin.py", "Device, unit, signals, log", "Device, unit, signals, print",
         "simulated twin", "logged nothing"),
        ("test_acme_flow.py", "04d2 00fd", "04d3 00fd", "replies three ways",
         "level: it reads 1235, good; the case says 1234, good"),
        ("test_acme_flow.py", "import sys", "import syss as sys", "loading", "syss"),
    ],
)  # fmt: skip
def test_what_breaks_is_said_in_words(
    here: Path, file: str, before: str, after: str, clause: str, words: str
) -> None:
    planned = new_driver.plan("acme-flow", "", "flow", "modbus", here, "")
    new_driver.write(planned)
    path = here / "acme_pole" / file
    text = path.read_text()
    assert before in text
    path.write_text(text.replace(before, after, 1))
    verdicts = suite.run(planned.test)
    assert not any(verdict.green() for verdict in verdicts)
    for verdict in verdicts:
        assert words in " ".join(verdict.clauses[clause]), verdict


def test_a_test_that_never_ends_or_dies_is_an_answer(
    here: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    planned = new_driver.plan("acme-flow", "", "flow", "modbus", here, "")
    new_driver.write(planned)
    text = planned.test.read_text()
    planned.test.write_text(text + "\n\ndef test_end():\n    while True:\n        pass\n")
    monkeypatch.setattr(suite, "_PATIENCE_S", 2)
    assert all("2 s" in verdict.clauses["loading"][0] for verdict in suite.run(planned.test))
    planned.test.write_text(text + "\nraise SystemExit('gone')\n")
    assert not any(verdict.green() for verdict in suite.run(planned.test))


def test_nothing_is_overwritten_and_no_name_is_taken_that_will_not_do(here: Path) -> None:
    planned = new_driver.plan("acme-flow", "", "flow", "modbus", here, "")
    new_driver.write(planned)
    with pytest.raises(BadSettings, match="exists already"):
        new_driver.write(planned)
    for name, package in (("Acme", ""), ("acme_flow", ""), ("acme-", ""), ("acme", "a-b")):
        with pytest.raises(BadSettings):
            new_driver.plan(name, "", "flow", "modbus", here, package)


def test_what_is_not_there_is_said(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (here / "lonely.py").write_text("")
    for name, words in (("lonely.py", "has no test"), ("gone.py", "no file"), ("nope", "no driver"),
                        ("acme_pole.none", "no driver")):  # fmt: skip
        assert main(["driver", "test", name]) == 1
        assert words in unwrapped(capsys.readouterr().err)


def test_every_driver_of_the_tree_has_a_test_file() -> None:
    from agent import drivers

    for model in drivers.models():
        assert suite.find_test(model).is_file(), model
