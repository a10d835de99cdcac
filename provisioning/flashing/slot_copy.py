"""Filling a board's slot, and proving every file in it before it is chosen."""

import hashlib
from collections.abc import Callable
from pathlib import Path

from provisioning.flashing import board_code
from provisioning.flashing.repl import Repl
from provisioning.flashing.words import Failure


def start_with(repl: Repl, files: dict[str, bytes]) -> None:
    """Write what chooses the slot, where it is not there yet: once in a board's life."""
    if not board_code.installed(repl).starter:
        for name, data in files.items():
            put(repl, f"/{name}", data)


def fill(repl: Repl, content: dict[str, bytes], head: str, hours: int,
         progress: Callable[[int], None]) -> str:  # fmt: skip
    """Fill the slot that is not confirmed, and choose it; its folder, "/" at the end.

    content: by path in the slot; head: the manifest's first line; hours: the deadline of a trial
    without a network; progress: called with percents. Failure for a file that is not what it was.
    """
    folder = repl.run("import slots, install; print(install.begin(slots.Slots()))")
    folders = sorted({str(parent) for name in content for parent in Path(name).parents})
    repl.run(f"import os\nfor name in {folders[1:]!r}: os.mkdir({folder!r} + name)")
    for number, (name, data) in enumerate(sorted(content.items()), 1):
        repl.put(folder + name, data)
        progress(100 * number // len(content))
    _compare(repl, {folder + name: data for name, data in content.items()})
    lines = [f"{_digest(data)} {len(data)} {name}" for name, data in sorted(content.items())]
    put(repl, folder + "manifest", "\n".join([head, *lines, "end", ""]).encode("utf-8"))
    repl.run(f"install.switch(slots.Slots(), {folder[-2]!r}, {hours})")
    return folder


def put(repl: Repl, name: str, data: bytes) -> None:
    """Write one file beside its name, prove it, and only then give it the name: a power cut leaves
    what was there before, or all of it."""
    beside = f"{name}.new"
    repl.put(beside, data)
    _compare(repl, {beside: data})
    repl.run(f"import os; os.rename({beside!r}, {name!r})")


def holds(repl: Repl, name: str, data: bytes) -> bool:
    """Whether the file of that name beside the slots has this content."""
    return board_code.has(repl, name) and repl.hashes([name])[name] == _digest(data)


def _compare(repl: Repl, content: dict[str, bytes]) -> None:
    found = repl.hashes(sorted(content))
    for name, data in content.items():
        if found.get(name) != _digest(data):
            raise Failure("copy-failed", name=name)


def _digest(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()
