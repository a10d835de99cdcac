"""docs/performance.md: the table of all figures, the plots, and the machine of the measurement."""

import os
import platform
import shutil
import sqlite3
import ssl
import subprocess
from importlib.metadata import version
from pathlib import Path
from typing import Any

from bench import plot

PAGE = Path(__file__).resolve().parents[1] / "docs" / "performance.md"
_LIBRARIES = ("paho-mqtt", "aiocoap", "pymodbus", "littlefs-python", "micropython")
_BEGIN, _END = "<!-- {}: written by make bench -->", "<!-- end of {} -->"


def _number(value: float) -> str:
    if value == int(value) and abs(value) < 1e15:
        return f"{int(value):,}"
    if abs(value) >= 1000:
        return f"{value:,.0f}"
    return f"{value:.3g}"


def _bar(row: dict[str, Any]) -> str:
    if row["bar"] is None:
        return ""
    below = row["value"] <= row["bar"]
    at_most = below if row["ok"] else not below
    return f"{'≤' if at_most else '≥'} {_number(row['bar'])}"


def table(rows: list[dict[str, Any]]) -> str:
    """The figures as a Markdown table."""
    lines = ["| Figure | Value | Bar | Kept | Against |", "|---|---|---|---|---|"]
    for row in rows:
        spread = "" if row["spread"] is None else f" ± {_number(row['spread'])}"
        kept = "" if row["ok"] is None else "yes" if row["ok"] else "**no**"
        ratio = "" if row["ratio"] is None else f"{_number(row['ratio'])}× {row['rival']}"
        value = f"{_number(row['value'])}{spread} {row['unit']}".rstrip()
        lines.append(f"| {row['name']} | {value} | {_bar(row)} | {kept} | {ratio} |")
    return "\n".join(lines)


def machine() -> str:
    """What the figures were measured on."""
    model = "unknown"
    for line in Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines():
        if line.startswith("model name"):
            model = line.partition(":")[2].strip()
            break
    program = shutil.which("mosquitto", path=os.environ.get("PATH", "") + ":/usr/sbin")
    said = subprocess.run(
        [program or "true", "-h"], capture_output=True, text=True, check=False
    ).stdout
    broker = said.split("\n", 1)[0] or "mosquitto, not installed"
    libraries = ", ".join(f"{name} {_version(name)}" for name in _LIBRARIES)
    return (
        f"{os.cpu_count()} cores of {model}; Linux {platform.release().partition('-')[0]}; "
        f"Python {platform.python_version()}; {ssl.OPENSSL_VERSION}; "
        f"SQLite {sqlite3.sqlite_version}; {broker}; {libraries}."
    )


def _version(name: str) -> str:
    try:
        return version(name)
    except ImportError:
        return "(not installed)"


def block(text: str, name: str) -> str:
    """What stands in one of the page's written blocks."""
    begin, end = _BEGIN.format(name), _END.format(name)
    return text.split(begin, 1)[1].split(end, 1)[0].strip()


def write(rows: list[dict[str, Any]]) -> None:
    """Renew the page's blocks, and the plots."""
    plot.write(rows)
    text = PAGE.read_text(encoding="utf-8")
    for name, new in (
        ("machine", machine()), ("plots", plot.links(rows)), ("table", table(rows)),
    ):  # fmt: skip
        begin, end = _BEGIN.format(name), _END.format(name)
        head, rest = text.split(begin, 1)
        text = f"{head}{begin}\n{new}\n{end}{rest.split(end, 1)[1]}"
    PAGE.write_text(text, encoding="utf-8")
