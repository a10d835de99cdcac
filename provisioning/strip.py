"""Leaves out of a board's modules what only people and other programs read: what a driver tells of
itself, why a frame is no frame, and functions, classes and tables that nothing on a board uses.

A board says "bad frame" where a workstation says what is bad about it; its settings were checked
on a workstation.
"""

import ast

# What a driver says of itself, for `pole drivers` and for pole.toml.
_FACTS = {"title", "kind", "line", "source", "answer_ms", "min_every_ms", "renumber", "options"}
# What a board says of these, whatever they are raised for.
_SAID = {"BadFrame": "bad frame", "BadSignature": "forged", "ValueError": "bad value"}


def strip(sources: dict[str, str]) -> dict[str, str]:
    """sources by dotted module name, without all that. What lies outside ``agent`` stays, for a
    workstation speaks to it by its names."""
    trees = {name: ast.parse(text) for name, text in sources.items()}
    for name, tree in trees.items():
        if name.startswith("agent."):
            _Stripper(name.startswith("agent.drivers.")).visit(tree)
    while _leave_out(trees):
        pass
    return {name: ast.unparse(ast.fix_missing_locations(tree)) for name, tree in trees.items()}


class _Stripper(ast.NodeTransformer):
    def __init__(self, driver: bool) -> None:
        self.driver = driver

    def visit_ClassDef(self, node: ast.ClassDef) -> ast.ClassDef:
        self.generic_visit(node)
        if self.driver and (node.bases or node.name == "Driver"):
            rest = [part for part in node.body if not _facts(part)]
            node.body = rest or [ast.Pass()]
        return node

    def visit_Raise(self, node: ast.Raise) -> ast.Raise:
        call = node.exc
        if isinstance(call, ast.Call) and isinstance(call.func, ast.Name):
            said = _SAID.get(call.func.id)
            if said is not None:
                call.args = [ast.Constant(said)]
        return node


def _facts(node: ast.stmt) -> bool:
    targets = node.targets if isinstance(node, ast.Assign) else []
    if isinstance(node, ast.AnnAssign):
        targets = [node.target]
    return any(isinstance(target, ast.Name) and target.id in _FACTS for target in targets)


def _leave_out(trees: dict[str, ast.Module]) -> bool:
    """Leave out what no module names; whether there was anything."""
    uses = _Uses(trees)
    found = False
    for module, tree in trees.items():
        if not module.startswith("agent."):
            continue
        body: list[ast.stmt] = []
        for node in tree.body:
            if isinstance(node, ast.FunctionDef | ast.ClassDef):
                if not uses.need(module, node.name):
                    continue
            elif isinstance(node, ast.ImportFrom) and (node.module or "") in trees:
                node.names = [
                    alias for alias in node.names if uses.need(module, alias.asname or alias.name)
                ]
                if not node.names:
                    continue
            elif (
                isinstance(node, ast.Assign)
                and isinstance(node.targets[0], ast.Name)
                and not uses.need(module, node.targets[0].id)
            ):
                continue
            body.append(node)
        found = found or len(body) < len(tree.body)
        tree.body = body
    return found


class _Uses:
    """Who uses which name: a module its own, others by importing it, or as an attribute of the
    whole module; and some are told as texts."""

    def __init__(self, trees: dict[str, ast.Module]) -> None:
        self.read: set[tuple[str, str]] = set()  # (module, name)
        self.imported: set[tuple[str, str]] = set()
        self.told: set[str] = set()
        self.attributes: set[str] = set()
        for module, tree in trees.items():
            for node in ast.walk(tree):
                if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load):
                    self.read.add((module, node.id))
                elif isinstance(node, ast.Attribute):
                    self.attributes.add(node.attr)
                elif isinstance(node, ast.Call) and _is_telling(node.func):
                    self.told |= {part.value for part in ast.walk(node)
                                  if isinstance(part, ast.Constant)
                                  and isinstance(part.value, str)}  # fmt: skip
                elif isinstance(node, ast.ImportFrom):
                    self.imported |= {(node.module or "", alias.name) for alias in node.names}

    def need(self, module: str, name: str) -> bool:
        package, _, last = module.rpartition(".")
        whole = (package, last) in self.imported
        return (
            (module, name) in self.read | self.imported
            or name in self.told
            or (whole and name in self.attributes)
        )


def _is_telling(function: ast.expr) -> bool:
    return isinstance(function, ast.Name) and function.id in ("hasattr", "getattr", "__import__")
