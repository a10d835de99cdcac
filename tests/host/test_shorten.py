"""Private names are shortened alike everywhere, and nothing else changes."""

import re

from provisioning import board_image
from provisioning.fold import fold
from provisioning.shorten import shorten
from tests.host.micropython import ROOT

BASE = """
_total = 0
class Base:
    def __init__(self):
        self._count = self.__secret = 1
    def _grow(self, _by=1):
        global _total
        _total += _by
        self._count += _by
"""
USER = """
from base import Base, _total
class User(Base):
    def grow(self):
        self._grow(_by=4)
        for _ in range(2):
            self._count += 1
        return self._count, "_count"
"""


def test_the_code_does_what_it_did() -> None:
    texts = shorten({"base": BASE, "user": USER})
    assert "_grow" not in texts["base"] + texts["user"] and "__secret" in texts["base"]
    scope: dict[str, object] = {}
    exec(texts["base"], scope)
    exec("\n".join(line for line in texts["user"].splitlines() if "import" not in line), scope)
    assert scope["User"]().grow() == (7, "_count")  # type: ignore[operator]


def test_every_source_is_shorter_and_still_python() -> None:
    texts = {name: (ROOT / name).read_text(encoding="utf-8") for name in board_image.sources()}
    folded = fold({board_image._dotted(name): text for name, text in texts.items()})
    short = shorten(folded)
    assert shorten(folded) == short
    for name, text in short.items():
        compile(text, name, "exec")
    assert sum(map(len, short.values())) < sum(map(len, folded.values())) - 5000


SHARED = """
def _double(_given):
    return 2 * _given
class Thing:
    _class = 3
    def __init__(self):
        self._value = _double(4)
    _first = _double(1)
    def _both(self, _given, _more=_double(5)):
        return self._value + _given + self._class + _double(_given) + self._first + _more
_made = Thing()
result = _made._both(1)
"""


def test_what_is_behind_a_dot_may_be_called_as_what_never_is() -> None:
    (text,) = shorten({"one": SHARED}).values()
    plain: dict[str, object] = {}
    short: dict[str, object] = {}
    exec(SHARED, plain)
    exec(text, short)
    assert short["result"] == plain["result"] == 26
    names = set(re.findall(r"\b_[a-zA-Z]+\b", text))
    assert len(names) < len(set(re.findall(r"\b_[a-z]+\b", SHARED)))


def test_modules_call_their_own_things_alike() -> None:
    small = shorten({
        "one": "def _first(): return 1\ndef _second(): return _first()\n",
        "two": "def _third(): return 3\ndef _fourth(): return _third()\n",
        "three": "from one import _second\nfrom two import _fourth\n_fifth = _second, _fourth\n",
    })  # fmt: skip
    words = [set(re.findall(r"_[a-zA-Z]+", small[name])) for name in ("one", "two", "three")]
    assert len(words[0] | words[1] | words[2]) == 3
    # What goes from one to another is never taken for what is theirs alone.
    shared = {"_a", "_b"}
    assert all(shared & found for found in words) and words[2] == {"_a", "_b", "_c"}
