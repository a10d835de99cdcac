"""Puts functions and methods of a board's modules where they are called, if that is at one place
only: a function of its own costs a board 80 bytes of heap beside its code.

The sources stay in short functions. What is put elsewhere does the same there: arguments are taken
first and in their order, variables get names of their own, and a ``return`` stays one, is the last
statement, or leaves a loop of one turn. Whose name is defined once and used once in all modules is
surely what is called: private functions, and methods that objects of the interpreter do not have.
Generators are left alone, and nothing is put into one: its variables stay in the heap as long as it
lives.
"""

import ast
from collections import Counter

from provisioning.foreign import FOREIGN
from provisioning.inline_body import (
    before,
    ends,
    in_one_turn,
    is_plain,
    placed,
    returns_at_end,
    unused,
)

_Scope = ast.Module | ast.ClassDef
_Place = tuple[ast.FunctionDef, list[ast.stmt], int, ast.Call]  # caller, block, index, call


def inline(sources: dict[str, str]) -> dict[str, str]:
    """sources by dotted module name, all that a board may load, with fewer functions."""
    trees = {name: ast.parse(text) for name, text in sources.items()}
    uses = _uses(trees)
    for name, tree in trees.items():
        while _fewer(tree, uses, public=name.startswith("agent.")):
            pass
    return {name: ast.unparse(ast.fix_missing_locations(tree)) for name, tree in trees.items()}


def _fewer(tree: ast.Module, uses: Counter[str], public: bool) -> bool:
    """Put functions of a module where they are called; whether there was any. public: whether those
    may be methods with public names."""
    scopes: list[_Scope] = [tree, *(node for node in tree.body if isinstance(node, ast.ClassDef))]
    callers = _callers(scopes)
    found = False
    for scope in scopes:
        for function in _functions(scope):
            name, method = function.name, scope is not tree
            private = name.startswith("_") and not name.startswith("__")
            mine = private or (public and method and name not in FOREIGN)
            caller = callers.get(name)
            if not mine or uses[name] != 2 or caller in (None, function):
                continue
            if is_plain(function) and _put(function, caller, method):
                scope.body.remove(function)
                scope.body = scope.body or [ast.Pass()]
                # What it calls is called elsewhere now: the next round knows where.
                callers = {name: one for name, one in callers.items() if one is not function}
                found = True
    return found


def _callers(scopes: list[_Scope]) -> dict[str, ast.FunctionDef]:
    """By what is called, a function that calls it; those that nothing may be put into left out."""
    found = {}
    for function in [part for scope in scopes for part in _functions(scope)]:
        calls = [node.func for node in ast.walk(function) if isinstance(node, ast.Call)]
        if not _is_generator(function):
            found.update({node.id: function for node in calls if isinstance(node, ast.Name)})
            found.update({node.attr: function for node in calls if isinstance(node, ast.Attribute)})
    return found


def _functions(scope: _Scope) -> list[ast.FunctionDef]:
    return [part for part in scope.body if isinstance(part, ast.FunctionDef)]


def _is_generator(function: ast.FunctionDef) -> bool:
    return any(isinstance(node, ast.Yield | ast.YieldFrom) for node in ast.walk(function))


def _uses(trees: dict[str, ast.Module]) -> Counter[str]:
    """How often all modules name something: 2 for what is defined and used once. What is told as a
    text may be used in any way."""
    found = Counter[str]()
    for tree in trees.values():
        for node in ast.walk(tree):
            for field in ("id", "attr", "name", "asname"):
                name = getattr(node, field, None)
                if isinstance(name, str):
                    found[name] += 1
            if isinstance(node, ast.Constant) and isinstance(node.value, str):
                found[node.value] += 3
    return found


def _put(function: ast.FunctionDef, caller: ast.FunctionDef, method: bool) -> bool:
    """Put a function where caller calls it; whether it does, and it can be done."""
    for node in ast.walk(caller):
        if isinstance(node, ast.Call) and _calls(node, function.name, method):
            given = _given(function, node, caller if method else None)
            body = None if given is None else placed(function, given, caller)
            if body is None:
                return False
            if len(body) == 1 and isinstance(body[0], ast.Return) and body[0].value is not None:
                _Replacer(node, body[0].value).visit(caller)
                return True
            return _put_statements(function, body, caller, node)
    return False


def _calls(call: ast.Call, name: str, method: bool) -> bool:
    function = call.func
    if method:
        return isinstance(function, ast.Attribute) and function.attr == name
    return isinstance(function, ast.Name) and function.id == name


def _put_statements(
    function: ast.FunctionDef, body: list[ast.stmt], caller: ast.FunctionDef, call: ast.Call
) -> bool:
    """Put a function's statements before the one that begins with its call."""
    for block in _blocks(caller):
        for index, statement in enumerate(block):
            if _first_call(statement) is not call:
                continue
            if isinstance(statement, ast.Return) and statement.value is call:
                block[index : index + 1] = body if ends(body) else [*body, ast.Return(None)]
                return True
            alone = isinstance(statement, ast.Expr) and statement.value is call
            if not returns_at_end(function):
                result = None if alone else unused("found", caller, body)
                once = in_one_turn(body, result)
                if once is None:
                    return False
                block[index : index + alone] = [once]
                if result is not None:
                    _Replacer(call, ast.Name(result, ast.Load())).visit(statement)
                return True
            last = body.pop() if isinstance(body[-1], ast.Return) else None
            value = last.value if isinstance(last, ast.Return) else None
            if alone:
                block[index : index + 1] = [*body, ast.Expr(value or ast.Constant(None))]
            else:
                _Replacer(call, value or ast.Constant(None)).visit(statement)
                block[index:index] = body
            return True
    return False


def _blocks(caller: ast.FunctionDef) -> list[list[ast.stmt]]:
    """The lists of statements of a function, but not of functions in it."""
    found, waiting = [], [caller.body]
    while waiting:
        block = waiting.pop()
        found.append(block)
        for statement in block:
            if isinstance(statement, ast.FunctionDef | ast.ClassDef):
                continue
            for field in ("body", "orelse", "finalbody"):
                waiting.append(getattr(statement, field, []))
            waiting += [handler.body for handler in getattr(statement, "handlers", [])]
    return found


def _first_call(statement: ast.stmt) -> ast.Call | None:
    """The call that a statement makes before it does anything else, or None."""
    node: ast.expr | None = None
    if isinstance(statement, ast.Assign | ast.Return | ast.Expr):
        node = statement.value
    elif isinstance(statement, ast.If):
        node = statement.test
    elif isinstance(statement, ast.For):
        node = statement.iter
    while node is not None and (first := before(node)) is not None:
        node = first
    return node if isinstance(node, ast.Call) else None


def _given(
    function: ast.FunctionDef, call: ast.Call, caller: ast.FunctionDef | None
) -> list[ast.expr] | None:
    """What a call gives for each argument, in their order; None where it is not that simple.
    caller: of a method, whose own variable must tell the object: no class, no module."""
    given = list(call.args)
    if caller is not None and isinstance(call.func, ast.Attribute):
        given.insert(0, call.func.value)
        root = call.func.value
        while isinstance(root, ast.Attribute | ast.Subscript):
            root = root.value
        own = {argument.arg for argument in caller.args.args}
        own |= {node.id for node in ast.walk(caller)
                if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store)}  # fmt: skip
        if not isinstance(root, ast.Name) or root.id not in own:
            return None
    if call.keywords or any(isinstance(one, ast.Starred) for one in call.args):
        return None
    missing = len(function.args.args) - len(given)
    if not 0 <= missing <= len(function.args.defaults):
        return None
    return given + function.args.defaults[len(function.args.defaults) - missing :]


class _Replacer(ast.NodeTransformer):
    def __init__(self, call: ast.Call, value: ast.expr) -> None:
        self.call = call
        self.value = value

    def visit_Call(self, node: ast.Call) -> ast.expr:
        if node is self.call:
            return self.value
        self.generic_visit(node)
        return node
