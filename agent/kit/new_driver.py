"""Writes a driver, its simulated twin and its test: three files that pass as they stand."""

import re
from dataclasses import dataclass
from pathlib import Path

from agent.errors import BadSettings
from agent.kit import templates

_NAME = re.compile(r"[a-z][a-z0-9]*(-[a-z0-9]+)*")
PROTOCOLS = ("modbus", "serial")


@dataclass(frozen=True)
class Plan:
    """What to write: {path: text}, in the order driver, twin, test, and what else a package needs;
    and how settings name the driver."""

    files: dict[Path, str]
    driver: str
    test: Path
    package: str


def tree_of(folder: Path) -> Path | None:
    """The checkout of this project that folder lies in, or None."""
    for place in (folder, *folder.parents):
        if (place / "agent" / "drivers" / "driver.py").is_file() and (
            place / "tests" / "shared"
        ).is_dir():
            return place
    return None


def plan(model: str, title: str, kind: str, protocol: str, folder: Path, package: str) -> Plan:
    """The files for a model: in the tree that folder lies in, or, where it lies in none or package
    is given, as a package of that name in folder. BadSettings if the name will not do.
    """
    if not _NAME.fullmatch(model):
        raise BadSettings([f"{model!r} is no name: expected lower case, such as acme-flow"])
    name = model.replace("-", "_")
    tree = None if package else tree_of(folder)
    if tree:
        paths = (
            tree / "agent" / "drivers" / f"{name}.py",
            tree / "simulators" / "world" / "sensors" / f"{name}.py",
            tree / "tests" / "shared" / f"test_driver_{name}.py",
        )
        modules = (f"agent.drivers.{name}", f"simulators.world.sensors.{name}")
        written = model
    else:
        package = package or model.split("-")[0] + "_pole"
        if not package.isidentifier():
            raise BadSettings([f"{package!r} is no name of a package: expected such as acme_pole"])
        place = folder / package
        paths = (place / f"{name}.py", place / f"{name}_twin.py", place / f"test_{name}.py")
        modules = (f"{package}.{name}", f"{package}.{name}_twin")
        written = modules[0]
    twin = f"from {modules[1]} import Twin\n"
    words = {
        "inside": twin if tree else "", "outside": "" if tree else twin,
        "model": model, "title": title or model.replace("-", " ").upper(), "kind": kind,
        "driver_module": modules[0], "twin_module": modules[1], "driver": written,
    }  # fmt: skip
    files = dict(zip(paths, templates.filled(protocol, words), strict=True))
    if not tree and not (paths[0].parent / "__init__.py").exists():
        files[paths[0].parent / "__init__.py"] = ""
    return Plan(files, written, paths[2], package)


def write(planned: Plan) -> None:
    """Write the files. BadSettings if one of them is there already: nothing is written then."""
    there = [str(path) for path in planned.files if path.exists()]
    if there:
        raise BadSettings(
            [f"{path} exists already: remove it, or take another name" for path in there]
        )
    for path, text in planned.files.items():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
