"""Modules that import each other cannot be read or tested one by one: there are none, an import
inside a function counted as any, but for those that are named here with their reason.

What is loaded by a name that is put together (drivers, commands) is not followed.
"""

from pathlib import Path

from tests.host.test_layers import ROOT, files, imports

FOLDERS = ("agent", "board", "provisioning", "simulators")

# Modules that reach each other, and why they may.
REASONS = {
    ("board.app", "board.building", "board.finishing"):
        "The app loads the two for a start, and forgets them; they let go of what they have made "
        "by functions of the app, which in a module of their own take 250 bytes more of the heap.",
}  # fmt: skip


def dotted(path: Path) -> str:
    """agent/buffer/__init__.py is agent.buffer."""
    parts = path.relative_to(ROOT).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def cycles(imported: dict[str, set[str]]) -> set[tuple[str, ...]]:
    """The modules that reach each other. imported: by each module, those that it imports."""
    reached = {module: _reached(module, imported) for module in imported}
    return {
        tuple(sorted(other for other in reached[module] if module in reached[other]))
        for module in imported
        if module in reached[module]
    }


def _reached(module: str, imported: dict[str, set[str]]) -> set[str]:
    found: set[str] = set()
    waiting = [module]
    while waiting:
        new = imported[waiting.pop()] - found
        found |= new
        waiting += new
    return found


def test_no_other_modules_import_each_other() -> None:
    paths = {dotted(path): path for folder in FOLDERS for path in files(folder)}
    imported = {name: imports(path) & set(paths) - {name} for name, path in paths.items()}
    assert "agent.buffer.eviction" in imported["agent.buffer.journal"], "inside a function"
    assert "agent.drivers" in imported["agent.linux.node"], "a package"
    assert cycles(imported) == set(REASONS)


def test_a_cycle_is_seen() -> None:
    assert cycles({"a": {"b"}, "b": {"c"}, "c": set()}) == set()
    assert cycles({"a": {"b"}, "b": {"c"}, "c": {"b"}}) == {("b", "c")}
    assert cycles({"a": {"b", "d"}, "b": {"c"}, "c": {"a"}, "d": {"e"}, "e": {"d"}}) == {
        ("a", "b", "c"),
        ("d", "e"),
    }
