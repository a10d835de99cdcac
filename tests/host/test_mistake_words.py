"""Mistakes in settings in Chinese: every sentence that the checkers hold, and a real file's."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from agent.cli.main import main
from agent.cli.mistake_texts import in_chinese
from agent.cli.parser import Parser
from tests.host.micropython import ROOT
from tests.host.test_settings import GOOD, write
from tests.host.unwrapped import unwrapped

CHECKERS = sorted({*(ROOT / "agent/linux").glob("pole_*.py"), ROOT / "agent/linux/toml_fields.py",
                   ROOT / "agent/linux/quantities.py"})  # fmt: skip
_CHINESE = re.compile("[\u4e00-\u9fff]")


def sentences() -> Iterator[str]:
    """What is said of mistakes, as the code holds it, with something in its blanks."""
    for path in CHECKERS:
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if not isinstance(node, ast.Call) or not node.args:
                continue
            said_by = node.func.attr if isinstance(node.func, ast.Attribute) else ""
            error = isinstance(node.func, ast.Name) and node.func.id == "ValueError"
            if (said_by in ("wrong", "_wrong") or error) and (text := filled(node.args[-1])):
                yield text


def filled(node: ast.expr) -> str:
    """The text of a literal; "" for what is none."""
    if isinstance(node, ast.Constant):
        return str(node.value)
    if not isinstance(node, ast.JoinedStr):
        return ""
    parts = []
    for part in node.values:
        if isinstance(part, ast.FormattedValue):
            ending = ast.unparse(part.value).startswith("nearest")
            parts.append("; did you mean 'x'?" if ending else "7")
        elif isinstance(part, ast.Constant):
            parts.append(str(part.value))
    return "".join(parts)


def test_every_sentence_has_its_chinese() -> None:
    said = set(sentences())
    assert len(said) > 50
    missing = sorted(text for text in said if not _CHINESE.search(in_chinese(text)))
    # One that was written a moment ago is shown in English: that is no reason to refuse it.
    assert len(missing) < len(said) // 20, missing


@pytest.mark.parametrize(
    ("english", "chinese"),
    [("unknown; did you mean 'id'?", "未知；是否指 'id'？"),
     ("out of range; ratio of the current transformers, 1 to 9999",
      "超出范围；电流互感器变比，1 至 9999"),
     ("missing; which gas it measures", "缺少；所测气体"),
     ("out of range; as its own driver says", "超出范围；as its own driver says"),
     ("no such channel; known: a/b, c/d", "没有此通道；已知：a/b, c/d"),
     ("expected 'mqtt' or 'coap'; did you mean 'coap'?", "应为 'mqtt' 或 'coap'；是否指 'coap'？"),
     ('expected a duration such as "10s", "5min" or "1h", not \'soon\'',
      '应为时长，如 "10s", "5min" 或 "1h"，而不是 \'soon\''),
     ("expected a whole number from 0 to 65535, not 'one'", "应为 0 至 65535 的整数，而不是 'one'"),
     ("must be 3 times 'every' at least", "至少为 every 的 3 倍"),
     ("missing: expected a table [pole]", "缺少：应为表 [pole]"),
     ("something that nobody has translated", "something that nobody has translated")],
)  # fmt: skip
def test_as_people_read_them(english: str, chinese: str) -> None:
    assert in_chinese(english) == chinese


def test_a_file_is_judged_in_chinese(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    path = write(tmp_path, GOOD.replace("carrier =", "carier =").replace('"10s"', '"soon"'))
    assert main(["check", str(path), "--lang", "zh"]) == 1
    said = capsys.readouterr().out
    assert f"{path}:6: uplink.carier: 未知；是否指 'carrier'？" in said
    assert "应为时长" in said and "2 处错误" in said
    monkeypatch.setenv("LC_ALL", "zh_CN.UTF-8")
    assert main(["identity", "show", str(path)]) == 1
    told = unwrapped(capsys.readouterr().err).replace(" ", "")
    assert "第6行：uplink.carier：未知" in told
    assert main(["check", str(path), "--lang", "en"]) == 1
    assert "did you mean" in capsys.readouterr().out
    Parser.chinese = False
