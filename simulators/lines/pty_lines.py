"""Serial lines on ptys: simulated sensors at real speed, for agents that run for real.

Every line is a pty behind a stable path; several twins share it. One thread serves all lines: it
paces bytes at the line's speed, and the twins log each measured value that goes out. A unit may be
served by pymodbus instead of a twin of ours.
"""

import collections
import concurrent.futures
import contextlib
import heapq
import os
import selectors
import threading
import tty
from collections.abc import Callable
from pathlib import Path
from typing import Any

from agent.protocols import serial_mode
from simulators.lines.reading_log import now_ms

_LOOK_MS = 20  # how often twins may say something unasked
_PATIENCE_S = 10
_PIECE = 8  # bytes that arrive together, as from the FIFO of a UART


class PtyLine:
    """One line: the master side of a pty, whose slave side is linked at path. The slave side is
    kept open here, too: agents come and go, the line stays."""

    def __init__(self, path: Path, mode: str, twins: list[Any]) -> None:
        self.path = path
        self.mode = mode
        self.twins = twins
        self.char_us = serial_mode.char_us(mode)
        self.master = -1
        self.asked_until = 0  # when the last byte of the master, and of the twins, is over
        self.said_until = 0
        self._slave = -1
        self.plug()

    def plug(self) -> None:
        """Open the pty, and link it."""
        if self.master >= 0:
            return
        self.master, self._slave = os.openpty()
        tty.setraw(self._slave)
        os.set_blocking(self.master, False)
        half = self.path.with_name(self.path.name + ".new")
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

    def duration_ms(self, size: int) -> int:
        """How long so many bytes take on the line."""
        return (size * self.char_us + 999) // 1000


class Lines:
    """Serves lines in one thread of its own, until stop()."""

    def __init__(self) -> None:
        self.lines: list[PtyLine] = []
        # (when, order, line, whether the twins hear it rather than the master, bytes)
        self._queue: list[tuple[int, int, PtyLine, bool, bytes]] = []
        self._order = 0
        self._orders: collections.deque[
            tuple[Callable[[], None], concurrent.futures.Future[None]]
        ] = collections.deque()
        self._selector = selectors.DefaultSelector()
        self._wake_read, self._wake_write = os.pipe()
        self._selector.register(self._wake_read, selectors.EVENT_READ)
        self._stopping = False
        self._thread = threading.Thread(target=self._serve, name="lines", daemon=True)

    def add(self, path: Path, mode: str, twins: list[Any]) -> PtyLine:
        """A new line. A twin with ``fileno()`` has its ``tick`` called when that can be read."""
        line = PtyLine(path, mode, twins)
        self._do(lambda: self._watch(line))
        return line

    def unplug(self, line: PtyLine) -> None:
        """Pull the cable of a line."""
        self._do(lambda: self._unplug(line))

    def plug(self, line: PtyLine) -> None:
        """Plug it in again; its path leads to another pty."""
        self._do(lambda: self._plug(line))

    def start(self) -> None:
        """Begin to serve."""
        self._thread.start()

    def stop(self) -> None:
        """End, and close every pty."""
        if self._thread.is_alive():
            self._do(lambda: setattr(self, "_stopping", True))
            self._thread.join()
        for line in self.lines:
            line.unplug()
        self._selector.close()
        os.close(self._wake_read)
        os.close(self._wake_write)

    def _do(self, order: Callable[[], None]) -> None:
        """Have the serving thread do it, which alone touches the ptys; returns when it is done."""
        if not self._thread.is_alive():
            order()
            return
        done: concurrent.futures.Future[None] = concurrent.futures.Future()
        self._orders.append((order, done))
        os.write(self._wake_write, b"\0")
        done.result(_PATIENCE_S)

    def _watch(self, line: PtyLine) -> None:
        self.lines.append(line)
        self._selector.register(line.master, selectors.EVENT_READ, line)
        for twin in line.twins:
            if hasattr(twin, "fileno"):
                self._selector.register(twin.fileno(), selectors.EVENT_READ)

    def _unplug(self, line: PtyLine) -> None:
        if line.master >= 0:
            self._selector.unregister(line.master)
            line.unplug()
            self._queue = [item for item in self._queue if item[2] is not line]
            heapq.heapify(self._queue)

    def _plug(self, line: PtyLine) -> None:
        if line.master < 0:
            line.plug()
            self._selector.register(line.master, selectors.EVENT_READ, line)

    def _serve(self) -> None:
        while not self._stopping:
            now = now_ms()
            self._tick(now)
            self._deliver(now)
            wait = _LOOK_MS
            if self._queue:
                wait = max(0, min(wait, self._queue[0][0] - now_ms()))
            for key, _ in self._selector.select(wait / 1000):
                if isinstance(key.data, PtyLine):
                    self._hear(key.data)
                elif key.fileobj == self._wake_read:
                    os.read(self._wake_read, 64)
            while self._orders:
                order, done = self._orders.popleft()
                try:
                    done.set_result(order())
                except Exception as error:
                    done.set_exception(error)

    def _tick(self, now: int) -> None:
        for line in self.lines:
            for twin in line.twins:
                said = twin.tick(now)
                if said:
                    # What is served elsewhere answers here; the others say it unasked.
                    turnaround = twin.turnaround_ms if hasattr(twin, "fileno") else 0
                    self._say(line, said, now + turnaround)

    def _hear(self, line: PtyLine) -> None:
        if line.master < 0:
            return
        with contextlib.suppress(OSError):
            data = os.read(line.master, 4096)
            # The pty hands over at once what a line would still be carrying.
            line.asked_until = max(now_ms(), line.asked_until) + line.duration_ms(len(data))
            self._put(line.asked_until, line, True, data)

    def _say(self, line: PtyLine, data: bytes, at: int) -> None:
        begun = max(at, line.said_until)
        for end in range(_PIECE, len(data) + _PIECE, _PIECE):
            due = begun + line.duration_ms(min(end, len(data)))
            self._put(due, line, False, data[end - _PIECE : end])
        line.said_until = begun + line.duration_ms(len(data))

    def _put(self, due: int, line: PtyLine, heard: bool, data: bytes) -> None:
        self._order += 1
        heapq.heappush(self._queue, (due, self._order, line, heard, data))

    def _deliver(self, now: int) -> None:
        while self._queue and self._queue[0][0] <= now:
            due, _, line, heard, data = heapq.heappop(self._queue)
            if line.master < 0:
                continue
            if not heard:
                # Where nobody reads, the pty is full, and the bytes are lost as on a wire.
                with contextlib.suppress(OSError):
                    os.write(line.master, data)
                continue
            for twin in line.twins:
                reply = twin.receive(data, due)
                if reply:
                    self._say(line, reply, due + twin.turnaround_ms)
