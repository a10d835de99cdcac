"""What a short expression is in the place of its call: see provisioning.expressions."""

import ast
import builtins
import copy

from provisioning.inline_body import before

# Of no effect, and not told from each other by when they are called.
_PURE = {"len", "min", "max", "abs", "int", "bool", "bytes", "isinstance"}


def called_in(call: ast.Call) -> str:
    """The name of what is called, "" if it has none."""
    function = call.func
    if isinstance(function, ast.Attribute):
        return function.attr
    return function.id if isinstance(function, ast.Name) else ""


def placed(
    function: ast.FunctionDef,
    value: ast.expr,
    call: ast.Call,
    caller: ast.FunctionDef,
    inside: bool,
) -> ast.expr | None:
    """What value, all that function returns, is where caller calls it; None where it might be
    something else. inside: whether both are in one module."""
    arguments = [argument.arg for argument in function.args.args]
    given = list(call.args)
    variables = _variables(caller)
    if isinstance(call.func, ast.Attribute):
        given.insert(0, call.func.value)
        root = call.func.value
        while isinstance(root, ast.Attribute | ast.Subscript):
            root = root.value
        if not isinstance(root, ast.Name) or root.id not in variables:
            return None  # perhaps a class, or a module
    if call.keywords or len(given) != len(arguments):
        return None
    free = {node.id for node in ast.walk(value) if isinstance(node, ast.Name)}
    free -= set(arguments)
    if free & variables or (not inside and free - set(dir(builtins))):
        return None
    values = dict(zip(arguments, given, strict=True))
    if not _same(value, values, variables):
        return None
    return _Filler(values).visit(copy.deepcopy(value))  # type: ignore[no-any-return]


def _variables(caller: ast.FunctionDef) -> set[str]:
    """Whatever a function, or one inside of it, has for itself."""
    found = set()
    for node in ast.walk(caller):
        if isinstance(node, ast.arg):
            found.add(node.arg)
        elif isinstance(node, ast.Name) and not isinstance(node.ctx, ast.Load):
            found.add(node.id)
        elif isinstance(node, ast.ExceptHandler) and node.name:
            found.add(node.name)
        elif isinstance(node, ast.alias):
            found.add(node.asname or node.name)
        elif isinstance(node, ast.FunctionDef) and node is not caller:
            found.add(node.name)
    return found


def _same(value: ast.expr, values: dict[str, ast.expr], variables: set[str]) -> bool:
    """Whether value is the same where it looks at values itself, whenever it does."""
    others = {name for name, one in values.items() if not _is_variable(one, variables)}
    if not others:
        return True
    calls = {called_in(node) for node in ast.walk(value) if isinstance(node, ast.Call)}
    if calls <= _PURE and all(_is_plain(values[name]) for name in others):
        return True
    used = [node.id for node in ast.walk(value) if isinstance(node, ast.Name)]
    return len(others) == 1 and others == {_first(value)} and used.count(*others) == 1


def _is_variable(value: ast.expr, variables: set[str]) -> bool:
    """A number, or a variable of the caller: nothing that an expression calls changes it."""
    return isinstance(value, ast.Constant) or (
        isinstance(value, ast.Name) and value.id in variables
    )


def _is_plain(value: ast.expr) -> bool:
    """Nothing that does anything: names, attributes, numbers, parts."""
    kinds = (ast.Name, ast.Attribute, ast.Constant, ast.Subscript, ast.expr_context)
    return all(isinstance(node, kinds) for node in ast.walk(value))


def _first(node: ast.expr) -> str:
    """The name that an expression looks at before all else."""
    while True:
        first = before(node)
        if first is not None:
            node = first
        elif isinstance(node, ast.Attribute):
            node = node.value
        elif isinstance(node, ast.Tuple | ast.List) and node.elts:
            node = node.elts[0]
        elif isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
            node = node.func.value
        elif isinstance(node, ast.Call) and node.args and called_in(node) in _PURE:
            node = node.args[0]
        else:
            return node.id if isinstance(node, ast.Name) else ""


class _Filler(ast.NodeTransformer):
    def __init__(self, values: dict[str, ast.expr]) -> None:
        self.values = values

    def visit_Name(self, node: ast.Name) -> ast.expr:
        return copy.deepcopy(self.values[node.id]) if node.id in self.values else node
