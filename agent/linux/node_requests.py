"""Requests to the agent that runs in a journal's folder, as files: who may write there may ask.

One file a request, written whole or not at all, taken away when it was obeyed.
"""

import json
import os
import time
from pathlib import Path
from typing import Any

MAINTENANCE = "maintenance.request"
_TAKEN_WITHIN_S = 15.0
_LOOK_S = 0.1


def ask(folder: Path, name: str, items: dict[str, Any]) -> bool:
    """Put a request there, and wait until an agent took it. False, and nothing left behind, if none
    did within 15 s. OSError if the folder cannot be written."""
    path = folder / name
    half = path.with_suffix(".new")
    half.write_text(json.dumps(items), encoding="utf-8")
    os.replace(half, path)
    end = time.monotonic() + _TAKEN_WITHIN_S
    while path.exists() and time.monotonic() < end:
        time.sleep(_LOOK_S)
    if not path.exists():
        return True
    path.unlink(missing_ok=True)
    return False


def take(folder: Path, name: str) -> dict[str, Any] | None:
    """The request of that name, taken away; None if there is none, or none that can be read."""
    path = folder / name
    try:
        items = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return None
    except (OSError, ValueError):
        items = None
    path.unlink(missing_ok=True)
    return items if isinstance(items, dict) else None
