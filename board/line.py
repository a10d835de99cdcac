"""The Line port on a board's UART, with a direction pin where the transceiver needs one."""

import time

from agent.protocols import serial_mode

EIO = 5


class UartLine:
    """UART number id of ``machine``. de: the Pin that drives the RS-485 transceiver, or None."""

    framing = "rtu"

    def __init__(self, uart_class, id, tx=None, rx=None, de=None):
        self._class = uart_class
        self._id = id
        self._pins = (tx, rx)
        self._de = de
        self._uart = None

    def open(self, mode):
        """See agent.ports.Line."""
        self.close()
        baud, bits, parity, stop = serial_mode.parse(mode)
        # machine.UART counts parity 0 even, 1 odd.
        parity = {"N": None, "E": 0, "O": 1}[parity]
        more = {}
        if self._pins[0] is not None:
            more["tx"], more["rx"] = self._pins
        self._uart = self._class(
            self._id, baudrate=baud, bits=bits, parity=parity, stop=stop, timeout=0, **more
        )
        self._char_us = serial_mode.char_us(mode)

    def write(self, data):
        """See agent.ports.Line. With a direction pin it returns when the last bit has left: an ask
        is short, and the transceiver must let go before the device answers."""
        uart = self._open()
        if self._de is None:
            uart.write(data)
            return
        self._de(1)
        uart.write(data)
        while not uart.txdone():
            pass
        # On the RP2 txdone speaks while the last character is still on its way.
        time.sleep_us(self._char_us)
        self._de(0)

    def read(self):
        """See agent.ports.Line."""
        uart = self._open()
        if not uart.any():
            return b""
        return uart.read(256) or b""

    def close(self):
        """See agent.ports.Line."""
        if self._uart is not None:
            self._uart.deinit()
            self._uart = None

    def _open(self):
        if self._uart is None:
            raise OSError(EIO, "the UART is not open")
        return self._uart
