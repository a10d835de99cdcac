"""Functions that one other module calls are put there, and the code does what it did."""

import subprocess
import sys
from pathlib import Path

import pytest

from provisioning.near import put_near
from tests.host.test_inline import functions

WORDS = """
import binascii
from agent.base import LIMIT, hold
count = [0]
class Word:
    pass
def _sum(data):
    return binascii.crc32(data)
{words}
"""
BASE = "LIMIT = 4\ndef hold(x):\n    return [x]\n"

# By case: the code of words, the code of user, what leaves words.
PUT = {
    "by its name": (
        "def _twice(a):\n    return a * 2\n",
        "from agent.words import _twice\ndef result():\n    return _twice(3)\n",
        {"_twice"},
    ),
    "by its module": (
        "def _twice(a):\n    return a * 2\ndef here():\n    return 5\n",
        "from agent import words as names\ndef result():\n    return names._twice(names.here())\n",
        {"_twice"},
    ),
    "with what it needs, and what only that needs": (
        "def _one(a):\n    made = Word()\n    return len(_two(a)), type(made).__name__\n"
        "def _two(a):\n    return bytes(a)\n",
        "from agent.words import _one\ndef result():\n    return _one(3)\n",
        {"_one", "_two"},
    ),
    "an import inside of a function": (
        "def _twice(a):\n    return a * 2\n",
        "from agent import words\ndef result():\n    from agent.words import _twice\n"
        "    return _twice(4), words.count\n",
        {"_twice"},
    ),
    "what nobody names": (
        "def _nobody(a):\n    return a\n", "import agent.words\ndef result():\n    return 1\n",
        {"_nobody"},
    ),
}  # fmt: skip

LEFT = {
    "it needs what may change": (
        "def _next():\n    count[0] += 1\n    return count\n",
        "from agent.words import _next\ndef result():\n    return _next()\n",
    ),
    "it is called at home, too": (
        "def _twice(a):\n    return a * 2\nfour = _twice(2)\n",
        "from agent.words import _twice\ndef result():\n    return _twice(3)\n",
    ),
    "by another name": (
        "def _twice(a):\n    return a * 2\n",
        "from agent.words import _twice as double\ndef result():\n    return double(3)\n",
    ),
    "what it needs means something else there": (
        "def _made():\n    return Word()\n",
        "from agent.words import _made\nclass Word:\n    pass\n"
        "def result():\n    return isinstance(_made(), Word)\n",
    ),
    "an object has one of that name": (
        "def _twice(a):\n    return a * 2\n",
        "from agent.words import _twice\nclass Thing:\n    _twice = 7\n"
        "def result():\n    return Thing()._twice, _twice(4)\n",
    ),
    "told as a text": (
        "def _twice(a):\n    return a * 2\n",
        "from agent import words\ndef result():\n    return getattr(words, '_twice')(2)\n",
    ),
    "public names": (
        "def twice(a):\n    return a * 2\n",
        "from agent.words import twice\ndef result():\n    return twice(3)\n",
    ),
    "it would load another module sooner": (
        "def _made():\n    return type(Word()).__name__\n",
        "import sys\ndef result():\n    from agent.words import _made\n    return _made()\n",
    ),
}  # fmt: skip


def run(folder: Path, sources: dict[str, str]) -> str:
    for name, text in sources.items():
        path = folder / f"{name.replace('.', '/')}.py"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    program = "from agent import user; print(user.result())"
    return subprocess.run(
        [sys.executable, "-c", program], cwd=folder, capture_output=True, text=True, check=True
    ).stdout


def sources(words: str, user: str) -> dict[str, str]:
    # _sum is called at home, so that it stays.
    plain = WORDS.format(words=words) + "told = _sum(bytes(LIMIT)), hold(1)\n"
    return {"agent.base": BASE, "agent.words": plain, "agent.user": user}


@pytest.mark.parametrize("case", PUT)
def test_it_is_put_where_it_is_called(case: str, tmp_path: Path) -> None:
    words, user, gone = PUT[case]
    plain = sources(words, user)
    small = put_near(plain, {"agent.words"})
    assert functions(plain["agent.words"]) - functions(small["agent.words"]) == gone
    assert run(tmp_path / "small", small) == run(tmp_path / "plain", plain)


@pytest.mark.parametrize("case", LEFT)
def test_it_stays_where_it_is(case: str, tmp_path: Path) -> None:
    plain = sources(*LEFT[case])
    small = put_near(plain, {"agent.words"})
    assert functions(plain["agent.words"]) == functions(small["agent.words"])
    assert run(tmp_path / "small", small) == run(tmp_path / "plain", plain)


def test_two_callers_and_modules_that_are_not_linked_keep_theirs() -> None:
    words = "def _twice(a):\n    return a * 2\n"
    user = "from agent.words import _twice\ndef result():\n    return _twice(3)\n"
    plain = sources(words, user)
    assert functions(put_near(plain, set())["agent.words"]) == {"_sum", "_twice"}
    plain["agent.other"] = user
    assert functions(put_near(plain, {"agent.words"})["agent.words"]) == {"_sum", "_twice"}
