"""What a command told, as it was before it was wrapped to 80 columns."""

import re

_LETTER = "[\u3400-\u9fff\uff00-\uffef\u3000-\u303f“”]"
_MARK = "[\uff00-\uffef\u3000-\u303f“”]"
# No space was at a break between Chinese letters, or beside a Chinese mark.
_JOINED = re.compile(f"(?<={_LETTER})\n  (?={_LETTER})|(?<={_MARK})\n  |\n  (?={_MARK})")


def unwrapped(told: str) -> str:
    """Each sentence on one line."""
    return _JOINED.sub("", told).replace("\n  ", " ")
