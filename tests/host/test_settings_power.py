"""``[power]`` and ``[page]`` of pole.toml: an alarm of its own, and mistakes with their lines."""

from pathlib import Path

import pytest

from agent.errors import BadSettings
from agent.linux import pole_toml
from agent.linux.commissioning import code
from provisioning import board_image
from tests.host.test_settings import GOOD

INPUTS = """
[[line.device]]
name = "io"
driver = "digital-inputs"
address = 7
every = "{every}"
"""
POWER = '\n[power]\nmains = "io/contact1"\n'


def loads(text: str, folder: Path = Path()) -> pole_toml.PoleFile:
    return pole_toml.loads(text, folder, need_platform_key=False)


def mistakes(text: str) -> str:
    with pytest.raises(BadSettings) as caught:
        loads(text)
    return "\n".join(str(one) for one in caught.value.mistakes)


def test_the_mains_has_an_alarm_and_a_rule_of_its_own() -> None:
    settings = loads(GOOD + INPUTS.format(every="1s") + POWER).settings
    assert settings.mains == ["io", "contact1"]
    io = next(part for line in settings.lines for part in line.devices if part.name == "io")
    (rule,) = io.alarms
    assert (rule.channel, rule.direction, rule.limit, rule.for_ms) == ("contact1", -1, 1, 0)
    names = board_image.slot_files(board_image.needs(), settings, "esp32s3")
    assert "agent/mains.py" in names
    without = loads(GOOD + INPUTS.format(every="1s")).settings
    assert without.mains == () and without.hash != settings.hash
    assert "agent/mains.py" not in board_image.slot_files(board_image.needs(), without, "esp32s3")


def test_an_alarm_that_is_written_stays() -> None:
    own = 'alarm.contact1 = { below = "1 /", for = "3s" }\n'
    settings = loads(GOOD + INPUTS.format(every="1s") + own + POWER).settings
    rules = [part.alarms for line in settings.lines for part in line.devices if part.name == "io"]
    assert [rule.for_ms for rule in rules[0]] == [3000]


def test_what_cannot_watch_the_mains_is_said() -> None:
    assert "must be read every 2 s" in mistakes(GOOD + INPUTS.format(every="10s") + POWER)
    said = mistakes(GOOD + INPUTS.format(every="1s") + '\n[power]\nmains = "underpass/level"\n')
    assert "power.mains: expected a digital input" in said and "io/contact1" in said
    assert "power.main" in mistakes(GOOD + '\n[power]\nmain = "x"\n')


def test_the_page_and_its_code(tmp_path: Path) -> None:
    kept = code.hashed("ABCD-2345")
    (tmp_path / "page.code").write_text(kept + "\n")
    page = loads(GOOD + '\n[page]\nlisten = "0.0.0.0:8080"\ncode = "page.code"\n', tmp_path).page
    assert page is not None and (page.host, page.port, page.code) == ("0.0.0.0", 8080, kept)
    assert loads(GOOD + "\n[page]\n").page == loads(GOOD + '\n[page]\nlisten="127.0.0.1:8080"').page
    assert loads(GOOD).page is None
    assert loads(GOOD + "\n[page]\n").settings.hash == loads(GOOD).settings.hash
    assert "page.listen: expected an address" in mistakes(GOOD + '\n[page]\nlisten = "8080"\n')
    assert "`pole commission code`" in mistakes(GOOD + '\n[page]\ncode = "ABCD-2345"\n')
    assert "page.cod: unknown" in mistakes(GOOD + '\n[page]\ncod = "x"\n')


def test_the_code_and_its_sessions() -> None:
    made = code.make()
    kept = code.hashed(made)
    assert kept != code.hashed(made), "salted"
    assert code.matches(made.lower().replace("-", " "), kept) and not code.matches("", kept)
    assert not code.matches(made, "pbkdf2-sha256$x") and made not in kept
    clock = [0]
    sessions = code.Sessions(kept, lambda: clock[0])
    token = sessions.enter(made, " Li \n Wei " + "x" * 90)
    assert (sessions.who(token) or "").startswith("Li Wei x")
    clock[0] += code.IDLE_MS
    assert sessions.who(token) is None and sessions.who("") is None
    waits = []
    for _ in range(8):
        with pytest.raises(code.Closed) as caught:
            sessions.enter("WRONG", "x")
        waits.append(caught.value.wait_ms)
        clock[0] += caught.value.wait_ms
    assert waits == [0, 0, 0, 0, 30_000, 60_000, 120_000, 240_000]
    tokens = [sessions.enter(made, str(number)) for number in range(code.MAX_SESSIONS + 1)]
    assert sessions.who(tokens[0]) is None and sessions.who(tokens[-1]) == str(code.MAX_SESSIONS)
    with pytest.raises(code.Closed, match=r"refused\.none"):
        code.Sessions("", lambda: 0).enter("", "x")
