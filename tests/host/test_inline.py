"""What is called at one place only is put there, and the code does what it did."""

import ast

import pytest

from provisioning import board_image
from provisioning.inline import inline
from tests.host.micropython import ROOT

# What each changes of this is put there; the others stay where they are.
CODE = """
said = []
def say(word):
    said.append(word)
    return word
class Thing:
    limit = 3
    def __init__(self, size):
        self.size = size
        self.other = None
{code}
"""


def run(text: str) -> object:
    scope: dict[str, object] = {}
    exec(text, scope)
    return scope["result"](), scope["said"]  # type: ignore[operator]


def functions(text: str) -> set[str]:
    return {node.name for node in ast.walk(ast.parse(text)) if isinstance(node, ast.FunctionDef)}


PUT = {
    "a statement": (
        "def _grow(thing, by):\n    total = by * 2\n    thing.size += total\n"
        "def result():\n    thing, total = Thing(1), 5\n    _grow(thing, say(total))\n"
        "    return thing.size, total\n"
    ),
    "early returns of a value": (
        "def _f(n):\n    found = n * 2\n    if n > 3:\n        return found\n"
        "    if n:\n        return say(n)\n"
        "def g(n):\n    found = 1\n    x = _f(n)\n    return x, found\n"
        "def result():\n    return [g(n) for n in (0, 2, 5)]\n"
    ),
    "early returns in a condition, within a loop": (
        "def _f(n):\n    if n == 2:\n        return False\n"
        "    for each in range(n):\n        say(each)\n"
        "        if each == 3:\n            break\n    return n\n"
        "def result():\n    made = []\n    for n in range(7):\n"
        "        if n == 1:\n            continue\n"
        "        if n == 6:\n            break\n        elif _f(n) and n:\n"
        "            made.append(n)\n    return made\n"
    ),
    "early returns of nothing that do something": (
        "def _f(n):\n    if not n:\n        return\n    if n < 3:\n        return say('small')\n"
        "    else:\n        say(n)\n"
        "def g(n):\n    _f(n)\n    return n\n"
        "def result():\n    return [g(n) for n in (0, 2, 5)]\n"
    ),
    "the value of an assignment": (
        "def _read(size):\n    if size > 2:\n        size = 2\n    return size, size + 1\n"
        "def result():\n    size = 7\n    [size, more] = _read(size)\n    return size, more\n"
    ),
    "early returns stay returns": (
        "def _judge(size):\n    for step in range(size):\n        if step == 4:\n"
        "            return 'four'\n    if size:\n        return size\n"
        "def judge(size):\n    try:\n        return _judge(size)\n    finally:\n        say(size)\n"
        "def result():\n    return [judge(size) for size in (0, 2, 9)]\n"
    ),
    "arguments first, and in their order": (
        "def _late(first, second, third=say('default')[:0] or 4):\n    say('body')\n"
        "    return second + first\n"
        "def result():\n    made = _late(say('a'), say('b'), 3)\n    return made\n"
    ).replace("say('default')[:0] or 4", "4"),
    "an expression anywhere": (
        "def _double(size):\n    return size * 2 if size else min(1, 2)\n"
        "def result():\n    a = 4\n    return [say('x'), 1 + _double(a), say('y')], a\n"
    ),
    "the condition, also of an elif": (
        "def _large(size):\n    twice = size * 2\n    return twice > 6\n"
        "def judge(size, twice):\n    if size == 1:\n        return say('one')\n"
        "    elif not _large(size) and twice:\n        return 'small'\n"
        "    return twice\n"
        "def result():\n    return [judge(size, 8) for size in (1, 2, 5)]\n"
    ),
    "what a loop goes through": (
        "def _all(size):\n    found = [part for part in range(size) if part]\n    return found\n"
        "def result():\n    part = found = 3\n    for each in _all(4):\n        part += each\n"
        "    return part, found\n"
    ),
    "nothing is returned": (
        "def _quiet(thing):\n    thing.size = 9\n"
        "def result():\n    thing = Thing(2)\n    made = _quiet(thing)\n"
        "    return made, thing.size\n"
    ),
    "a method of itself, in a nest": (
        "    def grow(self):\n        self._first(2)\n        return self.size\n"
        "    def _first(self, by, more=1):\n        self.size += by + more\n"
        "        return self._second()\n"
        "    def _second(self):\n        self.size *= self.limit\n"
        "def result():\n    return Thing(1).grow()\n"
    ),
    "a method of what lies in a variable": (
        "    def enlarge(self, by):\n        size = self.size + by\n        self.size = size\n"
        "        return size\n"
        "def result():\n    size, boxes = 1, [Thing(1)]\n    boxes[0].other = Thing(4)\n"
        "    made = boxes[0].other.enlarge(say(2))\n    return made, size, boxes[0].other.size\n"
    ),
    "an error that is caught, and an import": (
        "def _try(error):\n    from math import gcd\n    try:\n        return gcd(error, 1 // 0)\n"
        "    except ZeroDivisionError as wrong:\n        say(str(wrong))\n    return gcd(4, 6)\n"
        "def result():\n    wrong = gcd = 3\n    return attempt(wrong), gcd\n"
        "def attempt(number):\n    return _try(number)\n"
    ),
}

LEFT = {
    "called twice": "def _f():\n    return 1\ndef result():\n    return _f() + _f()\n",
    "a generator": (
        "def _f():\n    yield 1\ndef result():\n    made = list(_f())\n    return made\n"
    ),
    "in a generator": (
        "def _f(x):\n    y = x\n    return y\ndef each():\n    got = _f(3)\n    yield got\n"
        "def result():\n    return list(each())\n"
    ),
    "given away": "def _f(a):\n    return -a\ndef result():\n    return sorted([1, 2], key=_f)\n",
    "itself": (
        "def _f(n):\n    return n and _f(n - 1)\ndef result():\n    return 0\n"
    ),
    "a return within a loop": (
        "def _f(n):\n    for each in n:\n        if each:\n            return each\n    return 2\n"
        "def result():\n    x = _f([0, 3, 4])\n    return x\n"
    ),
    "a return within a try": (
        "def _f(n):\n    try:\n        if n:\n            return say(1)\n"
        "    finally:\n        say(5)\n"
        "    return 2\n"
        "def result():\n    x = _f(3)\n    return x\n"
    ),
    "something comes before": (
        "def _f(n):\n    say('f')\n    return n\n"
        "def result():\n    x = say('x'), _f(3)\n    return x\n"
    ),
    "the second operand": (
        "def _f(n):\n    say('f')\n    return n\n"
        "def result():\n    x = 0 and _f(3)\n    return x\n"
    ),
    "while": (
        "def _f(n):\n    n.append(1)\n    return len(n) < 4\n"
        "def result():\n    n = []\n    while _f(n):\n        pass\n    return n\n"
    ),
    "a name that means something else there": (
        "number = 5\ndef _f():\n    return number\n"
        "def result():\n    number = 3\n    return _f() + number\n"
    ),
    "a default that is made": (
        "def _f(n=[]):\n    n.append(1)\n    return n\ndef g():\n    return _f()\n"
        "def result():\n    return list(g()), list(g())\n"
    ),
    "its variables live in a function of its own": (
        "def _f(n):\n    return lambda: n\n"
        "def result():\n    made = [part() for part in [g(1), g(2)]]\n    return made\n"
        "def g(n):\n    return _f(n)\n"
    ),
    "told as a text": (
        "    def _f(self):\n        return 1\n    def g(self):\n        return self._f()\n"
        "def result():\n    return Thing(1).g(), getattr(Thing(1), '_f')()\n"
    ),
    "a method by its class": (
        "    def _f(self):\n        return self.size\n"
        "def result():\n    return Thing._f(Thing(4))\n"
    ),
    "another class has it, too": (
        "    def _f(self):\n        return 1\n    def g(self):\n        return self._f()\n"
        "class Other(Thing):\n    def _f(self):\n        return 2\n"
        "def result():\n    return Other(1).g()\n"
    ),
}  # fmt: skip


@pytest.mark.parametrize("case", PUT)
def test_it_is_put_where_it_is_called(case: str) -> None:
    text = CODE.format(code=PUT[case])
    small = inline({"agent.some": text})["agent.some"]
    assert len(functions(small)) < len(functions(text)), small
    assert run(small) == run(text), small


@pytest.mark.parametrize("case", LEFT)
def test_it_is_left_where_it_is(case: str) -> None:
    text = CODE.format(code=LEFT[case])
    small = inline({"agent.some": text})["agent.some"]
    assert functions(small) == functions(text), small
    assert run(small) == run(text)


def test_public_methods_of_a_boards_own_modules_stay() -> None:
    text = CODE.format(code=PUT["a method of what lies in a variable"])
    assert "enlarge" in functions(inline({"board.some": text})["board.some"])


def test_the_agent_has_fewer_functions() -> None:
    texts = {board_image._dotted(name): (ROOT / name).read_text(encoding="utf-8")
             for name in board_image.sources()}  # fmt: skip
    small = inline(texts)
    assert inline(texts) == small
    before, after = (
        sum(isinstance(node, ast.FunctionDef) for text in each.values()
            for node in ast.walk(ast.parse(text)))
        for each in (texts, small)
    )  # fmt: skip
    assert before - after > 30
