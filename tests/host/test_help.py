"""``--help`` in Chinese: all of it, within 80 columns, from one table; English stays English."""

import argparse
import re
from collections.abc import Iterator

import pytest

from agent.cli import help_chinese
from agent.cli.language import asked_for
from agent.cli.main import main, parser
from agent.cli.parser import Parser
from agent.cli.speech import wide, wrapped
from provisioning.flashing import command

_PLACE = re.compile(r"%\(\w+\)\w|`[^`]+`|--[a-z][a-z-]+")


@pytest.fixture(autouse=True)
def english_again(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setenv("COLUMNS", "80")
    for name in ("LC_ALL", "LC_MESSAGES"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("LANG", "C.UTF-8")
    yield
    Parser.chinese = False


def parsers(top: argparse.ArgumentParser) -> Iterator[argparse.ArgumentParser]:
    """That one, and those of all its commands and actions."""
    yield top
    for action in top._actions:
        if isinstance(action, argparse._SubParsersAction):
            for inner in action.choices.values():
                yield from parsers(inner)


def texts(one: argparse.ArgumentParser) -> Iterator[str]:
    """Every text that it shows, in English."""
    found = [one.description, *(group.title for group in one._action_groups)]
    for action in one._actions:
        choices = getattr(action, "_choices_actions", ())
        found += [action.help, *(choice.help for choice in choices)]
    for block in (one.epilog or "").split("\n\n"):
        found += [text for _, text in help_chinese.pieces(block)]
    yield from (text for text in found if text and text != argparse.SUPPRESS)


def test_everything_is_told_in_chinese() -> None:
    Parser.chinese = False
    shown = {text for top in (parser(), command.parser()) for one in parsers(top)
             for text in texts(one)}  # fmt: skip
    assert len(shown) > 300
    missing = sorted(text for text in shown if help_chinese.told(text) == text)
    # A text that was changed a moment ago is shown in English: that is no reason to refuse it.
    assert len(missing) < len(shown) // 30, missing
    plain = {text[0].lower() + text[1:].removesuffix(".") for text in shown}
    stale = sorted(set(help_chinese.TABLE) - shown - plain)
    assert len(stale) < len(shown) // 30, stale


@pytest.mark.parametrize("english", help_chinese.TABLE)
def test_what_is_typed_is_the_same_in_both(english: str) -> None:
    chinese = help_chinese.TABLE[english]
    assert re.search("[\u4e00-\u9fff]", chinese) or re.fullmatch("[ -~、或]+", chinese)
    kept = {word for word in _PLACE.findall(english) if " " not in word}
    assert kept <= set(_PLACE.findall(chinese)), (english, chinese)


def test_every_page_fits_80_columns() -> None:
    Parser.chinese = True
    pages = [one.format_help() for top in (parser(), command.parser()) for one in parsers(top)]
    assert len(pages) > 60
    for page in pages:
        assert page.startswith("用法：") and page.endswith("\n")
        assert "显示帮助并退出" in page
        assert all(wide(line) <= 80 for line in page.splitlines()), page


def test_no_line_ends_with_what_opens_or_begins_with_what_closes() -> None:
    text = "端口（板卡的 UART 1）、速率，以及“地址”：全部列出（默认）。" * 3
    for width in range(12, 60):
        lines = list(wrapped(text, 2, width, 0))
        assert "".join("".join(lines).split()) == "".join(text.split())
        for line in lines:
            assert wide(line) <= width + 1, (width, line)
            assert line[-1] not in "（“" and line.strip()[0] not in "，。：；、）”", (width, line)


def shown(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, str]:
    """(status, what was said)."""
    try:
        status = main(list(arguments))
    except SystemExit as ended:
        status = int(ended.code or 0)
    said = capsys.readouterr()
    return status, said.out + said.err


def test_by_the_option_or_the_environment(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    assert "可读取的设备" in shown(capsys, "--help", "--lang", "zh")[1]
    assert "可读取的设备" in shown(capsys, "--lang=zh", "--help")[1]
    assert "what can be read" in shown(capsys, "--help")[1]
    monkeypatch.setenv("LANG", "zh_CN.UTF-8")
    status, said = shown(capsys, "check", "--help")
    assert status == 0 and "一次报告全部错误" in said and "pole check pole.toml" in said
    assert "usage:" in shown(capsys, "check", "--help", "--lang", "en")[1]
    assert asked_for(["--lang", "fr"]) is None and asked_for(["run", "--lang"]) is None


@pytest.mark.parametrize(
    "arguments,said",
    [(["check"], "缺少参数：FILE"),
     (["install", "--foo"], "不认识的参数：--foo"),
     (["install", "--use"], "参数 --use：需要一个值"),
     (["install", "--use", "1", "--uninstall"], "参数 --uninstall 不能与 --use 同用"),
     (["status", "--watch", "x"], "参数 --watch：'x' 无效"),
     (["journal", "--lang", "zh", "--sector", "x", "j"], "无效"),
     (["rum"], "没有命令 'rum'；是否指 'run'？"),
     (["frobnicate"], "`pole --help` 列出全部命令")],
)  # fmt: skip
def test_wrong_arguments_are_told_in_chinese(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch,
    arguments: list[str], said: str,
) -> None:  # fmt: skip
    monkeypatch.setenv("LANG", "zh_CN.UTF-8")
    status, shown_now = shown(capsys, *arguments)
    assert status == 2 and said in shown_now, shown_now
