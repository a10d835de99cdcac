"""What is amiss on a line, in Chinese: whatever may be found is in the table."""

import ast
import re
from pathlib import Path

import pytest

from agent.cli.speech import Speaker
from agent.cli.status_page import Page
from agent.cli.status_texts import STATUS_TEXTS
from agent.linux.line import _explained, _gone
from agent.linux.trouble_words import TROUBLE_WORDS, in_chinese
from agent.protocols import verdicts
from tests.host.micropython import ROOT

_FOUND_IN = ("agent/protocols/verdicts.py", "agent/protocols/modbus_tcp.py")
_VALUES = {"%d": "7", "%s": "device failure"}


def sentences(path: Path) -> list[str]:
    """What a module may say, filled in."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    docs = {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr)}
    texts = [
        node.value
        for node in ast.walk(tree)
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in docs
    ]
    long = [text for text in texts if text.count(" ") > 4]
    return [re.sub("%[ds]", lambda found: _VALUES[found[0]], text) for text in long]


@pytest.mark.parametrize("path", _FOUND_IN)
def test_every_verdict_has_its_chinese(path: str) -> None:
    found = sentences(ROOT / path)
    assert len(found) >= 2
    assert [text for text in found if not _is_chinese(in_chinese(text))] == []


def _is_chinese(text: str) -> bool:
    return bool(re.search("[\u4e00-\u9fff]", text)) and not re.search("[a-z]{2,} [a-z]{2,}", text)


def test_what_is_filled_in_stays() -> None:
    refused = str(verdicts.of_exception(3, 2))
    assert in_chinese(refused) == "地址 3 拒绝执行：异常码 2"
    port = "/dev/ttyUSB0"
    errors = [_explained(port, OSError(code, "no")) for code in (2, 13, 16)]
    for error in [_gone(port, OSError(5, "I/O (error)")), *errors]:
        told = in_chinese(error.args[1])
        assert port in told and _is_chinese(told.replace(port, "")), told
    assert in_chinese("as its own driver says") == "as its own driver says"


def test_both_languages_have_the_same_places() -> None:
    for code, (english, chinese) in TROUBLE_WORDS.items():
        said = set(re.findall(r"{(\w+)}", chinese))
        assert said <= set(re.findall(r"{(\w+)}", english)), code
        assert _is_chinese(chinese), code


@pytest.mark.parametrize(
    ("language", "said"), [("en", "nothing came: check"), ("zh", "没有任何应答")]
)
def test_the_status_tells_it(language: str, said: str) -> None:
    found = {"process": {"pid": 1}, "uptime_ms": 1}
    page = Page(Speaker(language, STATUS_TEXTS), found)
    error = "nothing came: check the power, the wiring and the speed of the line"
    device = {"name": "a", "model": "b", "state": "failing", "probe_in_ms": None, "error": error}
    assert said in page._device(device)
