"""One ``pole.toml`` that is being checked: where its mistakes go, and the smallest pieces of it."""

import difflib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from agent.linux.toml_lines import Path as KeyPath
from agent.linux.toml_lines import line_of


@dataclass(frozen=True)
class Mistake:
    """One mistake: the line it stands on (from 1), where, and what to do."""

    line: int
    where: str
    text: str

    def __str__(self) -> str:
        return f"line {self.line}: {self.where}: {self.text}"


class Checker:
    """document: the TOML; lines: where its keys stand; folder: what its paths are relative to.
    Every mistake is collected in ``mistakes``, and what is wrong is read as empty or 0."""

    def __init__(self, document: dict[str, Any], lines: dict[KeyPath, int], folder: Path) -> None:
        self.document = document
        self.lines = lines
        self.folder = folder
        self.mistakes: list[Mistake] = []
        self._names: dict[str, int] = {}
        self._meant: set[KeyPath] = set()  # what misspelt keys stand for
        self._missing: dict[KeyPath, Mistake] = {}

    def wrong(self, path: KeyPath, text: str) -> None:
        """Note a mistake at path."""
        where = ".".join(str(part) for part in path if isinstance(part, str))
        self.mistakes.append(Mistake(line_of(self.lines, path), where or "the file", text))

    def missing(self, path: KeyPath, more: str = "") -> None:
        """Note that a key is missing, unless a misspelt one that stands for it is told anyway."""
        if not any(path[:length] in self._meant for length in range(1, len(path) + 1)):
            self.wrong(path, f"missing{more}")
            self._missing[path] = self.mistakes[-1]

    def no_channel(self, path: KeyPath, name: str, channels: dict[str, Any]) -> None:
        """Tell that a device has no channel of that name."""
        if name.startswith("level") and "distance" in channels:
            # The driver has an option mount, or it would measure the level itself.
            if (*path[:-2], "mount") not in self._meant:
                self.wrong(path, "needs mount: level = mount - distance; see `pole zero`")
        else:
            self.wrong(path, f"no such channel{nearest(name, channels)}")

    def known_keys(self, table: dict[str, Any], here: KeyPath, known: tuple[str, ...]) -> None:
        """Tell every key of a table that is not known."""
        for key in table:
            if key not in known:
                self.wrong((*here, key), f"unknown{nearest(key, known)}")
                self._stands_for(here, difflib.get_close_matches(key, known, 1))

    def _stands_for(self, here: KeyPath, near: list[str]) -> None:
        for name in near:
            self._meant.add((*here, name))
            told = self._missing.pop((*here, name), None)
            if told is not None:
                self.mistakes.remove(told)

    def table(self, name: str, *, required: bool = True) -> dict[str, Any]:
        """The table of that name; {} where there is none, which is told if it is required."""
        table = self.document.get(name)
        if table is None and not required:
            return {}
        if not isinstance(table, dict):
            self.missing((name,), f": expected a table [{name}]")
            return {}
        return table

    def text(self, table: dict[str, Any], here: KeyPath, key: str, default: str | None) -> str:
        """A text that is not empty; "" where it is wrong. default: None if it must be there."""
        value = table.get(key, default)
        if value is None:
            # A table that is missing has been told already.
            if table or here[-1:] != ("uplink",):
                self.missing((*here, key))
            return ""
        if not isinstance(value, str) or not value:
            self.wrong((*here, key), f"expected text in quotes, not {value!r}")
            return ""
        return value

    def choice(
        self, table: dict[str, Any], here: KeyPath, key: str, choices: tuple[str, ...]
    ) -> str:
        """One of some words."""
        value = self.text(table, here, key, None)
        if value and value not in choices:
            allowed = " or ".join(repr(choice) for choice in choices)
            self.wrong((*here, key), f"expected {allowed}{nearest(value, choices)}")
            return ""
        return value

    def measure(
        self, table: dict[str, Any], here: KeyPath, key: str, parse: Any, default: Any
    ) -> int:
        """A quantity as an integer, by what parse makes of its text; 0 where it is wrong."""
        value = table.get(key, default)
        if value is None:
            self.missing((*here, key))
            return 0
        if value == 0:
            return 0
        try:
            return int(parse(value))
        except ValueError as error:
            self.wrong((*here, key), str(error))
            return 0

    def unique(self, name: str, path: KeyPath) -> None:
        """Tell a name that was there before."""
        if name in self._names:
            self.wrong(path, f"{name!r} is already used on line {self._names[name]}")
        self._names.setdefault(name, line_of(self.lines, path))


def nearest(word: str, known: Any) -> str:
    """What to add to a complaint about word: the nearest known word, or all of them."""
    near = difflib.get_close_matches(word, list(known), 1)
    return f"; did you mean {near[0]!r}?" if near else f"; known: {', '.join(sorted(known))}"
