"""Links modules that a board always needs into one: a module costs a board a table of its names,
and every name that it imports a place in that table.

The names of the linked modules share one table then; one that stands for different things gets the
name of its module behind it. Modules that are not linked import from the new one.
"""

import ast
from typing import Any

from provisioning.link_names import Linked, bound

Sources = dict[str, str]  # by dotted module name


def link(sources: Sources, members: list[str], target: str) -> Sources:
    """sources with the members in one module. members: in the order in which they are loaded; none
    may be used but by its names. ValueError where one is."""
    trees = {name: ast.parse(text) for name, text in sources.items()}
    linked = Linked(trees, members, target)
    body: list[ast.stmt] = []
    for name in members:
        tree = _Renamer(linked, name, inside=True).visit(trees[name])
        body += [node for node in tree.body if not _is_text(node)]
    result = {
        name: ast.unparse(ast.fix_missing_locations(_Renamer(linked, name, False).visit(tree)))
        for name, tree in trees.items()
        if name not in members
    }
    module = ast.Module(_each_once(body), [])
    return result | {target: ast.unparse(ast.fix_missing_locations(module))}


def order(sources: Sources, members: set[str]) -> list[str]:
    """The members, each behind those that it imports when it is loaded."""
    found: list[str] = []

    def add(name: str) -> None:
        if name in found or name not in members:
            return
        for node in ast.parse(sources[name]).body:
            if isinstance(node, ast.ImportFrom) and node.module:
                add(node.module)
                for alias in node.names:
                    add(f"{node.module}.{alias.name}")
        found.append(name)

    for name in sorted(members):
        add(name)
    return found


class _Renamer(ast.NodeTransformer):
    """Renames what one module says of members. inside: it is a member itself."""

    def __init__(self, linked: Linked, module: str, inside: bool) -> None:
        self.linked = linked
        self.module = module
        self.inside = inside
        # One scope inside another: what a name means there; a module begins with "module ".
        self.scopes: list[tuple[str, dict[str, str]]] = [
            ("module", dict(linked.names[module]) if inside else {})
        ]

    def meaning(self, name: str) -> str:
        for depth, (kind, names) in enumerate(reversed(self.scopes)):
            if name in names and (kind != "class" or depth == 0):
                return names[name]
        return name

    def visit_Name(self, node: ast.Name) -> ast.Name:
        meaning = self.meaning(node.id)
        if meaning.startswith("module ") and self.inside:
            raise ValueError(f"{self.module} uses {node.id} as a whole")
        if not meaning.startswith("module "):
            node.id = meaning
        return node

    def visit_Attribute(self, node: ast.Attribute) -> ast.expr:
        if isinstance(node.value, ast.Name):
            meaning = self.meaning(node.value.id)
            if meaning.startswith("module "):
                name = self.linked.meaning(meaning.removeprefix("module "), node.attr)
                if name is None or not isinstance(node.ctx, ast.Load):
                    raise ValueError(f"{self.module}: {node.value.id}.{node.attr}?")
                if self.inside:
                    return ast.Name(name, node.ctx)
                node.attr = name
                return node
        self.generic_visit(node)
        return node

    def visit_ImportFrom(self, node: ast.ImportFrom) -> Any:
        scope = self.scopes[-1][1]
        rest, own = [], []
        for alias in node.names:
            whole, local = f"{node.module}.{alias.name}", alias.asname or alias.name
            if whole in self.linked.members:
                scope[local] = f"module {whole}"
                package, _, name = self.linked.target.rpartition(".")
                if not self.inside:
                    own.append(ast.ImportFrom(package, [ast.alias(name, local)], 0))
            elif node.module in self.linked.members:
                name = str(self.linked.meaning(node.module or "", alias.name))
                if self.inside:
                    scope[local] = name
                else:
                    own.append(ast.ImportFrom(self.linked.target, [_alias(name, local)], 0))
            else:
                rest.append(_alias(alias.name, self.meaning(local)))
        node.names = rest
        return own + ([node] if rest else []) or (ast.Pass() if len(self.scopes) > 1 else None)

    def visit_Import(self, node: ast.Import) -> ast.Import:
        node.names = [
            _alias(alias.name, self.meaning(alias.asname or alias.name)) for alias in node.names
        ]
        return node

    def visit_Global(self, node: ast.Global) -> ast.Global:
        names = self.scopes[0][1]
        node.names = [names.get(name, name) for name in node.names]
        return node

    def visit_FunctionDef(self, node: ast.FunctionDef) -> ast.FunctionDef:
        if self.scopes[-1][0] == "module":
            node.name = self.meaning(node.name)
        node.decorator_list = [self.visit(each) for each in node.decorator_list]
        if not node.decorator_list:  # of machine code they are a part
            node.returns = None
            for argument in node.args.args:
                argument.annotation = None
        self._function(node.args, node.body, bound(node.body))
        return node

    def visit_Lambda(self, node: ast.Lambda) -> ast.Lambda:
        self._function(node.args, node, {})
        return node

    def _function(self, args: ast.arguments, body: Any, names: dict[str, ast.AST]) -> None:
        args.defaults = [self.visit(each) for each in args.defaults]
        every = [*args.posonlyargs, *args.args, *args.kwonlyargs]
        every += [one for one in (args.vararg, args.kwarg) if one]
        own = {one.arg: one.arg for one in every} | {name: name for name in names}
        self.scopes.append(("function", own))
        if isinstance(body, list):
            body[:] = self._statements(body)
        else:
            body.body = self.visit(body.body)
        self.scopes.pop()

    def visit_AnnAssign(self, node: ast.AnnAssign) -> ast.Assign | None:
        # What a board does not look at.
        if node.value is None:
            return None
        return ast.Assign([self.visit(node.target)], self.visit(node.value))

    def visit_ClassDef(self, node: ast.ClassDef) -> ast.ClassDef:
        node.name = self.meaning(node.name)
        node.bases = [self.visit(each) for each in node.bases]
        self.scopes.append(("class", {name: name for name in bound(node.body)}))
        node.body = self._statements(node.body) or [ast.Pass()]
        self.scopes.pop()
        return node

    def _statements(self, body: list[ast.stmt]) -> list[ast.stmt]:
        result: list[ast.stmt] = []
        for index, node in enumerate(body):
            if index == 0 and _is_text(node):
                continue
            made = self.visit(node)
            result += made if isinstance(made, list) else [made] if made else []
        return result or [ast.Pass()]

    def _comprehension(self, node: Any) -> Any:
        names = {
            each.id: each.id
            for part in node.generators
            for each in ast.walk(part.target)
            if isinstance(each, ast.Name)
        }
        node.generators[0].iter = self.visit(node.generators[0].iter)
        self.scopes.append(("function", names))
        for part in node.generators:
            part.ifs = [self.visit(each) for each in part.ifs]
        for part in node.generators[1:]:
            part.iter = self.visit(part.iter)
        for field in ("elt", "key", "value"):
            if hasattr(node, field):
                setattr(node, field, self.visit(getattr(node, field)))
        self.scopes.pop()
        return node

    def visit_ListComp(self, node: ast.ListComp) -> Any:
        return self._comprehension(node)

    def visit_SetComp(self, node: ast.SetComp) -> Any:
        return self._comprehension(node)

    def visit_DictComp(self, node: ast.DictComp) -> Any:
        return self._comprehension(node)

    def visit_GeneratorExp(self, node: ast.GeneratorExp) -> Any:
        return self._comprehension(node)


def _is_text(node: ast.stmt) -> bool:
    return isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)


def _alias(name: str, local: str) -> ast.alias:
    return ast.alias(name, None if local == name else local)


def _each_once(body: list[ast.stmt]) -> list[ast.stmt]:
    """Without imports that came before."""
    seen: set[str] = set()
    result = []
    for node in body:
        if isinstance(node, ast.Import | ast.ImportFrom):
            text = ast.unparse(node)
            if text in seen:
                continue
            seen.add(text)
        result.append(node)
    return result
