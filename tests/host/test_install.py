"""``pole install``: refused first, installed whole, on trial, rolled back; without root."""

import dataclasses
import io
import os
import shutil
import signal
import stat
import string
import subprocess
import sys
import zipfile
from dataclasses import asdict
from pathlib import Path
from typing import Any

import pytest

from agent.cli.main import main
from agent.linux import status_door
from agent.linux.node_slots import NodeSlots, start
from agent.protocols import sm2
from provisioning import signed_zip
from provisioning.node import install, wheels
from provisioning.node import kit as bundles
from provisioning.node.places import Places
from provisioning.node.target import Machine, NodeTarget, misfits, this_machine
from provisioning.node.words import NODE_WORDS, NodeFailure
from tests.host import wheelhouse
from tests.host.micropython import ROOT
from tests.host.service_manager import Service
from tests.host.test_node import SETTINGS, World, until, world  # noqa: F401  (a fixture)

KEY, OTHER = 0x1234567, 0x7654321
PUBLIC = sm2.public_key(KEY)
_CRASHES = b'raise SystemExit("this version cannot even start")\n'


class Kits:
    """Bundles of one set of wheels."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.trust = folder / "release.pub"
        self.trust.write_text(PUBLIC.hex() + "\n", encoding="ascii")
        self.target, self.files = wheels.gather(
            this_machine().architecture, wheelhouse.fill(folder / "wheels")
        )
        self.own = next(name for name in self.files if "pole_agent" in name)

    def make(
        self,
        version: str,
        change: dict[str, bytes] | None = None,
        key: int = KEY,
        target: NodeTarget | None = None,
    ) -> Path:
        """A bundle of that version. change: files of the agent that are other than here."""
        files = dict(self.files)
        if change:
            files[self.own] = _changed(files[self.own], change)
        path = self.folder / f"{version}-{key}-{bool(change)}.pole"
        document = {"version": version, "targets": [], "imports": {},
                    "nodes": [asdict(target or self.target)]}  # fmt: skip
        signed_zip.write(path, document, files, key)
        return path


def _changed(wheel: bytes, change: dict[str, bytes]) -> bytes:
    found = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(wheel)) as before, zipfile.ZipFile(found, "w") as after:
        for name in before.namelist():
            after.writestr(name, change.get(name, before.read(name)))
    return found.getvalue()


@pytest.fixture(scope="module")
def kits(tmp_path_factory: pytest.TempPathFactory) -> Kits:
    return Kits(tmp_path_factory.mktemp("kits"))


def slots_below(root: Path) -> NodeSlots:
    return NodeSlots(root / "opt/pole/versions", root / "var/lib/pole")


def run(*arguments: object) -> int:
    return main(["install", *map(str, arguments), "--lang", "en"])


# What fits where.


HERE = NodeTarget("Linux", "x86_64", "glibc 2.28", "3.11", "", (), "")
NODE = Machine("Linux", "x86_64", "glibc 2.36", "3.11")


@pytest.mark.parametrize(
    "change,why",
    [({"system": "FreeBSD"}, "system FreeBSD, not Linux"),
     ({"architecture": "aarch64"}, "architecture aarch64, not x86_64"),
     ({"libc": "glibc 2.40"}, "libc glibc 2.40, not glibc 2.36"),
     ({"libc": "musl 1.2"}, "libc musl 1.2, not glibc 2.36"),
     ({"python": "3.13"}, "Python 3.13 or newer, not 3.11"),
     ({"only_python": "3.12"}, "Python 3.12, not 3.11")],
)  # fmt: skip
def test_another_machine_is_refused_before_anything_is_written(
    kits: Kits, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch,
    change: dict[str, Any], why: str,
) -> None:  # fmt: skip
    monkeypatch.setattr(bundles, "this_machine", lambda: NODE)
    target = dataclasses.replace(HERE, wheels=kits.target.wheels, pip=kits.target.pip, **change)
    kit = kits.make("0.1.0", target=target)
    assert run(kit, "--trust", kits.trust, "--root", tmp_path / "root") == 1
    said = capsys.readouterr().err
    assert why in said and said.count("\n") == 1
    assert not (tmp_path / "root").exists()


def test_a_machine_of_the_right_kind_fits() -> None:
    assert misfits(HERE, NODE) == []
    assert misfits(dataclasses.replace(HERE, architecture="", libc=""), NODE) == []


def test_what_is_not_signed_by_the_pinned_key_is_refused(
    kits: Kits, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    root = tmp_path / "root"
    foreign = kits.make("0.1.0", key=OTHER)
    assert run(foreign, "--root", root) == 1
    assert "--trust" in capsys.readouterr().err
    assert run(foreign, "--trust", kits.trust, "--root", root) == 1
    assert "not signed by the key" in capsys.readouterr().err
    data = kits.make("0.1.0").read_bytes()
    damaged = tmp_path / "damaged.pole"
    for at in range(1, 20):
        place = len(data) * at // 20
        damaged.write_bytes(data[:place] + bytes((data[place] ^ 0x55,)) + data[place + 1 :])
        assert run(damaged, "--trust", kits.trust, "--root", root) == 1
    cut = tmp_path / "cut.pole"
    cut.write_bytes(data[:-100])
    assert run(cut, "--trust", kits.trust, "--root", root) == 1
    assert "cut off" in capsys.readouterr().err
    assert not root.exists()
    # Once pinned, no other key counts, not even one that is given.
    (root / "etc/pole").mkdir(parents=True)
    shutil.copy(kits.trust, root / "etc/pole/release.pub")
    other = tmp_path / "other.pub"
    other.write_text(sm2.public_key(OTHER).hex(), encoding="ascii")
    assert run(foreign, "--trust", other, "--root", root) == 1
    assert "pins another release key" in capsys.readouterr().err


def test_a_bundle_for_boards_alone_says_so(
    kits: Kits, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "boards.pole"
    signed_zip.write(path, {"version": "0.1.0", "targets": [], "imports": {}}, {}, KEY)
    assert run(path, "--trust", kits.trust, "--root", tmp_path / "root") == 1
    assert "pole bundle --node" in capsys.readouterr().err


def test_wheels_say_what_they_need() -> None:
    names = ("wheels/a-1-py3-none-any.whl", "wheels/c-1-cp311-abi3-manylinux_2_34_x86_64.whl",
             "wheels/b-1-cp312-cp312-manylinux_2_17_x86_64.manylinux2014_x86_64.whl")  # fmt: skip
    assert wheels.target("x86_64", names[:1], "").libc == ""
    found = wheels.target("x86_64", names, "")
    assert (found.architecture, found.libc, found.only_python) == ("x86_64", "glibc 2.34", "3.12")
    musl = wheels.target("aarch64", ("wheels/c-1-cp311-abi3-musllinux_1_2_aarch64.whl",), "")
    assert musl.libc == "musl 1.2"


# Installed for real.


@pytest.fixture(scope="module")
def node(kits: Kits, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A root with version 0.1.0, installed by nothing but the agent's wheel and a bare Python."""
    folder = tmp_path_factory.mktemp("node")
    root, own = folder / "root", folder / Path(kits.own).name
    own.write_bytes(kits.files[kits.own])
    python = str(getattr(sys, "_base_executable", sys.executable))
    done = subprocess.run(
        [python, "-s", "-m", "agent.cli.main", "install", kits.make("0.1.0"), "--trust",
         kits.trust, "--root", root],
        cwd=folder, env={"PATH": os.environ["PATH"], "PYTHONPATH": str(own)}, timeout=120,
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr
    assert "Installed: 0.1.0" in done.stdout
    return root


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
        assert "there are 0.1.0, 0.2.0" in capsys.readouterr().err
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
    kit = bundles.opened(kits.make("0.2.0", {"agent/cli/run.py": _CRASHES}), PUBLIC)
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
    kit = kits.make("0.2.0", {"agent/cli/run.py": _CRASHES})
    assert run(kit, "--root", node) == 1
    assert "The new version refuses the settings" in capsys.readouterr().err
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
    kit = bundles.opened(kits.make("0.1.0", {"agent/cli/run.py": _CRASHES}), PUBLIC)
    name = install.Installer(Places(node)).install(kit, PUBLIC, None)
    assert name == f"0.1.0+{kit.digest[:8]}"


def test_wheels_that_lack_a_dependency_are_refused(
    kits: Kits, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    some = tuple(name for name in kits.target.wheels if "paho" not in name)
    kit = kits.make("0.1.0", target=dataclasses.replace(kits.target, wheels=some))
    assert run(kit, "--trust", kits.trust, "--root", tmp_path) == 1
    assert "paho-mqtt" in capsys.readouterr().err
    assert slots_below(tmp_path).active is None


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
    assert "Nothing is installed" in capsys.readouterr().err


def test_wheels_that_do_not_go_together_are_refused(kits: Kits, tmp_path: Path) -> None:
    folder = tmp_path / "wheels"
    shutil.copytree(kits.folder / "wheels", folder)
    own = kits.files[kits.own]
    (folder / "pole_agent-0.1.0-py3-none-any.whl").write_bytes(own)
    (folder / "other-1-cp311-cp311-manylinux_2_28_aarch64.whl").write_bytes(own)
    target, files = wheels.gather("x86_64", folder)
    assert not [name for name in files if "other" in name]
    (folder / "pole_agent-0.2.0-py3-none-any.whl").write_bytes(own)
    with pytest.raises(signed_zip.BadBundle, match="the same package"):
        wheels.gather("x86_64", folder)
    (folder / "pole_agent-0.2.0-py3-none-any.whl").rename(folder / "strange.whl")
    with pytest.raises(signed_zip.BadBundle, match="not named as a wheel"):
        wheels.gather("x86_64", folder)
    assert target.architecture == ""


# Words.


def _blanks(text: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(text) if name}


@pytest.mark.parametrize("code", NODE_WORDS)
def test_both_languages_say_the_same(code: str) -> None:
    english, chinese = NODE_WORDS[code]
    assert _blanks(english) == _blanks(chinese)


def test_what_may_not_be_written_is_one_sentence(
    kits: Kits, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "etc").write_text("a file where a folder belongs")
    assert run(kits.make("0.1.0"), "--trust", kits.trust, "--root", tmp_path) == 1
    said = capsys.readouterr().err
    assert "cannot be written" in said and "Traceback" not in said
    with pytest.raises(NodeFailure):
        bundles.opened(tmp_path / "nothing.pole", PUBLIC)
