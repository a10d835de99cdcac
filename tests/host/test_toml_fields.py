"""A sensor that pole.toml alone describes: from the file to readings, and every mistake."""

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from agent import drivers
from agent.errors import BadSettings
from agent.linux import pole_toml, toml_fields
from agent.protocols.modbus import rtu_frame
from agent.reading import DEVICE_FAULT, GOOD
from tests.shared.vectors import read_with

HEAD = f"""\
[pole]
id = "P1"
[uplink]
carrier = "coap"
url = "coap://127.0.0.1:5683"
platform_key = "{"04" + "ab" * 64}"
[[line]]
name = "a"
port = "/dev/ttyS1"
[[line.device]]
name = "cabinet"
driver = "generic-modbus"
address = 3
every = "10s"
"""
FIELDS = """\
alarm.temperature = { above = "60 °C" }

[[line.device.field]]
name = "temperature"
register = 0x0001
type = "int16"
scale = 0.1
unit = "Cel"
low = "-40 °C"
high = "85 °C"
sentinels = [-1, 0x7FFF]

[[line.device.field]]
name = "flow"
register = 0x0002
type = "float32"
order = "CDAB"
unit = "m3/s"
digits = 2

[[line.device.field]]
name = "height"
register = 0x0010
type = "uint16"
function = 4
scale = -0.25
offset = 100
"""


def load(folder: Path, text: str) -> pole_toml.PoleFile:
    path = folder / "pole.toml"
    path.write_text(HEAD + text, encoding="utf-8")
    return pole_toml.load(path)


def test_it_is_read_as_it_is_described(tmp_path: Path) -> None:
    device = load(tmp_path, FIELDS).settings.lines[0].devices[0]
    driver = drivers.load(device.driver)(device.options)
    assert [(c.name, c.unit, c.exponent, c.low, c.high) for c in driver.channels] == [
        ("temperature", "Cel", -1, -400, 850),
        ("flow", "m3/s", -2, None, None),
        ("height", "/", -2, None, None),
    ]
    assert device.alarms[0].limit == 600
    # 25.3 °C and 230.2 in one reply (its low word first), 10 counts by function 4.
    holding = rtu_frame(3, bytes.fromhex("0306 00fd 3333 4366"))
    readings = read_with(driver, [holding, rtu_frame(3, bytes.fromhex("0402 000a"))])
    assert [(r.value, r.quality) for r in readings] == [(253, GOOD), (23020, GOOD), (9750, GOOD)]
    holding = rtu_frame(3, bytes.fromhex("0306 ffff 3333 4366"))
    readings = read_with(driver, [holding, rtu_frame(3, bytes.fromhex("0402 000a"))])
    assert readings[0].quality == DEVICE_FAULT


def test_every_mistake_has_its_line(tmp_path: Path) -> None:
    text = FIELDS.replace("0x0001", '"one"').replace('"CDAB"', '"CADB"').replace(
        "function = 4", "functoin = 5"
    )  # fmt: skip
    with pytest.raises(BadSettings) as caught:
        load(tmp_path, text)
    lines = (HEAD + text).splitlines()
    found = {lines[mistake.line - 1]: mistake.text for mistake in caught.value.mistakes}
    assert "expected a whole number from 0 to 65535, not 'one'" in found['register = "one"']
    assert "ABCD, CDAB, BADC, DCBA" in found['order = "CADB"']
    assert "did you mean 'function'?" in found["functoin = 5"]


@pytest.mark.parametrize(
    "fields,words",
    [
        ("", "at least one"),
        ("field = 5", "at least one"),
        ("field = [{ name = 'a', register = 1, type = 'int16', scale = 0 }]", "is not 0"),
        ("field = [{ name = 'a', register = 1, type = 'int16', scale = 'x' }]", "not 'x'"),
        ("field = [{ name = 'a', register = 1, type = 'int16', low = '5 mm' }]", "quantity"),
        ("field = [{ name = 'a', register = 1, type = 'int16', high = 0.5 }]", "finer"),
        ("field = [{ name = 'a', register = 1, type = 'int16', sentinels = 5 }]", "a list"),
        ("field = [{ name = 'a', register = 1, type = 'int16', order = 'ABCD' }]", "AB, BA"),
        ("field = [{ name = 'a', register = true, type = 'int16' }]", "not True"),
        ("field = [{ register = 1, type = 'int16' }]", "missing"),
        ("field = [{ name = 'a', regster = 1, type = 'int16' }]",
         "^(?!.*missing).*did you mean 'register'"),
        ("field = [{ name = 'a', register = 1, type = 'int16' }, { name = 'a', register = 2, "
         "type = 'int16' }]", "already"),
    ],
)  # fmt: skip
def test_what_will_not_do(fields: str, words: str, tmp_path: Path) -> None:
    with pytest.raises(BadSettings, match=words):
        load(tmp_path, fields)


@settings(deadline=None)
@given(
    st.sampled_from(["0.001", "0.25", "1", "10", "2.5", "-1", "-0.1", "125"]),
    st.integers(-0x8000, 0x7FFF),
)
def test_scales_are_exact(scale: str, raw: int) -> None:
    from decimal import Decimal

    field = {"name": "a", "register": 0, "type": "int16", "scale": float(scale)}
    items = toml_fields.compiled([field], (), lambda path, text: pytest.fail(text))
    driver = drivers.load("generic-modbus")({"address": 1, "field": items})
    reply = rtu_frame(1, b"\x03\x02" + (raw & 0xFFFF).to_bytes(2, "big"))
    reading = read_with(driver, [reply])[0]
    assert Decimal(reading.value).scaleb(reading.exponent) == Decimal(scale) * raw
