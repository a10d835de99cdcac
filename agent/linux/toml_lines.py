"""Where each key of a TOML text stands: the standard library's parser does not tell."""

import re

Path = tuple[str | int, ...]

_HEADER = re.compile(r"(\[\[?)\s*([^\]]+?)\s*\]\]?\s*(#.*)?")
_KEY = re.compile(r'((?:"[^"]*"|[A-Za-z0-9_-]+)(?:\s*\.\s*(?:"[^"]*"|[A-Za-z0-9_-]+))*)\s*=')


def _names(dotted: str) -> list[str]:
    return [part.strip().strip('"') for part in dotted.split(".")]


def key_lines(text: str) -> dict[Path, int]:
    """Line numbers, from 1, by path: ``("line", 0, "device", 1, "every")``; of tables too."""
    lines: dict[Path, int] = {}
    last: dict[Path, int] = {}  # the newest index of each array of tables
    table: Path = ()

    def resolve(names: list[str]) -> Path:
        path: Path = ()
        for name in names:
            path += (name,)
            if path in last:
                path += (last[path],)
        return path

    for number, line in enumerate(text.splitlines(), 1):
        stripped = line.strip()
        header = _HEADER.fullmatch(stripped)
        if header:
            names = _names(header[2])
            if header[1] == "[[":
                array = (*resolve(names[:-1]), names[-1])
                last[array] = last.get(array, -1) + 1
                table = (*array, last[array])
                for nested in [path for path in last if path[: len(table)] == table]:
                    del last[nested]
            else:
                table = resolve(names)
            lines[table] = number
            continue
        key = _KEY.match(stripped)
        if key:
            path = table
            for name in _names(key[1]):
                path += (name,)
                lines.setdefault(path, number)
    return lines


def line_of(lines: dict[Path, int], path: Path) -> int:
    """The line of path, or of the nearest thing around it that has one; 1 at worst."""
    while path:
        if path in lines:
            return lines[path]
        path = path[:-1]
    return 1
