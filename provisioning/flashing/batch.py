"""Many boards: several at a time, each in a process of its own, or one after another by hand.

What was done is on disk before the next one begins: after a crash of the workstation the same
command goes on where it was, and nothing is done twice.
"""

import threading
import time
from collections.abc import Callable
from datetime import date
from functools import partial
from pathlib import Path
from typing import Any

from provisioning.flashing import ports, reports, summary, worker
from provisioning.flashing.batch_file import Line
from provisioning.flashing.console import Console
from provisioning.flashing.done import Done
from provisioning.flashing.turns import Place, Turns, place_of
from provisioning.flashing.words import OK, PARTLY, Failure

ALIKE = 3  # so many equal failures in a row stop a batch
_LOOK_S = 0.3


class Batch:
    """arguments: those of flash.py that each board shares."""

    def __init__(
        self, lines: list[Line], arguments: list[str], folder: Path, console: Console
    ) -> None:
        self.lines = lines
        self.arguments = arguments
        self.console = console
        self.done = Done(folder / "batch.jsonl")
        self.ended: dict[str, dict[str, Any]] = {}  # how, by id: the boards of this run
        self._begun = date.today()
        self._folder = folder
        self._alike: list[str] = []
        self._refused: dict[str, tuple[Line, dict[str, Any]]] = {}  # it was another one's board
        self._lock = threading.Lock()
        self.stopped: Failure | None = None

    def left(self) -> list[Line]:
        """What is still to be done."""
        return [line for line in self.lines if line.id not in self.done.passed]

    def parallel(self, count: int) -> int:
        """count boards at a time, each on the port of its line, or on any that is free."""
        turns = Turns(self._announced(), self.done.begun)
        if count > 1 and turns.untold() > 1:
            self.console.say("untold", count=turns.untold())
        threads = [threading.Thread(target=self._work, args=(turns,), daemon=True)
                   for _ in range(count)]  # fmt: skip
        for thread in threads:
            thread.start()
        try:
            for thread in threads:
                thread.join()
        except KeyboardInterrupt:  # it ends the threads, too, and their workers with them
            self.console.close()
            raise
        for line, entry in self._refused.values():
            self._judge(line, entry)
        return self.end()

    def _work(self, turns: Turns) -> None:
        """One board after another, as long as there are some."""
        while self.stopped is None and (turn := turns.next()):
            line, place = turn
            owner = None
            try:
                owner = self._turn(line, place)
            finally:
                turns.over(line, place, owner)
        if self.stopped is not None:
            turns.stop()

    def _turn(self, line: Line, place: Place) -> str | None:
        """One board; whose it is, where it is not that of a line that names no port: that one is
        looked for elsewhere."""
        if not line.port:
            with self._lock:
                self._keep({"id": line.id, "state": "begun", "place": place.name})
        entry = self._run(line, place)
        owner: str | None = None if line.port else entry.get("owner")
        if owner is None:
            self._refused.pop(line.id, None)
            self._judge(line, entry)
        else:
            self._refused[line.id] = line, entry
        return owner

    def by_hand(self, plugged: Callable[[], set[str]] | None = None) -> int:
        """One board after another, each plugged in when it is asked for, and pulled before the
        next one: where its line says, or anywhere. Ctrl-C ends it."""
        look = plugged or ports.plugged
        try:
            for line in self._announced():
                if self.stopped is not None:
                    break
                place = self._plugged(line, look)
                self._judge(line, self._run(line, place_of(place)))
                self.console.say("remove")
                while "://" not in place and _where(line, look):
                    time.sleep(_LOOK_S)
        except KeyboardInterrupt:
            pass
        return self.end()

    def _plugged(self, line: Line, look: Callable[[], set[str]]) -> str:
        """Ask for the board of a line where there is none yet; where it is."""
        place = _where(line, look)
        if not place:
            self.console.say("plug-into" if line.port else "plug-next", id=line.id, port=line.port)
        while not place:
            time.sleep(_LOOK_S)
            place = _where(line, look)
        return place

    def _judge(self, line: Line, entry: dict[str, Any]) -> None:
        """Write down and say how it ended; three equal failures stop the batch."""
        with self._lock:
            self._keep({**entry, "id": line.id})
            self.console.relay(line.id, {"step": "end", **entry})
            text = "passed" if entry["state"] == "pass" else "failed"
            self.console.say(text, id=line.id, mac=entry.get("mac"), sentence=entry["sentence"])
            self.ended[line.id] = entry
            state = summary.state_of(entry)
            if state == "reporting":
                self._alike = []
            if state != "failed":
                return
            self._alike = [*self._alike, entry["word"]][-ALIKE:]
            if len(self._alike) == ALIKE and len(set(self._alike)) == 1 and self.stopped is None:
                self.stopped = Failure("three-equal", wrong=entry["wrong"])

    def _keep(self, entry: dict[str, Any]) -> None:
        """Write it into the book; where that cannot be, the batch stops."""
        try:
            self.done.add(entry)
        except OSError as error:
            self.stopped = reports.not_kept(error)

    def end(self) -> int:
        """The last lines, and the last event; the exit status."""
        if self.stopped is not None:
            self.console.line(self.stopped.sentence(self.console.language))
        found = summary.event(self.lines, self.done, self.ended, self.stopped,
                              self.console.language, self._folder, self._begun)  # fmt: skip
        self.console.summary(found)
        return OK if found["reporting"] == len(self.lines) else PARTLY

    def _announced(self) -> list[Line]:
        for line in self.lines:
            if line.id in self.done.passed:
                self.console.say("done-before", id=line.id)
        return self.left()

    def _run(self, line: Line, place: Place) -> dict[str, Any]:
        """One board, in a process of its own; its last event."""
        options = [*place.options, "--id", line.id, "--name", line.name]
        if line.place:
            options += [f"--place={line.place[0]},{line.place[1]}"]
        for pole_id, mac in sorted(self.done.passed.items()):
            options += ["--not-again", f"{mac}={pole_id}"]
        last = worker.follow([*self.arguments, *options], partial(self.console.relay, line.id))
        return last or Failure("internal", reason="no verdict").end(
            self.console.language, line.id, "?"
        )


def _where(line: Line, look: Callable[[], set[str]]) -> str:
    """Where the board of a line is now: on the port that it names, or on any; "" for nowhere."""
    if line.port:
        return line.port if ports.is_there(line.port) else ""
    return min(look(), default="")
