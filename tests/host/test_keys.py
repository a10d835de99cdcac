"""The key file of a node: made once, for its owner alone, whole or not at all."""

import os
import stat
from pathlib import Path

import pytest

from agent.linux import keys, pkcs8
from agent.linux.keys import load_or_create
from agent.protocols.sm2 import N
from tests.host.openssl import openssl

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


def under(monkeypatch: pytest.MonkeyPatch, path: Path, words: bytes) -> Path:
    path.write_bytes(words)
    monkeypatch.setenv(keys.PASSPHRASE_FILE, str(path))
    return path


def test_a_key_under_a_passphrase(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "device.key"
    under(monkeypatch, tmp_path / "words", b"correct horse\nanother line\n")
    key = load_or_create(path)
    assert load_or_create(path) == key
    text = path.read_bytes()
    assert text.startswith(pkcs8.BEGIN) and f"{key:x}".encode() not in text
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    for words, said in (
        (b"wrong horse\n", "the passphrase does not open the key"),
        (b"", "holds no passphrase"),
        (b"a\0b\n", "holds no passphrase"),
    ):
        under(monkeypatch, tmp_path / "words", words)
        with pytest.raises(OSError, match=said):
            load_or_create(path)
    monkeypatch.delenv(keys.PASSPHRASE_FILE)
    with pytest.raises(OSError, match="needs its passphrase"):
        load_or_create(path)
    assert path.read_bytes() == text
    # systemd's way to hand it over.
    (tmp_path / keys.CREDENTIAL).write_bytes(b"correct horse")
    monkeypatch.setenv("CREDENTIALS_DIRECTORY", str(tmp_path))
    assert load_or_create(path) == key
    text = text.replace(text[200:204], b"AAAA")
    written(path, text.decode())
    with pytest.raises(OSError, match=r"device\.key: "):
        load_or_create(path)


def test_openssl_opens_our_key_and_we_open_its(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Twice: openssl takes the second line for what it writes.
    under(monkeypatch, tmp_path / "words", b"correct horse\n" * 2)
    key = load_or_create(tmp_path / "device.key")
    shown = openssl(tmp_path, "pkey", "-in", "device.key", "-passin", "file:words", "-text")
    digits = shown.partition("priv:")[2].partition("pub:")[0]
    assert int("".join(digits.split()).replace(":", ""), 16) == key
    convert = ("pkcs8", "-topk8", "-in", "device.key", "-passin", "file:words",
               "-passout", "file:words", "-out", "theirs.key")  # fmt: skip
    openssl(tmp_path, *convert, "-v2", "aes-128-cbc")
    (tmp_path / "theirs.key").chmod(0o600)
    assert load_or_create(tmp_path / "theirs.key") == key


def test_a_key_of_another_curve_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    under(monkeypatch, tmp_path / "words", b"correct horse\n")
    make = ("genpkey", "-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-256", "-aes-128-cbc",
            "-pass", "file:words", "-out", "p256.key")  # fmt: skip
    openssl(tmp_path, *make)
    (tmp_path / "p256.key").chmod(0o600)
    with pytest.raises(OSError, match="not one of SM2's curve"):
        load_or_create(tmp_path / "p256.key")
