"""The wiring in ``pole.toml``: RTS of a line, and what one device can take."""

import re
from pathlib import Path
from typing import Any

import pytest

from agent import drivers
from agent.errors import BadSettings
from agent.linux import pole_toml
from agent.linux.line_plan import plan
from tests.host.micropython import ROOT
from tests.host.test_check import HEAD


def load(folder: Path, line: str = "", device: str = "", driver: str = "eastron-sdm630") -> Any:
    """The only line of settings with these more lines in it."""
    path = folder / "pole.toml"
    path.write_text(
        f'{HEAD}[[line]]\nname = "rs485"\nport = "/dev/ttyS1"\n{line}\n'
        f'[[line.device]]\nname = "meter"\ndriver = "{driver}"\nevery = "10s"\n{device}\n',
        encoding="utf-8",
    )
    return pole_toml.load(path).settings.lines[0]


def test_the_example_of_the_guide(tmp_path: Path) -> None:
    guide = (ROOT / "docs" / "integrator.md").read_text(encoding="utf-8")
    (example,) = re.findall(r"^```toml line\n(.*?)^```", guide, re.MULTILINE | re.DOTALL)
    path = tmp_path / "pole.toml"
    path.write_text(HEAD + example, encoding="utf-8")
    (line,) = pole_toml.load(path).settings.lines
    assert line.rts == [True, 1, 1]
    assert plan(line).devices[0].reads == ["0x0000-0x0049"]


def mistakes(folder: Path, **parts: str) -> list[str]:
    with pytest.raises(BadSettings) as raised:
        load(folder, **parts)
    return [f"{mistake.where}: {mistake.text}" for mistake in raised.value.mistakes]


def test_rts_of_a_line(tmp_path: Path) -> None:
    assert load(tmp_path).rts is None
    assert load(tmp_path, 'rts = { sending = "high" }').rts == [True, 0, 0]
    line = load(tmp_path, 'rts = { sending = "low", before = "2ms", after = "1ms" }')
    assert line.rts == [False, 2, 1]


def test_mistakes_about_rts(tmp_path: Path) -> None:
    assert "sending" in mistakes(tmp_path, line="rts = true")[0]
    assert mistakes(tmp_path, line='rts = { sending = "hi" }') == [
        "line.rts.sending: expected 'high' or 'low'; did you mean 'high'?"
    ]
    said = mistakes(tmp_path, line='rts = { sending = "high", befor = "1ms", after = "soon" }')
    assert len(said) == 2 and "did you mean 'before'?" in said[0] and "duration" in said[1]


def test_limits_of_a_device_change_its_plan(tmp_path: Path) -> None:
    assert len(plan(load(tmp_path)).devices[0].reads) == 4
    line = load(tmp_path, device='max_gap = 50\ngap = "30ms"')
    driver = drivers.load("eastron-sdm630")(line.devices[0].options)
    assert (driver.gap_ms, driver.max_gap, driver.max_registers) == (30, 50, 125)
    assert plan(line).devices[0].reads == ["0x0000-0x0049"]
    assert len(plan(load(tmp_path, device="max_registers = 6")).devices[0].reads) > 4
    # The driver's own are untouched.
    assert drivers.load("eastron-sdm630")({"address": 1}).gap_ms == 0


def test_how_long_a_device_may_take(tmp_path: Path) -> None:
    line = load(tmp_path, device='timeout = "2s"\nwarm_up = "3min"')
    driver = drivers.load("eastron-sdm630")(line.devices[0].options)
    assert (driver.timeout_ms, driver.warm_up_ms) == (2000, 180_000)
    ask = next(driver.read())
    assert ask.timeout_ms == 2000
    said = mistakes(tmp_path, device='warm_up = "10s"', driver="winsen-ze07")
    assert said == ["line.device.warm_up: expected from 30000 ms to 1800 s"]
    assert "10 s" in mistakes(tmp_path, device='timeout = "1min"')[0]


def test_mistakes_about_limits(tmp_path: Path) -> None:
    for wrong in ("max_registers = 0", "max_registers = 126", "max_gap = true", 'max_gap = "9"'):
        assert "expected a whole number from" in mistakes(tmp_path, device=wrong)[0]
    assert "duration" in mistakes(tmp_path, device='gap = "9"')[0]
    said = mistakes(tmp_path, device="max_gap = 3", driver="winsen-ze07")
    assert said == ["line.device.max_gap: is for Modbus devices only"]


def test_a_port_has_one_line(tmp_path: Path) -> None:
    other = '\n[[line]]\nname = "b"\nport = "/dev/ttyS1"\n[[line.device]]\nname = "c"\n'
    other += 'driver = "winsen-ze07"\nevery = "10s"'
    assert "'port /dev/ttyS1' is already used" in mistakes(tmp_path, device=other)[0]
