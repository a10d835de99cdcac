"""What linked modules call everything: see provisioning.link."""

import ast


class Linked:
    """The members by their trees. names: by member, what the new module calls each of its own."""

    def __init__(self, trees: dict[str, ast.Module], members: list[str], target: str) -> None:
        self.target = target
        self.members = members
        tops = {name: bound(trees[name].body) for name in members}
        # (module, name) of what a member imports from a member.
        self.origins = {
            (name, one): (node.module or "", _alias_of(node, one).name)
            for name in members
            for one, node in tops[name].items()
            if isinstance(node, ast.ImportFrom) and node.module in members
        }
        self.errors = _errors(trees)
        # Names that mean something else somewhere: those of several modules, and local ones.
        taken: dict[str, set[str]] = {}
        for name in members:
            for one, node in tops[name].items():
                origin = _origin(node, one) if isinstance(node, ast.Import | ast.ImportFrom) else ""
                if not self._is_ours(node, one):
                    taken.setdefault(one, set()).add(origin or name)
            for node in ast.walk(trees[name]):
                if isinstance(node, ast.arg):
                    taken.setdefault(node.arg, set()).add("a local name")
                if isinstance(node, ast.FunctionDef):
                    for one, part in bound(node.body).items():
                        if not self._is_ours(part, one):
                            taken.setdefault(one, set()).add("a local name")
        self.names = {
            name: {
                one: self._called(name, one, node, len(taken[one]) == 1)
                for one, node in tops[name].items()
                if not self._is_ours(node, one)
            }
            for name in members
        }

    def _called(self, module: str, name: str, node: ast.AST, alone: bool) -> str:
        """All but errors become private, for nobody outside knows them: private names are
        shortened. What an error is called is told; and a member that gives the new module its own
        name is spoken to by what it has."""
        called = name if alone else f"{name}_{module.replace('.', '_')}"
        own = isinstance(node, ast.FunctionDef | ast.Name | ast.ClassDef)
        own = own and name not in self.errors and not name.startswith("_")
        if own and module == self.target:
            if not alone:
                raise ValueError(f"{name} of {module} is also the name of something else")
            return name
        return f"_the_{called}" if own else called

    def _is_ours(self, node: ast.AST, name: str) -> bool:
        if not isinstance(node, ast.ImportFrom):
            return False
        whole = f"{node.module}.{_alias_of(node, name).name}"
        return node.module in self.members or whole in self.members

    def meaning(self, module: str, name: str) -> str | None:
        """What the new module calls a name of a member, also one that this one has from another."""
        while (module, name) in self.origins:
            module, name = self.origins[(module, name)]
        return self.names[module].get(name)


def bound(body: list[ast.stmt]) -> dict[str, ast.AST]:
    """The names that statements bind in their own scope, and by what."""
    found: dict[str, ast.AST] = {}
    waiting: list[ast.AST] = list(body)
    outside: set[str] = set()
    while waiting:
        node = waiting.pop()
        if isinstance(node, ast.FunctionDef | ast.ClassDef):
            found[node.name] = node
            continue
        if isinstance(node, ast.Lambda | ast.ListComp | ast.SetComp | ast.DictComp
                      | ast.GeneratorExp):  # fmt: skip
            continue
        if isinstance(node, ast.Global):
            outside |= set(node.names)
        elif isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
            found[node.id] = node
        elif isinstance(node, ast.ExceptHandler) and node.name:
            found[node.name] = node
        elif isinstance(node, ast.Import | ast.ImportFrom):
            found.update({alias.asname or alias.name.split(".")[0]: node for alias in node.names})
        waiting.extend(ast.iter_child_nodes(node))
    return {name: node for name, node in found.items() if name not in outside}


def _errors(trees: dict[str, ast.Module]) -> set[str]:
    """The names of all classes that are exceptions."""
    found = {"Exception", "OSError", "ValueError"}
    classes = [node for tree in trees.values() for node in ast.walk(tree)
               if isinstance(node, ast.ClassDef)]  # fmt: skip
    count = 0
    while count < len(found):
        count = len(found)
        found |= {node.name for node in classes for base in node.bases
                  if isinstance(base, ast.Name) and base.id in found}  # fmt: skip
    return found


def _origin(node: ast.Import | ast.ImportFrom, name: str) -> str:
    module = node.module if isinstance(node, ast.ImportFrom) else ""
    return f"import {module} {_alias_of(node, name).name}"


def _alias_of(node: ast.Import | ast.ImportFrom, name: str) -> ast.alias:
    return next(one for one in node.names if (one.asname or one.name.split(".")[0]) == name)
