"""Arguments take a few names, and calls that name them still find them."""

import ast

from provisioning import board_image
from provisioning.arguments import rename_arguments
from tests.host.micropython import ROOT

CODE = """
_a = 100
_total = 0
def plain(first, second=3, *rest, **more):
    return first + second + sum(rest) + len(more) + _a
def named(first, given=2):
    return first * given
def nested(outer, same, again):
    def inner(same):
        return same + outer + _a
    def later():
        nonlocal again
        again += 1
        return again
    return inner(5), same, later(), [same for same in (1, 2)], (lambda outer: outer * 2)(outer)
def caught(error, number):
    global _total
    try:
        _total += number
        return 1 // 0
    except ZeroDivisionError as error:
        return str(error), _total
def importing(math):
    import math
    return math.gcd(4, 6)
class Thing:
    def __init__(self, size, colour):
        self.size, self.colour = size, colour
    def grow(self, by, until=_a):
        for by in range(by):
            self.size += by
        return min(self.size, until), [by + each for each in (by, until)]
def result():
    thing = Thing(1, "red")
    return (plain(1, 2, 3, x=4), named(2, given=5), nested(1, 2, 3), caught(0, 7), importing(3),
            thing.grow(4), thing.colour, (lambda left, right=_a: left - right)(1))
"""


def arguments(text: str) -> set[str]:
    return {node.arg for node in ast.walk(ast.parse(text)) if isinstance(node, ast.arg)}


def test_the_code_does_what_it_did() -> None:
    text = rename_arguments({"some": CODE})["some"]
    plain, small = {}, {}  # type: dict[str, object], dict[str, object]
    exec(CODE, plain)
    exec(text, small)
    assert small["result"]() == plain["result"]()  # type: ignore[operator]
    kept = {"self", "given", "same", "again", "outer", "error", "math"}
    assert kept <= arguments(text)
    assert all(name.startswith("_") for name in arguments(text) - kept)


def test_a_name_that_a_function_uses_is_not_taken() -> None:
    text = rename_arguments({"some": "def double(value):\n    return _a * value * _c(_b)\n"})
    assert text["some"] == "def double(_d):\n    return _a * _d * _c(_b)"


def test_the_agents_functions_share_a_few() -> None:
    texts = {name: (ROOT / name).read_text(encoding="utf-8") for name in board_image.sources()}
    few = rename_arguments(texts)
    before = set[str]().union(*map(arguments, texts.values()))
    after = set[str]().union(*map(arguments, few.values()))
    assert len(after) < len(before) // 3
    assert rename_arguments(texts) == few
