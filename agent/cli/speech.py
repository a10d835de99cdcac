"""How the commands for people speak: in the user's language, within 80 columns."""

import sys
import unicodedata
from collections.abc import Iterator

from agent.cli.language import LANGUAGES, language
from agent.cli.texts import TEXTS
from agent.errors import AgentError, BadChecksum, NoReply, Refused

WIDTH = 79
_SHORT = 8  # columns of a line that has hardly begun
_CLOSING = "，。：；、）”"
__all__ = ["LANGUAGES", "WIDTH", "Speaker", "language", "padded", "say_record", "wide", "wrapped"]


class Speaker:
    """Says texts in one language."""

    def __init__(
        self, chosen: str | None = None, table: dict[str, tuple[str, str]] = TEXTS
    ) -> None:
        self.index = LANGUAGES.index(language(chosen))
        self.chinese = LANGUAGES[self.index] == "zh"
        self.table = table

    def text(self, code: str, /, **values: object) -> str:
        """The text of a code, filled in."""
        return self.table[code][self.index].format(**values)

    def why(self, error: AgentError) -> str:
        """In a few words, what came instead of a reply."""
        if isinstance(error, Refused):
            return self.text("no-refused", code=error.code)
        if isinstance(error, NoReply):
            return self.text("no-silent")
        return self.text("no-damaged" if isinstance(error, BadChecksum) else "no-wrong")

    def say(self, code: str, /, indent: int = 0, **values: object) -> None:
        """Print it, wrapped."""
        for line in wrapped(self.text(code, **values), indent):
            print(line, flush=True)

    def complain(self, code: str, /, **values: object) -> None:
        """Print it to standard error, wrapped."""
        complain(self.text(code, **values))


def tell(sentence: str) -> None:
    """Print it, wrapped."""
    for line in wrapped(sentence):
        print(line)


def complain(sentence: str) -> None:
    """Print what is wrong to standard error, wrapped."""
    for part in sentence.splitlines():
        for line in wrapped(part):
            print(line, file=sys.stderr)


def say_record(what: str, record: bytes) -> None:
    """Print what was done, and the signed record that proves it: whole for a script or a file; a
    person has it in the register, and sees its beginning."""
    if not sys.stdout.isatty():
        print(f"{what}: {record.hex()}")
        return
    start = record.hex()[:16]
    tell(f"{what}: signed record {start}..., {len(record)} bytes, in the register")


def wide(text: str) -> int:
    """How many columns a text takes: Chinese letters take two."""
    return sum(2 if unicodedata.east_asian_width(letter) in "WF" else 1 for letter in text)


def padded(text: str, columns: int) -> str:
    """The text, filled with spaces to so many columns; a negative number fills on the left."""
    room = " " * max(0, abs(columns) - wide(text))
    return text + room if columns > 0 else room + text


def wrapped(text: str, indent: int = 0, width: int = WIDTH, hang: int = 2) -> Iterator[str]:
    """Lines of at most width columns, all but the first indented by hang more; breaks at spaces,
    and anywhere between Chinese letters."""
    pieces: list[str] = []
    for letter in text:
        glued = pieces and letter != " " and wide(letter) == 1 and wide(pieces[-1][-1]) == 1
        if glued and pieces[-1] != " ":
            pieces[-1] += letter
        else:
            pieces.append(letter)
    for index in range(len(pieces) - 1, 0, -1):
        before, piece = pieces[index - 1 : index + 1]
        # No line ends with what opens, or begins with what closes.
        if before[-1] in "（“" or (piece[0] in _CLOSING and before != " "):
            pieces[index - 1 : index + 1] = [before + piece]
    line = " " * indent
    for piece in pieces:
        if wide(line) < _SHORT and wide(piece) > width - indent - hang:
            line += piece  # a path that fits no line: a line of "pole:" alone would be no help
            continue
        # Its left half is the letter: the last column may have it.
        if wide(line + piece) > width + (piece[-1] in _CLOSING):
            yield line.rstrip()
            line = " " * (indent + hang)
            if piece == " ":
                continue
        line += piece
    yield line.rstrip()
