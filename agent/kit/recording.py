"""Line traffic on file, and its replay: one JSON object a line.

``{"ms": 0, "open": "9600 8N1", "framing": "rtu"}``, ``{"ms": 5, "out": "0103..."}``,
``{"ms": 41, "in": "0103..."}`` and ``{"ms": 90, "close": true}``; ms from the first entry. A replay
needs no time: what came in follows the entry before it by as much as it did.
"""

import errno
import json
from pathlib import Path
from typing import Any, TextIO

from agent.errors import BadFrame
from agent.kit.wire import Time


class RecordedLine:
    """A Line (agent.ports) whose traffic is written to a file."""

    def __init__(self, line: Any, time: Time, file: TextIO) -> None:
        self.line = line
        self.framing = line.framing
        self._time = time
        self._file = file
        self._begun = time.now_ms()

    def open(self, mode: str) -> None:
        """See agent.ports.Line."""
        self._note(open=mode, framing=self.framing)
        self.line.open(mode)

    def write(self, data: bytes) -> None:
        """See agent.ports.Line."""
        self._note(out=data.hex())
        self.line.write(data)

    def read(self) -> bytes:
        """See agent.ports.Line."""
        data = bytes(self.line.read())
        if data:
            self._note(**{"in": data.hex()})
        return data

    def close(self) -> None:
        """See agent.ports.Line."""
        self._note(close=True)
        self.line.close()

    def fileno(self) -> Any:
        """What to wait on, or None."""
        return self.line.fileno() if hasattr(self.line, "fileno") else None

    def wants_write(self) -> bool:
        """Whether something waits to be sent."""
        return hasattr(self.line, "wants_write") and bool(self.line.wants_write())

    def _note(self, **entry: Any) -> None:
        ms = self._time.now_ms() - self._begun
        self._file.write(json.dumps({"ms": ms, **entry}) + "\n")
        self._file.flush()


class ReplayLine:
    """A Line and its Time, made from a recording. What is sent must be what was sent then."""

    def __init__(self, path: Path) -> None:
        try:
            text = path.read_text(encoding="utf-8")
            self._entries = [json.loads(line) for line in text.splitlines()]
            self._check()
        except (ValueError, KeyError, TypeError, AttributeError):
            raise BadFrame(f"{path} is no recording of a line") from None
        opened = [entry for entry in self._entries if "open" in entry]
        self.framing = str(opened[0].get("framing", "rtu")) if opened else "rtu"
        self._next = 0
        self._now = 0
        self._base = 0  # the instant and the recorded instant of the last entry
        self._recorded = 0

    def _check(self) -> None:
        if not self._entries:
            raise ValueError("an empty file")
        for entry in self._entries:
            for key in ("out", "in"):
                bytes.fromhex(entry.get(key, ""))
            entry["ms"] += 0

    # The line.

    def open(self, mode: str) -> None:
        """See agent.ports.Line."""
        self._expect("open", mode)

    def write(self, data: bytes) -> None:
        """See agent.ports.Line."""
        self._expect("out", data.hex())

    def read(self) -> bytes:
        """See agent.ports.Line."""
        data = b""
        while self._due() is not None and (self._due() or 0) <= self._now:
            entry = self._entries[self._next]
            self._step(self._due() or 0)
            data += bytes.fromhex(entry["in"])
        return data

    def close(self) -> None:
        """See agent.ports.Line."""
        if self._next < len(self._entries) and "close" in self._entries[self._next]:
            self._step(self._now)

    # Its time.

    def now_ms(self) -> int:
        """See wire.Time."""
        return self._now

    def wait(self, line: Any, ms: int) -> None:
        """See wire.Time."""
        due = self._due()
        self._now += ms if due is None else max(0, min(ms, due - self._now))

    def finished(self) -> bool:
        """Whether everything was played."""
        return self._next >= len(self._entries)

    def _due(self) -> int | None:
        """When the next bytes come in, or None while something else is expected before."""
        if self.finished() or "in" not in self._entries[self._next]:
            return None
        return self._base + int(self._entries[self._next]["ms"]) - self._recorded

    def _step(self, now: int) -> None:
        self._base = now
        self._recorded = int(self._entries[self._next]["ms"])
        self._next += 1

    def _expect(self, key: str, value: str) -> None:
        # What the tool did not wait for this time is lost, as on a line.
        while self._due() is not None:
            self._step(self._now)
        entry = {"end": True} if self.finished() else self._entries[self._next]
        if entry.get(key) != value:
            raise OSError(errno.EPROTO, f"the recording goes on with {entry}, not {key} {value}")
        self._step(self._now)
