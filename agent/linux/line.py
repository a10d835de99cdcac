"""The Line port on Linux: serial ports by pyserial, TCP by agent.linux.tcp_line.

Nothing here waits. ``fileno()`` is what a loop waits on for input; ``due_ns()`` is when what is
held back for silence may leave: then ``fetch()`` sends it. agent.linux.line_watch does both.
"""

import errno
import os
import termios
import time
from collections.abc import Callable

import serial

from agent.linux.direction import Direction, Sender, open_port
from agent.linux.tcp_line import TcpLine
from agent.protocols import serial_mode

__all__ = ["Direction", "SerialLine", "TcpLine", "line_for"]

_CHUNK = 4096
_TALK_OVER_NS = 100_000_000  # a line that is never silent is talked over after this
_STUCK_NS = 10_000_000_000  # a port that takes nothing for so long is out of order
_EARLY_NS = 100_000  # what a timer is late by; so much is waited out


class SerialLine:
    """A serial port such as /dev/ttyS1. Opened for itself alone.

    Half duplex: what is written waits until the line has been silent for 3.5 characters, counted
    from the last byte either way. direction: how RTS switches an RS-485 transceiver, or None where
    the adapter does it by itself.
    """

    framing = "rtu"

    def __init__(self, port: str, direction: Direction | None = None) -> None:
        self.port = port
        self.direction = direction
        self.on_close: Callable[[], None] | None = None  # called while the descriptor still stands
        self.sent_bytes = self.heard_bytes = 0
        self._serial: serial.Serial | None = None
        self._number = -1  # its descriptor
        self._by_hand = False  # whether RTS is switched here, and not by the kernel
        self._sender: Sender | None = None
        self._unsent = bytearray()
        self._arrived = bytearray()
        self._leaving = False  # a part of what is unsent has left
        self._silent_ns = 0  # when the line will have been silent for long enough
        self._patience_ns = 0
        self._moved_ns = 0  # when something was given to it, or taken by it

    def open(self, mode: str) -> None:
        """See agent.ports.Line."""
        self.close()
        try:
            baud, bits, parity, stop = serial_mode.parse(mode)
            self._char_ns = serial_mode.char_us(mode) * 1000
            self._silence_ns = serial_mode.silence_us(mode) * 1000
            port = serial.Serial(
                baudrate=baud,
                bytesize=bits,
                parity=parity,
                stopbits=stop,
                timeout=0,
                write_timeout=0,
                exclusive=True,
            )
            port.port = self.port
            self._by_hand = open_port(port, self.direction)
            self._serial = port
            self._number = port.fileno()
        except ValueError as error:
            raise OSError(errno.EINVAL, str(error)) from None
        except (OSError, termios.error) as error:
            self.close()
            raise _explained(self.port, error) from None
        self._silent_ns = time.monotonic_ns() + self._silence_ns

    def write(self, data: bytes) -> None:
        """See agent.ports.Line."""
        self._open()
        if not self._unsent:
            self._moved_ns = time.monotonic_ns()
            self._patience_ns = max(self._moved_ns, self._silent_ns) + _TALK_OVER_NS
        self._unsent += data
        self.fetch()

    def read(self) -> bytes:
        """See agent.ports.Line."""
        self.fetch()
        data = bytes(self._arrived)
        self._arrived.clear()
        return data

    def fetch(self) -> None:
        """Take over what has arrived, and send what may leave now. OSError once the port is gone.

        The sooner after a byte's arrival, the sooner the next request may follow it.
        """
        port = self._open()
        if self._sender is not None and self._sender.failed is not None:
            raise _gone(self.port, self._sender.failed)
        try:
            # The last bytes of a frame often come close behind a piece of it. Where nothing comes,
            # pyserial tells a silent port from one that is gone.
            data = os.read(self._number, _CHUNK) or port.read(_CHUNK)
            while data:
                self._silent_ns = max(self._silent_ns, time.monotonic_ns() + self._silence_ns)
                self._arrived += data
                self.heard_bytes += len(data)
                data = os.read(self._number, _CHUNK)
        except (OSError, TypeError) as error:  # TypeError: pyserial after the port vanished
            raise _gone(self.port, error) from None
        if self._unsent:
            self._send(port)

    def close(self) -> None:
        """See agent.ports.Line."""
        if self._sender is not None:
            self._sender.join()
            self._sender = None
        self._unsent.clear()
        self._arrived.clear()
        self._leaving = False
        if self._serial is not None:
            if self.on_close is not None:
                self.on_close()
            self._serial.close()
            self._serial = None

    def fileno(self) -> int | None:
        """The descriptor to wait on, or None while closed."""
        return None if self._serial is None else self._serial.fileno()

    def wants_write(self) -> bool:
        """See agent.ports.Line."""
        return bool(self._unsent) or (self._sender is not None and not self._sender.written)

    def due_ns(self) -> int | None:
        """When to call ``fetch`` to send what is held back, on time.monotonic_ns(); None for
        nothing."""
        return self._due() - _EARLY_NS if self._unsent else None

    def _due(self) -> int:
        if self._sender is not None:  # however late it let go: patience is for others who talk
            silent = self._sender.ended_ns + self._silence_ns
            self._silent_ns = max(self._silent_ns, silent)
            self._patience_ns = max(self._patience_ns, silent)
        return min(self._silent_ns, self._patience_ns)

    def _send(self, port: serial.Serial) -> None:
        # Looked at before when it let go, which it tells before it ends.
        sending = self._sender is not None and self._sender.is_alive()
        now = time.monotonic_ns()
        if not self._leaving:
            due = self._due()
            if now < due - _EARLY_NS:
                return
            self._arrived.clear()  # whatever came before answers nothing
            while now < due:
                now = time.monotonic_ns()
        sent = 0 if sending else self._put(port)
        if not sent:
            if now > self._moved_ns + _STUCK_NS:
                raise OSError(errno.EIO, f"{self.port} takes no bytes: plug the adapter in anew")
            return
        self._moved_ns = now
        self.sent_bytes += sent
        self._leaving = sent < len(self._unsent)
        del self._unsent[:sent]
        # A part that follows another begins where that one ends.
        begun = max(now, self._silent_ns - self._silence_ns)
        self._silent_ns = begun + sent * self._char_ns + self._silence_ns

    def _put(self, port: serial.Serial) -> int:
        """Hand over what is unsent; how much was taken."""
        if self._by_hand and self.direction is not None:
            self._sender = Sender(port, bytes(self._unsent), self.direction, self._char_ns)
            self._sender.start()
            return len(self._unsent)
        try:
            return os.write(self._number, self._unsent)
        except BlockingIOError:
            return 0
        except OSError as error:
            raise _gone(self.port, error) from None

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


def line_for(port: str, direction: Direction | None = None) -> SerialLine | TcpLine:
    """The Line for a port of the settings."""
    return TcpLine(port) if port.startswith("tcp://") else SerialLine(port, direction)
