"""``pole check`` tells what each line has to carry, and whether it can, before it is deployed."""

import json
from pathlib import Path
from typing import Any

import pytest

from agent.cli.main import main
from agent.cli.speech import wide
from agent.linux.line_plan import plan
from agent.settings import LineSettings
from tests.shared.bus_world import World, tilt, tilt_twin

HEAD = """[pole]
id = "CD-JJ-0001"
[uplink]
carrier = "coap"
url = "coap://127.0.0.1:5683"
platform_key = "0409F9DF311E5421A150DD7D161E4BC5C672179FAD1833FC076BB08FF356F35020\
CCEA490CE26775A52DC6EA718CC1AA600AED05FBF35E084A6632F6072DA9AD13"
"""


def settings(folder: Path, *lines: tuple[str, list[tuple[str, str]]]) -> Path:
    """A pole.toml: lines as (mode or port, [(driver, every)])."""
    text = HEAD
    for number, (mode, devices) in enumerate(lines):
        port = mode if mode.startswith("tcp") else f"/dev/ttyS{number}"
        text += f'[[line]]\nname = "line{number}"\nport = "{port}"\n'
        text += "" if mode.startswith("tcp") else f'mode = "{mode}"\n'
        for unit, (driver, every) in enumerate(devices):
            text += f'[[line.device]]\nname = "d{number}-{unit}"\ndriver = "{driver}"\n'
            text += f'every = "{every}"\n'
            text += "" if driver.startswith("winsen") else f"address = {unit + 1}\n"
    path = folder / "pole.toml"
    path.write_text(text, encoding="utf-8")
    return path


def said(capsys: pytest.CaptureFixture[str], *arguments: object) -> tuple[int, str]:
    status = main(["check", *map(str, arguments)])
    return status, capsys.readouterr().out


def test_a_line_that_cannot_keep_up_is_told_in_one_sentence(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = settings(tmp_path, ("2400 8E1", [("eastron-sdm630", "2s")] * 6))
    status, text = said(capsys, path, "--lang", "en")
    assert status == 3 and "all good" not in text
    assert "line line0 needs 3.4 s a cycle at 2400 8E1; you asked 2.0 s." in text
    assert 'every = "4s"' in text.replace("\n ", "")
    status, text = said(capsys, path, "--lang", "zh")
    assert status == 3 and "需要 3.4 秒，而配置要求 2.0 秒" in text
    # What is proposed is enough.
    path = settings(tmp_path, ("2400 8E1", [("eastron-sdm630", "4s")] * 6))
    status, text = said(capsys, path, "--lang", "en")
    assert status == 0 and "all good" in text and "little time left" in text


def test_several_intervals_are_weighed_together(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    devices = [("eastron-sdm630", "1s")] * 3 + [("eastron-sdm630", "10s")] * 3
    path = settings(tmp_path, ("2400 8E1", devices))
    status, text = said(capsys, path, "--lang", "en")
    assert status == 3 and "would need 187 % of its time at 2400 8E1" in text
    assert "1.9 times as long" in text.replace("\n ", "")
    # A cycle that is longer than the shortest interval is no fault where the others ask seldom.
    devices = [("eastron-sdm630", "1s")] + [("eastron-sdm630", "60s")] * 3
    status, text = said(capsys, settings(tmp_path, ("2400 8E1", devices)), "--lang", "en")
    assert status == 0


def test_the_plan_of_requests_is_shown(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = settings(
        tmp_path,
        ("9600 8N1", [("dyp-ultrasonic", "10s"), ("witmotion-tilt", "10s")]),
        ("9600 8N1", [("winsen-ze07", "10s")]),
        ("tcp://10.0.0.5:502", [("eastron-sdm120", "1s")]),
    )
    status, text = said(capsys, path, "--lang", "en")
    assert status == 0
    assert "reads 0x0100, 0x0102" in text and "reads 0x003D-0x0040" in text
    assert "1.0 s; only listens" in text and "(tcp://10.0.0.5:502, TCP)" in text
    found = json.loads(said(capsys, path, "--json")[1])
    assert found["ok"] and [line["fits"] for line in found["lines"]] == [True] * 3
    device = found["lines"][0]["devices"][1]
    assert (device["requests"], device["reads"]) == (1, ["0x003D-0x0040"])
    path = settings(tmp_path, ("2400 8E1", [("eastron-sdm630", "2s")] * 6))
    status, text = said(capsys, path, "--json")
    found = json.loads(text)
    assert status == 3 and not found["ok"] and found["lines"][0]["cycle_ms"] > 3000


def test_a_device_that_is_asked_at_255_is_named(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = settings(tmp_path, ("9600 8N1", [("dyp-ultrasonic", "10s")]))
    path.write_text(path.read_text().replace("address = 1", "address = 255"))
    for lang, words in (("en", "asked at 255"), ("zh", "按地址 255 询问")):
        status, text = said(capsys, path, "--lang", lang)
        assert status == 0 and words in text


@pytest.mark.parametrize("language", ["en", "zh"])
def test_it_fits_into_80_columns(
    language: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = settings(
        tmp_path,
        ("2400 8E1", [("eastron-sdm630", "2s")] * 3 + [("sensirion-sps30", "1min")] * 2),
        ("9600 8N1", [("winsen-ze07", "1s"), ("dyp-ultrasonic", "1s")]),
    )
    for lines in said(capsys, path, "--lang", language)[1].splitlines():
        if "pole.toml" not in lines:  # the path is the user's
            assert wide(lines) <= 80, lines


def planned(every_ms: int, count: int, mode: str) -> Any:
    devices = [
        {"name": f"d{unit}", "driver": "witmotion-tilt", "options": {"address": unit},
         "every_ms": every_ms, "alarms": []}
        for unit in range(1, count + 1)
    ]  # fmt: skip
    return plan(LineSettings({"name": "rs485", "port": "p", "mode": mode, "devices": devices}))


@pytest.mark.parametrize("mode", ["1200 8N1", "9600 8N1", "115200 8N1"])
def test_the_plan_is_what_the_bus_takes(mode: str) -> None:
    """On simulated time, with devices that answer after what is assumed."""
    twins = [tilt_twin(unit) for unit in range(1, 7)]
    for twin in twins:
        twin.turnaround_ms = tilt(1).driver.answer_ms
    world = World(twins, [tilt(unit) for unit in range(1, 7)], mode)
    world.run(world.now + 100)
    begun = world.now
    for device in world.devices:
        world.bus.request(device, begun)
    assert world.run(begun + 60_000, lambda: len(world.results) == 6)
    took = world.now - begun
    expected = planned(10_000, 6, mode).cycle_ms
    # The simulated line counts in whole ms: up to two more for each of six exchanges.
    assert expected - 20 <= took <= expected + 12 + 20, (took, expected)
