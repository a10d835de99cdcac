"""Direction of an RS-485 transceiver by RTS: by the kernel's driver where it can, else by hand.

Many adapters switch by themselves and need none of this. Where RTS drives the transceiver, the line
must be let go before the device answers: 3.5 characters after the last bit at the latest.
"""

import os
import select
import termios
import threading
import time
from dataclasses import dataclass

import serial
import serial.rs485

_STUCK_S = 5


@dataclass(frozen=True)
class Direction:
    """high: the level of RTS while sending. before_ms: from switching to the first bit; after_ms:
    from the last bit to switching back."""

    high: bool = True
    before_ms: int = 0
    after_ms: int = 0


def open_port(port: serial.Serial, direction: Direction | None) -> bool:
    """Open a configured port. With a direction the kernel's driver is asked to switch RTS around
    all that is sent (TIOCSRS485); returns whether it cannot, so that a Sender must."""
    if direction is None:
        port.open()
        return False
    port.rts = not direction.high  # from the first moment on
    port.rs485_mode = serial.rs485.RS485Settings(
        rts_level_for_tx=direction.high,
        rts_level_for_rx=not direction.high,
        delay_before_tx=direction.before_ms / 1000,
        delay_before_rx=direction.after_ms / 1000,
    )
    try:
        port.open()
    except ValueError:
        port.rs485_mode = None
        port.open()
        return True
    return False


class Sender(threading.Thread):
    """Sends data with RTS around it, in a thread: the loop need not wait for the last bit.

    written: the port has all of it. failed: the error that ended it early, or None. ended_ns: when
    the line was let go, on time.monotonic_ns(); 0 before.
    """

    def __init__(
        self, port: serial.Serial, data: bytes, direction: Direction, char_ns: int
    ) -> None:
        super().__init__(name="rts", daemon=True)
        self.written = False
        self.failed: Exception | None = None
        self.ended_ns = 0
        self._port = port
        self._data = data
        self._direction = direction
        self._char_ns = char_ns

    def run(self) -> None:
        """Switch, send, wait for the last bit, switch back."""
        try:
            self._port.rts = self._direction.high
            time.sleep(self._direction.before_ms / 1000)
            begun = time.monotonic_ns()
            self._write()
            self.written = True
            # tcdrain may return as soon as the last byte has left the kernel for the UART.
            _sleep_until(begun + len(self._data) * self._char_ns)
            termios.tcdrain(self._port.fileno())
            time.sleep(self._direction.after_ms / 1000)
            self._port.rts = not self._direction.high
            self.ended_ns = time.monotonic_ns()
        except (OSError, termios.error, serial.SerialException) as error:
            self.failed = error
        self.written = True

    def _write(self) -> None:
        number = self._port.fileno()
        rest = memoryview(self._data)
        while rest:
            if not select.select([], [number], [], _STUCK_S)[1]:
                raise OSError("it takes no more bytes")
            rest = rest[os.write(number, rest) :]


def _sleep_until(when_ns: int) -> None:
    left = when_ns - time.monotonic_ns()
    if left > 0:
        time.sleep(left / 1e9)
