"""Lets the attributes of different classes share their names on a board.

Each name costs a board its letters and a place in the table of names, which doubles when it is
full. What lies in an object of one class is never looked for in one of another, so the line of a
bus and the sector of a journal may have the same name; within a class and all that inherits from it
they may not.

Left as they are: what may be told as a text (``getattr``, named tuples), what objects of the
interpreter have, too, what is asked of modules and what stands at the top of one, for modules are
handed around as well. What lies beside the slots outlives every update, so what it says of objects
is called the same in all versions. What is ever set from outside, in an object whose class is not
known, shares its name with nothing; and a method that none of these modules calls is called by
others.
"""

import ast
from collections import Counter

from provisioning.foreign import FOREIGN
from provisioning.link_names import bound

_OUTLIVING = ("board.slots", "board.install", "board.tls_key", "board.scratch")
_TELLING = ("getattr", "setattr", "hasattr", "namedtuple")
_SHARED = "_shared_"  # private, so that provisioning.shorten gives it a short name


def share(sources: dict[str, str]) -> dict[str, str]:
    """sources by dotted module name, all that a board may load, with shared names."""
    trees = {name: ast.parse(text) for name, text in sources.items()}
    found = _Attributes(list(trees.values()))
    for name in _OUTLIVING:
        found.keep(trees.get(name))
    names = found.shared()
    for tree in trees.values():
        for node in ast.walk(tree):
            if isinstance(node, ast.Attribute):
                node.attr = names.get(node.attr, node.attr)
            elif isinstance(node, ast.ClassDef):
                _rename_members(node, names)
    return {name: ast.unparse(tree) for name, tree in trees.items()}


class _Attributes:
    """Which classes have which attributes. A family is a class and all that inherits from it; the
    classes of one name are one."""

    def __init__(self, trees: list[ast.Module]) -> None:
        self.kept = set(FOREIGN)
        self.families: dict[str, str] = {}  # by class, another of its family; the last is itself's
        self.owners: dict[str, set[str]] = {}  # by attribute, the classes
        self.outside: set[str] = set()
        self.counts: Counter[str] = Counter()
        for tree in trees:
            self.kept.update(bound(tree.body), _of_modules(tree), _told(tree))
            inside: set[ast.AST] = set()
            for node in ast.walk(tree):
                if isinstance(node, ast.ClassDef):
                    inside |= self._class(node)
                elif isinstance(node, ast.ImportFrom):
                    for alias in node.names:
                        self._join(alias.name, alias.asname or alias.name)
            for node in ast.walk(tree):
                if isinstance(node, ast.Attribute):
                    self.counts[node.attr] += 1
                    if not isinstance(node.ctx, ast.Load) and node not in inside:
                        self.outside.add(node.attr)

    def _class(self, node: ast.ClassDef) -> set[ast.AST]:
        """Take down a class; returns the attributes that its methods set in their own object."""
        for base in node.bases:
            self._join(node.name, base.id if isinstance(base, ast.Name) else ast.unparse(base))
        for name in bound(node.body):
            self.owners.setdefault(name, set()).add(node.name)
        own = {each for method in node.body if isinstance(method, ast.FunctionDef)
               for each in _set_in_self(method)}  # fmt: skip
        for each in own:
            self.owners.setdefault(each.attr, set()).add(node.name)
        return set(own)

    def keep(self, tree: ast.Module | None) -> None:
        """Leave everything as it is that a module says of objects."""
        for node in ast.walk(tree) if tree else ():
            if isinstance(node, ast.Attribute):
                self.kept.add(node.attr)
            elif isinstance(node, ast.ClassDef):
                self.kept.update(bound(node.body))

    def _join(self, one: str, other: str) -> None:
        first, second = self._family(one), self._family(other)
        if first != second:
            self.families[first] = second

    def _family(self, name: str) -> str:
        while name in self.families:
            name = self.families[name]
        return name

    def shared(self) -> dict[str, str]:
        """By attribute, its new name: of those that no family has yet, the first."""
        taken: list[set[str]] = []  # families, by number of the name
        result = {}
        # The most frequent first: they get the shortest. Then by name: always the same code.
        for name in sorted(self.owners, key=lambda name: (-self.counts[name], name)):
            if name in self.kept or name.startswith("__") or not self.counts[name]:
                continue
            families = {self._family(owner) for owner in self.owners[name]}
            alone = name in self.outside
            place = len(taken) if alone else next(
                (at for at, others in enumerate(taken) if others and not others & families),
                len(taken),
            )  # fmt: skip
            if place == len(taken):
                taken.append(set())
            taken[place] |= set() if alone else families
            result[name] = f"{_SHARED}{place}"
        return result


def _of_modules(tree: ast.Module) -> set[str]:
    """The attributes of what a module imports, at its top or later, and of their attributes."""
    imports = [node for node in ast.walk(tree) if isinstance(node, ast.Import | ast.ImportFrom)]
    imported = {
        alias.asname or alias.name.split(".")[0] for node in imports for alias in node.names
    }
    found = set()
    for node in ast.walk(tree):
        root = node
        while isinstance(root, ast.Attribute):
            root = root.value
        if isinstance(node, ast.Attribute) and isinstance(root, ast.Name) and root.id in imported:
            found.add(node.attr)
    return found


def _told(tree: ast.Module) -> set[str]:
    """The texts that may be the name of an attribute: not what is looked up in a map, compared, or
    handed to a function other than those that take such names."""
    other: set[ast.AST] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Subscript):
            other.add(node.slice)
        elif isinstance(node, ast.Compare):
            other |= {node.left, *node.comparators}
        elif isinstance(node, ast.Call) and ast.unparse(node.func) not in _TELLING:
            other |= set(node.args)
    return {node.value for node in ast.walk(tree)
            if isinstance(node, ast.Constant) and isinstance(node.value, str)
            and node not in other}  # fmt: skip


def _set_in_self(method: ast.FunctionDef) -> list[ast.Attribute]:
    """The attributes that a method sets in its first argument, which it binds nowhere else."""
    if not method.args.args or method.decorator_list:
        return []
    own = method.args.args[0].arg
    again = [node for node in ast.walk(method) if (isinstance(node, ast.arg) and node.arg == own)
             or (isinstance(node, ast.Name) and node.id == own
                 and not isinstance(node.ctx, ast.Load))]  # fmt: skip
    if len(again) > 1:
        return []
    return [node for node in ast.walk(method) if isinstance(node, ast.Attribute)
            and not isinstance(node.ctx, ast.Load)
            and isinstance(node.value, ast.Name) and node.value.id == own]  # fmt: skip


def _rename_members(node: ast.ClassDef, names: dict[str, str]) -> None:
    """Rename what a class binds in its own scope, where it binds it and where it is used there."""
    own = set(bound(node.body)) & set(names)
    for part in node.body:
        here: list[ast.AST] = [part]
        if isinstance(part, ast.FunctionDef):
            here = [*part.args.defaults, *part.decorator_list]
            part.name = names.get(part.name, part.name)
        for each in here:
            for one in ast.walk(each):
                if isinstance(one, ast.Name) and one.id in own:
                    one.id = names[one.id]
