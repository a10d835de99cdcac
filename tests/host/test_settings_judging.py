"""What calibrate, expect and filter in pole.toml compile to, and every mistake with its line."""

import datetime
import re
from pathlib import Path
from typing import Any

import pytest

from agent.cli.main import main
from agent.linux import pole_toml
from agent.linux.quantities import scaled
from tests.host.micropython import ROOT
from tests.host.test_settings import GOOD, mistakes, write

GUIDE = (ROOT / "docs" / "integrator.md").read_text(encoding="utf-8")
HEAD = GOOD[: GOOD.index("[[line.device]]")]
EXAMPLES = re.findall(r"^```toml pole\n(.*?)^```", GUIDE, re.MULTILINE | re.DOTALL)


def device(folder: Path, lines: str) -> Any:
    """The compiled device of GOOD with more lines."""
    return pole_toml.load(write(folder, GOOD + lines)).settings.lines[0].devices[0]


@pytest.mark.parametrize("example", EXAMPLES)
def test_the_examples_of_the_guide_compile(tmp_path: Path, example: str) -> None:
    tables, _, devices = example.partition("[[line.device]]")
    text = tables + HEAD + "[[line.device]]" + devices
    assert pole_toml.load(write(tmp_path, text)).settings.lines[0].devices


def test_the_first_example_says_what_the_guide_says(tmp_path: Path) -> None:
    underpass, bridge = (
        pole_toml.load(write(tmp_path, HEAD + EXAMPLES[0])).settings.lines[0].devices
    )
    due = datetime.datetime(2026, 12, 1, tzinfo=datetime.UTC).timestamp() * 1000
    # 200 mm/min are 12 m/h.
    assert underpass.checks == [["level", -4, -50, 2500, 12000, 21_600_000, None, due]]
    assert bridge.checks == [
        ["level", 0, None, None, None, 0, ["underpass", "level", 150, 20000], None]
    ]
    assert underpass.filters == [["level", "median", 5], ["level", "rate", 6]]
    rules = [(rule.channel, rule.limit, rule.clear_ms, rule.blind_ms) for rule in underpass.alarms]
    assert rules == [("level", 300, 60000, 30000), ("level_rate", 1800, 0, 0)]


def test_a_device_that_says_nothing_costs_nothing(tmp_path: Path) -> None:
    plain = device(tmp_path, "")
    assert (plain.checks, plain.filters, plain.heartbeat_ms) == ((), (), 0)


@pytest.mark.parametrize("example", EXAMPLES)
def test_check_tells_what_readings_go_through(
    tmp_path: Path, example: str, capsys: pytest.CaptureFixture[str]
) -> None:
    tables, _, devices = example.partition("[[line.device]]")
    path = write(tmp_path, tables + HEAD + "[[line.device]]" + devices)
    for language in ("en", "zh"):
        assert main(["check", str(path), "--lang", language]) == 0
    said = capsys.readouterr().out
    for mark, told in (
        ("calibrate.level", "calibration and plausibility of level"),
        ("filter.level", "filters make level_median, level_rate"),
        ("heartbeat", "sends changes, and a row in 900 s"),
        ("drive.relay2", "relay2 is switched by underpass/level"),
        ("alarm.level", "告警：level"),
    ):
        assert (mark in example) == (told in said), told


def test_check_tells_an_overdue_calibration(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for due, overdue in (("2020-02-29", True), ("2999-01-01", False)):
        path = write(tmp_path, GOOD + f'calibrate.level = {{ due = "{due}" }}\n')
        assert main(["check", str(path), "--lang", "en"]) == 0
        said = capsys.readouterr().out
        assert (f"calibration of level overdue since {due}" in said) == overdue


def test_a_day_may_be_written_as_toml_has_it(tmp_path: Path) -> None:
    found = device(tmp_path, "calibrate.level = { due = 2026-12-01 }\n")
    assert found.checks[0][7] == 1_796_083_200_000


def test_report_by_exception(tmp_path: Path) -> None:
    (well,) = pole_toml.load(write(tmp_path, HEAD + EXAMPLES[1])).settings.lines[0].devices
    assert well.heartbeat_ms == 900_000
    assert sorted(well.deadbands) == [["distance", 5], ["level", 5], ["temperature", 5]]


def test_the_switch_of_maintenance(tmp_path: Path) -> None:
    maintenance, _, device = EXAMPLES[3].partition("[[line.device]]")
    text = maintenance + HEAD + "[[line.device]]" + device
    assert pole_toml.load(write(tmp_path, text)).settings.switch == [
        "cabinet", "contact1", 7_200_000,
    ]  # fmt: skip
    for old, new, said in (
        ("contact1", "contact2", "known: cabinet/contact1"),
        ('"2h"', '"25h"', "a day at the most"),
        ("switch =", "swich =", "did you mean 'switch'?"),
    ):
        found = mistakes(tmp_path, text.replace(old, new))
        assert any(said in sentence and line <= 3 for line, sentence in found), found


def test_drives(tmp_path: Path) -> None:
    example = next(text for text in EXAMPLES if "drive.relay1" in text)
    found = pole_toml.load(write(tmp_path, HEAD + example)).settings.lines[0].devices
    level = ["underpass/level"]
    assert found[1].drives == [
        ["relay1", level, 1, 1, 0, ""],
        ["relay2", level, 0, 0, 300_000, "keys/contact1"],
    ]
    assert list(found[0].drives) == []
    line = (HEAD + example).splitlines().index('safe = "off"') + 2
    for old, new, said in (
        ('["underpass/level"], silent', '["underpass/distance"], silent', "those that have: under"),
        ('["underpass/level"], silent', '"underpass/level", silent', "expected alarms = ["),
        (
            "silent_in_maintenance",
            "silent_in_maintainance",
            "did you mean 'silent_in_maintenance'?",
        ),
        ("silent_in_maintenance = true", "silent_in_maintenance = 1", "true or false"),
        ("drive.relay1", "drive.relay9", "no such channel"),
    ):
        assert old in example
        told = mistakes(tmp_path, HEAD + example.replace(old, new))
        assert [(at, said in text) for at, text in told] == [(line, True)], told
    for old, new, said in (
        ('state = "off"', 'state = "open"', "'on' or 'off'"),
        ('"keys/contact1"', '"keys/contact3"', "a digital input"),
        ('least = "5min"', 'least = "long"', "duration"),
    ):
        told = mistakes(tmp_path, HEAD + example.replace(old, new))
        assert [(at, said in text) for at, text in told] == [(line + 1, True)], told
    told = mistakes(tmp_path, GOOD + 'drive.level = { alarms = ["underpass/level"] }\n')
    assert told[0][0] == 23 and "nothing can be written to dyp-ultrasonic" in told[0][1]


def test_changes_are_told_an_hour() -> None:
    assert [scaled(text, "m/h", -3) for text in ("1 mm/s", "100 mm/min", "-2 m/h")] == [
        3600,
        6000,
        -2000,
    ]
    assert scaled("2 µg/m³/min", "ug/m3/h", 0) == 120
    for bad in ("5 mm", "5 mm/day", "5 ppm/h", "0.1 mm/h", 7):
        with pytest.raises(ValueError, match="such as"):
            scaled(bad, "m/h", -3)


@pytest.mark.parametrize(
    "text,said",
    [
        ('calibrate.level = { offest = "1 mm" }', "did you mean 'offset'?"),
        ('calibrate.level = { offset = "1 ppm" }', "quantity"),
        ('calibrate.level = { due = "soon" }', "a day such as"),
        ('calibrate.levle = { offset = "1 mm" }', "did you mean 'level'?"),
        ("calibrate = 3", "expected calibrate.CHANNEL"),
        ('calibrate.level = "1 mm"', "expected a table of offset, due"),
        ('expect.level = { low = "1 m", high = "1 m" }', "less than 'high'"),
        ('expect.level = { stuck = "20s" }', "3 times 'every' at least"),
        ('expect.level = { change = "20 mm" }', "a change such as"),
        ('expect.level = { within = "20 mm" }', "needs agrees_with"),
        ('expect.level = { agrees_with = "underpass/distance" }', "needs within"),
        (
            'expect.level = { agrees_with = "bridge/level", within = "1 mm" }',
            "known: underpass/distance",
        ),
        (
            'expect.level = { agrees_with = "underpass/temperature", within = "1 mm" }',
            "same unit",
        ),
        ('filter.level = "median"', "expected one of median, mean, rate"),
        ('filter.level = "median 1"', "2 to 32"),
        ('filter.level = ["mean 3", "mean 4"]', "already"),
        ('filter.levle = "mean 3"', "did you mean 'level'?"),
        ("filter = 3", "expected filter.CHANNEL"),
        ('deadband.level = "5 mm"', "needs heartbeat"),
        ('heartbeat = "15s"', "2 times 'every' at least"),
        ('heartbeat = "1min"\ndeadband = 3', "expected deadband.CHANNEL"),
        ('heartbeat = "1min"\ndeadband.level = "5 ppm"', "quantity"),
        ('heartbeat = "1min"\ndeadband.level = "-5 mm"', "no less"),
        ('heartbeat = "1min"\ndeadband.levle = "5 mm"', "did you mean 'level'?"),
    ],
)
def test_one_mistake(tmp_path: Path, text: str, said: str) -> None:
    found = mistakes(tmp_path, GOOD + text + "\n")
    assert [line for line, _ in found] == [23 + text.count("\n")] and said in found[0][1], found
