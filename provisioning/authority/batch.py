"""A whole delivery of devices from one CSV: restartable, each line for itself.

Columns: serial, csr; and where wanted mac, pole, longitude, latitude, datum, tls_csr. Paths are
relative to the CSV. A line that failed does not stop the others; a line that is done is found done.
"""

import csv
from collections.abc import Callable, Generator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from agent.errors import AgentError, BadSettings
from agent.linux import whole_files
from provisioning.authority import coordinates, enroll
from provisioning.authority.application import Application
from provisioning.authority.enroll import Issued
from provisioning.authority.folder import Authority

_NEEDED = ("serial", "csr")
_KNOWN = (*_NEEDED, "mac", "pole", "longitude", "latitude", "datum", "tls_csr")


@dataclass(frozen=True)
class Outcome:
    """What became of one line. state: enrolled, already or refused (then reason says why)."""

    line: int
    serial: str
    state: str
    reason: str = ""


def read(path: Path) -> list[dict[str, str]]:
    """The lines. BadSettings for a file that is no such CSV; columns are checked, lines are not."""
    try:
        with open(path, encoding="utf-8-sig", newline="") as file:
            reader = csv.DictReader(file)
            lines = [{key: (value or "").strip() for key, value in line.items() if key}
                     for line in reader]  # fmt: skip
            columns = reader.fieldnames or []
    except (UnicodeDecodeError, csv.Error):
        raise BadSettings([f"{path} is no CSV in UTF-8"]) from None
    missing = [name for name in _NEEDED if name not in columns]
    unknown = [name for name in columns if name not in _KNOWN]
    if missing or unknown:
        expected = ", ".join(_KNOWN)
        raise BadSettings([f"{path}: columns {', '.join(missing + unknown)}: expected {expected}"])
    return lines


def run(
    authority: Authority, path: Path, out: Path, clock: Callable[[], datetime]
) -> Generator[Outcome, None, None]:
    """Enroll line by line, and write each certificate to out/SERIAL.pem and out/SERIAL.tls.pem."""
    out.mkdir(parents=True, exist_ok=True)
    for number, line in enumerate(read(path), 2):
        serial = line["serial"]
        try:
            issued = enroll.enroll(authority, _application(line, path.parent), clock())
        except (AgentError, OSError) as error:
            yield Outcome(number, serial, "refused", _sentence(error))
            continue
        write(out, serial, issued)
        yield Outcome(number, serial, "enrolled" if issued.fresh else "already")


def write(out: Path, serial: str, issued: Issued) -> list[Path]:
    """Write what was issued; the paths. A file is whole or absent."""
    files = [(out / f"{serial}.pem", issued.sm2)]
    if issued.tls:
        files.append((out / f"{serial}.tls.pem", issued.tls))
    for path, data in files:
        whole_files.replace(path, data)
    return [path for path, _ in files]


def _application(line: dict[str, str], folder: Path) -> Application:
    place = None
    if line.get("longitude") or line.get("latitude"):
        try:
            longitude, latitude = float(line["longitude"]), float(line["latitude"])
        except (KeyError, ValueError):
            raise BadSettings(["longitude and latitude: expected degrees"]) from None
        if not line.get("datum"):
            raise BadSettings([f"a place needs its datum: {', '.join(coordinates.DATUMS)}"])
        place = coordinates.place(longitude, latitude, line["datum"])
    tls = line.get("tls_csr")
    return Application(
        line["serial"],
        (folder / line["csr"]).read_bytes(),
        line.get("mac") or None,
        line.get("pole") or None,
        place,
        (folder / tls).read_bytes() if tls else None,
        (line["csr"], tls or ""),
    )


def _sentence(error: Exception) -> str:
    if isinstance(error, OSError):
        return f"{error.filename}: {error.strerror}"
    return str(error)
