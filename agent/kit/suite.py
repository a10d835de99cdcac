"""The driver contract, run on a driver's test file under every runtime that is here."""

import importlib.util
import json
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

from agent.errors import BadSettings
from agent.linux.driver_packages import dotted

ROOT = Path(__file__).resolve().parents[2]  # where agent and simulators are imported from
_RUN = ROOT / "simulators" / "contract" / "run.py"
_FRAMES = "tests/vectors/published-frames.json"
_HEAP = "32M"
_PATIENCE_S = 60


@dataclass(frozen=True)
class Verdict:
    """What one runtime says: {clause: sentences about what is wrong}, in order."""

    runtime: str
    clauses: dict[str, list[str]]

    def green(self) -> bool:
        """Whether nothing is wrong."""
        return bool(self.clauses) and not any(self.clauses.values())


def find_test(written: str) -> Path:
    """The test file of what a person names: itself, its driver's file, a model, or a dotted path.

    BadSettings if there is none; the sentence says where it was looked for.
    """
    path = Path(written)
    if path.suffix != ".py":
        path = _source(written)
    if not path.is_file():
        raise BadSettings([f"no file {path}"])
    path = path.resolve()
    if path.name.startswith("test_"):
        return path
    tree = ROOT / "tests" / "shared" / f"test_driver_{path.stem}.py"
    beside = [path.with_name(f"test_{path.stem}.py"), path.with_name(f"test_driver_{path.stem}.py")]
    above = [parent / "tests" / "shared" / tree.name for parent in path.parents[2:3]]
    for place in [*beside, *above, tree]:
        if place.is_file():
            return place
    raise BadSettings([f"{path.name} has no test: expected {beside[0].name} beside it, or {tree}"])


def _source(model: str) -> Path:
    """The file of a model or a dotted path."""
    module = dotted(model)
    if "." not in module:
        module = "agent.drivers." + module.replace("-", "_")
    sys.path.insert(0, str(Path.cwd()))
    try:
        found = importlib.util.find_spec(module)
    except ImportError:
        found = None
    finally:
        del sys.path[0]
    if found is None or found.origin is None:
        raise BadSettings([f"no driver {model!r}, and no file of that name"])
    return Path(found.origin)


def module_of(path: Path) -> tuple[str, Path]:
    """(dotted name, folder to import it from) of a Python file, by the packages it lies in."""
    parts = [path.stem]
    folder = path.parent
    while (folder / "__init__.py").is_file():
        parts.insert(0, folder.name)
        folder = folder.parent
    return ".".join(parts), folder


def micropython() -> str | None:
    """The MicroPython interpreter: beside this one, or on the path; None if there is none."""
    beside = shutil.which("micropython", path=str(Path(sys.executable).parent))
    return beside or shutil.which("micropython")


def run(test: Path) -> list[Verdict]:
    """What every runtime that is here says of a test file. OSError if one cannot be started."""
    module, folder = module_of(test)
    arguments = [str(_RUN), module, str(folder)]
    if (folder / _FRAMES).is_file():
        arguments.append(str(folder / _FRAMES))
    verdicts = [_verdict("CPython", [sys.executable, "-B", *arguments])]
    interpreter = micropython()
    if interpreter:
        heap = [interpreter, "-X", f"heapsize={_HEAP}", *arguments]
        verdicts.append(_verdict("MicroPython", heap))
    return verdicts


def _verdict(name: str, command: list[str]) -> Verdict:
    try:
        done = subprocess.run(
            command, capture_output=True, text=True, timeout=_PATIENCE_S, check=False
        )
    except subprocess.TimeoutExpired:
        return Verdict(name, {"loading": [f"it did not end within {_PATIENCE_S} s"]})
    clauses: dict[str, list[str]] = {}
    for line in done.stdout.splitlines():
        if not line.startswith("{"):
            continue  # a print of the file's own
        found = json.loads(line)
        if "runtime" in found:
            return Verdict(found["runtime"], clauses)
        clauses[found["clause"]] = found["wrong"]
    said = done.stderr.strip().splitlines() or ["it ended without a word"]
    return Verdict(name, {**clauses, "ending": [said[-1]]})
