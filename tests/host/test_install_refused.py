"""``pole install``: what is refused before anything is written, and how it is told."""

import dataclasses
import resource
import shutil
import string
import sys
from pathlib import Path
from typing import Any

import pytest

from agent.protocols import sm2
from provisioning import signed_zip
from provisioning.node import kit as bundles
from provisioning.node import version, wheels
from provisioning.node.places import explained
from provisioning.node.target import Machine, NodeTarget, misfits
from provisioning.node.words import NODE_WORDS, NodeFailure
from tests.host.node_kits import (
    KEY,
    OTHER,
    PUBLIC,
    Kits,
    kits_fixture,  # noqa: F401
    run,
    slots_below,
)
from tests.host.unwrapped import unwrapped

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
    kits: Kits,
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch,
    change: dict[str, Any], why: str,
) -> None:  # fmt: skip
    monkeypatch.setattr(bundles, "this_machine", lambda: NODE)
    target = dataclasses.replace(HERE, wheels=kits.target.wheels, pip=kits.target.pip, **change)
    kit = kits.make("0.1.0", target=target)
    assert run(kit, "--trust", kits.trust, "--root", tmp_path / "root") == 1
    said = unwrapped(capsys.readouterr().err)
    assert why in said and said.count("\n") == 1
    assert not (tmp_path / "root").exists()


def test_a_machine_of_the_right_kind_fits() -> None:
    assert misfits(HERE, NODE) == []
    assert misfits(dataclasses.replace(HERE, architecture="", libc=""), NODE) == []


def test_what_is_not_signed_by_the_pinned_key_is_refused(
    kits: Kits,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    root = tmp_path / "root"
    foreign = kits.make("0.1.0", key=OTHER)
    assert run(foreign, "--root", root) == 1
    assert "--trust" in unwrapped(capsys.readouterr().err)
    assert run(foreign, "--trust", kits.trust, "--root", root) == 1
    assert "not signed by the key" in unwrapped(capsys.readouterr().err)
    data = kits.make("0.1.0").read_bytes()
    damaged = tmp_path / "damaged.pole"
    for at in range(1, 20):
        place = len(data) * at // 20
        damaged.write_bytes(data[:place] + bytes((data[place] ^ 0x55,)) + data[place + 1 :])
        assert run(damaged, "--trust", kits.trust, "--root", root) == 1
    cut = tmp_path / "cut.pole"
    cut.write_bytes(data[:-100])
    assert run(cut, "--trust", kits.trust, "--root", root) == 1
    assert "cut off" in unwrapped(capsys.readouterr().err)
    assert not root.exists()
    # Once pinned, no other key counts, not even one that is given.
    (root / "etc/pole").mkdir(parents=True)
    shutil.copy(kits.trust, root / "etc/pole/release.pub")
    other = tmp_path / "other.pub"
    other.write_text(sm2.public_key(OTHER).hex(), encoding="ascii")
    assert run(foreign, "--trust", other, "--root", root) == 1
    assert "pins another release key" in unwrapped(capsys.readouterr().err)


def test_a_bundle_for_boards_alone_says_so(
    kits: Kits,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    path = tmp_path / "boards.pole"
    signed_zip.write(path, {"version": "0.1.0", "targets": [], "imports": {}}, {}, KEY)
    assert run(path, "--trust", kits.trust, "--root", tmp_path / "root") == 1
    assert "pole bundle --node" in unwrapped(capsys.readouterr().err)


def test_wheels_say_what_they_need() -> None:
    names = ("wheels/a-1-py3-none-any.whl", "wheels/c-1-cp311-abi3-manylinux_2_34_x86_64.whl",
             "wheels/b-1-cp312-cp312-manylinux_2_17_x86_64.manylinux2014_x86_64.whl")  # fmt: skip
    assert wheels.target("x86_64", names[:1], "").libc == ""
    found = wheels.target("x86_64", names, "")
    assert (found.architecture, found.libc, found.only_python) == ("x86_64", "glibc 2.34", "3.12")
    musl = wheels.target("aarch64", ("wheels/c-1-cp311-abi3-musllinux_1_2_aarch64.whl",), "")
    assert musl.libc == "musl 1.2"


def test_wheels_that_lack_a_dependency_are_refused(
    kits: Kits,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    some = tuple(name for name in kits.target.wheels if "paho" not in name)
    kit = kits.make("0.1.0", target=dataclasses.replace(kits.target, wheels=some))
    assert run(kit, "--trust", kits.trust, "--root", tmp_path) == 1
    assert "paho-mqtt" in unwrapped(capsys.readouterr().err)
    assert slots_below(tmp_path).active is None


def test_wheels_that_do_not_go_together_are_refused(
    kits: Kits,
    tmp_path: Path,
) -> None:
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


def _blanks(text: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(text) if name}


def test_a_disk_that_becomes_full_gets_its_room_back(
    kits: Kits, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    kit = kits.make("0.1.0")
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, before[1]))  # some wheels fit, some do not
    try:
        assert run(kit, "--trust", kits.trust, "--root", tmp_path) == 1
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
    assert "File too large" in unwrapped(capsys.readouterr().err)
    assert list((tmp_path / "opt/pole/versions").iterdir()) == []
    said = "import sys; sys.exit('ERROR: [Errno 28] No space left on device')"
    with pytest.raises(NodeFailure, match="no-room"), explained(tmp_path):
        version._pip([sys.executable, "-c", said])


@pytest.mark.parametrize("code", NODE_WORDS)
def test_both_languages_say_the_same(code: str) -> None:
    english, chinese = NODE_WORDS[code]
    assert _blanks(english) == _blanks(chinese)


def test_what_may_not_be_written_is_one_sentence(
    kits: Kits,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    (tmp_path / "etc").write_text("a file where a folder belongs")
    assert run(kits.make("0.1.0"), "--trust", kits.trust, "--root", tmp_path) == 1
    said = unwrapped(capsys.readouterr().err)
    assert "cannot be written" in said and "Traceback" not in said
    with pytest.raises(NodeFailure):
        bundles.opened(tmp_path / "nothing.pole", PUBLIC)
