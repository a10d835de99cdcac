"""Puts functions of a board's linked modules into the one module that calls them: who does not load
that module does not load them either, and names that went across are no names any more.

The sources keep what belongs together in one file: the topics of MQTT beside the paths of CoAP. A
board has one of the two. What no module names at all is left out.
"""

import ast
import builtins

from provisioning.link_names import bound

_KNOWN = set(dir(builtins))


def put_near(sources: dict[str, str], targets: set[str]) -> dict[str, str]:
    """sources by dotted module name, all that a board may load. targets: the linked modules."""
    trees = {name: ast.parse(text) for name, text in sources.items()}
    homes = sorted(target for target in targets if target.startswith("agent."))
    while _fewer(trees, homes):
        pass
    return {name: ast.unparse(ast.fix_missing_locations(tree)) for name, tree in trees.items()}


def _fewer(trees: dict[str, ast.Module], homes: list[str]) -> bool:
    """Put functions of homes elsewhere; whether there was any."""
    users, odd = _users(trees)
    found = False
    for home in homes:
        tree = trees[home]
        for function in [part for part in tree.body if isinstance(part, ast.FunctionDef)]:
            name = function.name
            simple = name.startswith("_") and not function.decorator_list
            if not simple or function.args.defaults or name in odd:
                continue
            others = users.get(name, set())
            if home in others or len(others) > 1:
                continue
            if others and not _put(function, home, tree, trees[min(others)]):
                continue
            tree.body.remove(function)
            # Who uses these is not known any more: they wait for the next round.
            odd |= {node.id for node in ast.walk(function) if isinstance(node, ast.Name)}
            found = True
    return found


def _users(trees: dict[str, ast.Module]) -> tuple[dict[str, set[str]], set[str]]:
    """The modules that use each name; and names that are used in other ways than an import or a
    call tells: bound twice, imported by another name, told as a text, or an object's own."""
    users: dict[str, set[str]] = {}
    odd: set[str] = set()
    defined: set[str] = set()
    for module, tree in trees.items():
        modules = {
            alias.asname or alias.name
            for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)
            for alias in node.names if f"{node.module}.{alias.name}" in trees
        }  # fmt: skip
        for node in ast.walk(tree):
            name = ""
            if isinstance(node, ast.Name):
                name = node.id
                odd |= set() if isinstance(node.ctx, ast.Load) else {name}
            elif isinstance(node, ast.alias):
                odd |= {node.name, node.asname} if node.asname else set()
                name = node.name
            elif isinstance(node, ast.Attribute):
                name = node.attr
                whole = isinstance(node.value, ast.Name) and node.value.id in modules
                odd |= set() if whole else {name}
            elif isinstance(node, ast.FunctionDef | ast.ClassDef):
                odd |= {node.name} & defined
                defined.add(node.name)
            elif isinstance(node, ast.arg):
                odd.add(node.arg)
            elif isinstance(node, ast.Constant) and isinstance(node.value, str):
                odd.add(node.value)
            users.setdefault(name, set()).add(module)
    return users, odd


def _put(function: ast.FunctionDef, home: str, tree: ast.Module, user: ast.Module) -> bool:
    """Put it into user, with what it needs of home; whether it can be done."""
    here, there = bound(tree.body), bound(user.body)
    inner = {node.arg for node in ast.walk(function) if isinstance(node, ast.arg)}
    inner |= {node.id for node in ast.walk(function)
              if isinstance(node, ast.Name) and not isinstance(node.ctx, ast.Load)}  # fmt: skip
    inner |= set(bound(function.body))
    needs = {node.id for node in ast.walk(function) if isinstance(node, ast.Name)} - inner
    needs -= {function.name}
    if any(isinstance(node, ast.Global | ast.Nonlocal) for node in ast.walk(function)):
        return False
    imports: list[ast.stmt] = []
    for name in sorted(needs):
        if name not in here:
            if name in there or name not in _KNOWN:
                return False
        elif name in there:
            if not _is_import_of(there[name], home, name):
                return False
        elif isinstance(here[name], ast.FunctionDef | ast.ClassDef):
            imports.append(ast.ImportFrom(home, [ast.alias(name)], 0))
        else:
            return False  # what may be bound again
    at = max([index for index, part in enumerate(user.body)
              if isinstance(part, ast.ImportFrom | ast.Import)], default=-1)  # fmt: skip
    if at < 0 or (imports and not _loads(user, home)):
        return False
    _Namer(function.name).visit(user)
    user.body[at + 1 : at + 1] = [*imports, function]
    return True


def _is_import_of(node: ast.AST, home: str, name: str) -> bool:
    return (
        isinstance(node, ast.ImportFrom)
        and node.module == home
        and any(alias.name == name and not alias.asname for alias in node.names)
    )


def _loads(user: ast.Module, home: str) -> bool:
    """Whether a module imports home as soon as it is loaded."""
    for part in user.body:
        if isinstance(part, ast.ImportFrom):
            whole = {f"{part.module}.{alias.name}" for alias in part.names}
            if home in whole | {part.module}:
                return True
    return False


class _Namer(ast.NodeTransformer):
    """Names a function that is in this module now."""

    def __init__(self, name: str) -> None:
        self.name = name

    def visit_Attribute(self, node: ast.Attribute) -> ast.expr:
        if node.attr == self.name:
            return ast.Name(node.attr, node.ctx)
        self.generic_visit(node)
        return node

    def visit_ImportFrom(self, node: ast.ImportFrom) -> ast.stmt:
        node.names = [alias for alias in node.names if alias.name != self.name]
        return node if node.names else ast.Pass()
