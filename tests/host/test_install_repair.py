"""``pole install``: one at a time, and what an upgrade of the machine's Python took is repaired."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from agent.cli.main import main
from agent.linux.node_slots import lost_python, start, stopped
from provisioning.node.places import Places, alone
from tests.host.node_kits import CRASHES, Kits, kits_fixture, node_fixture, run, slots_below  # noqa: F401
from tests.host.unwrapped import unwrapped

HERE = f"{sys.version_info[0]}.{sys.version_info[1]}"


@pytest.fixture
def own(node: Path, tmp_path: Path) -> Path:
    """A node of the test's own."""
    return Path(shutil.copytree(node, tmp_path / "root", symlinks=True))


def lose_python(root: Path, name: str, how: str) -> str:
    """As an upgrade leaves a version: its interpreter is gone, or is one for other packages."""
    venv = root / "opt/pole/versions" / name / "venv"
    if how == "gone":
        (venv / "bin/python").unlink()
        (venv / "bin/python").symlink_to("/usr/bin/python3.1")
        return HERE
    (venv / f"lib/python{HERE}").rename(venv / "lib/python3.4")
    return "3.4"


def command(root: Path, *arguments: object) -> subprocess.CompletedProcess[str]:
    """The node's own command, with root's paths instead of the node's."""
    text = (root / "usr/local/bin/pole").read_text().replace("/opt/pole", f"{root}/opt/pole")
    return subprocess.run(
        ["/bin/sh", "-c", text, "pole", *map(str, arguments)], timeout=400,
        capture_output=True, text=True, check=False, cwd=root, env={
            "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}", "LANG": "C.UTF-8",
            "POLE_NODE": f"{root}/opt/pole",
        },
    )  # fmt: skip


def test_a_second_installation_at_once_is_refused(
    kits: Kits,
    own: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    before = slots_below(own).told()
    with alone(Places(own)):
        for arguments in ((kits.make("0.2.0"),), ("--use", "0.1.0"), ("--uninstall",)):
            assert run(*arguments, "--root", own) == 1
            said = unwrapped(capsys.readouterr().err)
            assert "Another installation is at work" in said and said.count("\n") == 1
        assert run("--uninstall", "--root", own, "--dry-run") == 0, "it changes nothing"
    assert slots_below(own).told() == before
    assert run("--uninstall", "--root", own) == 0


@pytest.mark.parametrize("how", ["gone", "other"])
def test_a_python_that_is_gone_is_told_and_repaired(
    kits: Kits,
    own: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    how: str,
) -> None:
    places = Places(own)
    assert start(places.prefix, places.state) == 0
    slots_below(own).confirm()
    python = lose_python(own, "0.1.0", how)
    # The service says so, and does not take it for a failure of the version.
    assert start(places.prefix, places.state) == 1
    assert f"Python {python}, by which 0.1.0 runs, is gone" in unwrapped(capsys.readouterr().err)
    for _ in range(3):
        stopped(places.prefix, places.state, "exit-code", "1")
    assert slots_below(own).failures == 0
    # So does the status, to whoever asks by the node's own command.
    done = command(own, "status", "--lang", "en", own / "var/lib/pole/pole.toml")
    assert done.returncode == 1 and f"Python {python}, by which 0.1.0 runs" in unwrapped(
        done.stderr
    )
    monkeypatch.setenv("POLE_NODE", str(places.prefix))
    (places.state / "journal").mkdir()
    assert main(["status", str(places.state / "journal"), "--lang", "zh"]) == 1
    assert f"Python {python} 已不在本机" in unwrapped(capsys.readouterr().err)
    assert run("--use", "0.1.0", "--root", own) == 0, "it is the one that is meant to run"
    # Its bundle repairs it, by the same command; what was confirmed stays so.
    done = command(own, "install", kits.make("0.1.0"), "--root", own, "--lang", "en")
    assert done.returncode == 0, done.stdout + done.stderr
    assert f"Python {python}, by which 0.1.0 runs, is gone" in done.stdout
    assert lost_python(places.versions / "0.1.0") == ""
    assert start(places.prefix, places.state) == 0
    assert slots_below(own).confirmed and slots_below(own).active == "0.1.0"
    assert "installed already" in command(own, "install", kits.make("0.1.0"), "--root", own,
                                          "--lang", "en").stdout  # fmt: skip


def test_nothing_goes_back_to_a_version_that_cannot_start(
    kits: Kits,
    own: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    lose_python(own, "0.1.0", "gone")
    kit = kits.make("0.2.0", {"agent/cli/run.py": CRASHES})
    assert run(kit, "--root", own) == 0
    slots = slots_below(own)
    assert (slots.active, slots.fallback, slots.confirmed) == ("0.2.0", None, False)
    places = Places(own)
    for _ in range(3):
        stopped(places.prefix, places.state, "exit-code", "1")
    assert slots_below(own).active == "0.2.0"
    # Nor by hand.
    capsys.readouterr()
    assert run("--use", "0.1.0", "--root", own) == 1
    assert f"installed with Python {HERE}, which is gone" in unwrapped(capsys.readouterr().err)
