"""A driver in an installed package is found by its entry point and by its dotted path."""

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from agent import drivers
from agent.cli.main import main
from agent.linux import driver_packages, pole_toml
from agent.linux.driver_packages import dotted
from provisioning import board_image

DRIVER = """\
from agent.drivers.modbus import ModbusDevice, uint16


class Device(ModbusDevice):
    model = "acme-flow"
    title = "ACME flow meter"
    kind = "water flow"
    source = "made up"
    fields = (uint16(0, "flow", "m3/s", -3, 0, 1000),)
"""


@pytest.fixture
def installed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A package beside its dist-info, as an installer leaves them."""
    (tmp_path / "acme_pole").mkdir()
    (tmp_path / "acme_pole" / "__init__.py").write_text("")
    (tmp_path / "acme_pole" / "flow.py").write_text(DRIVER)
    info = tmp_path / "acme_pole-1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: acme-pole\nVersion: 1.0\n")
    (info / "entry_points.txt").write_text("[pole.drivers]\nacme-flow = acme_pole.flow\n")
    monkeypatch.syspath_prepend(tmp_path)
    yield tmp_path
    for name in ("acme_pole", "acme_pole.flow"):
        sys.modules.pop(name, None)


def test_an_entry_point_names_a_dotted_path(installed: Path) -> None:
    assert dotted("acme-flow") == "acme_pole.flow"
    assert drivers.load(dotted("acme-flow")).title == "ACME flow meter"
    assert dotted("dyp-ultrasonic") == "dyp-ultrasonic"
    assert driver_packages.GROUP == "pole.drivers"


def test_it_is_listed_and_decodes(installed: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert driver_packages.announced() == ["acme-flow"]
    assert main(["drivers"]) == 0
    assert "acme-flow" in capsys.readouterr().out
    assert main(["drivers", "--markdown"]) == 0
    assert "acme-flow" not in capsys.readouterr().out
    exchange = ("--request", "01 03 00 00 00 01 84 0A", "--response", "01 03 02 00 2A 39 9B")
    assert main(["decode", "--driver", "acme-flow", *exchange]) == 0
    assert '"value": 42' in capsys.readouterr().out


def test_one_that_does_not_load_hides_no_other(
    installed: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (installed / "acme_pole" / "flow.py").write_text("import nowhere_at_all\n")
    assert main(["drivers"]) == 0
    said = capsys.readouterr()
    assert "pzem-004t" in said.out and "acme-flow is announced, but does not load" in said.err


SETTINGS = f"""\
[pole]
id = 'P1'
[uplink]
carrier = 'coap'
url = 'coap://127.0.0.1:5683'
seal_every = '5s'
platform_key = '{"04" + "ab" * 64}'
[[line]]
name = 'a'
port = '/dev/ttyS1'
mode = '9600 8N1'
[[line.device]]
name = 'flow'
driver = 'acme-flow'
address = 3
every = '10s'
"""


def test_settings_take_it_by_name(installed: Path) -> None:
    path = installed / "pole.toml"
    path.write_text(SETTINGS)
    device = pole_toml.load(path).settings.lines[0].devices[0]
    assert device.driver == "acme_pole.flow" and device.options == {"address": 3}


@pytest.fixture
def beside(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A package that nobody installed, in the folder of the settings; a name of its own each time,
    since an imported module stays."""
    monkeypatch.setattr(sys, "path", [*sys.path])
    (tmp_path / "beside_pole").mkdir()
    (tmp_path / "beside_pole" / "flow.py").write_text(DRIVER)
    (tmp_path / "pole.toml").write_text(SETTINGS.replace("acme-flow", "beside_pole.flow"))
    yield tmp_path
    for name in [name for name in sys.modules if name.startswith("beside_pole")]:
        del sys.modules[name]


def test_a_package_beside_the_settings_needs_no_installation(
    beside: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    before = [*sys.path]
    device = pole_toml.load(beside / "pole.toml").settings.lines[0].devices[0]
    assert device.driver == "beside_pole.flow"
    assert sys.path == [*before, str(beside.resolve())]  # last: it hides nothing
    monkeypatch.chdir(beside)
    assert main(["drivers", "beside_pole.flow"]) == 0
    assert "ACME flow meter" in capsys.readouterr().out


def test_a_board_takes_the_drivers_of_this_tree_alone(beside: Path) -> None:
    settings = pole_toml.load(beside / "pole.toml").settings
    with pytest.raises(ValueError, match=r"no driver 'beside_pole\.flow' for boards"):
        board_image.slot_files(board_image.needs(), settings, "esp32s3")


@pytest.mark.parametrize(
    "text,words",
    [
        (None, "'beside_pole.flow' is neither in"),
        ("import nowhere_at_all\n", "No module named 'nowhere_at_all'"),
        ("import os\n", "no attribute 'Device'"),
        ("def (\n", "does not load: SyntaxError: invalid syntax (flow.py, line 1)"),
    ],
)
def test_what_is_wrong_with_a_driver_is_a_mistake_of_its_line(
    beside: Path, text: str | None, words: str, capsys: pytest.CaptureFixture[str]
) -> None:
    path = beside / "beside_pole" / "flow.py"
    path.write_text(text) if text else path.unlink()
    assert main(["check", str(beside / "pole.toml")]) == 1
    said = capsys.readouterr()
    assert "pole.toml:14: line.device.driver: " in said.out + said.err
    assert words in said.out + said.err
