"""Puts functions and methods of a board's modules that are one short expression where they are
called, however often: a function of its own costs a board 80 bytes of heap beside its code.

The sources keep their small functions with their names. Only what is surely the same is put there:
a function whose name is defined once in all modules and told nowhere as a text, called and nothing
else, and with arguments that can as well be looked at where it looks at them: variables and
numbers; attributes where it calls nothing that could change them; anything else only where it is
what the expression looks at first, once.
"""

import ast
from dataclasses import dataclass, field

from provisioning.expression_placed import called_in, placed
from provisioning.foreign import FOREIGN

_MOST = 40  # bytes that all places together may grow by: less than what the function itself takes
_NEVER = (ast.Yield, ast.YieldFrom, ast.Await, ast.Lambda, ast.NamedExpr, ast.Starred, ast.ListComp,
          ast.SetComp, ast.DictComp, ast.GeneratorExp, ast.JoinedStr)  # fmt: skip
# What the code of each takes, in bytes, beside that of its parts; what is not in here takes one.
_BYTES = {ast.Attribute: 2, ast.Call: 2, ast.IfExp: 4, ast.BoolOp: 2, ast.Constant: 2}


@dataclass
class _Small:
    """A function that is one expression. place: what it stands in; calls: (caller, call)."""

    module: str
    place: ast.Module | ast.ClassDef
    function: ast.FunctionDef
    value: ast.expr
    calls: list[tuple[str, ast.FunctionDef, ast.Call]] = field(default_factory=list)

    @property
    def method(self) -> bool:
        return isinstance(self.place, ast.ClassDef)


def put_expressions(sources: dict[str, str]) -> dict[str, str]:
    """sources by dotted module name, all that a board may load, with fewer functions."""
    trees = {name: ast.parse(text) for name, text in sources.items()}
    while _fewer(trees):
        pass
    return {name: ast.unparse(ast.fix_missing_locations(tree)) for name, tree in trees.items()}


def _fewer(trees: dict[str, ast.Module]) -> bool:
    """Put some where they are called; whether there was any. None of them calls another one, or is
    called in what another one is given: that is for a later round."""
    small = _small(trees)
    _leave_out_used(trees, small)
    _find_calls(trees, small)
    made: dict[ast.Call, ast.expr] = {}
    names: set[str] = set()
    touched: set[ast.AST] = set()
    called: set[str] = set()
    for name, each in small.items():
        calls = {called_in(node) for node in ast.walk(each.value) if isinstance(node, ast.Call)}
        around = {node for *_, call in each.calls for node in ast.walk(call)}
        values = [
            placed(each.function, each.value, call, caller, module == each.module)
            for module, caller, call in each.calls
        ]
        put = [value for value in values if value is not None]
        if calls & (names | {name}) or name in called or any(
            isinstance(node, ast.Call) and node in touched for node in around
        ):  # fmt: skip
            continue
        if not put or len(put) < len(values) or _growth(each, put) > _MOST:
            continue
        made.update(zip((call for *_, call in each.calls), put, strict=True))
        names.add(name)
        called |= calls
        touched |= around
    for tree in trees.values() if made else ():
        _Putter(made).visit(tree)
        _leave_out(tree, names)
    return bool(made)


def _small(trees: dict[str, ast.Module]) -> dict[str, _Small]:
    """Functions that are one expression, by names that nothing else is called."""
    found: dict[str, _Small] = {}
    names: list[str] = []
    for module, tree in trees.items():
        for node in ast.walk(tree):
            if isinstance(node, ast.FunctionDef | ast.ClassDef):
                names.append(node.name)
        for place in _places(tree):
            for part in place.body:
                value = _expression(part) if isinstance(part, ast.FunctionDef) else None
                if value is None or not isinstance(part, ast.FunctionDef):
                    continue
                each = _Small(module, place, part, value)
                if _is_ours(each):
                    found[part.name] = each
    return {name: each for name, each in found.items() if names.count(name) == 1}


def _places(tree: ast.Module) -> list[ast.Module | ast.ClassDef]:
    """What functions and methods stand in."""
    return [tree, *(node for node in tree.body if isinstance(node, ast.ClassDef))]


def _is_ours(small: _Small) -> bool:
    """Whether nobody outside calls it: private names, and methods of the agent's classes."""
    name = small.function.name
    private = name.startswith("_") and not name.startswith("__")
    public = small.module.startswith("agent.") and small.method and not name.startswith("_")
    return private or (public and name not in FOREIGN)


def _expression(function: ast.FunctionDef) -> ast.expr | None:
    """What a function returns, if that is all it does, and its arguments are simple."""
    args = function.args
    body = function.body[0]
    if (
        function.decorator_list or args.vararg or args.kwarg or args.kwonlyargs or args.posonlyargs
        or args.defaults or len(function.body) != 1
        or not isinstance(body, ast.Return) or body.value is None
    ):  # fmt: skip
        return None
    inner = list(ast.walk(body.value))
    never = any(isinstance(node, _NEVER) for node in inner)
    never = never or any(isinstance(node, ast.Name) and node.id == "super" for node in inner)
    return None if never else body.value


def _leave_out_used(trees: dict[str, ast.Module], small: dict[str, _Small]) -> None:
    """Leave out what is told as a text, set, imported by another name, or used without a call."""
    for tree in trees.values():
        nodes = list(ast.walk(tree))
        functions = {id(node.func) for node in nodes if isinstance(node, ast.Call)}
        used = _in_classes(tree)
        for node in nodes:
            if isinstance(node, ast.Constant) and isinstance(node.value, str):
                used.add(node.value)
            elif isinstance(node, ast.Attribute):
                method = node.attr in small and small[node.attr].method
                used |= set() if method and id(node) in functions else {node.attr}
            elif isinstance(node, ast.alias) and node.asname:
                used |= {node.name, node.asname}
            elif isinstance(node, ast.Name | ast.arg):
                name = node.id if isinstance(node, ast.Name) else node.arg
                call = isinstance(node, ast.Name) and id(node) in functions
                if not call and name in small and not small[name].method:
                    used.add(name)
        for name in used:
            small.pop(name, None)


def _in_classes(tree: ast.Module) -> set[str]:
    """The names in the scopes of classes, but for functions."""
    places = [node for node in ast.walk(tree) if isinstance(node, ast.ClassDef)]
    parts: list[ast.AST] = []
    for part in [part for place in places for part in place.body]:
        if isinstance(part, ast.FunctionDef):
            parts += [*part.args.defaults, *part.decorator_list]
        else:
            parts.append(part)
    return {node.id for part in parts for node in ast.walk(part) if isinstance(node, ast.Name)}


def _find_calls(trees: dict[str, ast.Module], small: dict[str, _Small]) -> None:
    """Take down who calls each; those that a module or a class calls itself are left out."""
    for module, tree in trees.items():
        inside: set[ast.Call] = set()
        for caller in [part for place in _places(tree) for part in place.body]:
            for node in ast.walk(caller) if isinstance(caller, ast.FunctionDef) else ():
                each = small.get(called_in(node)) if isinstance(node, ast.Call) else None
                if each is None or not isinstance(node, ast.Call):
                    continue
                assert isinstance(caller, ast.FunctionDef)
                inside.add(node)
                if isinstance(node.func, ast.Attribute) is each.method:
                    each.calls.append((module, caller, node))
        for node in ast.walk(tree):
            if isinstance(node, ast.Call) and node not in inside:
                small.pop(called_in(node), None)


def _growth(small: _Small, put: list[ast.expr]) -> int:
    """By how many bytes all callers grow, about."""
    return sum(map(_bytes, put)) - sum(_bytes(call) for *_, call in small.calls)


def _bytes(value: ast.expr) -> int:
    nodes = [node for node in ast.walk(value) if isinstance(node, ast.expr)]
    return sum(_BYTES.get(type(node), 1) for node in nodes)


def _leave_out(tree: ast.Module, names: set[str]) -> None:
    """Leave out those functions, and imports of them."""
    for node in ast.walk(tree):
        body = getattr(node, "body", None)
        if not isinstance(body, list):
            continue
        for part in body:
            if isinstance(part, ast.ImportFrom):
                part.names = [alias for alias in part.names if alias.name not in names]
        body[:] = [part for part in body if not (
            (isinstance(part, ast.FunctionDef) and part.name in names)
            or (isinstance(part, ast.ImportFrom) and not part.names)
        )] or [ast.Pass()]  # fmt: skip


class _Putter(ast.NodeTransformer):
    def __init__(self, made: dict[ast.Call, ast.expr]) -> None:
        self.made = made

    def visit_Call(self, node: ast.Call) -> ast.expr:
        self.generic_visit(node)
        return self.made.get(node, node)
