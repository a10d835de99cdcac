"""``pole zero``: the mount measured over a real line, and written where it belongs."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from agent.cli.main import main
from agent.errors import AgentError, BadSettings
from agent.linux import pole_toml, zero
from simulators.lines.pty_lines import Lines
from simulators.world.dice import Dice
from simulators.world.sensors import dyp_ultrasonic
from simulators.world.signal import Signal
from tests.host.test_settings import GOOD

HANGS = 3187


@pytest.fixture()
def road(tmp_path: Path) -> Iterator[dyp_ultrasonic.Twin]:
    """A sensor on a pty, over a dry road, and a pole.toml without its mount."""
    dice = Dice(7)
    level = Signal(dice, 0, 2, -2, 2, 50)
    temperature = Signal(dice, 200, 0, 0, 300)
    twin = dyp_ultrasonic.Twin(1, {"level": level, "temperature": temperature},
                               lambda *_: None, HANGS)  # fmt: skip
    lines = Lines()
    lines.add(tmp_path / "rs485", "9600 8N1", [twin])
    lines.start()
    text = GOOD.replace("/dev/ttyS1", str(tmp_path / "rs485")).replace('mount = "3200 mm"\n', "")
    (tmp_path / "pole.toml").write_text(text.replace('every = "10s"', 'every = "1s"'))
    yield twin
    lines.stop()


def test_the_mount_is_measured_and_written(
    road: dyp_ultrasonic.Twin, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "pole.toml"
    with pytest.raises(BadSettings, match="needs mount"):
        pole_toml.load(path)
    before = path.read_text()
    assert main(["zero", str(path), "--device", "underpass", "--readings", "2"]) == 0
    assert "or do so with --write" in capsys.readouterr().out and path.read_text() == before
    assert main(["zero", str(path), "--device", "underpass", "--readings", "3", "--write"]) == 0
    said = capsys.readouterr().out
    assert "to the road, 3 readings within" in said and "is written" in said
    device = pole_toml.load(path).settings.lines[0].devices[0]
    assert abs(device.options["mount"] - HANGS) <= 2
    assert path.read_text().replace(f'mount = "{device.options["mount"]} mm"\n', "") == before


def test_a_sensor_that_does_not_answer_is_told(
    road: dyp_ultrasonic.Twin, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    road.fault = "silent"
    assert main(["zero", str(tmp_path / "pole.toml"), "--device", "underpass", "--write"]) == 1
    assert "NoReply" in capsys.readouterr().err
    road.fault = ""
    road.signals["level"].low = road.signals["level"].high = HANGS - 100
    road.signals["level"].jump(HANGS - 100)
    assert main(["zero", str(tmp_path / "pole.toml"), "--device", "underpass", "--write"]) == 1
    assert "outside what the sensor can measure" in capsys.readouterr().err
    assert "mount" not in (tmp_path / "pole.toml").read_text()


def test_a_device_without_a_mount_is_told(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    text = GOOD[: GOOD.index('mount = "3200 mm"')].replace("dyp-ultrasonic", "pzem-004t")
    (tmp_path / "pole.toml").write_text(text)
    assert main(["zero", str(tmp_path / "pole.toml"), "--device", "underpass"]) == 1
    said = capsys.readouterr().err
    assert said == "pole: underpass takes no mount: only a sensor over water has one\n"


def test_distances_that_differ_are_no_mount() -> None:
    assert zero.mount_of([3190, 3186, 3187]) == 3187
    with pytest.raises(AgentError, match="differ by 21 mm"):
        zero.mount_of([3180, 3201])


def test_a_mount_is_written_beside_its_device_and_nothing_else_changes() -> None:
    other = GOOD[GOOD.index("[[line.device]]") :].replace("underpass", "bridge")
    text = GOOD + "\n" + other.replace('mount = "3200 mm"\n', "")
    assert zero.with_mount(text, "underpass", 3100) == text.replace("3200 mm", "3100 mm")
    changed = zero.with_mount(text, "bridge", 4100)
    assert changed.replace('mount = "4100 mm"\n', "") == text
    assert changed.index('"bridge"') < changed.index("4100 mm")
    for unknown in ("rs485-1", "brid.e", "cellar"):
        with pytest.raises(BadSettings, match=r"no \[\[line.device"):
            zero.with_mount(text, unknown, 1)


def test_a_tape_measure_does_as_well(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "pole.toml"
    path.write_text(GOOD)
    arguments = ["zero", str(path), "--device", "underpass", "--write", "--distance"]
    assert main([*arguments, "3.05 m"]) == 0
    assert pole_toml.load(path).settings.lines[0].devices[0].options["mount"] == 3050
    assert main([*arguments, "3.05 ppm"]) == 1
    assert main([*arguments, "310 mm"]) == 0 and main([*arguments, "200 mm"]) == 1
    assert "mount" in capsys.readouterr().err
