"""`pole driver probe`: it reads, and what it ranks first is what was put there."""

import json
import tomllib
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from agent.cli.main import main
from agent.errors import NoReply
from agent.kit import safety
from agent.kit.probe import SCALES, rank, read_all
from agent.linux import toml_fields
from simulators.world.sensors.eastron_sdm120 import single
from simulators.world.sensors.twin import ModbusTwin
from tests.host.kit_lines import Pty, patience, troubled

_WORD = 0xFFFF


class Holder(ModbusTwin):
    """Holds what it is told, and refuses reads that leave what it holds."""

    def __init__(self, held: dict[int, int]) -> None:
        super().__init__(7, {}, lambda *_: None)
        self.held = held

    def words(self, at: int, count: int, now_ms: int) -> list[int] | None:
        words = [self.held.get(at + index) for index in range(count)]
        return None if None in words else [word or 0 for word in words]


FLOW = single(230_2, -1)
HELD = {
    0: 0, 1: 253, 2: 1, 3: 4321, 4: 0x10000 - 52, 5: 9, 6: FLOW & _WORD, 7: FLOW >> 16, 8: 77,
    0x20: 1234567 >> 16, 0x21: 1234567 & _WORD, 0x22: 17,
}  # fmt: skip


def test_it_reads_around_what_is_refused_and_never_writes() -> None:
    wire, line = troubled([Holder(HELD)])
    wire.open("9600 8N1")
    registers = read_all(wire, 7, [3, 4], 0, 0x3F)
    assert {at: value for (function, at), value in registers.items() if function == 3} == HELD
    assert not [data for data in line.sent if list(safety.writes(data))]
    wire, _ = troubled([])
    wire.open("9600 8N1")
    with pytest.raises(NoReply):
        read_all(wire, 7, [3], 0, 0x3F)


@pytest.mark.parametrize(
    "wanted,register,kind,order,scale",
    [
        ("25.3", 1, "uint16", "AB", "0.1"),
        ("43.21", 3, "uint16", "AB", "0.01"),
        ("-5.2", 4, "int16", "AB", "0.1"),
        ("230.2", 6, "float32", "CDAB", "1"),
        ("12345.67", 0x20, "uint32", "ABCD", "0.01"),
    ],
)
def test_what_was_put_there_comes_first(
    wanted: str, register: int, kind: str, order: str, scale: str
) -> None:
    registers = {(3, at): value for at, value in HELD.items()}
    first = rank(registers, Decimal(wanted))[0]
    kinds = (kind, "int32") if kind == "uint32" else (kind,)
    assert (first.register, first.order, first.scale) == (register, order, Decimal(scale))
    assert first.type in kinds
    # What is proposed is a field that the settings take.
    written = tomllib.loads(first.field("x", "m"))["line"]["device"]["field"]
    assert toml_fields.compiled(written, (), lambda path, text: pytest.fail(text))


@settings(deadline=None)
@given(st.integers(100, 32767), st.sampled_from(SCALES), st.integers(0, 7))
def test_any_value_is_among_the_guesses(raw: int, scale: Decimal, place: int) -> None:
    registers = {(3, at): (raw if at == place else at * 7919 & 0x3F) for at in range(8)}
    guesses = rank(registers, raw * scale)
    assert any((one.register, one.scale) == (place, scale) for one in guesses)


def probe(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, str]:
    status = main(["driver", "probe", "--id", "7", *arguments])
    return status, capsys.readouterr().out


def test_the_command_on_a_real_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    record = tmp_path / "line.jsonl"
    where = ("--from", "0", "--to", "8", "--function", "3")
    values = ("--value", "temperature=25.3 Cel", "--value", "flow=230.2")
    with Pty(tmp_path, [Holder(HELD)]) as line, patience():
        port = ("--port", str(line.path), "--record", str(record))
        status, said = probe(capsys, *where, *values, *port)
    assert status == 0 and 'name = "temperature"\nregister = 0x0001' in said
    assert max(len(text) for text in said.splitlines()) <= 80
    status, said = probe(capsys, *where, *values, "--replay", str(record), "--json")
    found: dict[str, Any] = json.loads(said)
    assert status == 0 and len(found["registers"]) == 9
    assert found["guesses"]["flow"][0]["order"] == "CDAB"
    status, said = probe(capsys, *where, "--value", "x=987654", "--replay", str(record))
    assert status == 1 and "no guess" in said
    status, said = probe(capsys, *where, *values, "--replay", str(record), "--lang", "zh")
    assert status == 0 and "可能是" in said and "功能码 3：9 个寄存器" in said


@pytest.mark.parametrize(
    "lang,words", [("en", "it did not answer"), ("zh", "读不到寄存器：无应答")]
)
def test_silence_is_a_sentence(
    lang: str, words: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with Pty(tmp_path, []) as line:
        asked = ["--port", str(line.path), "--to", "1", "--function", "3", "--lang", lang]
        assert main(["driver", "probe", *asked]) == 1
    assert words in capsys.readouterr().err


@pytest.mark.parametrize(
    "arguments", [("--id", "0"), ("--from", "9", "--to", "1"), ("--id", "255")]
)
def test_wrong_usage(arguments: tuple[str, ...], capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["driver", "probe", "--port", "x", *arguments]) == 2
    for wrong in (("--value", "x"), ("--to", "70000"), ("--function", "5")):
        with pytest.raises(SystemExit):
            main(["driver", "probe", *wrong])
