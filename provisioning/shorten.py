"""Shortens the private names of a board's modules: each costs a board its letters, in flash and in
the pool of names. A name is private by its spelling, one leading underscore. It gets the same short
name in every module, so that a class and what inherits from it still agree; but what a module has
for itself alone may be called as in another one.
"""

import ast
import string
from collections import Counter
from collections.abc import Iterable
from itertools import count

_LETTERS = string.ascii_letters
_FIELDS = ("id", "attr", "name", "arg", "asname")  # where the syntax tree keeps names


def shorten(sources: dict[str, str]) -> dict[str, str]:
    """sources by dotted module name, with their private names shortened: often used, very short."""
    trees = {name: ast.parse(text) for name, text in sources.items()}
    counts = Counter(name for tree in trees.values() for node in ast.walk(tree)
                     for name in _names(node) if _is_private(name))  # fmt: skip
    # Sorted, so that the same sources make the same code.
    order = sorted(counts, key=lambda name: (-counts[name], name))
    members, others = _members(trees)
    both = members & others
    near = _of_one_module(trees) & others - both
    short = _numbered(order, both, 0)
    # What is only ever a member of something and what never is are not taken for each other.
    short |= _numbered(order, members - both, len(both))
    far = others - both - near
    short |= _numbered(order, far, len(both))
    for tree in trees.values():
        here = {name for node in ast.walk(tree) for name in _names(node)}
        taken = {short[name] for name in far & here}
        names = short | _numbered(order, near & here, len(both), taken)
        for node in ast.walk(tree):
            _rename(node, names)
    return {name: ast.unparse(tree) for name, tree in trees.items()}


def _numbered(
    order: list[str], names: set[str], first: int, taken: Iterable[str] = ()
) -> dict[str, str]:
    """Short names for names, in that order, from a number on, without those that are taken."""
    free = (short for short in map(_number, count(first)) if short not in taken)
    return dict(zip((name for name in order if name in names), free, strict=False))


def _of_one_module(trees: dict[str, ast.Module]) -> set[str]:
    """The private names that stand in one module alone."""
    counts = Counter(name for tree in trees.values()
                     for name in {name for node in ast.walk(tree) for name in _names(node)}
                     if _is_private(name))  # fmt: skip
    return {name for name, times in counts.items() if times == 1}


def _members(trees: dict[str, ast.Module]) -> tuple[set[str], set[str]]:
    """(names behind a dot or in a class, all other names), the private ones."""
    members: set[str] = set()
    others: set[str] = set()
    for tree in trees.values():
        methods = {part for node in ast.walk(tree) if isinstance(node, ast.ClassDef)
                   for part in node.body if isinstance(part, ast.FunctionDef)}  # fmt: skip
        for node in ast.walk(tree):
            member = isinstance(node, ast.Attribute) or node in methods
            (members if member else others).update(filter(_is_private, _names(node)))
            if isinstance(node, ast.ClassDef):
                members.update(_bound(node))
    return members, others


def _bound(node: ast.ClassDef) -> set[str]:
    """The private names that are looked up, or bound, in the scope of a class."""
    parts: list[ast.AST] = []
    for each in node.body:
        if isinstance(each, ast.FunctionDef):
            parts += [*each.args.defaults, *each.decorator_list]
        else:
            parts.append(each)
    return {one.id for part in parts for one in ast.walk(part)
            if isinstance(one, ast.Name) and _is_private(one.id)}  # fmt: skip


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
