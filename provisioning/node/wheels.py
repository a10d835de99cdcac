"""The wheels of a Linux node: the agent's own, its dependencies, and pip to install them with."""

import importlib.util
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from provisioning.node.target import ANY, NodeTarget, numbers
from provisioning.signed_zip import BadBundle

PYTHON = "3.11"  # the oldest that the agent runs on (requires-python)
EXTRAS = "identity,metrics,oscore"
# What pip may choose from: glibc 2.17 up to that of Debian 12. What it chose is in the manifest.
_GLIBC = ("manylinux2014", *(f"manylinux_2_{minor}" for minor in range(17, 37)))
# Wheel file names: PEP 427; compatibility tags: PEP 425, PEP 600 (manylinux), PEP 656 (musllinux).
_NAME = re.compile(r"(?P<name>[^-]+)-(?P<version>[^-]+)(-[^-]+)?-(?P<python>[^-]+)-(?P<abi>[^-]+)-"
                   r"(?P<platform>[^-]+)\.whl")  # fmt: skip
_TREE = ("agent", "board", "provisioning", "simulators", "pyproject.toml", "README.md", "LICENSE")


def gather(
    architecture: str, folder: Path | None, python: str = PYTHON
) -> tuple[NodeTarget, dict[str, bytes]]:
    """The target and its files, by name in the bundle. folder: where the wheels of all dependencies
    lie, or None to have pip download them. BadBundle if some are missing, or do not fit together.
    """
    with tempfile.TemporaryDirectory() as scratch:
        place = Path(scratch)
        if folder is None:
            _download(architecture, python, place)
        else:
            for path in folder.glob("*.whl"):
                shutil.copy(path, place)
        if not list(place.glob("pole_agent-*.whl")):
            build_own(place)
        if not list(place.glob("pip-*.whl")):
            _add_pip(place)
        found = _fitting(sorted(place.glob("*.whl")), architecture)
        files = {f"wheels/{path.name}": path.read_bytes() for path in found}
    names = tuple(name for name in sorted(files) if not name.startswith("wheels/pip-"))
    pip = next(name for name in files if name.startswith("wheels/pip-"))
    return target(architecture, names, pip), files


def target(architecture: str, names: tuple[str, ...], pip: str) -> NodeTarget:
    """What a node must be for those wheels."""
    libc, only, bound = ANY, ANY, ANY
    for match in map(_match, names):
        tag = match["platform"].split(".")[-1]
        if tag != "any":
            bound = architecture
            libc = max(libc, _libc(tag), key=lambda text: numbers(text.partition(" ")[2]))
        if match["abi"] not in ("none", "abi3"):
            only = f"{match['python'][2]}.{match['python'][3:]}"
    return NodeTarget("Linux", bound, libc, PYTHON, only, names, pip)


def build_own(place: Path) -> None:
    """Build the agent's wheel there, from a copy of the tree: nothing is left in the tree."""
    root = Path(__file__).resolve().parents[2]
    if not (root / "pyproject.toml").exists():
        raise BadBundle("the agent's own wheel is missing: add pole_agent-*.whl to the wheels")
    with tempfile.TemporaryDirectory() as scratch:
        for name in _TREE:
            source = root / name
            if source.is_dir():
                ignored = shutil.ignore_patterns("__pycache__")
                shutil.copytree(source, Path(scratch) / name, ignore=ignored)
            else:
                shutil.copy(source, scratch)
        code = f"from setuptools import build_meta; build_meta.build_wheel({str(place)!r})"
        _run([sys.executable, "-c", code], Path(scratch), "the agent's wheel cannot be built")


def _download(architecture: str, python: str, place: Path) -> None:
    build_own(place)
    own = next(place.glob("pole_agent-*.whl"))
    platforms = [f"--platform={tag}_{architecture}" for tag in _GLIBC]
    _run([sys.executable, "-m", "pip", "download", "--quiet", "--disable-pip-version-check",
          "--only-binary=:all:", f"--python-version={python}", *platforms, f"--dest={place}",
          f"{own}[{EXTRAS}]", "pip"], place, "the wheels cannot be downloaded")  # fmt: skip


def _add_pip(place: Path) -> None:
    """That which Python brings along."""
    found = importlib.util.find_spec("ensurepip")
    folder = Path(str(found.origin)).parent if found else Path()
    bundled = sorted((folder / "_bundled").glob("pip-*.whl"))
    if not bundled:
        raise BadBundle("pip is missing: add pip-*.whl to the wheels")
    shutil.copy(bundled[-1], place)


def _fitting(paths: list[Path], architecture: str) -> list[Path]:
    """Those for the architecture; each package once."""
    found: dict[str, Path] = {}
    for path in paths:
        match = _match(path.name)
        tags = match["platform"].split(".")
        if tags != ["any"] and not any(tag.endswith(f"_{architecture}") for tag in tags):
            continue
        name = match["name"].lower()
        if name in found:
            raise BadBundle(f"{found[name].name} and {path.name} are the same package: keep one")
        found[name] = path
    return list(found.values())


def _match(name: str) -> re.Match[str]:
    match = _NAME.fullmatch(name.removeprefix("wheels/"))
    if match is None:
        raise BadBundle(f"{name} is not named as a wheel")
    return match


def _libc(tag: str) -> str:
    """ "glibc 2.28" of "manylinux_2_28_x86_64"; "musl 1.2" of "musllinux_1_2_x86_64"."""
    tag = tag.replace("manylinux2014", "manylinux_2_17")
    match = re.match(r"(manylinux|musllinux)_(\d+)_(\d+)_", tag)
    if match is None:
        raise BadBundle(f"a wheel for {tag} runs on no node")
    return f"{'glibc' if match[1] == 'manylinux' else 'musl'} {match[2]}.{match[3]}"


def _run(command: list[str], folder: Path, what: str) -> None:
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
    if done.returncode:
        said = (done.stderr or done.stdout).strip().splitlines()
        raise BadBundle(f"{what}: {said[-1] if said else 'no reason given'}")
