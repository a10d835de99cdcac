"""A version on trial, seen from within: an acknowledged frame confirms it, hours without count.

Installed nodes only: systemd names the folder of the versions in POLE_NODE.
"""

import os
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from agent.linux.node_slots import STATE_FOLDER, VERSIONS, NodeSlots

_HOUR_NS = 3600 * 1_000_000_000


class Release:
    """The version that runs. log(topic, sentence) is told what becomes of it."""

    def __init__(self, versions: Path, state: Path, name: str, log: Callable[[str, str], None]):
        self._places = versions, state
        self._name = name
        self._log = log
        self._hour_at = time.monotonic_ns() + _HOUR_NS
        self.over = self._slots() is None

    def attach(self, journal: Any) -> None:
        """Confirm the version before the journal learns a format that only this one reads."""
        before = journal.confirm

        def confirm() -> None:
            self.confirm()
            before()

        journal.confirm = confirm

    def confirm(self) -> None:
        """It works: it stays."""
        if self.over:
            return
        slots = self._slots()
        self.over = True
        if slots is not None:
            slots.confirm()
            self._log("slots", f"{self._name} is confirmed")

    def look(self) -> bool:
        """Whether to end, so that the version before this one runs again. Cheap: every second."""
        if self.over or time.monotonic_ns() < self._hour_at:
            return False
        self._hour_at += _HOUR_NS
        slots = self._slots()
        if slots is None or not slots.hour():
            return False
        self._log("slots", f"{slots.reason}: back to {slots.active}")
        return True

    def _slots(self) -> NodeSlots | None:
        """The state as it stands now, if this version is on trial in it: an installer may have put
        another one there meanwhile."""
        slots = NodeSlots(*self._places)
        return slots if slots.active == self._name and not slots.confirmed else None


def of_this_process(log: Callable[[str, str], None]) -> Release | None:
    """The version that runs here; None where nothing was installed."""
    prefix = os.environ.get("POLE_NODE")
    if not prefix:
        return None
    name = Path(sys.prefix).resolve().parent.name  # versions/NAME/venv
    state = Path(os.environ.get("STATE_DIRECTORY", STATE_FOLDER))
    return Release(Path(prefix) / VERSIONS, state, name, log)
