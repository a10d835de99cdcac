"""Folds the integer constants of a board's modules into the code that uses them.

A named number costs a board a slot in every module's table that imports it, and its name in the
pool of names: together a tenth of the heap. So they are written into the code, and the names are
left out. Names are constants by their spelling: capitals, bound once, at the top of a module.
"""

import ast
from typing import Any

Numbers = dict[str, dict[str, int]]  # by module, by name


def fold(sources: dict[str, str]) -> dict[str, str]:
    """sources by dotted module name, with every number that is named in them folded in."""
    trees = {name: ast.parse(text) for name, text in sources.items()}
    numbers: Numbers = {name: {} for name in trees}
    count = -1
    while count < sum(map(len, numbers.values())):
        # Until nothing is found any more: a number may be told by those of another module.
        count = sum(map(len, numbers.values()))
        for name, tree in trees.items():
            numbers[name] = _numbers(tree, _known(tree, numbers))
    for name, tree in trees.items():
        known = _known(tree, numbers) | numbers[name]
        folded = _Folder(known, _modules(tree, numbers), numbers, numbers[name]).visit(tree)
        sources = sources | {name: ast.unparse(ast.fix_missing_locations(folded))}
    return sources


def _is_constant(name: str) -> bool:
    return name.isupper()


def _known(tree: ast.Module, numbers: Numbers) -> dict[str, int]:
    """The numbers that a module imports by name."""
    found = {}
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and node.module in numbers:
            for alias in node.names:
                if alias.name in numbers[node.module]:
                    found[alias.asname or alias.name] = numbers[node.module][alias.name]
    return found


def _modules(tree: ast.Module, numbers: Numbers) -> dict[str, str]:
    """Local names of modules of ours: ``from agent import frame``."""
    return {
        alias.asname or alias.name: f"{node.module}.{alias.name}"
        for node in ast.walk(tree)
        if isinstance(node, ast.ImportFrom)
        for alias in node.names
        if f"{node.module}.{alias.name}" in numbers
    }


def _numbers(tree: ast.Module, known: dict[str, int]) -> dict[str, int]:
    """The numbers that a module names at its top, each bound once."""
    bound = [
        node.id
        for node in ast.walk(tree)
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store)
    ]
    found: dict[str, int] = {}
    for statement in tree.body:
        if not isinstance(statement, ast.Assign) or len(statement.targets) != 1:
            continue
        names = _names(statement.targets[0])
        if not names or any(bound.count(name) != 1 or not _is_constant(name) for name in names):
            continue
        values = _values(statement.value, known | found, len(names))
        if values is not None:
            found.update(zip(names, values, strict=True))
    return found


def _names(target: ast.expr) -> list[str]:
    parts = target.elts if isinstance(target, ast.Tuple) else [target]
    return [part.id for part in parts if isinstance(part, ast.Name)]


def _values(value: ast.expr, known: dict[str, int], count: int) -> list[int] | None:
    """The numbers that an expression gives to count names, or None."""
    for node in ast.walk(value):
        if isinstance(node, ast.Name) and node.id not in known and node.id != "range":
            return None
        if isinstance(node, ast.Call | ast.Attribute | ast.Lambda | ast.Subscript) and not (
            isinstance(node, ast.Call) and node is value
        ):
            return None
    if isinstance(value, ast.Call) and not (
        isinstance(value.func, ast.Name) and value.func.id == "range" and count > 1
    ):
        return None
    try:
        result: Any = eval(compile(ast.Expression(value), "", "eval"), {**known, "range": range})
    except (TypeError, ValueError, ArithmeticError):
        return None
    results = [result] if count == 1 else list(result)
    good = all(type(one) is int and abs(one) < 1 << 30 for one in results)
    return results if good and len(results) == count else None


class _Folder(ast.NodeTransformer):
    def __init__(
        self, known: dict[str, int], modules: dict[str, str], numbers: Numbers, own: dict[str, int]
    ) -> None:
        self.known = known
        self.modules = modules
        self.numbers = numbers
        self.own = own

    def visit_Name(self, node: ast.Name) -> ast.expr:
        if isinstance(node.ctx, ast.Load) and node.id in self.known:
            return ast.Constant(self.known[node.id])
        return node

    def visit_Attribute(self, node: ast.Attribute) -> ast.expr:
        if isinstance(node.value, ast.Name) and node.value.id in self.modules:
            number = self.numbers[self.modules[node.value.id]].get(node.attr)
            if number is not None:
                return ast.Constant(number)
        self.generic_visit(node)
        return node

    def visit_ImportFrom(self, node: ast.ImportFrom) -> ast.ImportFrom | None:
        names = self.numbers.get(node.module or "", {})
        node.names = [alias for alias in node.names if alias.name not in names]
        return node if node.names else None

    def visit_Assign(self, node: ast.Assign) -> ast.Assign | None:
        if len(node.targets) == 1:
            names = _names(node.targets[0])
            if names and all(name in self.own for name in names):
                return None
        self.generic_visit(node)
        return node
