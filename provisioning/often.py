"""Tells the compiler a module's names by how often they are used.

Byte code speaks of a name by its place in the module's table: one byte for the first 128, two for
all others. The compiler fills the table as it meets the names, also those that are used but once.
So a statement that never runs names the frequent ones before anything else; its own code leaves the
heap when the module is loaded.
"""

import ast
from collections import Counter

from provisioning.link_names import bound

_PLACES = 128 - 3  # the file's name, "<module>" and __name__ take theirs before
_INTERNED = 10  # characters: longer texts are no names


def often_first(text: str) -> str:
    """A module's text with its names in order; as it is where every name has a place of a byte."""
    tree = ast.parse(text)
    counts = Counter[str]()
    _count(tree, set(), counts)
    if len(counts) <= _PLACES:
        return text
    names = sorted((name for name in counts if name.isidentifier()),
                   key=lambda name: (-counts[name], name))  # fmt: skip
    return f"if not __name__:\n    __name__.{'.'.join(names[:_PLACES])}\n{text}"


def _count(node: ast.AST, local: set[str], counts: Counter[str]) -> None:
    """Count what takes the name of something. local: names of variables, which are numbered."""
    if isinstance(node, ast.FunctionDef | ast.Lambda):
        body = node.body if isinstance(node, ast.FunctionDef) else []
        arguments = {part.arg for part in ast.walk(node.args) if isinstance(part, ast.arg)}
        counts.update(arguments)
        local = local | arguments | set(bound(body))
    if isinstance(node, ast.ListComp | ast.SetComp | ast.DictComp | ast.GeneratorExp):
        local = local | {one.id for part in node.generators for one in ast.walk(part.target)
                         if isinstance(one, ast.Name)}  # fmt: skip
    if isinstance(node, ast.Name):
        counts.update({node.id} - local)
    elif isinstance(node, ast.Attribute):
        counts[node.attr] += 1
    elif isinstance(node, ast.FunctionDef | ast.ClassDef):
        counts[node.name] += 2  # it says so itself, and it is bound to it
    elif isinstance(node, ast.alias):
        counts[node.name] += 1
    elif isinstance(node, ast.keyword) and node.arg:
        counts[node.arg] += 1
    elif isinstance(node, ast.Constant) and isinstance(node.value, str):
        counts.update([node.value] if len(node.value) <= _INTERNED else [])
    for child in ast.iter_child_nodes(node):
        _count(child, local, counts)
