"""Which language a command speaks."""

import itertools
import os

LANGUAGES = ("en", "zh")


def language(chosen: str | None) -> str:
    """The language to speak: the one chosen, else that of the environment."""
    if chosen:
        return chosen
    for name in ("LC_ALL", "LC_MESSAGES", "LANG"):
        value = os.environ.get(name, "")
        if value:
            return "zh" if value.lower().startswith("zh") else "en"
    return "en"


def asked_for(arguments: list[str], option: str = "--lang") -> str | None:
    """The language that the arguments name, before anybody has parsed them."""
    for word, following in itertools.zip_longest(arguments, arguments[1:], fillvalue=""):
        name, _, value = word.partition("=")
        if name == option and (value or following) in LANGUAGES:
            return value or following
    return None
