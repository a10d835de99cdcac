"""Help in Chinese: the parsers hold English, and each of their texts is looked up when it is shown.

So no parser is written twice, and a text that the tables lack is shown as it is.
"""

import argparse
import re
from collections.abc import Iterator
from typing import Any

from agent.cli.help import COLUMN, COMMENT, Examples, example
from agent.cli.help_texts import HELP_TEXTS
from agent.cli.help_texts_flash import FLASH_HELP_TEXTS
from agent.cli.help_texts_lines import LINE_HELP_TEXTS
from agent.cli.help_texts_platform import PLATFORM_HELP_TEXTS
from agent.cli.mistake_texts import compiled, in_chinese, looked_up
from agent.cli.speech import padded, wide, wrapped

TABLE = HELP_TEXTS | LINE_HELP_TEXTS | PLATFORM_HELP_TEXTS | FLASH_HELP_TEXTS
_PREFIX = len("用法：")  # it takes twice as many columns as argparse counts

# What argparse says of wrong arguments.
_MISTAKES = compiled(
    (r"the following arguments are required: (.*)", r"缺少参数：\1"),
    (r"unrecognized arguments: (.*)", r"不认识的参数：\1"),
    (r"argument (.*): expected (?:one|at least one) argument", r"参数 \1：需要一个值"),
    (r"argument (.*): invalid choice: (.*) \(choose from (.*)\)", r"参数 \1：\2 无效；可选：\3"),
    (r"argument (.*): not allowed with argument (.*)", r"参数 \1 不能与 \2 同用"),
    (r"argument (.*): invalid \w+ value: (.*)", r"参数 \1：\2 无效"),
    (r"one of the arguments (.*) is required", r"需要以下参数之一：\1"),
)


class ChineseExamples(Examples):
    """Lays out texts whose letters take two columns."""

    def add_usage(self, usage: Any, actions: Any, groups: Any, prefix: str | None = None) -> None:
        """The first line."""
        super().add_usage(usage, actions, groups, "用法：" if prefix is None else prefix)

    def _format_usage(self, usage: Any, actions: Any, groups: Any, prefix: str | None) -> str:
        self._width -= _PREFIX
        try:
            return super()._format_usage(usage, actions, groups, prefix)
        finally:
            self._width += _PREFIX

    def _split_lines(self, text: str, width: int) -> list[str]:
        return list(wrapped(text, 0, width, 0))

    def _fill_text(self, text: str, width: int, indent: str) -> str:
        return "\n\n".join(
            "\n".join(_laid_out(block.splitlines(), width)) for block in text.split("\n\n")
        )


def translate(parser: argparse.ArgumentParser) -> None:
    """Put Chinese in place of what a parser shows. Once more does no harm."""
    parser.description = told(parser.description)
    parser.epilog = "\n\n".join(map(_block, parser.epilog.rstrip("\n").split("\n\n"))) \
        if parser.epilog else None  # fmt: skip
    for group in parser._action_groups:
        group.title = told(group.title)
    for action in parser._actions:
        action.help = told(action.help)
        for choice in getattr(action, "_choices_actions", ()):
            choice.help = told(choice.help)


def told(text: str | None) -> str | None:
    """A text in Chinese; as it is where nobody has translated it."""
    if not text or text in TABLE:
        return TABLE.get(text or "", text)
    # What an action's line says, as a sentence.
    plain = text[0].lower() + text[1:].removesuffix(".")
    return TABLE[plain] + "。" if plain in TABLE else text


def mistake(message: str) -> str:
    """What is wrong with the arguments."""
    known = looked_up(message, _MISTAKES)
    if known != message:
        return known
    found = re.fullmatch(r"argument ([^:]*): (.*)", message)
    return f"参数 {found[1]}：{in_chinese(found[2])}" if found else message


def pieces(block: str) -> Iterator[tuple[str, str]]:
    """(command, text) of a block of an epilog: an example with its comment, or "" and a paragraph,
    each as a whole."""
    paragraph: list[str] = []
    for line in [*block.splitlines(), " "]:
        if not line.startswith(" ") and not re.match("exit status", line, re.IGNORECASE):
            paragraph.append(line)
            continue
        if paragraph:
            yield "", " ".join(paragraph)
        paragraph = [] if line.startswith(" ") else [line]
        if line.strip():
            command, *comment = COMMENT.split(line.rstrip(), maxsplit=1)
            if not paragraph:
                yield command, "".join(comment)


def _block(block: str) -> str:
    lines = []
    for command, text in pieces(block):
        chinese = told(text) or ""
        if command and chinese:
            command = padded(command + "  ", COLUMN)
        lines.append(command + chinese)
    return "\n".join(lines)


def _laid_out(lines: list[str], width: int) -> Iterator[str]:
    for line in lines:
        if line.startswith(" "):
            yield example(line, width, wide)
        else:
            yield from wrapped(line, 0, width, 0)
