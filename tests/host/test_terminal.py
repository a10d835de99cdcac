"""What people see on a terminal of 80 columns, where scripts get the whole of it."""

import contextlib
import json
import os
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

import pytest

from agent.cli.speech import complain, wide
from provisioning.authority import key_file
from tests.host import authority_case
from tests.host.micropython import ROOT
from tests.host.test_explain import CHANNEL, MINUTE, NOW, City
from tests.host.unwrapped import unwrapped

ENVIRONMENT = {**os.environ, "PYTHONPATH": str(ROOT), "LANG": "C.UTF-8", "COLUMNS": "80"}
MODBUS = ("decode", "--driver", "dyp-ultrasonic", "--option", "mount=3200 mm",
          "--request", "01 03 01 00 00 01 85 F6", "--response", "01 03 02 02 F2 38 A1")  # fmt: skip


def command(*arguments: object) -> list[str]:
    return [sys.executable, "-m", "agent.cli.main", *map(str, arguments)]


def on_terminal(where: Path, *arguments: object) -> list[str]:
    """The lines that a command shows on a terminal; none is wider than that."""
    lines = to_terminal(where, *arguments).splitlines()
    assert all(len(line) <= 80 for line in lines), lines
    return lines


def to_terminal(where: Path, *arguments: object) -> str:
    """What a command writes to a terminal."""
    return shown(where, command(*arguments), 0)


def shown(where: Path, words: list[str], status: int) -> str:
    """What a program writes to a terminal before it ends with that status."""
    master, slave = os.openpty()
    with subprocess.Popen(words, stdout=slave, cwd=where, env=ENVIRONMENT) as process:
        os.close(slave)
        data = bytearray()
        with contextlib.suppress(OSError):  # the last of the other end is gone
            while chunk := os.read(master, 4096):
                data += chunk
        os.close(master)
        assert process.wait(60) == status, data
    return data.decode()


def in_a_pipe(where: Path, *arguments: object) -> str:
    """What a script gets."""
    done = subprocess.run(command(*arguments), cwd=where, env=ENVIRONMENT, check=True,
                          capture_output=True, text=True)  # fmt: skip
    return done.stdout


def test_decoded_readings_are_a_table_to_people(tmp_path: Path) -> None:
    level, distance = on_terminal(tmp_path, *MODBUS)
    assert level.split() == ["level", "2.446", "m", "good"]
    assert distance.split() == ["distance", "0.754", "m", "good"]
    for said in (in_a_pipe(tmp_path, *MODBUS), to_terminal(tmp_path, *MODBUS, "--json")):
        assert {one["channel"]: one["value"] for one in json.loads(said)}["level"] == 2446


def test_a_record_is_whole_for_scripts_and_short_for_people(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(key_file, "ITERATIONS", 1000)
    monkeypatch.setattr(authority_case, "NOW", datetime.now(UTC))
    authority_case.make(tmp_path / "jinjiang")
    words = tmp_path / "words"
    words.write_bytes(authority_case.PASSPHRASE)
    words.chmod(0o600)
    (tmp_path / "PB-1.csr").write_bytes(authority_case.request("PB-1", 1001))
    opened = ("--passphrase-file", "words")
    in_a_pipe(tmp_path, "authority", "enroll", "jinjiang", "PB-1", "--csr", "PB-1.csr", *opened)
    move = ("authority", "move", "jinjiang", "PB-1", *opened, "--pole")
    record = in_a_pipe(tmp_path, *move, "CD-JJ-0007").split()[-1]
    assert len(bytes.fromhex(record)) > 100
    seen = " ".join(on_terminal(tmp_path, *move, "CD-JJ-" + "0" * 20))
    assert "is at CD-JJ-" in seen and "signed record" in seen and "in the register" in seen
    said = " ".join(on_terminal(tmp_path, "authority", "oscore", "jinjiang", "PB-1"))
    assert "never copied" in said
    retired = on_terminal(tmp_path, "authority", "retire", "jinjiang", "PB-1", *opened)
    assert "PB-1 retired: signed record" in retired[0]


def test_an_explanation_fits(tmp_path: Path) -> None:
    (tmp_path / "platform").mkdir()
    city = City(tmp_path / "platform" / "platform.db")
    city.rows(range(3))
    city.rows(range(3, 6), lost=True)
    city.rows(range(6, 9))
    city.store.close()
    city.registry.save(tmp_path / "registry.json")
    begin, end = (datetime.fromtimestamp((NOW + minute * MINUTE) / 1000, UTC) for minute in (0, 8))
    lines = on_terminal(tmp_path, "explain", CHANNEL, "--from", begin.isoformat(), "--to",
                        end.isoformat(), "--registry", "registry.json")  # fmt: skip
    assert "missing: frames 3 to 3 have not come, and are asked for" in " ".join(
        line.strip() for line in lines
    )


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_a_failure_of_flash_py_fits(tmp_path: Path, lang: str) -> None:
    place = tmp_path / ("a-long-name-" * 4)
    words = [
        sys.executable,
        str(ROOT / "flash.py"),
        "--language",
        lang,
        "--bundle",
        "kit.pole",
        "--settings",
        "pole.toml",
        "--registry",
        "registry.json",
        "--trust",
        str(place),
    ]
    lines = shown(tmp_path, words, 2).splitlines()
    too_wide = [line for line in lines if wide(line) > 80 and str(place) not in line]
    assert len(lines) > 1 and not too_wide, lines


@pytest.mark.parametrize("words", [("drivers",), ("drivers", "cwt-soil", "--lang", "zh")])
def test_letters_that_the_terminal_cannot_show_are_spelt(words: tuple[str, ...]) -> None:
    ascii_alone = {"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"}
    done = subprocess.run(
        command(*words), env=ENVIRONMENT | ascii_alone, capture_output=True, check=False, timeout=60
    )
    assert done.returncode == 0 and done.stderr == b""
    assert done.stdout.isascii() and b"\\u" in done.stdout


@pytest.mark.parametrize("length", range(20, 78))
@pytest.mark.parametrize("sentence", (
    "pole: {} is no handover sheet, or it was changed: look for another one, which was not.",
    "pole: {} 不是发布公钥（130 位十六进制数）；请用 --trust 指定软件包发布者的 release.pub。",
))  # fmt: skip
def test_what_is_wrapped_can_be_read_as_before(
    length: int, sentence: str, capsys: pytest.CaptureFixture[str]
) -> None:
    text = sentence.format("x" * length)
    complain(text)
    told = capsys.readouterr().err
    assert all(wide(line) <= 80 for line in told.splitlines())
    assert unwrapped(told) == text + "\n"
