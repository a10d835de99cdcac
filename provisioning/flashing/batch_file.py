"""The CSV of a batch: a line a board."""

import csv
import io
from dataclasses import dataclass
from pathlib import Path

from agent.linux import pole_toml
from provisioning.flashing.words import Failure

_COLUMNS = {"id", "name", "longitude", "latitude", "port"}


@dataclass(frozen=True)
class Line:
    """A line of the batch's CSV: id, and what else is known of the board."""

    id: str
    name: str = ""
    place: tuple[float, float] | None = None
    port: str | None = None


def read(path: Path) -> list[Line]:
    """The boards of a CSV with the column id and, where they are known, name, longitude, latitude,
    port. Failure that names the line of a mistake."""
    try:
        rows = list(csv.DictReader(io.StringIO(_text(path.read_bytes()), newline="")))
    except OSError as error:
        raise Failure("bad-settings", reason=f"{path}: {error.strerror}") from None
    except (ValueError, csv.Error):
        raise Failure("bad-settings", reason=f"{path.name} is no CSV, save it as one") from None
    if not rows:
        raise Failure("bad-settings", reason=f"{path.name} names no board")
    lines: list[Line] = []
    for number, row in enumerate(rows, 2):
        unknown = {str(name) for name in row} - _COLUMNS
        if unknown or not row.get("id"):
            what = f"unknown column {sorted(unknown)[0]!r}" if unknown else "no id"
            raise Failure("bad-settings", reason=f"{path.name} line {number}: {what}")
        if any(row["id"] == line.id for line in lines):
            raise Failure("bad-settings", reason=f"{path.name} line {number}: {row['id']} again")
        if not pole_toml.is_id(row["id"]):
            what = f"id {row['id']!r}: expected {pole_toml.ID}"
            raise Failure("bad-settings", reason=f"{path.name} line {number}: {what}")
        try:
            lines.append(_line(row))
        except (KeyError, TypeError, ValueError):
            raise Failure("bad-settings", reason=f"{path.name} line {number}: no place") from None
    return lines


def _text(data: bytes) -> str:
    """Spreadsheets write UTF-8, and Chinese ones GB 18030 where they are not told otherwise."""
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError:
        return data.decode("gb18030")


def _line(row: dict[str, str]) -> Line:
    place = None
    if row.get("longitude") or row.get("latitude"):
        place = float(row["longitude"]), float(row["latitude"])
        if not pole_toml.is_place(*place):
            raise ValueError
    return Line(row["id"], row.get("name") or "", place, row.get("port") or None)
