"""The agent for a board that a laptop holds: shrunk and linked as in a slot, together with what
looks into it, so that both call everything by the same names.
"""

import ast
import tempfile
from pathlib import Path

from agent.settings import Settings
from provisioning import board_image
from provisioning.shrink import shrink

_ROOT = Path(__file__).resolve().parents[2]
# By what the board calls them. In no package of a slot, so that nothing of them is left out.
_LOOKING = {
    "held": "board/held.py",
    "snapshot": "agent/linux/commissioning/snapshot.py",
    "recorder": "agent/linux/commissioning/recorder.py",
}
# In a slot, but of no use under a laptop's hand.
_UNUSED = {"board/selftest.py", "board/identity.py", "board/settings_trial.py"}


def compiled(settings: Settings, board: str, platform: str) -> dict[str, bytes]:
    """By its path on the board, the code of each file that it needs. platform: as its sys.platform
    says. ValueError for what does not compile, or is not for boards."""
    architecture = board_image.ARCHITECTURES[board] if platform == board[:5] else board_image.HOST
    files = {_dotted(name): name for name in board_image.sources()} | _LOOKING
    texts = {name: (_ROOT / path).read_text("utf-8") for name, path in files.items()}
    small = shrink(texts | {"held": _told(texts["held"])})
    imports = board_image.needs()
    names = set(board_image.slot_files(imports, settings, board)) - _UNUSED
    names |= _asked_for(small, {_dotted(name): name for name in imports})
    found = {}
    with tempfile.TemporaryDirectory() as folder:
        source, target = Path(folder) / "module.py", Path(folder) / "module.mpy"
        for name in sorted(names | {f"{name}.py" for name in _LOOKING}):
            source.write_text(small[_dotted(name)], encoding="utf-8")
            board_image.compile_file(source, target, name, architecture)
            found[str(Path(name).with_suffix(".mpy"))] = target.read_bytes()
    return found


def _dotted(name: str) -> str:
    return name.removesuffix(".py").removesuffix("/__init__").replace("/", ".")


def _told(text: str) -> str:
    """A module's text with the names of its methods as texts, which keep those names: a laptop
    calls them."""
    names = [
        part.name
        for node in ast.parse(text).body
        if isinstance(node, ast.ClassDef)
        for part in node.body
        if isinstance(part, ast.FunctionDef)
    ]
    return f"{text}\n{names!r}\n"


def _asked_for(small: dict[str, str], files: dict[str, str]) -> set[str]:
    """The files that what looks into the agent imports. files: by module, those of a slot."""
    found = set()
    for looking in _LOOKING:
        for node in ast.walk(ast.parse(small[looking])):
            if isinstance(node, ast.ImportFrom) and node.module:
                found |= {node.module, *(f"{node.module}.{alias.name}" for alias in node.names)}
    return {files[name] for name in found if name in files}
