"""The table of drivers and the page that explains how one is written."""

import ast
import re
from pathlib import Path

from agent import drivers
from agent.drivers.modbus import ModbusDevice
from agent.kit import table
from tests.host.micropython import ROOT

FOLDER = ROOT / "docs" / "drivers"


def test_no_row_of_the_table_is_stale() -> None:
    """A driver of after the last release may be missing."""
    stale, missing = table.differences(ROOT)
    assert not stale, "renew it: pole driver table"
    assert all(row.startswith("| `") for row in missing)
    rows = (FOLDER / "table.md").read_text(encoding="utf-8").splitlines()
    assert len(rows) + len(missing) == 4 + len(drivers.models()) and len(rows) > 34


def code_lines(path: Path) -> int:
    """Lines of code: without its docstring, comments and blank lines."""
    text = path.read_text(encoding="utf-8")
    head = ast.parse(text).body[0].end_lineno
    lines = [line.strip() for line in text.splitlines()[head:]]
    return sum(bool(line) and not line.startswith("#") for line in lines)


def test_a_driver_that_is_a_table_is_short() -> None:
    lines = {}
    for model in drivers.models():
        device = drivers.load(model)
        if issubclass(device, ModbusDevice) and not {"read", "mean", "__init__"} & set(
            vars(device)
        ):
            path = ROOT / "agent" / "drivers" / f"{model.replace('-', '_')}.py"
            lines[model] = code_lines(path)
    assert len(lines) >= 8 and max(lines.values()) <= 20, lines


def test_the_example_is_a_driver() -> None:
    page = (FOLDER / "index.md").read_text(encoding="utf-8")
    found = re.search(r"```python\n(.*?)```", page, re.DOTALL)
    assert found
    scope: dict[str, type[ModbusDevice]] = {}
    exec(compile(found[1], "index.md", "exec"), scope)
    device = scope["Device"]({"address": 1})
    assert device.requests() == [(0, 4)]
    assert [channel.name for channel in device.channels] == ["level", "flow", "tamper"]
