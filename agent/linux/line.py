"""The Line port on Linux: serial ports by pyserial, TCP by agent.linux.tcp_line.

Nothing here waits. ``fileno()`` is what a loop waits on for input and, while ``wants_write()``,
also for output: then read() sends what write() could not hand over at once.
"""

import errno
import os
import termios

import serial

from agent.linux.tcp_line import TcpLine
from agent.protocols import serial_mode

__all__ = ["SerialLine", "TcpLine", "line_for"]

_CHUNK = 4096


class SerialLine:
    """A serial port such as /dev/ttyS1. Opened for itself alone."""

    framing = "rtu"

    def __init__(self, port: str) -> None:
        self.port = port
        self._serial: serial.Serial | None = None
        self._unsent = bytearray()

    def open(self, mode: str) -> None:
        """See agent.ports.Line."""
        self.close()
        try:
            baud, bits, parity, stop = serial_mode.parse(mode)
            self._serial = serial.Serial(
                self.port,
                baudrate=baud,
                bytesize=bits,
                parity=parity,
                stopbits=stop,
                timeout=0,
                write_timeout=0,
                exclusive=True,
            )
        except ValueError as error:
            raise OSError(errno.EINVAL, str(error)) from None
        except (OSError, termios.error) as error:
            raise _explained(self.port, error) from None

    def write(self, data: bytes) -> None:
        """See agent.ports.Line."""
        self._open()
        self._unsent += data
        self._flush()

    def read(self) -> bytes:
        """See agent.ports.Line."""
        port = self._open()
        self._flush()
        try:
            return bytes(port.read(_CHUNK))
        except (OSError, TypeError) as error:  # TypeError: pyserial after the port vanished
            raise _gone(self.port, error) from None

    def close(self) -> None:
        """See agent.ports.Line."""
        self._unsent.clear()
        if self._serial is not None:
            self._serial.close()
            self._serial = None

    def fileno(self) -> int | None:
        """The descriptor to wait on, or None while closed."""
        return None if self._serial is None else self._serial.fileno()

    def wants_write(self) -> bool:
        """Whether something waits to be sent."""
        return bool(self._unsent)

    def _flush(self) -> None:
        if not self._unsent:
            return
        try:
            sent = os.write(self._open().fileno(), self._unsent)
        except BlockingIOError:
            return
        except OSError as error:
            raise _gone(self.port, error) from None
        del self._unsent[:sent]

    def _open(self) -> serial.Serial:
        if self._serial is None:
            raise OSError(errno.ENXIO, f"{self.port} is not open")
        return self._serial


def _gone(port: str, error: Exception) -> OSError:
    return OSError(errno.EIO, f"{port} is gone: is the adapter still plugged in? ({error})")


def _explained(port: str, error: Exception) -> OSError:
    """One plain sentence that says what to do."""
    code = getattr(error, "errno", None) or errno.EIO
    if code in (errno.ENOENT, errno.ENODEV, errno.ENXIO):
        return OSError(code, f"{port} does not exist: is the adapter plugged in?")
    if code in (errno.EACCES, errno.EPERM):
        return OSError(code, f"{port} may not be opened: add this user to the group 'dialout'")
    if code in (errno.EBUSY, errno.EAGAIN):
        return OSError(errno.EBUSY, f"{port} is in use by another program: stop that one first")
    return OSError(code, f"{port} cannot be opened as a serial port: {error}")


def line_for(port: str) -> SerialLine | TcpLine:
    """The Line for a port of the settings."""
    return TcpLine(port) if port.startswith("tcp://") else SerialLine(port)
