"""The application of a simulated board: the real MicroPython interpreter on a pty of its own,
with the ways in which a board differs from a program mended.

A board's Ctrl-D is a soft reset, where the program ends; a board's Ctrl-C interrupts running code
also in raw mode, where the program takes a byte; a reset starts it anew.
"""

import os
import shutil
import signal
import subprocess
import sys
import time
import tty
from pathlib import Path

HEAP = "256K"  # a self-test by flash.py fails at 211K, and passes at 232K; and a tenth to spare
RESET_STATUS = 3  # machine.reset()
_RAW = b"raw REPL; CTRL-B to exit\r\n>"
_INTERRUPT = b"\x03"  # Ctrl-C
_READY = b"\0"  # said by start_board.py: from here on Ctrl-C finds the board's own programs
_SIGINT_CAUGHT = 1 << (signal.SIGINT - 1)
_AGAIN_S = 1.0  # the interpreter dies of a Ctrl-C that comes before it saw the last one
# Said by an interpreter that a Ctrl-C found at collecting garbage: it can do nothing any more. On a
# board Ctrl-C waits until that is done.
_SPOILT = b"heap is locked"
_MODULES = Path(__file__).resolve().parents[1] / "board_modules"


def interpreter() -> str:
    """The path of the interpreter. OSError if it is not installed."""
    found = shutil.which("micropython", path=str(Path(sys.executable).parent))
    if found is None:
        raise OSError(2, "micropython is not installed: run `make setup`")
    return found


class Application:
    """One life of the interpreter after another. ``master`` is the descriptor to wait for.

    folder: where host-side files of the board lie; environment: what its modules read.
    """

    def __init__(self, folder: Path, environment: dict[str, str], heap: str = HEAP) -> None:
        self.folder = folder
        self.environment = environment
        self.heap = heap
        self.master = -1
        self.process: subprocess.Popen[bytes] | None = None
        self._raw = False  # the raw REPL was entered last
        self._hidden: bytes | None = None  # output that waits for the raw REPL after a soft reset
        self._starting = False  # it has not come to the board's own programs
        self._said = b""  # the last of its output
        self._spoilt = False  # it was ended for it can do nothing any more
        self._typed = b""  # waits for its start, or behind a Ctrl-C that must wait
        self._interrupted_at = 0.0

    def start(self, cause: str, raw: bool = False) -> None:
        """Begin a life. cause: "power-on", "hard", "watchdog", "software" or "soft"; raw: run
        boot.py alone and enter the raw REPL, as after Ctrl-D in it."""
        self.kill()
        self.master, slave = os.openpty()
        tty.setraw(slave)
        os.set_blocking(self.master, False)
        self._raw = False
        self._said, self._spoilt = b"", False
        self._starting = True
        self._hidden = b"" if raw else None
        self._typed, self._interrupted_at = b"", 0.0
        environment = {
            **os.environ, **self.environment, "POLE_RESET": cause, "POLE_RAW": "1" if raw else "",
        }  # fmt: skip
        command = [interpreter(), "-X", f"heapsize={self.heap}", str(_MODULES / "start_board.py")]
        self.process = subprocess.Popen(
            command, cwd=self.folder, env=environment, start_new_session=True,
            stdin=slave, stdout=slave, stderr=slave,
        )  # fmt: skip
        os.close(slave)

    def kill(self) -> None:
        """End its life without warning."""
        if self.process is not None:
            self.process.kill()
            self.process.wait()
            os.close(self.master)
        self.process, self.master = None, -1

    def feed(self, data: bytes) -> None:
        """Bytes that were typed."""
        self._typed += data
        self.poll()

    def poll(self) -> None:
        """Hand on what was typed, as far as the interpreter takes it now."""
        while self._typed and not self._starting:
            part, interrupt, rest = self._typed.partition(_INTERRUPT)
            self._type(part)
            self._typed = interrupt + rest
            if interrupt and time.monotonic() < self._interrupted_at + _AGAIN_S and self._runs():
                return
            self._typed = rest
            if interrupt and self._interrupt():
                self._interrupted_at = time.monotonic()
            elif interrupt:
                self._type(interrupt)

    def read(self) -> bytes | None:
        """What it says now; None when its life is over: then ask ``ended``."""
        try:
            data = os.read(self.master, 65536)
        except BlockingIOError:
            return b""
        except OSError:
            return None
        if self._starting and _READY in data:
            self._starting = False
            data = data.replace(_READY, b"", 1)
        if _SPOILT in self._said + data and self.process is not None:
            self._spoilt = True
            self.process.kill()
        return self._shown(data)

    def ended(self) -> int:
        """The exit status of the life that is over; negative: the signal that ended it."""
        assert self.process is not None
        status = self.process.wait()
        return -signal.SIGINT if self._spoilt else status

    @property
    def raw(self) -> bool:
        """Whether the raw REPL is or was the last thing that was entered."""
        return self._raw

    def _type(self, data: bytes) -> None:
        if b"\x02" in data:
            self._raw = False
        view = memoryview(data)
        while len(view):
            try:
                view = view[os.write(self.master, view) :]
            except BlockingIOError:
                return  # nobody reads: its UART overruns
            except OSError:
                return

    def _interrupt(self) -> bool:
        """Ctrl-C into running code; False where a REPL reads, which takes the byte itself.

        It is stopped meanwhile: a signal that comes just after its code has ended would kill it.
        """
        assert self.process is not None
        pid = self.process.pid  # Popen.send_signal would reap one that is over
        os.kill(pid, signal.SIGSTOP)
        os.waitid(os.P_PID, pid, os.WSTOPPED | os.WEXITED | os.WNOWAIT)
        runs = self._runs()
        if runs:
            os.kill(pid, signal.SIGINT)
        os.kill(pid, signal.SIGCONT)
        return runs

    def _runs(self) -> bool:
        """Whether it runs code, and does not read what is typed."""
        assert self.process is not None
        try:
            status = Path(f"/proc/{self.process.pid}/status").read_text(encoding="ascii")
        except OSError:
            return False
        caught = [line.split()[1] for line in status.splitlines() if line.startswith("SigCgt")]
        return bool(caught) and bool(int(caught[0], 16) & _SIGINT_CAUGHT)

    def _shown(self, data: bytes) -> bytes:
        if self._hidden is not None:
            # After a soft reset in raw mode the board shows what boot.py prints, then the raw REPL;
            # the interpreter shows its own banner first, and must be asked for the raw REPL.
            self._hidden += data
            if self._hidden.endswith(b">>> ") and _RAW not in self._hidden:
                self._hidden = b""
                self._type(b"\x01")
            if _RAW not in self._hidden:
                return b""
            data, self._hidden = self._hidden[self._hidden.index(_RAW) :], None
        self._said = (self._said + data)[-80:]
        if _RAW in self._said:
            self._raw, self._said = True, b""
        return data
