"""What a board's traceback means: it names linked modules and short names, and no lines.

The names of a build are kept where it is built, in the bundle and not on the board. A function has
the same short name as others of its module: which one it was, is told by what it calls.
"""

import ast
import json
import re
from dataclasses import asdict, dataclass
from typing import Any

from provisioning.sentences import move_sentences
from provisioning.shrink import linked, short_named, units

NAMES = "names.json"  # in a bundle
_FRAME = re.compile(r'^(\s*)File "([^"]+)"(?:, line (\d+))?, in (.+?)\s*$')
_SENTENCE = re.compile(r"\btext (\d+) ")  # board.texts, where it cannot read its file
_Function = ast.FunctionDef
_Tree = ast.Module | ast.ClassDef | ast.FunctionDef


@dataclass(frozen=True)
class Place:
    """A function of the sources: file, line of its ``def``, name with its class. By short names:
    what the board's code of it calls, and by which name it is called."""

    file: str
    line: int
    name: str
    calls: tuple[str, ...]
    by: str


@dataclass(frozen=True)
class Names:
    """Of one build. modules: places by module and short name; sentences: what lies in the file."""

    modules: dict[str, dict[str, list[Place]]]
    sentences: str

    def packed(self) -> bytes:
        """As JSON."""
        return json.dumps(asdict(self), separators=(",", ":"), sort_keys=True).encode()


@dataclass(frozen=True)
class Line:
    """A line of a traceback. places: which functions it may be; empty for any other line."""

    text: str
    places: tuple[Place, ...] = ()


def unpack(data: bytes) -> Names:
    """What packed() made. ValueError for anything else."""
    try:
        found = json.loads(data)
        modules = {
            module: {short: [_place(one) for one in places] for short, places in names.items()}
            for module, names in found["modules"].items()
        }
        return Names(modules, str(found["sentences"]))
    except (KeyError, TypeError) as error:
        raise ValueError(f"these are no names of a build: {error}") from None


def _place(found: dict[str, Any]) -> Place:
    return Place(found["file"], found["line"], found["name"], tuple(found["calls"]), found["by"])


def names(sources: dict[str, str], files: dict[str, str]) -> Names:
    """The names that a build of those sources has, by dotted module name. files: where each lies.
    It takes seconds."""
    moved, sentences = move_sentences(sources)
    before = linked(moved)
    after = short_named(before)
    members = units(moved)
    trees = {name: ast.parse(text) for name, text in sources.items()}
    found: dict[str, dict[str, list[Place]]] = {}
    elsewhere = _origins({name: trees[name] for each in members.values() for name in each})
    for module, text in after.items():
        origins = _origins({name: trees[name] for name in members.get(module, {module})})
        known = found[module] = {}
        functions = zip(_functions(ast.parse(before[module])), _functions(ast.parse(text)),
                        strict=True)  # fmt: skip
        for (path, _), (short_path, short) in functions:
            origin = origins.get(path[0]) or elsewhere.get(path[0])  # provisioning.near
            if origin is None:
                continue
            name, node = origin
            own = [node.name, *path[1:]]
            by = short_path[-2] if short.name == "__init__" else short.name
            place = Place(files[name], _line(node, own[1:]), ".".join(own), _calls(short), by)
            known.setdefault(short.name, []).append(place)
    return Names(found, sentences.decode())


def _functions(tree: ast.Module) -> list[tuple[list[str], _Function]]:
    """Each function with the names of what it stands in, and its own."""
    found: list[tuple[list[str], _Function]] = []

    def look(node: ast.AST, path: list[str]) -> None:
        for child in ast.iter_child_nodes(node):
            inside = path
            if isinstance(child, ast.FunctionDef | ast.ClassDef):
                inside = [*path, child.name]
            if isinstance(child, ast.FunctionDef):
                found.append((inside, child))
            look(child, inside)

    look(tree, [])
    return found


def _origins(members: dict[str, ast.Module]) -> dict[str, tuple[str, Any]]:
    """By what a linked module calls the functions and classes of its members (link_names): whose
    each is, and itself."""
    found: dict[str, tuple[str, Any]] = {}
    for module, tree in members.items():
        for node in tree.body:
            if isinstance(node, ast.FunctionDef | ast.ClassDef):
                behind = f"{node.name}_{module.replace('.', '_')}"
                for called in (node.name, behind, f"_the_{node.name}", f"_the_{behind}"):
                    found[called] = module, node
    return found


def _line(node: _Tree, path: list[str]) -> int:
    """Where it begins, or what stands in it by those names."""
    for name in path:
        parts = [part for part in ast.walk(node) if part is not node
                 and isinstance(part, ast.FunctionDef | ast.ClassDef)]  # fmt: skip
        node = next((part for part in parts if part.name == name), node)
    return 1 if isinstance(node, ast.Module) else node.lineno


def _calls(function: _Function) -> tuple[str, ...]:
    found = set()
    for node in ast.walk(function):
        if isinstance(node, ast.Call):
            found.add(getattr(node.func, "attr", getattr(node.func, "id", "")))
    return tuple(sorted(found - {""}))


def translate(text: str, names: Names) -> list[Line]:
    """The lines of what a board printed, with what its traceback means."""
    lines = [_said(line, names.sentences) for line in text.splitlines()]
    frames = [_FRAME.match(line) for line in lines]
    every = [names.modules.get(_module(frame[2]), {}).get(frame[4], []) if frame else []
             for frame in frames] + [[]]  # fmt: skip
    found = []
    for at, line in enumerate(lines):
        inner = every[_next(frames, at, 1)] if frames[at] else []
        outer = every[_next(frames, at, -1)] if frames[at] else []
        # Below the last function stands the error that it raises, or hands on.
        below = lines[at + 1].split(":")[0] if at + 1 < len(lines) else ""
        names_below = {place.by for place in inner} or {below}
        names_above = {name for place in outer for name in place.calls}
        likely = [place for place in every[at] if names_below & set(place.calls)] or every[at]
        likely = [place for place in likely if place.by in names_above] or likely
        found.append(Line(line, tuple(likely)))
    return found


def _next(frames: list[re.Match[str] | None], at: int, step: int) -> int:
    """The line of the next function in that direction, past comprehensions and their like; behind
    all lines where there is none."""
    where = at + step
    while 0 <= where < len(frames):
        frame = frames[where]
        if frame is None:
            break
        if not frame[4].startswith("<"):
            return where
        where += step
    return len(frames)


def is_frame(line: str) -> bool:
    """Whether a line of a traceback names a function."""
    frame = _FRAME.match(line)
    return frame is not None and not frame[4].startswith("<")


def _module(file: str) -> str:
    """The module of a file as a traceback names it."""
    return file.removesuffix(".py").removesuffix(".mpy").replace("/", ".")


def _said(line: str, sentences: str) -> str:
    """A line with the sentence whose place it tells."""
    data = sentences.encode()

    def sentence(match: re.Match[str]) -> str:
        rest = data[int(match[1]) :]
        return rest.split(b"\n")[0].decode("utf-8", "replace") + " " if rest else match[0]

    return _SENTENCE.sub(sentence, line)
