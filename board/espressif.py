"""What all boards with an ESP32 of any kind have in common."""

import machine
from esp32 import Partition

from board.flash import BlockFlash
from board.line import UartLine

_RESETS = {
    machine.PWRON_RESET: "power-on",
    machine.WDT_RESET: "watchdog",
    machine.SOFT_RESET: "software",
}


def line(uarts, port):
    """The Line of a port of the settings. uarts: by port, the UART's number, TX, RX and the
    direction pin of its transceiver. OSError(ENODEV) for a port that the board does not have."""
    if port not in uarts:
        raise OSError(19, "this board has no %s" % port)
    number, tx, rx, de = uarts[port]
    return UartLine(machine.UART, number, tx, rx, machine.Pin(de, machine.Pin.OUT))


def flash():
    """The Flash of the journal: a data partition of its own."""
    return BlockFlash(Partition.find(Partition.TYPE_DATA, label="journal")[0])


def reset_reason():
    """Why the board started, in words."""
    return _RESETS.get(machine.reset_cause(), "reset")
