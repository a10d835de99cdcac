"""`pole order` answers in the user's language, whatever it is asked to do."""

import re
from pathlib import Path
from typing import Any

import pytest

from agent import drill, frame, order_writer
from agent.cli import order_actions
from agent.cli.main import main
from agent.cli.order_texts import in_chinese
from agent.cli.speech import wide
from agent.linux import node_requests
from agent.linux.entropy import Entropy
from agent.linux.libcrypto import make_signer
from agent.protocols import sm2
from provisioning import orders
from provisioning.orders import Device
from provisioning.registry import RegisteredDevice, Registry
from tests.host.test_explain import KEY, PLATFORM, POLE
from tests.host.test_order_outcomes import Office
from tests.host.test_settings import GOOD
from tests.host.unwrapped import unwrapped

CHINESE = re.compile("[\u4e00-\u9fff]")
ENGLISH = re.compile("[A-Za-z]{2,} [A-Za-z]{2,} [A-Za-z]{2,}")
GRANTS = f'{{"name": "Anna", "until": 1, "poles": {{"{POLE}": {{"device": "00", "grant": "00"}}}}}}'

GIVEN = (
    "maintenance {pole} --for 2h --platform .", "maintenance {pole} --end --platform .",
    "relay {pole} relays/relay1 off --platform .", "drill {pole} --end --platform .",
    "drill {pole} underpass/level --platform .", "reset {pole} underpass/level --platform .",
    "maintenance {pole} --for 2h --key platform.key --registry registry.json --out out",
    "next-key --platform . --registry registry.json", "grants anna.grants --platform .",
    "list --platform .",
)  # fmt: skip
REFUSED = (
    "maintenance {pole} --for 2h --platform none", "maintenance P-9 --for 2h --platform .",
    "maintenance {pole} --for soon --platform .", "maintenance {pole} --for 9999h --platform .",
    "maintenance {pole} --for 2h --valid 9999d --platform .",
    "drill {pole} --platform .", "drill {pole} underpass/level --for 2h --platform .",
    "maintenance {pole} --for 2h --key platform.key",
    "maintenance {pole} --for 2h --key none.key --registry registry.json",
    "maintenance P-9 --for 2h --key platform.key --registry registry.json",
    "maintenance P-9 --for 2h --key platform.key --grants anna.grants",
    "maintenance {pole} --for 2h --key platform.key --grants registry.json",
    "settings {pole} pole.toml --platform .", "settings {pole} none.toml --platform .",
    "next-key --platform . --registry registry.json --finish",
    "grants registry.json --platform .", "list --platform none",
    "apply platform.key pole.toml", "apply an.order pole.toml", "apply none pole.toml",
)  # fmt: skip


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A platform that has heard one device; a grant, an order, settings of another pole."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "platform.key").write_text(f"{PLATFORM:064x}\n")
    (tmp_path / "platform.key").chmod(0o600)
    office = Office(tmp_path / "platform.db")
    office.tell(1, frame.STATUS, "1", bytes(8), bytes(8), "cpython", "linux")
    office.store.close()
    registered = RegisteredDevice(POLE, "", [sm2.public_key(KEY)])
    Registry([registered]).save(tmp_path / "registry.json")
    (tmp_path / "anna.grants").write_text(GRANTS)
    (tmp_path / "pole.toml").write_text(GOOD.replace(POLE, "P-2"))
    device = Device(POLE, sm2.kid(sm2.public_key(KEY)))
    signer = make_signer(PLATFORM, Entropy())
    made = orders.write(signer, device, frame.COMMAND, [order_writer.reset("a", "b")], 0, 1, 1)
    (tmp_path / "an.order").write_bytes(b"".join(made.data))
    return tmp_path


def in_one_language(said: str, words: str, language: str) -> None:
    assert bool(CHINESE.search(said)) == (language == "zh"), (words, said)
    if language == "zh":
        # The names of commands and options stay.
        assert not ENGLISH.search(re.sub("`.*?`", "", unwrapped(said))), (words, said)
    for line in said.splitlines():
        # Longer is a key in hex alone, which nothing may break.
        assert wide(line) <= 80 or re.fullmatch("  [0-9a-f]{130}", line), (words, line)


@pytest.mark.parametrize("words", GIVEN)
@pytest.mark.parametrize("language", ("zh", "en"))
def test_what_was_done(
    words: str, language: str, folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["order", *words.format(pole=POLE).split(), "--lang", language]) == 0
    said = capsys.readouterr()
    assert said.err == ""
    in_one_language(said.out, words, language)


@pytest.mark.parametrize("words", REFUSED)
def test_what_was_refused(
    words: str, folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    for language, environment in (("zh", "zh_CN.UTF-8"), ("en", "C.UTF-8")):
        monkeypatch.setenv("LC_ALL", environment)
        assert main(["order", *words.format(pole=POLE).split()]) == 1
        said = capsys.readouterr()
        assert said.out == ""
        in_one_language(said.err, words, language)


ANSWERS = (
    ("taken", "第 1 条，共 1 条：已接受"),
    ("no order", "第 1 条，共 1 条：不是指令"),
    ("refused: forged", "第 1 条，共 1 条：被拒绝：签名无效"),
    (f"refused: {drill.UNKNOWN}", "第 1 条，共 1 条：被拒绝：该通道未设告警"),
    ("refused: uplink is not changed by such an order",
     "第 1 条，共 1 条：被拒绝：此类指令不能改动 uplink"),
    ("something newer", "第 1 条，共 1 条：something newer"),
)  # fmt: skip


@pytest.mark.parametrize(("word", "chinese"), ANSWERS)
def test_what_the_agent_answers(
    word: str, chinese: str, folder: Path, monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:  # fmt: skip
    """As agent.obey.hand says it, through the file of its answer."""

    def ask(journal: Path, name: str, items: dict[str, Any]) -> bool:
        journal.mkdir(exist_ok=True)
        (journal / node_requests.ORDER_ANSWER).write_text(f'["{word}"]')
        return True

    monkeypatch.setattr(node_requests, "ask", ask)
    status = 0 if word == "taken" else 1
    assert main(["order", "apply", "an.order", "pole.toml", "--lang", "zh"]) == status
    assert capsys.readouterr().out == chinese + "\n"
    assert main(["order", "apply", "an.order", "pole.toml", "--lang", "en"]) == status
    assert capsys.readouterr().out == f"1 of 1: {word}\n"


def test_every_action_takes_a_language(capsys: pytest.CaptureFixture[str]) -> None:
    for action in order_actions.ACTIONS:
        with pytest.raises(SystemExit):
            main(["order", action, "--help"])
        assert "--lang {en,zh}" in capsys.readouterr().out


def test_what_has_no_chinese_stays_as_it_is() -> None:
    assert in_chinese("something newer") == "something newer"
