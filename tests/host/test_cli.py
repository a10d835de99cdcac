"""The command line: help that teaches, one plain sentence for a mistake, JSON for scripts."""

import argparse
import json
import subprocess
import sys
from collections.abc import Iterator
from typing import Any

import pytest

from agent.cli import main as main_module
from agent.cli.help import Examples
from agent.cli.main import main
from tests.host.unwrapped import unwrapped

COMMANDS = tuple(main_module._COMMANDS)


def test_help_names_every_command_within_80_columns() -> None:
    said = subprocess.run(
        [sys.executable, "-m", "agent.cli.main", "--help"],
        capture_output=True, text=True, check=True, env={"COLUMNS": "80", "PATH": ""},
    ).stdout  # fmt: skip
    assert all(command in said for command in COMMANDS)
    assert max(len(line) for line in said.splitlines()) <= 80


def every(parser: argparse.ArgumentParser) -> Iterator[argparse.ArgumentParser]:
    """The parser of a command, and those of its parts."""
    yield parser
    for action in parser._actions:
        if isinstance(action, argparse._SubParsersAction):
            for part in action.choices.values():
                yield from every(part)


def test_all_help_fits_into_80_columns(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    found = [
        f"{parser.prog}: {line}"
        for parser in every(main_module.parser())
        for line in parser.format_help().splitlines()
        if len(line) > 80
    ]
    assert found == []


def test_a_long_example_stays_one_command() -> None:
    long = '  pole explain P --from "2026-11-21 08:00" --to "2026-11-21 09:00"      one hour of it'
    text = f"examples:\n{long}\n\nA word.\nAnother one, {'so ' * 30}long.\nexit status: 0 or 1.\n"
    said = Examples("pole")._fill_text(text, 60, "").splitlines()
    assert said[:4] == [
        "examples:",
        '  pole explain P --from "2026-11-21 08:00" \\',
        '      --to "2026-11-21 09:00"',
        "      one hour of it",
    ]
    assert said[5].startswith("A word. Another one,") and said[-1] == "exit status: 0 or 1."
    assert max(map(len, said)) <= 60


@pytest.mark.parametrize("command", COMMANDS)
def test_each_command_teaches_by_examples(command: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main([command, "--help"])
    assert ended.value.code == 0
    assert f"pole {command}" in capsys.readouterr().out.split("examples:")[1]


@pytest.mark.parametrize("arguments", [(), ("driver",)])
def test_whoever_names_no_command_is_shown_them(
    arguments: tuple[str, ...], capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as ended:
        main([*arguments])
    said = capsys.readouterr()
    assert ended.value.code == 2 and said.out == ""
    assert "examples:" in said.err or "first steps:" in said.err


def test_an_unknown_command_is_told_its_nearest(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["chekc", "pole.toml"]) == 2
    assert unwrapped(capsys.readouterr().err) == "pole: no command 'chekc'; did you mean 'check'?\n"
    assert main(["zzz"]) == 2
    assert "`pole --help` lists them" in unwrapped(capsys.readouterr().err)


def test_drivers(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["drivers"]) == 0
    said = capsys.readouterr().out
    assert max(len(line) for line in said.splitlines()) <= 80 and "unproven" in said
    assert "pm1 ug/m3, pm25 ug/m3, pm4…" in said  # what is cut says so
    assert main(["drivers", "--json"]) == 0
    listed = {driver["model"]: driver for driver in json.loads(capsys.readouterr().out)}
    assert {"dyp-ultrasonic", "winsen-ze07", "fukaite-gas", "witmotion-tilt",
            "plantower-pms5003"} <= set(listed)  # fmt: skip
    assert listed["fukaite-gas"]["status"] == "unproven"
    assert not listed.pop("generic-modbus")["channels"]  # they stand in the settings
    assert all(driver["source"] and driver["channels"] for driver in listed.values())
    assert main(["drivers", "no-such-thing"]) == 1
    assert "no driver" in unwrapped(capsys.readouterr().err)


def decode(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, Any, str]:
    status = main(["decode", *arguments])
    said = capsys.readouterr()
    return status, json.loads(said.out) if said.out else None, said.err


def test_decode_a_modbus_exchange(capsys: pytest.CaptureFixture[str]) -> None:
    status, readings, _ = decode(
        capsys, "--driver", "dyp-ultrasonic", "--option", "mount=3200 mm",
        "--request", "01 03 01 00 00 01 85 F6", "--response", "01 03 02 02 F2 38 A1",
    )  # fmt: skip
    assert status == 0
    assert {part["channel"]: part["value"] for part in readings} == {"level": 2446, "distance": 754}


def test_decode_a_serial_frame(capsys: pytest.CaptureFixture[str]) -> None:
    status, readings, _ = decode(
        capsys, "--driver", "winsen-ze07", "--response", "FF 04 03 01 00 05 13 88 58"
    )
    assert status == 0 and readings == [
        {"channel": "co", "value": 5, "exponent": -1, "unit": "ppm", "quality": "good"}
    ]


@pytest.mark.parametrize(
    "arguments,status,said",
    [
        (("--driver", "winsen-ze07", "--response", "FF 04 03 01 00 05 13 88 59"), 1, "BadChecksum"),
        (("--driver", "dyp-ultrasonic", "--request", "01 03 01 00 00 01 85 F6",
          "--response", "01 03 02 02 F2 38 A2"), 1, "BadChecksum"),
        (("--driver", "dyp-ultrasonic", "--request", "01 03 01 00 00 01 85 F6",
          "--response", "01 83 02 C0 F1"), 1, "Refused"),
        (("--driver", "dyp-ultrasonic", "--response", "01 03 02 02 F2 38 A1"), 2, "--request"),
        (("--driver", "dyp-ultrasonic", "--option", "mout=3", "--response", "00"), 2, "no option"),
    ],
)  # fmt: skip
def test_wrong_bytes_get_the_typed_error(
    arguments: tuple[str, ...], status: int, said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    found, readings, error = decode(capsys, *arguments)
    assert (found, readings) == (status, None) and said in error
    assert len(error.splitlines()) == 1


@pytest.mark.parametrize(
    "arguments,said",
    [
        (("--driver", "dyp-ultrasonic", "--option", "mount=3200"), "--option mount: expected a"),
        (("--driver", "generic-modbus", "--field", "name = soil"),
         "--field name = soil: Invalid value; texts stand in quotes"),
        (("--driver", "generic-modbus"), "give it one --field for each value"),
        (("--driver", "dyp-ultrasonik"), "did you mean 'dyp-ultrasonic'?"),
    ],
)  # fmt: skip
def test_a_wrong_word_is_told_with_its_place(
    arguments: tuple[str, ...], said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    status, readings, told = decode(capsys, *arguments, "--response", "00")
    assert status and readings is None and said in told


def test_hex_that_is_none(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main(["decode", "--driver", "winsen-ze07", "--response", "zz"])
    assert ended.value.code == 2 and "expected hex digits" in unwrapped(capsys.readouterr().err)


def test_a_reader_that_has_seen_enough_is_no_error() -> None:
    """As in ``pole drivers | head -1``."""
    done = subprocess.run(
        ["bash", "-c", f"set -o pipefail; {sys.executable} -m agent.cli.main drivers | head -1"],
        capture_output=True, text=True,
    )  # fmt: skip
    assert done.stdout.startswith("MODEL")
    assert done.stderr == ""
