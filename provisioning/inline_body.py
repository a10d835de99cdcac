"""The body of a function, made to stand where it was called: see provisioning.inline."""

import ast
import copy

from provisioning.link_names import bound

_NEVER = (ast.Yield, ast.YieldFrom, ast.Await, ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda,
          ast.ClassDef, ast.Global, ast.Nonlocal, ast.NamedExpr, ast.Import)  # fmt: skip
_COMPREHENSIONS = (ast.ListComp, ast.SetComp, ast.DictComp, ast.GeneratorExp)


def is_plain(function: ast.FunctionDef) -> bool:
    """Whether a function may stand elsewhere: no generator, nothing in it that has a scope of its
    own but comprehensions, no variables of others, simple arguments."""
    args = function.args
    inner = [node for part in function.body for node in ast.walk(part)]
    return not (
        function.decorator_list or args.vararg or args.kwarg or args.kwonlyargs or args.posonlyargs
        or any(not isinstance(one, ast.Constant) for one in args.defaults)
        or any(isinstance(node, _NEVER) for node in inner)
        or any(isinstance(node, ast.Name) and node.id == "super" for node in inner)
    )  # fmt: skip


def before(node: ast.expr) -> ast.expr | None:
    """What an operation works out first; None for what is none."""
    if isinstance(node, ast.BinOp | ast.Compare):
        return node.left
    if isinstance(node, ast.BoolOp):
        return node.values[0]
    if isinstance(node, ast.UnaryOp):
        return node.operand
    if isinstance(node, ast.Subscript):
        return node.value
    return node.test if isinstance(node, ast.IfExp) else None


def returns_at_end(function: ast.FunctionDef) -> bool:
    """Whether it returns nowhere but in its last statement."""
    found = [node for part in function.body for node in ast.walk(part)
             if isinstance(node, ast.Return)]  # fmt: skip
    return not found or found == [function.body[-1]]


def ends(body: list[ast.stmt]) -> bool:
    """Whether nothing comes after these statements."""
    last = body[-1]
    if isinstance(last, ast.If):
        return bool(last.orelse) and ends(last.body) and ends(last.orelse)
    return isinstance(last, ast.Return | ast.Raise)


def in_one_turn(body: list[ast.stmt], result: str | None) -> ast.While | None:
    """The statements of a function as a loop of one turn, which a ``return`` leaves. result: the
    variable for what is returned, or None. None where it returns from within a loop or a try."""
    inner = [part for node in body for part in ast.walk(node)
             if isinstance(part, ast.For | ast.While | ast.Try | ast.With)]  # fmt: skip
    if any(isinstance(node, ast.Return) for part in inner for node in ast.walk(part)):
        return None
    leaver = _Leaver(result)
    once = [part for node in body for part in leaver.left(node)]
    if not ends(body):
        once += leaver.left(ast.Return(None))
    return ast.While(ast.Constant(True), once, [])


def unused(name: str, caller: ast.FunctionDef, body: list[ast.stmt]) -> str:
    """A name like that for a variable, which neither of them uses."""
    taken = {one for part in (caller, *body) for node in ast.walk(part) for one in _names(node)}
    return _free(name, taken)


def placed(
    function: ast.FunctionDef, given: list[ast.expr], caller: ast.FunctionDef
) -> list[ast.stmt] | None:
    """The statements of function where caller calls it with given, one for each argument; None
    where that cannot be. Variables get names that caller does not use."""
    body = copy.deepcopy(function.body)
    inner = [node for part in body for node in ast.walk(part)]
    own = set(bound(body)) | {
        one.id for node in inner if isinstance(node, _COMPREHENSIONS) for part in node.generators
        for one in ast.walk(part.target) if isinstance(one, ast.Name)
    }  # fmt: skip
    variables = _variables(caller)
    read = {node.id for node in inner if isinstance(node, ast.Name)}
    outside = read - own - {argument.arg for argument in function.args.args}
    if variables is None or outside & _bound_in(caller):
        return None
    taken = {name for node in ast.walk(caller) for name in _names(node)}
    taken |= {name for node in inner for name in _names(node)}
    before: list[ast.stmt] = []
    names: dict[str, ast.expr] = {}
    for argument, value in zip(function.args.args, given, strict=True):
        simple = isinstance(value, ast.Constant) or (
            isinstance(value, ast.Name) and value.id in variables
        )
        if simple and argument.arg not in own:
            names[argument.arg] = value
            continue
        new = _free(argument.arg, taken)
        names[argument.arg] = ast.Name(new, ast.Load())
        before.append(ast.Assign([ast.Name(new, ast.Store())], value))
    for name in sorted(own - set(names)):
        names[name] = ast.Name(_free(name, taken), ast.Load())
    renamer = _Renamer(names)
    return before + [renamer.visit(part) for part in body]


def _variables(caller: ast.FunctionDef) -> set[str] | None:
    """The variables of a function that it alone sets; None where others set them."""
    if any(isinstance(node, ast.Nonlocal | ast.NamedExpr) for node in ast.walk(caller)):
        return None
    return set(bound(caller.body)) | {argument.arg for argument in caller.args.args}


def _bound_in(caller: ast.FunctionDef) -> set[str]:
    """All names that mean something of its own in a function, or in a scope inside of it."""
    return {
        name
        for node in ast.walk(caller)
        if not (isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load))
        for name in _names(node)
    }


def _free(name: str, taken: set[str]) -> str:
    new, number = name, 0
    while new in taken:
        number += 1
        new = f"{name}_{number}"
    taken.add(new)
    return new


def _names(node: ast.AST) -> list[str]:
    found = [getattr(node, field, None) for field in ("id", "name", "arg", "asname")]
    if isinstance(node, ast.Global | ast.Nonlocal):
        found += node.names
    return [name for name in found if isinstance(name, str)]


class _Renamer(ast.NodeTransformer):
    def __init__(self, names: dict[str, ast.expr]) -> None:
        self.names = names

    def visit_Name(self, node: ast.Name) -> ast.expr:
        new = self.names.get(node.id)
        if isinstance(new, ast.Name):
            return ast.Name(new.id, node.ctx)
        return node if new is None else copy.deepcopy(new)

    def visit_ExceptHandler(self, node: ast.ExceptHandler) -> ast.ExceptHandler:
        self.generic_visit(node)
        node.name = self._new(node.name) if node.name else None
        return node

    def visit_ImportFrom(self, node: ast.ImportFrom) -> ast.ImportFrom:
        for alias in node.names:
            new = self._new(alias.asname or alias.name)
            alias.asname = None if new == alias.name else new
        return node

    def _new(self, name: str) -> str:
        new = self.names.get(name)
        return new.id if isinstance(new, ast.Name) else name


class _Leaver(ast.NodeTransformer):
    """Leaves a loop where a function returns. result: see in_one_turn."""

    def __init__(self, result: str | None) -> None:
        self.result = result

    def left(self, node: ast.stmt) -> list[ast.stmt]:
        made = self.visit(node)
        return made if isinstance(made, list) else [made]

    def visit_Return(self, node: ast.Return) -> list[ast.stmt]:
        value = node.value or ast.Constant(None)
        if self.result is None:
            kept = [] if isinstance(value, ast.Constant | ast.Name) else [ast.Expr(value)]
            return [*kept, ast.Break()]
        return [ast.Assign([ast.Name(self.result, ast.Store())], value), ast.Break()]
