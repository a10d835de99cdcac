"""How help is laid out: the description wrapped, the examples as they are written."""

import argparse
import re
import textwrap
from collections.abc import Callable

COLUMN = 36  # of the comments behind examples
COMMENT = re.compile(r"(?<=\S) {2,}(?=\S)")


class Examples(argparse.RawDescriptionHelpFormatter):
    """Wraps texts; leaves lines that are indented, the examples, alone where they fit."""

    def _fill_text(self, text: str, width: int, indent: str) -> str:
        if "\n" not in text:
            return textwrap.fill(text, width, initial_indent=indent, subsequent_indent=indent)
        return "\n\n".join(_block(block, width) for block in text.rstrip("\n").split("\n\n")) + "\n"


def _block(block: str, width: int) -> str:
    """A paragraph, or examples below their heading."""
    lines = block.splitlines()
    if all(len(line) <= width for line in lines):
        return block
    if any(line.startswith(" ") for line in lines):
        return "\n".join(example(_aligned(line), width) for line in lines)
    paragraphs = re.split(r"\n(?=exit status)", block, flags=re.IGNORECASE)
    return "\n".join(textwrap.fill(part.replace("\n", " "), width) for part in paragraphs)


def _aligned(line: str) -> str:
    """An example with its comment in the column of all others, if its command ends before."""
    command, *comment = COMMENT.split(line, maxsplit=1)
    return f"{command:<{COLUMN - 2}}  {comment[0]}" if comment else line


def example(line: str, width: int, columns: Callable[[str], int] = len) -> str:
    """One example, its comment below it, its command continued before an option. columns: how many
    a text takes."""
    if columns(line) <= width:
        return line
    command, *comment = COMMENT.split(line.lstrip(), maxsplit=1)
    cut = command.rfind(" --", 0, width - 4)
    if 2 + len(command) > width and cut > 0:
        command = f"{command[:cut]} \\\n     {command[cut:]}"
    return "\n      ".join([f"  {command}", *comment])
