"""The table of drivers and the page that explains how one is written."""

import ast
import re
from pathlib import Path
from typing import Any

from agent import drivers
from agent.drivers.modbus import ModbusDevice
from agent.kit import identify, table
from tests.host.micropython import ROOT

FOLDER = ROOT / "docs" / "drivers"


def test_no_row_of_the_table_is_stale() -> None:
    """A driver of after the last release may be missing."""
    stale, missing = table.differences(ROOT)
    assert not stale, "renew it: pole driver table"
    assert all(row.startswith("| `") for row in missing)
    rows = (FOLDER / "table.md").read_text(encoding="utf-8").splitlines()
    assert len(rows) + len(missing) == 4 + len(drivers.models()) and len(rows) > 34


# Kinds of sensors, with channels of which every one has a driver.
COVERED = {
    "water level": {"level", "distance"},
    "gas": {"lel", "ch4", "co", "h2s", "o2", "co2"},
    "tilt": {"roll", "pitch"},
    "contact": {"contact1"},  # a cover that opens, a float that swims
    "air quality": {"pm25", "pm10", "noise"},
    "weather": {"temperature", "humidity", "pressure", "wind_speed", "wind_direction", "rain",
                "illuminance", "noise"},
    "electricity": {"voltage", "current", "power", "energy"},
    "switch": {"relay1", "relay8"},
    "position": {"lat", "lon"},
}  # fmt: skip


def channels(device: Any) -> set[str]:
    """The channels of a driver, whatever is chosen."""
    names: set[str] = set()
    for option in [one for one in device.options if one.choices] or [None]:
        for choice in option.choices if option else ("",):
            chosen = {option.name: choice} if option else {}
            options = {**identify.defaults(device), **chosen, "relays": 8, "mount": 3000}
            names |= {channel.name for channel in device(options).channels}
    return names


def test_what_is_covered() -> None:
    found: dict[str, set[str]] = {}
    devices = [drivers.load(model) for model in drivers.models() if model != "generic-modbus"]
    for device in devices:
        found.setdefault(device.kind, set()).update(channels(device))
    for kind, names in COVERED.items():
        assert names <= found[kind], (kind, names - found[kind])
    assert len(devices) >= 30
    assert sum(device.protocol == "modbus" for device in devices) >= 12
    assert sum(device.proven for device in devices) >= 20


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


def test_the_examples_are_drivers() -> None:
    page = (FOLDER / "index.md").read_text(encoding="utf-8")
    made = []
    for text in re.findall(r"```python\n(.*?)```", page, re.DOTALL):
        scope: dict[str, Any] = {}
        exec(compile(text, "index.md", "exec"), scope)
        made.append(scope["Device"]({"address": 1}))
    device, dust = made
    frame = bytearray(dust.start + bytes(28))
    frame[12:14], frame[24:26] = b"\x00\x23", b"\xff\xf6"
    frame[30:] = sum(frame).to_bytes(2, "big")
    assert dust.sound(frame) and [one.value for one in dust.mean(frame)] == [35, -10]
    assert device.requests() == [(0, 4)]
    assert [channel.name for channel in device.channels] == ["level", "flow", "tamper"]
