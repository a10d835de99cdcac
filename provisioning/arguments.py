"""Gives the arguments of a board's functions names that are there anyway.

A function keeps the names of its arguments, for calls that name them; the names of its variables
are gone when it is compiled. So an argument that no call names takes one of a few names, the same
ones in every function; provisioning.shorten gives them to other things, too.
"""

import ast

_Function = ast.FunctionDef | ast.Lambda
_SCOPES = (ast.FunctionDef, ast.Lambda, ast.ClassDef, ast.ListComp, ast.SetComp, ast.DictComp,
           ast.GeneratorExp)  # fmt: skip
_NAMES = [f"_{letter}" for letter in "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"]


def rename_arguments(sources: dict[str, str]) -> dict[str, str]:
    """sources by dotted module name, with the arguments of their functions renamed, but those that
    any call names, and ``self``."""
    trees = {name: ast.parse(text) for name, text in sources.items()}
    kept = {node.arg for tree in trees.values() for node in ast.walk(tree)
            if isinstance(node, ast.keyword) and node.arg}  # fmt: skip
    for tree in trees.values():
        for node in ast.walk(tree):
            if isinstance(node, _Function):
                _rename(node, kept | {"self"})
    return {name: ast.unparse(tree) for name, tree in trees.items()}


def _rename(function: _Function, kept: set[str]) -> None:
    body = function.body if isinstance(function.body, list) else [function.body]
    inner = [node for part in body for node in ast.walk(part)]
    taken = {name for node in inner for name in _names(node)}
    arguments = _arguments(function.args)
    taken |= {argument.arg for argument in arguments}
    kept = kept | {name for node in inner for name in _bound_again(node)}
    free = (name for name in _NAMES if name not in taken)
    names = {}
    for argument in arguments:
        if argument.arg not in kept:
            new = next(free, argument.arg)
            names[argument.arg] = argument.arg = new
    for node in inner:
        if isinstance(node, ast.Name):
            node.id = names.get(node.id, node.id)


def _arguments(args: ast.arguments) -> list[ast.arg]:
    every = [*args.posonlyargs, *args.args, args.vararg, *args.kwonlyargs, args.kwarg]
    return [one for one in every if one is not None]


def _names(node: ast.AST) -> list[str]:
    """What a node calls something in a scope: also functions, classes, errors and imports."""
    found = [getattr(node, field, None) for field in ("id", "name", "arg", "asname")]
    if isinstance(node, ast.Global | ast.Nonlocal):
        found += node.names
    return [name for name in found if isinstance(name, str)]


def _bound_again(node: ast.AST) -> set[str]:
    """What an inner scope may call something else, and what is not called so by a name alone."""
    if not isinstance(node, _SCOPES):
        return set() if isinstance(node, ast.Name) else set(_names(node))
    return {name for one in ast.walk(node) for name in _names(one)
            if not (isinstance(one, ast.Name) and isinstance(one.ctx, ast.Load))}  # fmt: skip
