"""How a run is told: lines for people in their language, or one JSON object a line for programs."""

import json
import sys
import threading
import time
from collections.abc import Iterable
from pathlib import Path
from typing import Any, TextIO

from agent.cli.speech import wrapped
from provisioning.flashing.reasons import told
from provisioning.flashing.summary import STATES
from provisioning.flashing.words import Failure, say

_STEPS = ("settings", "identify", "erase", "write", "verify", "boot", "copy", "identity", "enrol",
          "protect", "selftest", "report-in", "label")  # fmt: skip
_MARKS = {"pass": "ok", "fail": "FAIL", "skip": "--"}


class Console:
    """as_json: events on standard output, and people's lines on standard error."""

    def __init__(self, language: str, as_json: bool) -> None:
        self.language = language
        self.as_json = as_json
        self._out: TextIO = sys.stderr if as_json else sys.stdout
        self._percent = -1
        self._steps = 0
        self._begun = time.monotonic()
        self._lock = threading.Lock()

    def event(self, step: str, state: str, **more: Any) -> None:
        """One event of a job. state: begin, skip, progress, quiet, found, check, retry, waiting,
        done."""
        if self.as_json:
            at = round(time.monotonic() - self._begun, 2)
            print(json.dumps({"at": at, "step": step, "state": state, **more}), flush=True)
        if state == "begin":
            self._percent = -1
            self.line(f"{self._number(step)} {say(step, self.language)} ...")
        elif state == "skip":
            why = say(more["word"], self.language)
            self.line(f"{self._number(step)} {say(step, self.language)}: {why}")
        elif state == "progress":
            self._progress(more["percent"])
        elif state == "check":
            mark = _MARKS[more["verdict"]]
            self.line(f"        {mark:4} {more['name']}: {told(more['text'], self.language)}")
        elif "word" in more:
            if state == "quiet":
                self._percent = -1  # where it goes on is told at once
            self.line(f"        {say(more.pop('word'), self.language, **more)}")

    def relay(self, pole_id: str, event: dict[str, Any]) -> None:
        """An event of one of several boards; its verdict is the batch's to say."""
        if self.as_json:
            self._write(sys.stdout, [json.dumps({"id": pole_id, **event}, ensure_ascii=False)])
        if event["state"] == "begin":
            self.line(f"{pole_id}: {say(event['step'], self.language)} ...")
        elif event["state"] in ("retry", "quiet", "waiting"):
            self.line(f"{pole_id}: {say(language=self.language, **event)}")

    def say(self, word: str, **values: Any) -> None:
        """A sentence of the table, for people."""
        self.line(say(word, self.language, **values))

    def verdict(
        self, record: dict[str, Any], failure: Failure | None, report: Path | None = None
    ) -> None:
        """The one line that is seen from across the room, and the last event. report: its path."""
        pole_id, mac = record.get("id") or "?", record.get("mac", "?")
        if self.as_json:
            end = {"step": "end", "state": "pass", "id": pole_id, "mac": mac, "word": "passed",
                   "sentence": ""}  # fmt: skip
            if failure:
                end = failure.end(self.language, pole_id, mac)
                if failure.word == "same-board":
                    end["owner"] = failure.values["id"]
            if report is not None:
                end["report"] = str(report)
            print(json.dumps(end, ensure_ascii=False), flush=True)
        if failure is None:
            self.say("passed", id=pole_id, mac=mac)
        else:
            self.say("failed", id=pole_id, sentence=failure.sentence(self.language))

    def summary(self, event: dict[str, Any]) -> None:
        """The end of a batch: the last event of all, and the last line."""
        if self.as_json:
            self._write(sys.stdout, [json.dumps(event, ensure_ascii=False)])
        self.say("batch-done", **{state: event[state] for state in STATES})

    def close(self) -> None:
        """Nothing more is said: a thread that would must not hold the output when all ends."""
        self._lock.acquire()

    def line(self, text: str) -> None:
        """One line for people; on a terminal, as many as it takes."""
        self._write(self._out, wrapped(text, hang=8) if self._out.isatty() else [text])

    def _write(self, out: TextIO, lines: Iterable[str]) -> None:
        with self._lock:  # several boards speak at once
            for line in lines:
                print(line, file=out, flush=True)

    def _progress(self, percent: int) -> None:
        """A line at every tenth: also a log of it can be read."""
        if percent // 10 > self._percent // 10:
            self.line(f"        {percent // 10 * 10:3} %")
        self._percent = max(percent, self._percent)

    def _number(self, step: str) -> str:
        """In the order in which they come: a Pico is erased when its firmware runs."""
        if step not in _STEPS:
            return "-" * 7
        self._steps += 1
        return f"[{self._steps:2}/{len(_STEPS)}]"
