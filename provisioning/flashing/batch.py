"""Many boards: several at a time, each in a process of its own, or one after another by hand.

What was done is in ``batch.jsonl``, a line a board, on disk before the next one begins: after a
crash of the workstation the same command goes on where it was, and nothing is done twice.
"""

import csv
import io
import json
import os
import queue
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from agent.linux import pole_toml
from provisioning.flashing import ports, reports
from provisioning.flashing.console import Console
from provisioning.flashing.words import OK, PARTLY, Failure, say

ALIKE = 3  # so many equal failures in a row stop a batch
WORKER_S = 900.0  # a board that takes longer is given up
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


class Done:
    """The file of what was done."""

    def __init__(self, path: Path) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        self.passed = self.passed_in(path)
        self._file = open(path, "a", encoding="utf-8")  # noqa: SIM115
        if self._file.tell():
            self._file.write("\n")  # behind a line that was cut off

    @staticmethod
    def passed_in(path: Path) -> dict[str, str]:
        """The boards that passed: MAC by id."""
        passed: dict[str, str] = {}
        if path.exists():
            for text in path.read_text(encoding="utf-8").splitlines():
                try:
                    entry = json.loads(text)
                except ValueError:
                    continue  # the line in which the power went
                if entry["state"] == "pass":
                    passed[entry["id"]] = entry["mac"]
        return passed

    def add(self, entry: dict[str, Any]) -> None:
        """One more board; on disk when this returns."""
        self._file.write(json.dumps(entry, ensure_ascii=False) + "\n")
        self._file.flush()
        os.fsync(self._file.fileno())
        if entry["state"] == "pass":
            self.passed[entry["id"]] = entry["mac"]


class Batch:
    """arguments: those of flash.py that each board shares. after: called after each board with its
    last event."""

    def __init__(
        self, lines: list[Line], arguments: list[str], folder: Path, console: Console
    ) -> None:
        self.lines = lines
        self.arguments = arguments
        self.console = console
        self.done = Done(folder / "batch.jsonl")
        self.bad = 0
        self._folder = folder
        self._alike: list[str] = []
        self._lock = threading.Lock()
        self.stopped: Failure | None = None

    def left(self) -> list[Line]:
        """What is still to be done."""
        return [line for line in self.lines if line.id not in self.done.passed]

    def parallel(self, count: int) -> int:
        """count boards at a time, each on the port of its line, or on any that is free."""
        waiting: queue.SimpleQueue[Line] = queue.SimpleQueue()
        for line in self._announced():
            waiting.put(line)
        named = {line.port for line in self.lines}
        free: queue.SimpleQueue[str] = queue.SimpleQueue()
        for port in ports.found():
            if port.name not in named:
                free.put(port.name)

        def work() -> None:
            while self.stopped is None:
                try:
                    line = waiting.get_nowait()
                    port = line.port or free.get_nowait()
                except queue.Empty:
                    return
                self.one(line, port)

        threads = [threading.Thread(target=work) for _ in range(count)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        return self.end()

    def by_hand(self, plugged: Callable[[], set[str]] | None = None) -> int:
        """One board after another, each plugged in when it is asked for. Ctrl-C ends it."""
        look = plugged or ports.plugged
        try:
            for line in self._announced():
                if self.stopped is not None:
                    break
                self.console.say("plug-next")
                self.one(line, line.port or _wait(look, bool))
                self.console.say("remove")
                if not line.port:
                    _wait(look, lambda there: not there)
        except KeyboardInterrupt:
            pass
        return self.end()

    def one(self, line: Line, port: str) -> None:
        """One board, in a process of its own."""
        entry = self._run(line, port)
        with self._lock:
            self._keep({**entry, "id": line.id})
            text = "passed" if entry["state"] == "pass" else "failed"
            self.console.say(text, id=line.id, mac=entry.get("mac"), sentence=entry["sentence"])
            if entry["state"] == "pass":
                self._alike = []
                return
            self.bad += 1
            if entry["word"] in ("not-certified", "no-secret", "not-enrolled"):
                return  # the authority has its turn now: the bench is in order
            self._alike = [*self._alike, entry["word"]][-ALIKE:]
            if len(self._alike) == ALIKE and len(set(self._alike)) == 1 and self.stopped is None:
                self.stopped = Failure("three-equal", reason=entry["word"])

    def _keep(self, entry: dict[str, Any]) -> None:
        """Write it into the book; where that cannot be, the batch stops."""
        try:
            self.done.add(entry)
        except OSError as error:
            self.stopped = reports.not_kept(error)

    def end(self) -> int:
        """The last lines; the exit status."""
        if self.stopped is not None:
            self.console.line(self.stopped.sentence(self.console.language))
        left = len(self.left())
        good = len(self.lines) - left
        self.console.say("batch-done", good=good, bad=self.bad, left=left - self.bad)
        return OK if good == len(self.lines) else PARTLY

    def _announced(self) -> list[Line]:
        for line in self.lines:
            if line.id in self.done.passed:
                self.console.say("done-before", id=line.id)
        return self.left()

    def _run(self, line: Line, port: str) -> dict[str, Any]:
        options = [*ports.option(port), "--id", line.id, "--name", line.name]
        if line.place:
            options += [f"--place={line.place[0]},{line.place[1]}"]
        for pole_id, mac in sorted(self.done.passed.items()):
            options += ["--not-again", f"{mac}={pole_id}"]
        command = [sys.executable, "-m", "provisioning.flashing.command", "--worker", "--json"]
        worker = subprocess.Popen(
            [*command, *self.arguments, *options], stdin=subprocess.DEVNULL, text=True,
            stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, start_new_session=True,
            cwd=Path(__file__).resolve().parents[2],
        )  # fmt: skip
        try:
            said, _ = worker.communicate(timeout=WORKER_S)
        except subprocess.TimeoutExpired:
            os.killpg(worker.pid, 9)
            worker.communicate()
            said = ""
        events = said.splitlines()
        try:
            last: dict[str, Any] = json.loads(events[-1])
            if last["step"] == "end":
                return last
        except (IndexError, ValueError, KeyError):
            pass
        sentence = say("internal", self.console.language, reason="no verdict")
        return {"state": "fail", "mac": "?", "word": "internal", "sentence": sentence}


def _wait(look: Callable[[], set[str]], wanted: Callable[[set[str]], bool]) -> str:
    """Wait until the ports are as wanted; one of them, or ""."""
    while not wanted(there := look()):
        time.sleep(0.3)
    return min(there, default="")
