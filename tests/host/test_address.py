"""`pole address`: a lone device, its own address, the driver's steps; else nothing is written."""

import io
import json
from pathlib import Path
from typing import Any

import pytest

from agent import drivers
from agent.cli.main import main
from agent.kit.renumber import Outcome, renumber
from simulators.world.dice import Dice
from simulators.world.troubled_line import ForeignMaster, Settable
from tests.host.kit_lines import Pty, dyp, patience, tilt, troubled, twin_of

RENUMBERED = [model for model in drivers.models() if drivers.load(model).renumber]


def settable(model: str) -> Settable:
    return Settable(twin_of(model), drivers.load(model).renumber)


def done(
    twins: list[Any], model: str, old: int, new: int, cycle: Any = lambda: None, **faults: Any
) -> tuple[Outcome, list[bytes]]:
    """What came of it, and every frame that was sent to write."""
    device = drivers.load(model)
    wire, line = troubled(twins, device.line, **faults)
    outcome = renumber(wire, device.line, device, old, new, lambda code, values: None, cycle)
    writes = [data for data in line.sent if len(data) == 8 and data[1] == 6]
    assert all(data[0] == old for data in writes), "a write to anybody else"
    assert not wire.writes_allowed
    return outcome, writes


@pytest.mark.parametrize("model", RENUMBERED)
@pytest.mark.parametrize("echo", [False, True])
def test_the_declared_steps_do_it(model: str, echo: bool) -> None:
    twin = settable(model)
    steps = drivers.load(model).renumber
    old = twin.unit
    outcome, writes = done([twin], model, old, 99, twin.power_cycle, echo=echo)
    assert outcome.done, outcome
    assert twin.unit == 99
    assert len(writes) == sum(step[0] == "write" for step in steps)


def test_six_models_can_be_renumbered() -> None:
    assert len(RENUMBERED) >= 6


@pytest.mark.parametrize(
    "others,faults,code",
    [
        ([dyp(7)], {}, "address-others"),
        ([tilt(0x50)], {}, "address-others"),
        ([dyp(5)], {}, "address-others"),
        ([ForeignMaster(9)], {}, "address-foreign"),
        ([dyp(1, 900)], {}, "address-spoilt"),
        ([], {"dice": Dice(4), "loss": 600}, "address-spoilt"),
        ([], {"swapped": True}, "address-none"),
    ],
)
def test_nothing_is_written_unless_it_is_alone_and_well(
    others: list[Any], faults: dict[str, Any], code: str
) -> None:
    twin = settable("dyp-ultrasonic")
    outcome, writes = done([twin, *others], "dyp-ultrasonic", 1, 5, **faults)
    assert outcome.code == code
    assert writes == [] and twin.written == [] and twin.unit == 1


def test_another_model_is_not_written_to() -> None:
    twin = settable("dyp-ultrasonic")
    outcome, writes = done([twin], "fukaite-gas", 1, 5)
    assert outcome.code == "address-model" and writes == [] and twin.written == []


def test_a_device_that_only_says_yes_has_not_changed() -> None:
    twin = settable("dyp-ultrasonic")
    twin.steps = ()  # it confirms every write, and obeys none
    outcome, writes = done([twin], "dyp-ultrasonic", 1, 5)
    assert outcome.code == "address-failed" and outcome.values["where"] == "1"
    assert len(writes) == 1


def test_a_device_that_was_not_switched_off_and_on() -> None:
    outcome, _ = done([settable("nhzd210")], "nhzd210", 10, 11)
    assert outcome.code == "address-failed" and outcome.values["where"] == "10"


@pytest.mark.parametrize("old,new", [(0, 5), (1, 0), (1, 248), (255, 1), (3, 3)])
def test_everybodys_addresses_are_never_used(old: int, new: int) -> None:
    with pytest.raises(ValueError, match="from 1 to 247"):
        done([settable("dyp-ultrasonic")], "dyp-ultrasonic", old, new)


def test_a_driver_without_steps_is_told(capsys: pytest.CaptureFixture[str]) -> None:
    asked = ["address", "--port", "x", "--driver", "pzem-004t", "--from", "1", "--to", "2", "--yes"]
    assert main(asked) == 2
    assert "declares no steps" in capsys.readouterr().err
    assert main([*asked, "--lang", "zh"]) == 2 and "没有给出改址步骤" in capsys.readouterr().err
    assert main([*asked[:-3], "--to", "248", "--lang", "zh"]) == 2
    assert "1 至 247" in capsys.readouterr().err
    assert main(["drivers", "nhzd210"]) == 0
    assert "power off and on" in capsys.readouterr().out


def test_the_command_on_a_real_line(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    twin = settable("dyp-ultrasonic")
    record = tmp_path / "line.jsonl"
    asked = ["address", "--driver", "dyp-ultrasonic", "--from", "1", "--to", "5", "--mode",
             "9600 8N1"]  # fmt: skip
    with Pty(tmp_path, [twin]) as line, patience():
        port = ["--port", str(line.path), "--record", str(record)]
        monkeypatch.setattr("sys.stdin", io.StringIO("no\n"))
        assert main([*asked, *port]) == 1 and twin.written == []
        monkeypatch.setattr("sys.stdin", io.StringIO("yes\n"))
        assert main([*asked, *port]) == 0
    assert twin.unit == 5 and twin.written == [(0x200, 5)]
    assert "it answers at 5" in capsys.readouterr().out
    assert main([*asked, "--replay", str(record), "--yes", "--json", "--lang", "zh"]) == 0
    said = json.loads(capsys.readouterr().out)
    assert said["done"] and "地址 5" in said["text"]
