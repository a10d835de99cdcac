"""The rule by which an installed version stays or goes back, without one that really runs."""

import os
from pathlib import Path

import pytest

from agent.cli.main import main
from agent.linux import release
from agent.linux.node_slots import NodeSlots, start, stopped
from provisioning.node import install
from provisioning.node.places import Places
from provisioning.node.words import NodeFailure


def versions(tmp_path: Path, *names: str) -> tuple[Path, Path]:
    """(prefix, state) with such versions."""
    for name in names:
        folder = tmp_path / "versions" / name
        folder.mkdir(parents=True)
        (folder / "manifest").write_text(f"version {name}\nend\n")
    state = tmp_path / "state"
    state.mkdir()
    return tmp_path, state


def on_trial(prefix: Path, state: Path) -> NodeSlots:
    slots = NodeSlots(prefix / "versions", state)
    slots.active, slots.fallback, slots.confirmed = "2", "1", False
    slots.save()
    return slots


@pytest.mark.parametrize("result", ["exit-code", "signal", "core-dump", "watchdog", "protocol"])
def test_three_failures_go_back(tmp_path: Path, result: str) -> None:
    prefix, state = versions(tmp_path, "1", "2")
    on_trial(prefix, state)
    for _ in range(3):
        assert NodeSlots(prefix / "versions", state).active == "2"
        stopped(prefix, state, result, "1")
    assert start(prefix, state) == 0
    assert os.readlink(prefix / "current") == "versions/1"
    for _ in range(9):  # what is confirmed stays, whatever happens to it
        stopped(prefix, state, result, "1")
    assert NodeSlots(prefix / "versions", state).active == "1"


def test_power_cuts_and_orders_never_go_back(tmp_path: Path) -> None:
    prefix, state = versions(tmp_path, "1", "2")
    on_trial(prefix, state)
    for _ in range(20):  # after a power cut systemd runs no ExecStopPost
        start(prefix, state)
        stopped(prefix, state, "success", "0")
    assert NodeSlots(prefix / "versions", state).active == "2"


def test_a_state_that_is_damaged_or_names_a_path_runs_what_is_complete(tmp_path: Path) -> None:
    prefix, state = versions(tmp_path, "1", "2")
    on_trial(prefix, state)
    (prefix / "versions/2/manifest").unlink()
    assert NodeSlots(prefix / "versions", state).active == "1"
    (state / "slots.state").write_bytes(b"\x00" * 40)
    assert NodeSlots(prefix / "versions", state).active == "1"
    slots = on_trial(prefix, state)
    evil = tmp_path / "evil"
    evil.mkdir()
    (evil / "manifest").write_text("x\nend\n")
    slots.active = "../evil"
    slots.save()
    assert NodeSlots(prefix / "versions", state).active == "1"


def test_root_writes_the_state_through_no_link(tmp_path: Path) -> None:
    prefix, state = versions(tmp_path, "1", "2")
    victim = tmp_path / "victim"
    victim.write_text("precious")
    (state / "slots.new").symlink_to(victim)
    on_trial(prefix, state)
    assert victim.read_text() == "precious"
    assert NodeSlots(prefix / "versions", state).active == "2"


def test_hours_without_an_acknowledged_frame_go_back(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    prefix, state = versions(tmp_path, "1", "2")
    slots = on_trial(prefix, state)
    said: list[str] = []
    monkeypatch.setattr(release, "_HOUR_NS", 0)
    running = release.Release(prefix / "versions", state, "2", lambda _, text: said.append(text))
    assert not any(running.look() for _ in range(slots.deadline - 1))
    assert running.look()
    assert NodeSlots(prefix / "versions", state).active == "1"
    assert said == ["no acknowledged frame within 72 hours: back to 1"]
    # The one that runs now is confirmed, and looks no more.
    former = release.Release(prefix / "versions", state, "1", lambda _, text: said.append(text))
    assert former.over and not former.look()


def test_a_confirmed_version_tells_the_journal_after_the_slots(tmp_path: Path) -> None:
    prefix, state = versions(tmp_path, "1", "2")
    on_trial(prefix, state)
    order: list[bool] = []

    class Journal:
        def confirm(self) -> None:
            order.append(NodeSlots(prefix / "versions", state).confirmed)

    journal = Journal()
    running = release.Release(prefix / "versions", state, "2", lambda _topic, _text: None)
    running.attach(journal)
    journal.confirm()
    journal.confirm()
    assert order == [True, True] and running.over


def test_a_version_that_is_replaced_while_it_runs_confirms_no_other(tmp_path: Path) -> None:
    prefix, state = versions(tmp_path, "1", "2")
    slots = on_trial(prefix, state)
    running = release.Release(prefix / "versions", state, "2", lambda _topic, _text: None)
    slots.active, slots.fallback = "1", "2"
    slots.save()
    running.confirm()
    assert not NodeSlots(prefix / "versions", state).confirmed


def test_the_running_system_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    places = Places(tmp_path / "root")
    versions(places.prefix, "1", "2")
    places.live = True
    tools, said = tmp_path / "bin", tmp_path / "said"
    tools.mkdir()
    for name in ("systemctl", "udevadm", "systemd-sysusers"):
        (tools / name).write_text(f'#!/bin/sh\necho {name} "$@" >> {said}\n')
        (tools / name).chmod(0o755)
    monkeypatch.setenv("PATH", f"{tools}:{os.environ['PATH']}")
    udev = places.below(install.UDEV_RUNS)
    udev.parent.mkdir(parents=True)
    udev.touch()
    installer = install.Installer(places)
    assert installer.slots.active in ("1", "2")
    assert installer.use("1" if installer.slots.active == "2" else "2")
    for step in installer.steps:
        step.do()
    assert said.read_text().splitlines() == [
        "systemd-sysusers pole.conf",
        "udevadm control --reload",
        "udevadm trigger --subsystem-match=tty",
        "systemctl daemon-reload",
        "systemctl --no-block restart pole.service",
    ]
    (tools / "systemctl").write_text("#!/bin/sh\necho 'Unit is masked.' >&2; exit 1\n")
    with pytest.raises(NodeFailure) as failed:
        installer.steps[-1].do()
    assert failed.value.values["reason"] == "Unit is masked."


def test_a_trial_lasts_as_many_hours_as_were_asked_for(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    places = Places(tmp_path / "root")
    versions(places.prefix, "1", "2")
    other = "1" if install.Installer(places).slots.active == "2" else "2"
    use = ["install", "--root", str(places.root), "--lang", "en", "--use"]
    assert main([*use, other, "--deadline-hours", "240"]) == 0
    assert "240 h without an acknowledged frame" in " ".join(capsys.readouterr().out.split())
    slots = NodeSlots(places.versions, places.state)
    assert (slots.active, slots.deadline) == (other, 240)
    for wrong in ("0", "-1", "9000", "soon"):
        with pytest.raises(SystemExit) as ended:
            main([*use, other, "--deadline-hours", wrong])
        assert ended.value.code == 2
