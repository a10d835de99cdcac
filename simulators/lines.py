"""Serial lines on ptys: simulated sensors at real speed, for agents that run for real.

Every line is a pty behind a stable path; several twins share it. One thread serves all lines: it
paces bytes at the line's speed, and logs each measured value that goes out. A unit may be served by
pymodbus instead of a twin of ours.
"""

import heapq
import json
import os
import select
import threading
import time
import tty
from collections.abc import Callable
from pathlib import Path
from typing import Any, TextIO

from agent.protocols import serial_mode

Log = Callable[[str, int, int], None]


def now_ms() -> int:
    """The monotonic clock of every log."""
    return time.monotonic_ns() // 1_000_000


class ReadingLog:
    """One JSON line for each measured value that a sensor sent: what was really made."""

    def __init__(self, path: Path) -> None:
        self._file: TextIO = open(path, "a", buffering=1, encoding="utf-8")  # noqa: SIM115
        self._lock = threading.Lock()

    def channel(self, pole: str, device: str) -> Log:
        """The log function of one device's twin."""

        def log(channel: str, now: int, value: int) -> None:
            utc = time.time_ns() // 1_000_000 - (now_ms() - now)
            entry = {
                "pole": pole, "device": device, "channel": channel,
                "utc_ms": utc, "mono_ms": now, "value": value,
            }  # fmt: skip
            with self._lock:
                self._file.write(json.dumps(entry) + "\n")

        return log

    def close(self) -> None:
        """No more is written."""
        self._file.close()


class PtyLine:
    """One line: the master side of a pty, whose slave side is linked at path."""

    def __init__(self, path: Path, mode: str, twins: list[Any]) -> None:
        self.path = path
        self.mode = mode
        self.twins = twins
        self.char_us = serial_mode.char_us(mode)
        self.master = -1
        self._slave = -1
        self.plug()

    def plug(self) -> None:
        """Open the pty, and link it."""
        self.master, self._slave = os.openpty()
        tty.setraw(self._slave)
        os.set_blocking(self.master, False)
        half = self.path.with_suffix(".new")
        half.unlink(missing_ok=True)
        half.symlink_to(os.ttyname(self._slave))
        os.replace(half, self.path)

    def unplug(self) -> None:
        """Pull the cable: whoever has it open gets an error."""
        if self.master >= 0:
            os.close(self.master)
            os.close(self._slave)
            self.master = self._slave = -1
            self.path.unlink(missing_ok=True)

    def duration_ms(self, data: bytes) -> int:
        """How long the bytes take on the line."""
        return (len(data) * self.char_us + 999) // 1000


class Lines:
    """Serves lines in one thread of its own, until stop()."""

    def __init__(self) -> None:
        self.lines: list[PtyLine] = []
        self._queue: list[tuple[int, int, PtyLine, bytes]] = []
        self._order = 0
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._serve, name="lines", daemon=True)

    def add(self, path: Path, mode: str, twins: list[Any]) -> PtyLine:
        """A new line; before start()."""
        line = PtyLine(path, mode, twins)
        self.lines.append(line)
        return line

    def start(self) -> None:
        """Begin to serve."""
        self._thread.start()

    def stop(self) -> None:
        """End, and close every pty."""
        self._stopping.set()
        self._thread.join()
        for line in self.lines:
            line.unplug()

    def _serve(self) -> None:
        while not self._stopping.is_set():
            now = now_ms()
            self._tick(now)
            self._deliver(now)
            wait = 20 if not self._queue else max(0, min(20, self._queue[0][0] - now_ms()))
            ready = [line for line in self.lines if line.master >= 0]
            found, _, _ = select.select([line.master for line in ready], [], [], wait / 1000)
            for line in ready:
                if line.master in found:
                    self._hear(line)

    def _tick(self, now: int) -> None:
        for line in self.lines:
            for twin in line.twins:
                upload = twin.tick(now)
                if upload:
                    self._send(line, upload, now)

    def _hear(self, line: PtyLine) -> None:
        try:
            data = os.read(line.master, 4096)
        except OSError:
            return
        # The pty hands over at once what a line would still be carrying.
        heard = now_ms() + line.duration_ms(data)
        for twin in line.twins:
            reply = twin.receive(data, heard)
            if reply:
                self._send(line, reply, heard + twin.turnaround_ms)

    def _send(self, line: PtyLine, data: bytes, at: int) -> None:
        self._order += 1
        due = at + line.duration_ms(data)
        heapq.heappush(self._queue, (due, self._order, line, data))

    def _deliver(self, now: int) -> None:
        while self._queue and self._queue[0][0] <= now:
            _, _, line, data = heapq.heappop(self._queue)
            if line.master < 0:
                continue
            try:
                os.write(line.master, data)
            except OSError:
                # Nobody reads this line: its buffer is full, and the bytes are lost as on a wire.
                continue
