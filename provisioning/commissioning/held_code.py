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
# What looks into it, by what the board calls it: by the cable, and by a page over the air. What is
# in no package of a slot is not stripped.
_SEEN = {
    "board.lent": "board/lent.py",
    "snapshot": "agent/linux/commissioning/snapshot.py",
    "recorder": "agent/linux/commissioning/recorder.py",
}
CABLE = {"held": "board/held.py", **_SEEN}
AIR = {"page": "board/page.py", "advice": "agent/linux/commissioning/advice.py", **_SEEN}
# By sys.platform. An RP2350 runs what an RP2040 runs.
_ARCHITECTURES = {"esp32": board_image.ARCHITECTURES["esp32"],
                  "rp2": board_image.ARCHITECTURES["rp2040"]}  # fmt: skip
# In a slot, but of no use under a laptop's hand.
_UNUSED = {"board/button.py", "board/selftest.py", "board/identity.py", "board/settings_trial.py"}


def compiled(
    settings: Settings, board: str, platform: str, looking: dict[str, str]
) -> dict[str, bytes]:
    """By its path on the board, the code of each file that it needs. platform: as its sys.platform
    says; looking: CABLE or AIR. ValueError for what does not compile, or is not for boards."""
    architecture = architecture_of(platform)
    files = {_dotted(name): name for name in board_image.sources()} | looking
    texts = {name: (_ROOT / path).read_text("utf-8") for name, path in files.items()}
    small = shrink(texts | {name: _told(texts[name]) for name in looking})
    imports = board_image.needs()
    names = set(board_image.slot_files(imports, settings, board)) - _UNUSED
    asked = [small[name] for name in looking]
    names |= _asked_for(asked, {_dotted(name): name for name in imports})
    found = {}
    with tempfile.TemporaryDirectory() as folder:
        source, target = Path(folder) / "module.py", Path(folder) / "module.mpy"
        for name in sorted(names | {f"{name.replace('.', '/')}.py" for name in looking}):
            source.write_text(small[_dotted(name)], encoding="utf-8")
            board_image.compile_file(source, target, name, architecture)
            found[str(Path(name).with_suffix(".mpy"))] = target.read_bytes()
    return found


def architecture_of(platform: str) -> str:
    """What machine code is compiled for; elsewhere than on a chip, for this machine."""
    return _ARCHITECTURES.get(platform, board_image.HOST)


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


def _asked_for(texts: list[str], files: dict[str, str]) -> set[str]:
    """The files that these modules import. files: by module, those of a slot."""
    found = set()
    for text in texts:
        for node in ast.walk(ast.parse(text)):
            if isinstance(node, ast.ImportFrom) and node.module:
                found |= {node.module, *(f"{node.module}.{alias.name}" for alias in node.names)}
    return {files[name] for name in found if name in files}
