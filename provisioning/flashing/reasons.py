"""Why a board failed, in the technician's language: whoever finds a reason says it in English, and
here it is looked up when it is shown. What no table has, as what another tool says, is shown as it
is.
"""

import errno
import os
import re

from agent.cli import mistake_texts
from agent.linux import trouble_words
from agent.linux.pole_checker import Mistake
from provisioning import uf2_image
from provisioning.flashing.reason_texts import ERRNO, REASONS

_UF2 = tuple(uf2_image.WORDS.values())
_SYSTEM = ERRNO | {os.strerror(getattr(errno, name)): text for name, text in ERRNO.items()}
_SENTENCES = ("why", "error", "detail")  # of the places, those with colons in them


def _pattern(english: str) -> re.Pattern[str]:
    parts = re.split(r"{(\w+)}", english)
    literal = [re.escape(part.format()) for part in parts[::2]]  # {{ is a brace of its own
    blanks = [f"(?P<{name}>{'.+' if name in _SENTENCES else '(?:(?!: ).)+?'})"
              for name in parts[1::2]]  # fmt: skip
    return re.compile("".join(a + b for a, b in zip(literal, [*blanks, ""], strict=True)))


def _length(pair: tuple[str, str]) -> int:
    return len(re.sub("{.*?}", "", pair[0]))


# Those that say most come first: they look like others that say less.
_PATTERNS = [
    (_pattern(english), chinese)
    for english, chinese in sorted((*REASONS, *_UF2), key=_length, reverse=True)
]


def told(reason: object, language: str) -> str:
    """A reason, or several in a list, in the language. Each is a sentence in English or a Mistake
    in settings."""
    chinese = language == "zh"
    if isinstance(reason, list):
        return ("；" if chinese else "; ").join(told(part, language) for part in reason)
    if not chinese:
        return str(reason)
    return mistake_texts.placed(reason) if isinstance(reason, Mistake) else in_chinese(str(reason))


def in_chinese(text: str) -> str:
    """One reason's sentence; where no table has it whole, what stands behind its first colons."""
    for pattern, chinese in _PATTERNS:
        found = pattern.fullmatch(text)
        if found:
            values = found.groupdict()
            if "why" in values:
                values["why"] = in_chinese(values["why"])
            return chinese.format(**values)
    for look_up in (_system, mistake_texts.in_chinese, trouble_words.in_chinese):
        if (chinese := look_up(text)) != text:
            return chinese
    for colon in re.finditer(": ", text):
        head, tail = text[: colon.start()], text[colon.end() :]
        if (chinese := in_chinese(tail)) != tail:
            return f"{in_chinese(head)}：{chinese}"
    return text


def _system(text: str) -> str:
    """As os.strerror() says it, or str() of an OSError, or MicroPython's."""
    return _SYSTEM.get(re.sub(r"^\[Errno \d+\] ", "", text), text)
