"""How a batch ended, for programs: its last event under ``--json``."""

from datetime import date
from pathlib import Path
from typing import Any

from provisioning.flashing.batch_file import Line
from provisioning.flashing.done import Done
from provisioning.flashing.words import Failure

# The authority has its turn now: the board is done, and the bench in order.
AWAITING = ("not-certified", "no-secret", "not-enrolled")
STATES = ("reporting", "awaiting", "failed", "left")

Entry = dict[str, Any]  # the last event of a board


def state_of(entry: Entry) -> str:
    """How a board ended: "reporting", "awaiting" or "failed"."""
    if entry["state"] == "pass":
        return "reporting"
    return "awaiting" if entry["word"] in AWAITING else "failed"


def event(lines: list[Line], done: Done, ended: dict[str, Entry], stopped: Failure | None,
          language: str, folder: Path, begun: date) -> Entry:  # fmt: skip
    """The event. done: the book; ended: the boards of this run, by id; stopped: why it did not go
    on; folder: of the reports; begun: the day of the beginning.

    ``boards`` has each line of the CSV in order: id, state, word and sentence (why not), report
    (path or None). ``csv``: the path of each day.
    """
    boards = [_board(line.id, ended.get(line.id), line.id in done.passed, folder) for line in lines]
    counts = {state: sum(board["state"] == state for board in boards) for state in STATES}
    days = begun.isoformat(), date.today().isoformat()
    tables = [str(path) for path in sorted(folder.glob("*.csv")) if days[0] <= path.stem <= days[1]]
    return {
        "step": "batch", "state": "stopped" if stopped else "done",
        "word": stopped.word if stopped else "",
        "sentence": stopped.sentence(language) if stopped else "",
        **counts, "boards": boards, "reports": str(folder), "csv": tables,
    }  # fmt: skip


def _board(pole_id: str, entry: Entry | None, passed: bool, folder: Path) -> Entry:
    """A board of this run; one that an earlier one finished; one that nobody has come to."""
    found: Entry = {"id": pole_id, "state": "left", "word": "", "sentence": "", "report": None}
    if entry is not None:
        found |= {"state": state_of(entry), "report": entry.get("report")}
        if found["state"] != "reporting":
            found |= {"word": entry["word"], "sentence": entry["sentence"]}
    elif passed:
        path = folder / f"{pole_id}.json"
        found |= {"state": "reporting", "report": str(path) if path.exists() else None}
    return found
