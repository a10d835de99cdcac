"""A board without a port: the real MicroPython on the real littlefs, by pipes (cut_life.py). It
remembers each write of its flash, and what the workstation had on its disk at that moment.
"""

import os
import select
import subprocess
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from provisioning.flashing.repl import _RESTART, NoAnswer, RemoteError, Repl
from simulators.boards.application import HEAP
from tests.host.micropython import ROOT, interpreter

READY, EOT = b"\x05", b"\x04"
PATIENCE_S = 120.0  # for whatever a board does, on a busy machine
BLOCK = 4096
# What an application does when the platform has acknowledged its first frame (board/app.py).
_CONFIRM = """
import slots
made = slots.Slots()
made.confirm()
print("slots: %s is confirmed" % made.active)
"""
Disk = dict[str, bytes]


@dataclass(frozen=True)
class Write:
    """A program or an erase. place: in the file system's flash; data: b"" for an erase; disk: the
    workstation's files at that moment."""

    place: int
    size: int
    data: bytes
    disk: Disk

    def packed(self) -> bytes:
        """As cut_look.py reads it."""
        return b"%d %d %d\n" % (self.place, self.size, len(self.data)) + self.data

    def do(self, cells: bytearray, half: bool = False) -> None:
        """Do it, or its first half."""
        data = self.data or b"\xff" * self.size
        data = data[: len(data) // 2] if half else data
        cells[self.place : self.place + len(data)] = data


@dataclass
class CutBoard:
    """folder: for its files; cells: its file system's flash; environment: what the stand-ins of
    simulators/board_modules read; disk: says what the workstation's files are. cut: the write, from
    1, in whose middle the power goes, or 0. ``writes``: what the flash has seen."""

    folder: Path
    cells: bytearray
    environment: dict[str, str]
    disk: Callable[[], Disk] = dict
    cut: int = 0
    writes: list[Write] = field(default_factory=list)
    _process: "subprocess.Popen[bytes] | None" = None
    _rest: bytes = b""  # of what it has said
    _read: int = 0  # bytes of the file that it tells its writes in

    def start(self, begin: str, heard: bytes = READY) -> bytes:
        """Begin a life, and wait until it has said that; what it said before. begin: see
        cut_life.py. NoAnswer for one that ends meanwhile."""
        self.end()
        self.folder.mkdir(exist_ok=True)
        image, told = self.folder / "image", self.folder / "told"
        image.write_bytes(self.cells)
        told.write_bytes(b"")
        self._rest, self._read = b"", 0
        left = max(0, self.cut - len(self.writes))
        own = {"POLE_HOST": "/host", "POLE_RTC": str(self.folder / "rtc")}
        self._process = subprocess.Popen(
            [interpreter(), "-X", f"heapsize={HEAP}", str(ROOT / "tests" / "host" / "cut_life.py"),
             str(ROOT / "simulators" / "board_modules"), str(image), str(told), str(left),
             begin],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, env=os.environ | own | self.environment,
        )  # fmt: skip
        return self._until(heard)

    def power_on(self, heard: bytes) -> bytes:
        """As start, after a while without power, and nobody at its port."""
        (self.folder / "rtc").unlink(missing_ok=True)
        return self.start("run", heard)

    def ask(self, code: str) -> tuple[bytes, bytes]:
        """(what the code printed, its traceback). NoAnswer where the life ends by it."""
        if self._process is None:
            raise NoAnswer("it has no power")
        assert self._process.stdin is not None
        data = code.encode("utf-8")
        self._process.stdin.write(b"%d\n" % len(data) + data)
        self._process.stdin.flush()
        return self._until(EOT), self._until(EOT)

    def erase(self, at: int, size: int) -> None:
        """What a loader does, sector by sector."""
        self.end()
        for place in range(at, at + size, BLOCK):
            self._remember(Write(place, BLOCK, b"", self.disk()))

    def end(self) -> None:
        """Take its power."""
        if self._process is not None:
            self._process.kill()
            self._process.communicate()
            self._process = None
            self._learn()

    @property
    def lives(self) -> bool:
        """Whether it has power."""
        return self._process is not None

    def _until(self, end: bytes) -> bytes:
        assert self._process is not None and self._process.stdout is not None
        number = self._process.stdout.fileno()
        while end not in self._rest:
            ready = select.select([number], [], [], PATIENCE_S)[0]
            data = os.read(number, 65536) if ready else b""
            if not data:
                self.end()
                raise NoAnswer(f"it ended, or says nothing after {self._rest[-300:]!r}")
            self._rest += data
        said, _, self._rest = self._rest.partition(end)
        self._learn()
        return said

    def _learn(self) -> None:
        """What the flash has seen meanwhile."""
        disk = self.disk()
        with open(self.folder / "told", "rb") as file:
            file.seek(self._read)
            while line := file.readline():
                place, size, length = map(int, line.split())
                self._remember(Write(place, size, file.read(length), disk))
            self._read = file.tell()

    def _remember(self, write: Write) -> None:
        self.writes.append(write)
        write.do(self.cells)


class PipeRepl(Repl):
    """The raw REPL of such a board: what is run there is what Repl runs."""

    def __init__(self, board: CutBoard) -> None:
        super().__init__("pipe")
        self._board = board

    def enter(self, patience: float = 0) -> None:
        """See Repl."""
        if not self._board.lives:
            self._board.start("stop")

    def hold(self) -> None:
        """See Repl."""
        self.enter()
        self._last("import slots\nslots.hold()")
        self.held = True
        self._board.start("run")

    def restart(self) -> None:
        """See Repl."""
        self._last(_RESTART)
        self.held = False

    def _last(self, code: str) -> None:
        try:
            said, failed = self._board.ask(code)
        except NoAnswer:
            return
        raise RemoteError(f"it did not end: {said!r} {failed!r}")

    def close(self) -> None:
        """The board goes on."""

    def run(self, code: str, line: Callable[[str], None] | None = None, seconds: float = 30) -> str:
        """See Repl."""
        said, failed = self._board.ask(code)
        if failed:
            raise RemoteError(failed.decode().strip().splitlines()[-1])
        for text in said.decode().splitlines() if line else ():
            line(text)
        return said.decode().strip("\r\n")

    def console(self, seconds: float) -> Iterator[str]:
        """What the application says first, at once."""
        self._board.start("stop")
        yield self.run(_CONFIRM)
