"""A disk whose process ends at one of the changes that it makes there: killed, or with the power.

Every change of a file below one folder is counted, in the process that calls ``Disk.watch``: open
to write, write, fsync, rename, unlink, mkdir, rmdir, chmod, and each commit of SQLite. An audit
hook tells on whoever goes around the count.
"""

import builtins
import io
import os
import resource
import signal
import sqlite3
import sys
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

from tests.host.enrolment_losses import Unforced

CUT, BYPASSED = 66, 67  # exit statuses
# KILLED: before the change. TORN: half-way in it. UNFORCED: the power goes, files that were not
# forced to the disk have lost what was written; FORGOTTEN: and folders which names they had.
KILLED, TORN, UNFORCED, FORGOTTEN = "killed", "torn", "unforced", "forgotten"
WRITE, COMMIT = "write", "commit"

_BY_PATH = ("mkdir", "rmdir", "unlink", "remove", "chmod", "rename", "replace")
_BY_NUMBER = ("fsync", "fchmod", "ftruncate")
_TOLD = ("os.rename", "os.remove", "os.mkdir", "os.rmdir", "os.truncate", "os.chmod", "os.link",
         "os.symlink")  # fmt: skip
_TO_WRITE = os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC


class Disk:
    """Of this process. at: the change to end at, from 1 on, 0 for none; how: as above; limit: where
    a commit is torn, the bytes that fit into a file. ``kinds``: of the changes so far."""

    def __init__(self, folder: Path, at: int = 0, how: str = KILLED, limit: int = 0) -> None:
        self.kinds: list[str] = []
        self._below = f"{folder.resolve()}/"
        self._at, self._how, self._limit = at, how, limit
        self._unforced = Unforced(folder)
        self._counted = False  # a change that was counted is being made
        self._real = {name: getattr(os, name) for name in ("open", WRITE, *_BY_PATH, *_BY_NUMBER)}
        self._real_open = io.open

    def watch(self) -> None:
        """Count from now on, and to the end of this process."""
        signal.signal(signal.SIGXFSZ, signal.SIG_DFL)  # of a file that grows beyond the limit
        for name in _BY_PATH:
            setattr(os, name, self._by_path(name))
        for name in _BY_NUMBER:
            setattr(os, name, self._by_number(name))
        os.open, os.write = self._os_open, self._os_write
        builtins.open = io.open = self._open
        connect, disk = sqlite3.connect, self

        class Register(sqlite3.Connection):
            def execute(self, sql: str, *more: Any) -> sqlite3.Cursor:
                if sql == "COMMIT":
                    return disk._commit(lambda: super(Register, self).execute(sql))
                return super().execute(sql, *more)

            def executescript(self, script: str) -> sqlite3.Cursor:
                return disk._commit(lambda: super(Register, self).executescript(script))

        def counted(*given: Any, **more: Any) -> sqlite3.Connection:
            return connect(*given, **more, factory=Register)

        sqlite3.connect = counted  # type: ignore[assignment]
        sys.addaudithook(self._audit)

    def step(self, kind: str) -> bool:
        """A change is about to be made; whether it is to be torn."""
        self.kinds.append(kind)
        if len(self.kinds) != self._at:
            return False
        if self._how == TORN:
            return True
        if self._how in (UNFORCED, FORGOTTEN):
            self._let_go()
            self._unforced.lose(names=self._how == FORGOTTEN)
        os._exit(CUT)

    def _let_go(self) -> None:
        self._counted = True
        builtins.open = io.open = self._real_open
        for name, function in self._real.items():
            setattr(os, name, function)

    def write(self, number: int, data: bytes, write: Callable[[bytes], int]) -> int:
        """One write to an open file."""
        if self.step(WRITE):
            write(_half(data))
            os._exit(CUT)
        self._unforced.dirty(number)
        return write(data)

    def _commit(self, execute: Callable[[], sqlite3.Cursor]) -> sqlite3.Cursor:
        """Torn, it is ended by the first write beyond the limit, in the journal or in the file."""
        if self.step(COMMIT):
            hard = resource.getrlimit(resource.RLIMIT_FSIZE)[1]
            resource.setrlimit(resource.RLIMIT_FSIZE, (self._limit, hard))
            execute()
            os._exit(CUT)
        return execute()

    def _make(self, name: str, *given: Any, **more: Any) -> Any:
        self._counted = True
        try:
            return self._real[name](*given, **more)
        finally:
            self._counted = False

    def _by_path(self, name: str) -> Callable[..., Any]:
        def changed(path: Any, *given: Any, **more: Any) -> Any:
            where = _path(path, more.get("dir_fd"))
            absent = name in ("unlink", "remove") and not os.path.lexists(where)
            if where.startswith(self._below) and not absent:
                self.step(name)
                to = str(given[0]) if name in ("rename", "replace") else ""
                self._unforced.named(name, where, to)
            return self._make(name, path, *given, **more)

        return changed

    def _by_number(self, name: str) -> Callable[..., Any]:
        def changed(number: int, *given: Any) -> Any:
            where = _path(number)
            if f"{where}/".startswith(self._below):
                self.step(name)
                if name == "fsync":  # the kernel outlives the process: this is for the power alone
                    return self._unforced.forced(number, where)
            return self._make(name, number, *given)

        return changed

    def _os_write(self, number: int, data: Any) -> int:
        def write(part: bytes) -> int:
            written: int = self._real[WRITE](number, part)
            return written

        if not _path(number).startswith(self._below):
            return write(data)
        return self.write(number, bytes(data), write)

    def _os_open(self, path: Any, flags: int, mode: int = 0o777, *, dir_fd: Any = None) -> int:
        mine = bool(flags & _TO_WRITE) and _path(path, dir_fd).startswith(self._below)
        if mine:
            self.step("open")
        number: int = self._make("open", path, flags, mode, dir_fd=dir_fd)
        if mine:
            self._unforced.dirty(number)
        return number

    def _open(
        self, file: Any, mode: str = "r", buffering: int = -1, encoding: str | None = None,
        errors: str | None = None, newline: str | None = None, closefd: bool = True,
        opener: Any = None,
    ) -> Any:  # fmt: skip
        to_write = any(letter in mode for letter in "wax+")
        if not to_write or not _path(file).startswith(self._below):
            return self._real_open(
                file, mode, buffering, encoding, errors, newline, closefd, opener
            )
        if not isinstance(file, int):
            self.step("open")
        self._counted = True
        try:
            raw = _Raw(self, file, mode, closefd, opener)
        finally:
            self._counted = False
        self._unforced.dirty(raw.fileno())
        if not buffering:
            return raw
        buffered = io.BufferedRandom(raw) if "+" in mode else io.BufferedWriter(raw)
        return buffered if "b" in mode else io.TextIOWrapper(buffered, encoding, errors, newline)

    def _audit(self, event: str, given: tuple[Any, ...]) -> None:
        if self._counted or (event != "open" and event not in _TOLD):
            return
        writes = event != "open" or (isinstance(given[2], int) and given[2] & _TO_WRITE)
        if writes and _path(given[0]).startswith(self._below):
            os._exit(BYPASSED)


class _Raw(io.FileIO):
    """A file that counts what is written to it."""

    def __init__(self, disk: Disk, file: Any, mode: str, closefd: bool, opener: Any) -> None:
        self._disk = disk
        super().__init__(file, mode.replace("b", "").replace("t", ""), closefd, opener)

    def write(self, data: Any) -> int:
        return self._disk.write(self.fileno(), bytes(data), super().write)

    def truncate(self, size: int | None = None) -> int:
        self._disk.step("truncate")
        self._disk._unforced.dirty(self.fileno())
        return super().truncate(size)


def _half(data: bytes) -> bytes:
    """Half of it, or somewhat more, so that a letter of several bytes is torn."""
    half = len(data) // 2
    return data[: next((at for at in range(half, len(data)) if data[at] & 0xC0 == 0x80), half)]


def _path(path: Any, folder: int | None = None) -> str:
    """A file's absolute path; path: or the number of an open one."""
    if isinstance(path, int):
        with suppress(OSError):
            return os.readlink(f"/proc/self/fd/{path}")
        return ""
    above = _path(folder) if folder is not None else os.getcwd()
    return os.path.normpath(os.path.join(above, os.fsdecode(path)))
