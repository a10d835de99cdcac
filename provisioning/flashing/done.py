"""What a batch has done, in ``batch.jsonl``: a line for each board that ended, and for one that was
begun in a place that no line of the CSV names.
"""

import json
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any


class Done:
    """The file of what was done."""

    def __init__(self, path: Path) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        self.passed = self.passed_in(path)
        self.begun = {entry["id"]: str(entry["place"]) for entry in self._entries(path)
                      if entry["state"] == "begun"}  # fmt: skip
        self._file = open(path, "a", encoding="utf-8")  # noqa: SIM115
        if self._file.tell():
            self._file.write("\n")  # behind a line that was cut off

    @staticmethod
    def passed_in(path: Path) -> dict[str, str]:
        """The boards that passed: MAC by id."""
        return {entry["id"]: entry["mac"] for entry in Done._entries(path)
                if entry["state"] == "pass"}  # fmt: skip

    @staticmethod
    def _entries(path: Path) -> Iterator[dict[str, Any]]:
        if path.exists():
            for text in path.read_bytes().split(b"\n"):
                try:
                    yield json.loads(text)
                except ValueError:
                    continue  # the line in which the power went

    def add(self, entry: dict[str, Any]) -> None:
        """One more board that was done, or begun; on disk when this returns."""
        self._file.write(json.dumps(entry, ensure_ascii=False) + "\n")
        self._file.flush()
        os.fsync(self._file.fileno())
        if entry["state"] == "pass":
            self.passed[entry["id"]] = entry["mac"]
