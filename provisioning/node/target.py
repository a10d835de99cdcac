"""Which Linux nodes a bundle is for: system, processor, C library and Python."""

import os
import platform
import sys
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

ANY = ""  # no matter which


@dataclass(frozen=True)
class NodeTarget:
    """What a node must be. libc: such as "glibc 2.28", at the least; python: "3.11", at the least;
    only_python: the one version that a wheel is made for. ANY where it does not matter.
    wheels: names in the bundle, installed together; pip: that which installs them."""

    system: str
    architecture: str
    libc: str
    python: str
    only_python: str
    wheels: tuple[str, ...]
    pip: str


@dataclass(frozen=True)
class Machine:
    """What a machine is, in the same words."""

    system: str
    architecture: str
    libc: str
    python: str


def this_machine() -> Machine:
    """Where this runs."""
    try:
        libc = os.confstr("CS_GNU_LIBC_VERSION") or ""
    except (ValueError, OSError):
        libc = "musl 1.2"  # it answers no such question
    version = f"{sys.version_info[0]}.{sys.version_info[1]}"
    return Machine(platform.system(), platform.machine(), libc, version)


def misfits(target: NodeTarget, machine: Machine) -> list[str]:
    """What of the machine does not match: ["architecture aarch64, not x86_64"]; [] if it fits."""
    wrong = []
    for name in ("system", "architecture"):
        wanted, found = getattr(target, name), getattr(machine, name)
        if wanted not in (ANY, found):
            wrong.append(f"{name} {wanted}, not {found}")
    if target.libc:
        wanted, _, least = target.libc.partition(" ")
        found, _, version = machine.libc.partition(" ")
        if wanted != found or numbers(version) < numbers(least):
            wrong.append(f"libc {target.libc}, not {machine.libc}")
    if target.only_python not in (ANY, machine.python):
        wrong.append(f"Python {target.only_python}, not {machine.python}")
    elif numbers(machine.python) < numbers(target.python):
        wrong.append(f"Python {target.python} or newer, not {machine.python}")
    return wrong


def from_manifest(items: Iterable[dict[str, Any]]) -> list[NodeTarget]:
    """The targets that a manifest names."""
    return [NodeTarget(**{**item, "wheels": tuple(item["wheels"])}) for item in items]


def numbers(version: str) -> tuple[int, ...]:
    """ "2.28" as (2, 28), to compare by."""
    return tuple(int(part) for part in version.split(".") if part.isdigit())
