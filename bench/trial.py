"""A bench as a process of its own: what it started ends with it, whatever befalls it."""

import contextlib
import json
import os
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from bench.figure import exact

LONGEST_S = 300  # what takes longer hangs
_PATIENCE_S = 5  # for a bench to tidy up when it is ended early
_MARK = "POLE_BENCH"  # in the environment of all that a bench starts


class Trial:
    """One run of a bench. ``rows``: its figures, ``failure``: why it broke off or "", ``seconds``:
    what it took; all of them once finish() returned. Use it as a context manager: at its end
    nothing runs any more that the bench, or anything that it started, has left.

    name: a module of package that has ``figures()``; quiet: what it says is kept for ``said``
    instead of shown.
    """

    def __init__(self, name: str, quiet: bool = False, package: str = "bench") -> None:
        self.name = name
        self.rows: list[dict[str, Any]] = []
        self.failure = self.said = ""
        self.seconds = 0.0
        self._began = time.monotonic()
        self._folder = tempfile.TemporaryDirectory()
        self._told = Path(self._folder.name) / "rows"
        self._told.touch()
        # Not a pipe: what a bench leaves behind would hold it open.
        self._saying = open(Path(self._folder.name) / "said", "w+", encoding="utf-8")  # noqa: SIM115
        self._mark = f"{_MARK}={name}-{os.getpid()}"
        self._process = subprocess.Popen(
            [sys.executable, "-m", "bench.measure", f"{package}.{name}", str(self._told)],
            cwd=Path(__file__).resolve().parents[1], start_new_session=True,
            env={**os.environ, _MARK: self._mark.partition("=")[2]},
            stdout=self._saying if quiet else None,
        )  # fmt: skip

    def __enter__(self) -> "Trial":
        return self

    def __exit__(self, *_: object) -> None:
        self.end()
        self._saying.close()
        self._folder.cleanup()

    def finish(self, longest_s: float = LONGEST_S) -> None:
        """Wait for its end, and read what it measured."""
        try:
            left = self._began + longest_s - time.monotonic()
            self._process.wait(max(0, left))
        except subprocess.TimeoutExpired:
            self.failure = f"not done within {longest_s:g} s"
        self.end()
        self.seconds = time.monotonic() - self._began
        self._saying.seek(0)
        self.said = self._saying.read()
        for line in self._told.read_text(encoding="utf-8").rpartition("\n")[0].splitlines():
            row = json.loads(line)
            if "failure" in row:
                self.failure = row["failure"]
            else:
                self.rows.append({"bench": self.name, **row})
        if self._process.returncode and not self.failure:
            self.failure = f"it ended with {self._process.returncode}"
        if self.failure:
            told = exact(f"{self.name}: broken off: {self.failure}", 1, "", bar=0)
            self.rows.append({"bench": self.name, **told})

    def end(self) -> None:
        """End it and all that it started: at first in good order, then at once."""
        if self._process.poll() is None:
            self._process.terminate()
            with contextlib.suppress(subprocess.TimeoutExpired):
                self._process.wait(_PATIENCE_S)
        while left := self._left():
            for pid in left:
                with contextlib.suppress(ProcessLookupError):
                    os.kill(pid, signal.SIGKILL)
            time.sleep(0.05)
        self._process.wait()

    def _left(self) -> list[int]:
        """Whatever of it runs: some of it may be in sessions of its own."""
        mark = self._mark.encode()
        found = []
        for folder in Path("/proc").iterdir():
            with contextlib.suppress(OSError, ValueError):
                pid = int(folder.name)
                if mark in (folder / "environ").read_bytes().split(b"\0"):
                    found.append(pid)
        return found
