"""A board that runs MicroPython, by its raw REPL (mpremote's transport)."""

import contextlib
import errno
import io
import os
import struct
import time
from collections.abc import Callable, Iterator
from typing import Any

import serial
from mpremote.transport import (  # type: ignore[import-untyped]
    TransportError,
    TransportExecError,
)
from mpremote.transport_serial import SerialTransport  # type: ignore[import-untyped]

PATIENCE_S = 20.0  # for a board to start
_REPLY_S = 10.0  # for a single reply: a board may be busy, and so may the workstation
_START_S = 0.4  # before a board that was just reset listens
_HOLDS = 3  # attempts to start it with nothing running
_REPLY_MS = 100  # for a reply to be out before the board, and with it a USB port, goes
_SILENCE_S = 1.0  # of a board at work, after which whoever waits for it is called
_CHUNK = 2048  # bytes written at once: on the board they are a text of up to four times that

# Run on the board: an ordered restart, where it carries what does that. main.py is what was written
# last: without it slots.mpy may be cut off, and must not be loaded.
_RESTART = """
try:
    open("/main.py").close()
    import slots
    slots.Slots().restart()
except (OSError, ImportError, AttributeError):
    import machine
    machine.reset()
"""
# Run on the board: the SHA-256 of each file of a list.
_HASHES = """
import hashlib
for name in {names!r}:
    hash = hashlib.sha256()
    with open(name, "rb") as file:
        while True:
            data = file.read(512)
            if not data:
                break
            hash.update(data)
    print(name, hash.digest().hex())
"""


class NoAnswer(Exception):
    """The board does not answer any more, or its cable is gone. Says what was seen last."""


class RemoteError(Exception):
    """What was run on the board failed there: the last line of its traceback."""


@contextlib.contextmanager
def _reported() -> Iterator[None]:
    try:
        yield
    except TransportExecError as error:
        raise RemoteError(_last_line(error.error_output)) from error
    except (TransportError, serial.SerialException, OSError, struct.error) as error:
        raise NoAnswer(_last_line(str(error))) from error


class Repl:
    """The raw REPL on a port, between enter() and close(). find: what the port is called now, where
    that may change when the board starts again; None while it has none."""

    def __init__(self, port: str) -> None:
        self.port = port
        self.find: Callable[[], str | None] = lambda: self.port
        self.held = False  # whether the board was told to run nothing
        self._transport: SerialTransport | None = None

    def enter(self, patience: float = PATIENCE_S) -> None:
        """Interrupt what runs, and enter the raw REPL. NoAnswer after patience seconds; at once
        where the port is a file or a folder, which no plug makes one."""
        if os.path.isfile(self.port) or os.path.isdir(self.port):
            raise NoAnswer(f"failed to access {self.port}")
        end = time.monotonic() + patience
        while True:
            time.sleep(_START_S)
            try:
                with _reported(), contextlib.redirect_stdout(io.StringIO()):
                    self._open()
                    self._interrupt()
                    self._link.enter_raw_repl(soft_reset=False, timeout_overall=2)
                return
            except NoAnswer:
                self.close()
                if time.monotonic() > end:
                    raise

    def hold(self) -> None:
        """Start the board again with nothing running, not even a watchdog: its application waits
        for restart(). NoAnswer if it cannot."""
        self.enter()
        self._begin_anew("import slots\nslots.hold()", held=True)

    def start_again(self) -> None:
        """The same for a board without what starts an application. NoAnswer if it cannot."""
        self._begin_anew("import machine\nmachine.reset()")

    def _begin_anew(self, code: str, held: bool = False) -> None:
        """A Ctrl-C of enter() may come before the board has started again, and keep it from it:
        what this life knows tells it from the next one."""
        for _ in range(_HOLDS):
            with _reported():
                self._last(f"this_life = 1\n{code}")
            self.held = held
            self.close()
            self.enter()
            if self.run("print('this_life' in globals())") == "False":
                return
        raise NoAnswer("it does not start again")

    def restart(self) -> None:
        """Start the board again, and its application, also where a Ctrl-C kept its last life from
        noticing that it was held."""
        with _reported():
            self._last(_RESTART)
        self.held = False

    def become_drive(self) -> None:
        """Have a Pico start as the drive that takes its firmware, and let go of the port."""
        with _reported():
            self._last("import machine\nmachine.bootloader()")
        self.close()

    def _last(self, code: str) -> None:
        """Run what ends this life: its reply goes out first."""
        self._link.exec_raw_no_follow(f"import time\ntime.sleep_ms({_REPLY_MS})\n{code}")

    def close(self) -> None:
        """Let go of the port."""
        if self._transport is not None:
            with contextlib.suppress(OSError, serial.SerialException):
                self._transport.close()
            self._transport = None

    def run(self, code: str, line: Callable[[str], None] | None = None, seconds: float = 30) -> str:
        """Run code; what it printed. line: called with each line as it comes; seconds: the longest
        silence. RemoteError if it fails there."""
        buffer = bytearray()

        def take(data: bytes) -> None:
            buffer.extend(data)
            if data.endswith(b"\n") and line:
                line(bytes(buffer).decode("utf-8", "replace").splitlines()[-1])

        with _reported():
            self._link.exec_raw_no_follow(code)
            said, failed = self._link.follow(seconds, take if line else None)
        if failed:
            raise RemoteError(_last_line(failed.decode("utf-8", "replace")))
        return (bytes(buffer) if line else said).decode("utf-8", "replace").strip("\x04\r\n")

    def leave(self, code: str) -> None:
        """Begin to run code, and let go of the port: nobody listens to it any more."""
        with _reported():
            self._link.exec_raw_no_follow(code)
        self.close()

    def put(self, name: str, data: bytes) -> None:
        """Write a file; the folders above it must be there."""
        pieces = [data[at : at + _CHUNK] for at in range(0, len(data), _CHUNK)] or [b""]
        for number, piece in enumerate(pieces):
            mode = "ab" if number else "wb"
            self.run(f"with open({name!r}, {mode!r}) as file: file.write({piece!r})")

    def hashes(self, names: list[str]) -> dict[str, str]:
        """The SHA-256 of files, in hex, as the board computes it."""
        found: dict[str, str] = {}
        for begin in range(0, len(names), 20):
            said = self.run(_HASHES.format(names=names[begin : begin + 20]))
            found |= dict(line.split(" ") for line in said.splitlines())
        return found

    def console(self, seconds: float) -> Iterator[str]:
        """The lines that the board says by itself, for so long; "" for each second in which it says
        nothing. NoAnswer if its cable is gone."""
        heard = time.monotonic()
        end = heard + seconds
        rest = b""
        while time.monotonic() < end:
            with _reported():
                port: Any = self._link.serial
                data = port.read(port.inWaiting())
            if data:
                heard = time.monotonic()
            else:
                time.sleep(0.05)
                if time.monotonic() - heard > _SILENCE_S:
                    heard = time.monotonic()
                    yield ""
            *lines, rest = (rest + data).split(b"\n")
            for text in lines:
                yield text.decode("utf-8", "replace").strip()

    @property
    def _link(self) -> Any:
        if self._transport is None:
            self._open()
        return self._transport

    def _open(self) -> None:
        if self._transport is None:
            port = self.find()
            if port is None:
                raise OSError(errno.ENODEV, "the board has no port")
            self._transport = SerialTransport(port, timeout=_REPLY_S)
            self._transport.serial.write_timeout = 10

    def _interrupt(self) -> None:
        """Ctrl-C twice: an application ends in order at the first one, which may take long."""
        for _ in range(2):
            self._link.serial.write(b"\r\x03")
            time.sleep(0.1)


def _last_line(text: str) -> str:
    return (text.strip().splitlines() or ["no answer"])[-1]
