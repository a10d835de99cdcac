"""ESP32-S3 with RS-485 transceivers: which pin is what. A board is a file like this one."""

import machine
from esp32 import Partition

from board.flash import BlockFlash
from board.line import UartLine

NAME = "esp32-s3"

# UART number, TX, RX, direction pin.
_UARTS = {"uart1": (1, 17, 18, 16), "uart2": (2, 8, 9, 10), "uart3": (3, 4, 5, 6)}

_RESETS = {
    machine.PWRON_RESET: "power-on",
    machine.WDT_RESET: "watchdog",
    machine.SOFT_RESET: "software",
}


def line(port):
    """The Line of a port of the settings, such as "uart1"."""
    number, tx, rx, de = _UARTS[port]
    return UartLine(machine.UART, number, tx, rx, machine.Pin(de, machine.Pin.OUT))


def flash():
    """The Flash of the journal: a data partition of its own."""
    return BlockFlash(Partition.find(Partition.TYPE_DATA, label="journal")[0])


def reset_reason():
    """Why the board started, in words."""
    return _RESETS.get(machine.reset_cause(), "reset")
