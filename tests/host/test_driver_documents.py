"""The table of drivers and the page that explains how one is written."""

import re

import pytest

from agent import drivers
from agent.cli.main import main
from agent.drivers.modbus import ModbusDevice
from tests.host.micropython import ROOT

FOLDER = ROOT / "docs" / "drivers"


def test_the_table_is_the_codes(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["drivers", "--markdown"]) == 0
    said = capsys.readouterr().out
    assert len(said.splitlines()) == 2 + len(drivers.models())
    assert (FOLDER / "table.md").read_text(encoding="utf-8") == "# Drivers\n\n" + said, (
        "renew it: pole driver table"
    )


def test_the_example_is_a_driver() -> None:
    page = (FOLDER / "index.md").read_text(encoding="utf-8")
    found = re.search(r"```python\n(.*?)```", page, re.DOTALL)
    assert found
    scope: dict[str, type[ModbusDevice]] = {}
    exec(compile(found[1], "index.md", "exec"), scope)
    device = scope["Device"]({"address": 1})
    assert device.requests() == [(0, 4)]
    assert [channel.name for channel in device.channels] == ["level", "flow", "tamper"]
