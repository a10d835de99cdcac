"""`pole frames redecode`: a wrong map is mended in history, from the raw replies in the frames."""

import json
from pathlib import Path
from typing import Any

import pytest

from agent import drivers, frame
from agent.buffer.journal import Journal
from agent.buffer.state import StateStore
from agent.cli.main import main
from agent.linux.entropy import Entropy
from agent.linux.libcrypto import make_signer
from agent.protocols import sm2
from agent.reading import GOOD, TELEMETRY, WARM_UP
from agent.schedule import schema_body
from agent.seal import Sealer
from provisioning import frames, redecode
from provisioning.registry import RegisteredDevice, Registry
from simulators.contract.bus_clauses import Wire
from simulators.world.flash import SimFlash
from simulators.world.sensors.generic_modbus import Twin
from tests.host.kit_lines import still, twin_of
from tests.host.test_toml_fields import HEAD

KEY = 4712
REGISTRY = Registry([RegisteredDevice("P-1", "PB-1", [sm2.public_key(KEY)], None, [], [])])
# As somebody read the manual: tenths, and the temperature one register too low.
WRONG = [
    ["level", 4, "uint16", "AB", 3, 1, -1, "m", -1, 0, None, None],
    ["temperature", 5, "int16", "AB", 3, 1, -1, "Cel", -1, 0, None, None],
]
MENDED = """
[[line.device.field]]
name = "level"
register = 4
type = "uint16"
scale = 0.001
unit = "m"
high = "5 m"
[[line.device.field]]
name = "temperature"
register = 6
type = "int16"
scale = 0.1
unit = "Cel"
[[line.device.field]]
name = "status"
register = 5
type = "uint16"
"""


def history(
    driver: Any, twin: Any, rows: int = 3, quality: int = GOOD, name: str = "cabinet"
) -> list[bytes]:
    """Signed frames of a driver's readings, as a bus and a sealer make them."""
    journal = Journal(_state(SimFlash(16, 4096)), lambda: 7, 2)
    journal.mount()
    sealer = Sealer(journal, make_signer(KEY, Entropy()), lambda topic, text: None)
    sealer.learn_time(500, 1_790_000_000_000, 20, "test")
    wire = Wire(driver, twin)
    wire.device.name = name
    body = schema_body(2000, 5000, [wire.device])
    sealer.record(TELEMETRY, frame.SCHEMA_FRAME, body, 900)
    buffer = frame.RowBuffer(frame.schema_id(body), len(driver.channels))
    wire.reading()  # the first one may still be warming up
    wire.now += driver.warm_up_ms
    for number in range(rows):
        result = wire.reading()
        raw = [] if driver.proven else [(0, reply) for reply in result.raw]
        values = [reading.value for reading in result.readings]
        qualities = [quality or reading.quality for reading in result.readings]
        buffer.add(1000 + number * 2000, values, qualities, raw)
    sealer.rows(buffer)
    journal.flush()
    return [bytes(journal.read(TELEMETRY, seq)) for seq in (1, 2)]


def _state(flash: Any) -> Any:
    StateStore(flash).put(b"state")
    return flash


def block() -> Any:
    """Registers 4 to 6 in one: 1.234 m, a status of 5, 25.3 °C."""
    places = {"level": (3, 4, 1), "status": (3, 5, 1), "temperature": (3, 6, 1)}
    signals = {"level": still(1234), "status": still(5), "temperature": still(253)}
    return Twin(3, signals, lambda *_: None, places)


@pytest.fixture()
def wrong(tmp_path: Path) -> Path:
    """The frames of a map that turned out wrong, and settings that mend it."""
    driver = drivers.load("generic-modbus")({"address": 3, "field": [*WRONG, _filler()]})
    lines = "\n".join(data.hex() for data in history(driver, block()))
    (tmp_path / "frames.txt").write_text(lines + "\n")
    (tmp_path / "pole.toml").write_text(HEAD + MENDED)
    REGISTRY.save(tmp_path / "registry.json")
    return tmp_path


def _filler() -> list[Any]:
    # A third channel, so that the whole block was asked for at once.
    return ["other", 6, "uint16", "AB", 3, 1, 0, "/", 0, 0, None, None]


def redecoded(
    capsys: pytest.CaptureFixture[str], folder: Path, *more: str
) -> tuple[int, list[dict[str, Any]], str]:
    registry = str(folder / "registry.json")
    status = main(["frames", "redecode", "--registry", registry, *more, str(folder / "frames.txt")])
    said = capsys.readouterr()
    return status, [json.loads(line) for line in said.out.splitlines()], said.err


def test_the_mended_map_reads_the_old_replies(
    wrong: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    status, rows, _ = redecoded(capsys, wrong, "--settings", str(wrong / "pole.toml"))
    assert status == 0 and len(rows) == 9
    first = {row["channel"]: row for row in rows if row["row"] == 0}
    level, temperature, new = first["level"], first["temperature"], first["status"]
    assert (level["value"], level["exponent"], level["quality"]) == (1234, -3, "good")
    assert level["was"] == {"value": 1234, "exponent": -1, "unit": "m", "quality": "good"}
    assert temperature["value"] == 253 and temperature["was"]["value"] == 5
    assert new["value"] == 5 and new["was"] is None
    assert {row["flag"] for row in rows} == {"redecoded"}
    assert level["device"] == "P-1" and level["sensor"] == "cabinet"
    assert [row["time"] - level["time"] for row in rows if row["channel"] == "level"] == [
        0, 2000, 4000,
    ]  # fmt: skip


def test_the_same_map_changes_nothing(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    driver = drivers.load("renke-fsxcs")({"address": 1})
    data = history(driver, twin_of("renke-fsxcs"), name="weather")
    (tmp_path / "frames.txt").write_text("\n".join(part.hex() for part in data))
    REGISTRY.save(tmp_path / "registry.json")
    status, rows, _ = redecoded(capsys, tmp_path)
    assert (status, rows) == (0, [])
    status, rows, _ = redecoded(capsys, tmp_path, "--all")
    assert status == 0 and len(rows) == 3 * len(driver.channels)
    assert all(row["value"] == row["was"]["value"] for row in rows)


def test_what_the_agent_said_of_a_reading_stays() -> None:
    driver = drivers.load("nhzd210")({"address": 10})
    proofs = list(frames.verified(history(driver, twin_of("nhzd210"), 1, WARM_UP), REGISTRY))
    known = frames.schemas(proofs)
    (revised,) = redecode.redecoded(proofs[1], known, {})
    assert revised.quality == "warm-up" and not revised.changed


def test_replies_that_do_not_fit_are_named(wrong: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = wrong / "pole.toml"
    path.write_text(HEAD.replace("generic-modbus", "fukaite-gas"))
    status, rows, _ = redecoded(capsys, wrong, "--settings", str(path))
    assert status == 1 and len(rows) == 3
    assert all("asks more than the 1 replies" in row["error"] for row in rows)
    text = HEAD + MENDED.replace("register = 6", "register = 60")
    path.write_text(text)
    status, rows, _ = redecoded(capsys, wrong, "--settings", str(path))
    assert status == 1 and rows[0]["error"]


def test_without_raw_replies_nothing_can_be_read_again() -> None:
    driver = drivers.load("dyp-ultrasonic")({"address": 1})
    stored = history(driver, twin_of("dyp-ultrasonic"))
    proofs = list(frames.verified(stored, REGISTRY))
    assert not proofs[1].error
    assert list(redecode.redecoded(proofs[1], frames.schemas(proofs), {})) == []


def test_a_forged_frame_is_not_read(wrong: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = wrong / "frames.txt"
    lines = path.read_text().splitlines()
    lines[1] = lines[1][:-2] + ("00" if lines[1][-2:] != "00" else "01")
    path.write_text("\n".join(lines))
    status, rows, error = redecoded(capsys, wrong)
    assert status == 1 and rows == [] and "frame 2" in error
