"""``pole drivers`` and ``pole check`` speak the language that is chosen, wherever it is said."""

import re

import pytest

from agent import drivers
from agent.cli.driver_texts import CHINESE, DRIVER_TEXTS
from agent.cli.drivers import describe
from agent.cli.main import main
from agent.cli.speech import wide
from tests.host.micropython import ROOT

HAN = re.compile("[\u4e00-\u9fff]")
SETTINGS = str(ROOT / "examples" / "pole.toml")


@pytest.fixture(autouse=True)
def english(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("LC_ALL", "LC_MESSAGES"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("LANG", "C.UTF-8")


def test_all_that_our_drivers_say_has_its_chinese() -> None:
    said: set[str] = set()
    for model in drivers.models():
        driver = describe(model)
        said |= {driver["kind"], driver["status"], *driver["options"].values()}
        assert {step[0] for step in driver["renumber"]} <= {"write", "cycle"}
    missing = {text for text in said if text not in CHINESE}
    # A driver that came a moment ago is shown in English: that is no reason to refuse it.
    assert len(missing) < len(said) // 10, missing
    for english, chinese in CHINESE.items():
        assert HAN.search(chinese) and not HAN.search(english)
    for english, chinese in DRIVER_TEXTS.values():
        assert set(re.findall(r"{[^}]+}", english)) == set(re.findall(r"{[^}]+}", chinese))


@pytest.mark.parametrize("model", (None, "dyp-ultrasonic", "nhzd210", "nevadanano-mps"))
def test_drivers_are_shown_in_both(model: str | None, capsys: pytest.CaptureFixture[str]) -> None:
    command = ["drivers", model] if model else ["drivers"]
    assert main(command) == 0
    english = capsys.readouterr().out
    assert main(["--lang", "zh", *command]) == 0
    chinese = capsys.readouterr().out
    assert main([*command, "--lang", "zh"]) == 0
    assert capsys.readouterr().out == chinese
    assert not HAN.search(english)
    assert all(wide(line) <= 80 for line in (english + chinese).splitlines())
    if model:
        lines = chinese.splitlines()
        assert all(HAN.search(line) for line in lines if not line.startswith("    "))


def test_check_speaks_one_language(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--lang", "zh", "check", SETTINGS]) == 0
    before = capsys.readouterr().out
    assert main(["check", "--lang", "zh", SETTINGS]) == 0
    assert capsys.readouterr().out == before
    assert all(HAN.search(line) for line in before.splitlines() if not line.startswith("    "))
    assert main(["check", SETTINGS]) == 0
    assert not HAN.search(capsys.readouterr().out)
