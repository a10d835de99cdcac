"""Frames of a journal as JSON has them: numbers, names, and the bytes in hex."""

from typing import Any

from agent import frame, frame_reader
from agent.errors import AgentError
from agent.linux.journal_survey import Stored
from agent.protocols import cose
from agent.reading import QUALITY_NAMES

NAMES = ("alarm", "telemetry", "diagnostic")


def decoded(stored: Stored) -> Any:
    """The frame taken apart, or None if it is none."""
    try:
        return frame_reader.decode(cose.parse1(stored.data).payload)
    except AgentError:
        return None


def exported(stored: Stored, schemas: dict[bytes, Any]) -> dict[str, Any]:
    """One frame as a script reads it. Times are ms of UTC, or of uptime: see time_quality."""
    line: dict[str, Any] = {
        "lane": NAMES[stored.lane],
        "seq": stored.seq,
        "boot": stored.boot,
        "uptime": stored.uptime,
    }
    found = decoded(stored)
    if found is not None:
        line["kind"] = frame_reader.KIND_NAMES[found.kind]
        line["time"] = found.time_ms
        line["time_quality"] = ("synced", "holdover", "unsynced")[found.time_quality]
        if found.kind != frame.ROWS:
            line["body"] = _plain(found.body)
        elif found.schema_id in schemas:
            line["rows"] = _rows(found, schemas[found.schema_id])
        else:
            line["schema"] = found.schema_id.hex()
    line["hex"] = stored.data.hex()
    return line


def _rows(found: Any, schema: dict[int, Any]) -> list[dict[str, Any]]:
    """The rows of a frame, each with its readings, as the schema names them."""
    rows = []
    for row, time in enumerate(found.times):
        readings = []
        for column, channel in enumerate(schema[4][: len(found.columns)]):
            device, name, unit, exponent, _ = channel
            readings.append({
                "device": schema[3][device][0], "channel": name,
                "value": found.columns[column][row], "exponent": exponent, "unit": unit,
                "quality": QUALITY_NAMES[found.qualities[column][row]],
            })  # fmt: skip
        rows.append({"time": time, "readings": readings})
    return rows


def _plain(value: Any) -> Any:
    """A CBOR value as JSON has it: bytes as hex, keys as text."""
    if isinstance(value, dict):
        return {str(key): _plain(part) for key, part in value.items()}
    if isinstance(value, list):
        return [_plain(part) for part in value]
    return value.hex() if isinstance(value, bytes) else value
