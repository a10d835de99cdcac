"""The agent for a board that a laptop holds: numbers folded in, private names short, but not linked
and stripped as in a slot, so that what looks into it finds its names."""

import ast
import tempfile
from pathlib import Path

from agent.settings import Settings
from provisioning import board_image
from provisioning.fold import fold
from provisioning.shorten import shorten

_ROOT = Path(__file__).resolve().parents[2]
_BESIDE = (
    "agent/linux/commissioning/snapshot.py",
    "agent/linux/commissioning/recorder.py",
)


def compiled(settings: Settings, board: str, platform: str) -> dict[str, bytes]:
    """By its path on the board, the code of each file that it needs. platform: as its sys.platform
    says. ValueError for what does not compile, or is not for boards."""
    architecture = board_image.ARCHITECTURES[board] if platform == board[:5] else board_image.HOST
    names = [*_needed(settings, board), *_BESIDE]
    texts = {_dotted(name): (_ROOT / name).read_text(encoding="utf-8") for name in names}
    texts = shorten(fold(texts))
    found = {}
    with tempfile.TemporaryDirectory() as folder:
        source, target = Path(folder) / "module.py", Path(folder) / "module.mpy"
        for name in names:
            at = Path(name).name if name in _BESIDE else name
            source.write_text(texts[_dotted(name)], encoding="utf-8")
            board_image.compile_file(source, target, at, architecture)
            found[str(Path(at).with_suffix(".mpy"))] = target.read_bytes()
    return found


def _dotted(name: str) -> str:
    return name.removesuffix(".py").removesuffix("/__init__").replace("/", ".")


def _needed(settings: Settings, board: str) -> list[str]:
    """The sources, each with what it imports."""
    carriers = {settings.carrier} | ({settings.district.carrier} if settings.district else set())
    waiting = ["board/held.py", f"board/{board}.py", "board/clock.py"]
    waiting += [f"board/{name}.py" for name in carriers]
    waiting += [f"agent/drivers/{name.replace('-', '_')}.py" for name in settings.drivers()]
    found: set[str] = set()
    while waiting:
        name = waiting.pop()
        if name not in found:
            found.add(name)
            waiting += _imported(_ROOT / name)
    packages = {f"{parent}/__init__.py" for name in found for parent in Path(name).parents[:-1]}
    return sorted(found | packages)


def _imported(path: Path) -> list[str]:
    """The files of ours that a file imports, also inside functions."""
    dotted: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            dotted |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            dotted |= {node.module} | {f"{node.module}.{alias.name}" for alias in node.names}
    files = [f"{name.replace('.', '/')}.py" for name in sorted(dotted)]
    ours = ("agent/", "board/")
    return [name for name in files if name.startswith(ours) and (_ROOT / name).is_file()]
