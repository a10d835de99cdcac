"""Shortens the private names of a board's modules: each costs a board its letters, in flash and in
the pool of names. A name is private by its spelling, one leading underscore, and it gets the same
short name in every module, so that a class and what inherits from it still agree.
"""

import ast
import string
from collections import Counter

_LETTERS = string.ascii_letters
_FIELDS = ("id", "attr", "name", "arg", "asname")  # where the syntax tree keeps names


def shorten(sources: dict[str, str]) -> dict[str, str]:
    """sources by dotted module name, with their private names shortened: often used, very short."""
    trees = {name: ast.parse(text) for name, text in sources.items()}
    counts = Counter(name for tree in trees.values() for node in ast.walk(tree)
                     for name in _names(node) if _is_private(name))  # fmt: skip
    # Sorted, so that the same sources make the same code.
    order = sorted(counts, key=lambda name: (-counts[name], name))
    short = {name: _number(place) for place, name in enumerate(order)}
    for tree in trees.values():
        for node in ast.walk(tree):
            _rename(node, short)
    return {name: ast.unparse(tree) for name, tree in trees.items()}


def _is_private(name: str) -> bool:
    return name.startswith("_") and not name.startswith("__") and name != "_"


def _names(node: ast.AST) -> list[str]:
    found = [getattr(node, field, None) for field in _FIELDS]
    if isinstance(node, ast.Global | ast.Nonlocal):
        found += node.names
    return [name for name in found if isinstance(name, str)]


def _rename(node: ast.AST, short: dict[str, str]) -> None:
    for field in _FIELDS:
        name = getattr(node, field, None)
        if isinstance(name, str) and name in short:
            setattr(node, field, short[name])
    if isinstance(node, ast.Global | ast.Nonlocal):
        node.names = [short.get(name, name) for name in node.names]


def _number(place: int) -> str:
    """_a, _b ... _Z, _aa, _ab ..."""
    text = ""
    place += 1
    while place:
        place, digit = divmod(place - 1, len(_LETTERS))
        text = _LETTERS[digit] + text
    return "_" + text
