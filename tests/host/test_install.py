"""``pole install``: installed whole, on trial, rolled back; without root."""

import os
import shutil
import signal
import stat
import subprocess
from pathlib import Path

import pytest

from agent.linux import status_door
from agent.linux.node_slots import start
from agent.protocols import sm2
from provisioning.node import install
from provisioning.node import kit as bundles
from provisioning.node.places import Places
from tests.host.micropython import ROOT
from tests.host.node_kits import CRASHES, PUBLIC, Kits, kits_fixture, node_fixture, run, slots_below  # noqa: F401
from tests.host.service_manager import Service
from tests.host.test_node import SETTINGS, World, until, world  # noqa: F401  (a fixture)
from tests.host.unwrapped import unwrapped


def test_what_lies_where_and_who_may_read_it(node: Path) -> None:
    assert os.readlink(node / "opt/pole/current") == "versions/0.1.0"
    assert (node / "opt/pole/versions/0.1.0/manifest").read_text().endswith("\nend\n")
    assert not (node / "opt/pole/versions/0.1.0/wheels").exists()
    assert stat.S_IMODE((node / "var/lib/pole").stat().st_mode) == 0o750
    assert stat.S_IMODE((node / "usr/local/bin/pole").stat().st_mode) == 0o755
    wanted = node / "etc/systemd/system/multi-user.target.wants/pole.service"
    assert os.readlink(wanted) == "/etc/systemd/system/pole.service"
    rules = (node / "etc/udev/rules.d/70-pole-serial.rules").read_text().splitlines()
    assert any('SYMLINK+="pole/usb-%b"' in line for line in rules)
    launched = node / "opt/pole/launcher/board/slots.py"
    assert launched.read_bytes() == (ROOT / "board/slots.py").read_bytes()


def _needs(program: str) -> None:
    if shutil.which(program) is None:
        if os.environ.get("CI") == "true":
            pytest.fail(f"{program} is missing")
        pytest.skip(f"{program} is missing")


def test_systemd_takes_the_unit(node: Path, tmp_path: Path) -> None:
    _needs("systemd-analyze")
    text = (node / "etc/systemd/system/pole.service").read_text()
    unit = tmp_path / "pole.service"
    unit.write_text(text.replace("/opt/pole/", f"{node}/opt/pole/"))
    done = subprocess.run(["systemd-analyze", "verify", "--man=no", unit],
                          capture_output=True, text=True, check=False)  # fmt: skip
    assert (done.returncode, done.stdout + done.stderr) == (0, "")
    unit.write_text(text.replace("WatchdogSec", "WatchDogSecs"))
    done = subprocess.run(["systemd-analyze", "verify", "--man=no", unit],
                          capture_output=True, text=True, check=False)  # fmt: skip
    assert "WatchDogSecs" in done.stderr, "it would have been seen"
    done = subprocess.run(["systemd-analyze", "security", "--offline=yes", f"--root={node}",
                           "--threshold=30", "pole.service"],
                          capture_output=True, text=True, check=False)  # fmt: skip
    assert done.returncode == 0, done.stdout[-300:]


def test_systemd_makes_the_user(node: Path, tmp_path: Path) -> None:
    _needs("systemd-sysusers")
    if os.getuid():
        pytest.skip("this is not root: it owns the user's files")
    (tmp_path / "etc/sysusers.d").mkdir(parents=True)
    shutil.copy(node / "etc/sysusers.d/pole.conf", tmp_path / "etc/sysusers.d")
    for _ in range(2):
        subprocess.run(["systemd-sysusers", f"--root={tmp_path}", "pole.conf"],
                       capture_output=True, check=True)  # fmt: skip
    users = (tmp_path / "etc/passwd").read_text()
    assert users.count("pole:x:") == 1 and "/var/lib/pole" in users and "nologin" in users
    assert "dialout:" in (tmp_path / "etc/group").read_text()


def test_a_version_runs_is_confirmed_and_survives_a_bad_one(
    kits: Kits,
    node: Path,
    world: World,  # noqa: F811
    capsys: pytest.CaptureFixture[str],
) -> None:
    url = world.start_platform(mqtt=False)
    state = node / "var/lib/pole"
    shutil.copy(world.folder / "device.key", state)
    text = SETTINGS.format(
        carrier="coap", url=url, key=sm2.public_key(4711).hex(), modbus=world.modbus
    )
    (state / "pole.toml").write_text(text, encoding="utf-8")
    service = Service(node)
    try:
        service.start()
        assert service.heard(b"READY=1") and service.heard(b"WATCHDOG=1")
        until(lambda: slots_below(node).confirmed)
        assert status_door.ask(state / "journal") is not None
        service.end(signal=signal.SIGTERM)
        assert service.heard(b"STOPPING=1", 1)
        assert "0.1.0 is confirmed" in service.said()

        _update_step_by_step(kits, node)
        for _ in range(3):
            slots = slots_below(node)
            assert (slots.active, slots.fallback, slots.confirmed) == ("0.2.0", "0.1.0", False)
            service.start()
            service.end()
        slots = slots_below(node)
        assert (slots.active, slots.confirmed) == ("0.1.0", True)
        assert slots.reason.startswith("crash: exit-code")

        frames = world.rows("SELECT COUNT(*) FROM frames")[0][0]
        service.start()
        assert service.heard(b"READY=1")
        assert os.readlink(node / "opt/pole/current") == "versions/0.1.0"
        until(lambda: world.rows("SELECT COUNT(*) FROM frames")[0][0] > frames)
        # By hand, to a version that is there.
        capsys.readouterr()
        assert run("--use", "0.3.0", "--root", node) == 1
        assert "there are 0.1.0, 0.2.0" in unwrapped(capsys.readouterr().err)
        assert run("--use", "0.2.0", "--root", node) == 0
        assert slots_below(node).fallback == "0.1.0"
        # The version that still runs takes no other one's trial for its own.
        count = "SELECT COUNT(*) FROM frames"
        seen = world.rows(count)[0][0]
        until(lambda: world.rows(count)[0][0] > seen + 2)
        assert not slots_below(node).confirmed
        service.end(signal=signal.SIGTERM)
    finally:
        service.close()
    assert world.rows("SELECT COUNT(*) FROM incidents") == [(0,)]


def _update_step_by_step(kits: Kits, node: Path) -> None:
    """An update to a version that cannot start. The power may be cut after every step."""
    places = Places(node)
    kit = bundles.opened(kits.make("0.2.0", {"agent/cli/run.py": CRASHES}), PUBLIC)
    installer = install.Installer(places)
    assert installer.install(kit, PUBLIC, None) == "0.2.0"
    seen = []
    for step in installer.steps:
        step.do()
        assert start(places.prefix, places.state) == 0
        runs = slots_below(node).active
        assert slots_below(node).complete(runs)
        assert os.readlink(places.prefix / "current") == f"versions/{runs}"
        seen.append(runs)
    assert seen == ["0.1.0", "0.1.0", "0.2.0"]


def test_settings_that_the_new_version_refuses_change_nothing(
    kits: Kits, node: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    before = slots_below(node).active
    settings = node / "var/lib/pole/pole.toml"
    kept = settings.read_text() if settings.exists() else None
    settings.write_text('[pole]\nid = "a b"\n')
    kit = kits.make("0.2.0", {"agent/cli/run.py": CRASHES})
    assert run(kit, "--root", node) == 1
    assert "The new version refuses the settings" in unwrapped(capsys.readouterr().err)
    assert slots_below(node).active == before
    settings.write_text(kept or "")


def test_the_same_bundle_again_and_a_plan_change_nothing(
    kits: Kits, node: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (node / "var/lib/pole/pole.toml").unlink(missing_ok=True)
    assert run("--use", "0.1.0", "--root", node) == 0
    assert run("--use", "0.1.0", "--root", node) == 0
    before = {path: path.lstat().st_mtime_ns for path in node.rglob("*")}
    capsys.readouterr()
    assert run(kits.make("0.1.0"), "--root", node) == 0
    assert "nothing was changed" in capsys.readouterr().out
    assert run(kits.make("0.9.0"), "--root", node, "--dry-run") == 0
    said = capsys.readouterr().out
    assert "on trial; go back to" in said and "0.9.0" in said
    assert before == {path: path.lstat().st_mtime_ns for path in node.rglob("*")}


def test_a_version_of_the_same_name_lies_beside(kits: Kits, node: Path) -> None:
    kit = bundles.opened(kits.make("0.1.0", {"agent/cli/run.py": CRASHES}), PUBLIC)
    name = install.Installer(Places(node)).install(kit, PUBLIC, None)
    assert name == f"0.1.0+{kit.digest[:8]}"


def test_settings_of_the_bundle_are_taken_where_there_are_none(kits: Kits, tmp_path: Path) -> None:
    text = SETTINGS.format(carrier="coap", url="coap://127.0.0.1", modbus="tcp://127.0.0.1:502",
                           key=sm2.public_key(4711).hex())  # fmt: skip
    bundle = kits.make("0.7.0", settings=text)
    assert run(bundle, "--trust", kits.trust, "--root", tmp_path) == 0
    taken = tmp_path / "var/lib/pole/pole.toml"
    assert taken.read_text(encoding="utf-8") == text
    kept = tmp_path / "opt/pole/versions/0.7.0/pole.toml"
    assert stat.S_IMODE(kept.stat().st_mode) == 0o600, "a password may stand in them"


def test_removed_but_for_what_cannot_be_made_again(
    node: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    root = tmp_path / "root"
    shutil.copytree(node, root, symlinks=True)
    assert run("--uninstall", "--root", root) == 0
    left = {path.relative_to(root).as_posix() for path in root.rglob("*") if path.is_file()}
    assert all(name.startswith(("var/lib/pole/", "etc/pole/")) for name in left), left
    assert "etc/pole/release.pub" in left
    assert run("--uninstall", "--root", root) == 1
    assert "Nothing is installed" in unwrapped(capsys.readouterr().err)
