"""Pico W, Pico 2 W and their like (RP2040, RP2350) with RS-485 transceivers: which pin is what. The
console is USB.

The whole flash behind MicroPython is its file system, so the journal is a folder in it. There is no
reset cause for ``machine.reset()``: it pulls the watchdog. What the last life left says which it
was (board.slots, board.scratch).
"""

import machine
import scratch

from board.files_flash import FilesFlash
from board.line import UartLine

NAME = "rp2"

# UART number, TX, RX, direction pin.
_UARTS = {"uart0": (0, 0, 1, 2), "uart1": (1, 4, 5, 6)}
button = 22  # to ground: see board.button
_JOURNAL = "/journal"
_SECTORS = 20  # of 16 KB: the file system of a Pico W has 848 KB, for two slots and the journal
_RUNNING = b"running"  # as board.slots has it


def line(port):
    """The Line of a port of the settings, "uart0" or "uart1". OSError(ENODEV) for another one."""
    if port not in _UARTS:
        raise OSError(19, "this board has no %s" % port)
    number, tx, rx, de = _UARTS[port]
    return UartLine(machine.UART, number, tx, rx, machine.Pin(de, machine.Pin.OUT))


def flash():
    """The Flash of the journal: files, a sector each."""
    return FilesFlash(_JOURNAL, _SECTORS)


def reset_reason():
    """Why the board started, in words."""
    if machine.reset_cause() == machine.PWRON_RESET:
        return "power-on"
    return "watchdog" if scratch.before == _RUNNING else "reset"
