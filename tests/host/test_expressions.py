"""Functions that are one short expression are put where they are called, and nothing changes."""

import ast

import pytest

from provisioning import board_image
from provisioning.expressions import put_expressions
from tests.host.micropython import ROOT
from tests.host.test_inline import functions, run

CODE = """
said = []
def say(word):
    said.append(word)
    return word
class Thing:
    def __init__(self, size):
        self.size = size
        self.other = None
{code}
"""

PUT = {
    "a function, twice": (
        "def _twice(number):\n    return number * 2\n"
        "def result():\n    a = 4\n    return _twice(a), _twice(5)\n"
    ),
    "a method, by what lies in variables": (
        "    def _full(self):\n        return self.size > 3\n"
        "    def state(self):\n        return not self._full()\n"
        "def result():\n    a, b = Thing(2), Thing(4)\n    a.other = b\n"
        "    return a.state(), a._full(), a.other._full()\n"
    ),
    "attributes, where nothing is called": (
        "def _sum(first, second):\n    return max(second, 1) + first\n"
        "def result():\n    a = Thing(2)\n    a.other = Thing([7])\n"
        "    return _sum(a.size, a.other.size[0])\n"
    ),
    "what is done first": (
        "def _more(number, by):\n    return len(number) + by\n"
        "def result():\n    by = 3\n    return _more(say('ab'), by), said[:]\n"
    ),
    "one in another": (
        "def _one(number):\n    return number + 1\n"
        "def _two(number):\n    return _one(number) + 1\n"
        "def result():\n    a = 4\n    return _two(_one(a)), _one(_two(a))\n"
    ),
    "in a generator and in a comprehension": (
        "def _large(number):\n    return number > 2\n"
        "def each():\n    for number in range(5):\n        yield _large(number)\n"
        "def result():\n    return list(each()), [n for n in range(5) if _large(n)]\n"
    ),
}

LEFT = {
    "what is done before something else": (
        "def _late(first, second):\n    return say(second) + first\n"
        "def result():\n    return _late(say('a'), 'b'), said[:]\n"
    ),
    "what is done once": (
        "def _square(number):\n    return number * number\n"
        "def result():\n    return _square(len(say('abc'))), _square(say(2))\n"
    ),
    "what may not be done at all": (
        "def _and(number, other):\n    return number and other\n"
        "def result():\n    return _and(0, say('b')), said[:]\n"
    ),
    "an attribute that a call may change": (
        "def change(thing):\n    thing.size += 1\n    return 0\n"
        "def _both(size, thing):\n    return change(thing) + size\n"
        "def result():\n    a = Thing(1)\n    return _both(a.size, a)\n"
    ),
    "a name that means something else there": (
        "limit = 5\ndef _over(number):\n    return number > limit\n"
        "def result():\n    limit = 9\n    return _over(7), limit\n"
    ),
    "given away": (
        "def _minus(number):\n    return -number\n"
        "def result():\n    return sorted([1, 2], key=_minus), _minus(3)\n"
    ),
    "told as a text": (
        "    def _half(self):\n        return self.size // 2\n"
        "def result():\n    a = Thing(4)\n    return a._half(), getattr(a, '_half')()\n"
    ),
    "another class has it, too": (
        "    def _name(self):\n        return 'thing'\n"
        "class Other(Thing):\n    def _name(self):\n        return 'other'\n"
        "def result():\n    return [a._name() for a in (Thing(1), Other(1))]\n"
    ),
    "an attribute is called so, too": (
        "    def _name(self):\n        return 'thing'\n"
        "class Other:\n    _name = int\n"
        "def result():\n    return [a._name() for a in (Thing(1), Other())]\n"
    ),
    "a method by its class": (
        "    def _half(self):\n        return self.size // 2\n"
        "def result():\n    return Thing._half(Thing(4))\n"
    ),
    "itself": "def _f(n):\n    return n and _f(n - 1)\ndef result():\n    return _f(3)\n",
    "a default": (
        "def _f(n=say(3)):\n    return n\ndef result():\n    return _f(), _f(4)\n"
    ),
    "more than the function takes itself": (
        "def _f(a, b):\n    return (a.size + b.size) * (a.size - b.size) // (a.size or 1)\n"
        "def result():\n    a, b = Thing(1), Thing(2)\n"
        "    return _f(a, b), _f(b, a), _f(a, a), _f(b, b)\n"
    ),
}  # fmt: skip


@pytest.mark.parametrize("case", PUT)
def test_it_is_put_where_it_is_called(case: str) -> None:
    text = CODE.format(code=PUT[case])
    small = put_expressions({"agent.some": text})["agent.some"]
    assert {name for name in functions(small) if name.startswith("_")} == {"__init__"}, small
    assert run(small) == run(text), small


@pytest.mark.parametrize("case", LEFT)
def test_it_is_left_where_it_is(case: str) -> None:
    text = CODE.format(code=LEFT[case])
    small = put_expressions({"agent.some": text})["agent.some"]
    assert functions(small) == functions(text), small
    assert run(small) == run(text)


def test_another_module_gets_what_needs_nothing_of_its_own() -> None:
    words = "base = 1\ndef _plain(n):\n    return n + 1\ndef _own(n):\n    return n + base\n"
    user = "from agent.words import _own, _plain\ndef f(n):\n    return _plain(n), _own(n)\n"
    small = put_expressions({"agent.words": words, "agent.user": user})
    assert functions(small["agent.words"]) == {"_own"}
    assert "import _own\n" in small["agent.user"] and "(n + 1, _own(n))" in small["agent.user"]


def test_public_methods_of_a_boards_own_modules_stay() -> None:
    code = "    def half(self):\n        return self.size // 2\n"
    text = CODE.format(code=code + "def result():\n    a = Thing(4)\n    return a.half()\n")
    assert "half" in functions(put_expressions({"board.some": text})["board.some"])
    assert "half" not in functions(put_expressions({"agent.some": text})["agent.some"])


def test_the_agent_has_fewer_functions() -> None:
    texts = {board_image._dotted(name): (ROOT / name).read_text(encoding="utf-8")
             for name in board_image.sources()}  # fmt: skip
    small = put_expressions(texts)
    before, after = (
        sum(isinstance(node, ast.FunctionDef) for text in each.values()
            for node in ast.walk(ast.parse(text)))
        for each in (texts, small)
    )  # fmt: skip
    assert before - after > 5  # and twice as many once modules are linked
