"""The key file of a node: made once, for its owner alone, whole or not at all."""

import os
import stat
from pathlib import Path

import pytest

from agent.linux.keys import load_or_create
from agent.protocols.sm2 import N

GOOD = f"{0x1234:064x}\n"


def written(path: Path, text: str, mode: int = 0o600) -> Path:
    path.write_text(text, encoding="latin-1")
    path.chmod(mode)
    return path


def test_a_key_is_made_once_and_only_its_owner_reads_it(tmp_path: Path) -> None:
    path = tmp_path / "deep" / "device.key"
    before = os.umask(0)
    try:
        key = load_or_create(path)
    finally:
        os.umask(before)
    assert 0 < key < N - 1
    assert load_or_create(path) == key
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert path.read_text(encoding="ascii") == f"{key:064x}\n"
    assert [file.name for file in path.parent.iterdir()] == ["device.key"]
    assert load_or_create(tmp_path / "other.key") != key


def test_two_keys_in_one_folder_do_not_meet(tmp_path: Path) -> None:
    written(tmp_path / "device.new", GOOD)
    load_or_create(tmp_path / "device.key")
    assert load_or_create(tmp_path / "device.new") == 0x1234


def test_what_a_power_cut_left_is_replaced(tmp_path: Path) -> None:
    written(tmp_path / "device.key.new", "12", 0o644)
    key = load_or_create(tmp_path / "device.key")
    assert load_or_create(tmp_path / "device.key") == key


@pytest.mark.parametrize("failing", ["fsync", "replace"])
def test_a_storage_that_fails_leaves_no_key(
    failing: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*arguments: object) -> None:
        raise OSError(5, "Input/output error")

    monkeypatch.setattr(os, failing, fail)
    with pytest.raises(OSError, match="Input/output error"):
        load_or_create(tmp_path / "device.key")
    assert not (tmp_path / "device.key").exists()


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o620, 0o602, 0o610, 0o644, 0o666])
def test_a_key_that_others_may_touch_is_refused(mode: int, tmp_path: Path) -> None:
    path = written(tmp_path / "device.key", GOOD, mode)
    with pytest.raises(OSError, match="run chmod 600"):
        load_or_create(path)
    path.chmod(0o400)
    assert load_or_create(path) == 0x1234


@pytest.mark.parametrize(
    "text",
    ["", "\n", GOOD[:-2], "0" + GOOD, "0x" + GOOD[2:], "_".join((GOOD[:31], GOOD[32:])),
     "+" + GOOD[1:], "g" + GOOD[1:], "\0" * 64, GOOD[:64] + "\0", GOOD * 2, "ä" + GOOD[1:],
     "0" * 64, f"{N:064x}", f"{N - 1:064x}", "f" * 64],
)  # fmt: skip
def test_damaged_content_is_refused_and_kept(text: str, tmp_path: Path) -> None:
    path = written(tmp_path / "device.key", text)
    with pytest.raises(OSError, match=r"device\.key holds no private key"):
        load_or_create(path)
    assert path.read_text(encoding="latin-1") == text
