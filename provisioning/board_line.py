"""A line of a board, worked from the workstation over the board's USB port.

Scan, doctor and address reach the sensors through the transceivers that will read them later.

The agent there is stopped meanwhile, and started again at the end. Every call is one short program
in the board's REPL, which takes some ten milliseconds: good for questions, not for gaps.
"""

import errno
from typing import Any

from provisioning.flashing.repl import NoAnswer, RemoteError, Repl

PREFIX = "board:"

# Run on the board: the line of a port, by the module of the board that its application is made for.
_FIND = """
import sys, slots
folder = slots.Slots().folder()
if folder[:-1] not in sys.path:
    sys.path.insert(0, folder[:-1])
from board.which import board_of
pole_line = board_of(folder).line({port!r})
"""


class BoardLine:
    """The Line port (agent.ports) on a UART of a board. where: ``board:/dev/ttyACM0:1``, the port
    that the board is plugged into, and the number of its UART."""

    framing = "rtu"

    def __init__(self, where: str) -> None:
        port, colon, number = where.removeprefix(PREFIX).rpartition(":")
        if not colon or not port or not number.isdigit():
            raise OSError(errno.EINVAL, f"expected board:PORT:UART such as board:/dev/ttyACM0:1, "
                          f"not {where!r}")  # fmt: skip
        self._repl: Any = Repl(port)
        self._name = f"uart{number}"
        self._held = False
        self._is_open = False

    def open(self, mode: str) -> None:
        """See agent.ports.Line."""
        if not self._held:
            self._try(self._repl.enter)
            self._held = True
            self._try(self._repl.hold)
            self._run(_FIND.format(port=self._name))
        self._run(f"pole_line.open({mode!r})")
        self._is_open = True

    def write(self, data: bytes) -> None:
        """See agent.ports.Line."""
        self._check()
        self._run(f"pole_line.write({data!r})")

    def read(self) -> bytes:
        """See agent.ports.Line."""
        self._check()
        return bytes.fromhex(self._run("print(pole_line.read().hex())"))

    def close(self) -> None:
        """See agent.ports.Line."""
        if self._is_open:
            self._is_open = False
            self._run("pole_line.close()")

    def release(self) -> None:
        """Let the board start its agent again, and let go of its port."""
        if self._held:
            self._held = False
            self._try(self._repl.restart)
            self._repl.close()

    def _check(self) -> None:
        if not self._is_open:
            raise OSError(errno.ENXIO, f"{self._name} of the board is not open")

    def _run(self, code: str) -> str:
        return str(self._try(self._repl.run, code)).strip()

    def _try(self, do: Any, *arguments: Any) -> Any:
        try:
            return do(*arguments)
        except NoAnswer as error:
            raise OSError(errno.EIO, f"the board does not answer: {error}") from error
        except RemoteError as error:
            raise OSError(errno.ENODEV, f"the board has no such line: {error}") from error
