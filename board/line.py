"""The Line port on a board's UART, with a direction pin where the transceiver needs one."""

import time

from agent.protocols import serial_mode

EINVAL, ENODEV, ENXIO, ETIMEDOUT = 22, 19, 6, 110
_RECEIVE_BUFFER = 512  # the longest reply of Modbus twice: nobody looks while flash is erased
_SETTLE_US = 50  # from switching the transceiver to the first start bit
_STUCK_MS = 100  # beyond its time on the wire, before sending counts as failed
_TALK_OVER_US = 100000  # a line that is never silent is talked over after this


class UartLine:
    """UART number id of ``machine`` (uart_class is machine.UART). de: the Pin that drives the
    RS-485 transceiver, or None; its level while sending, the time from switching it to the first
    bit, and from the last bit to switching back."""

    framing = "rtu"
    sending = 1
    before_us = _SETTLE_US
    after_us = 0

    def __init__(self, uart_class, id, tx=None, rx=None, de=None):
        self._class = uart_class
        self._id = id
        self._pins = {} if tx is None else {"tx": tx, "rx": rx}
        self._de = de
        self._uart = None
        self._unsent = b""
        self._leaving = False  # a part of what is unsent has left
        self._piece = bytearray(64)  # one for life: a heap in use has no large holes

    def open(self, mode):
        """See agent.ports.Line."""
        self.close()
        try:
            baud, bits, parity, stop = serial_mode.parse(mode)
        except ValueError as error:
            raise OSError(EINVAL, str(error))
        # machine.UART counts parity 0 even, 1 odd.
        parity = {"N": None, "E": 0, "O": 1}[parity]
        try:
            self._uart = self._class(
                self._id,
                baudrate=baud,
                bits=bits,
                parity=parity,
                stop=stop,
                timeout=0,
                rxbuf=_RECEIVE_BUFFER,
                **self._pins,
            )
        except ValueError as error:
            raise OSError(ENODEV, "no UART %s in mode %s: %s" % (self._id, mode, error))
        self._char_us = serial_mode.char_us(mode)
        self._silence_us = serial_mode.silence_us(mode)
        self._busy(0)
        if self._de is not None:
            self._de(1 - self.sending)

    def direct(self, high, before_ms, after_ms):
        """Switch the direction pin as ``rts`` of the settings says, before the line is opened."""
        self.sending = 1 if high else 0
        self.before_us = max(_SETTLE_US, before_ms * 1000)
        self.after_us = after_ms * 1000

    def write(self, data):
        """See agent.ports.Line. Without a direction pin the rest of what the UART cannot take at
        once goes out with later calls. With one, the call that sends returns when the last bit has
        left, 9 ms for 8 bytes at 9600: an ask is short, and nothing that MicroPython could call
        later is sure to let go of the pair before the device answers."""
        self._open()
        if not self._unsent:
            self._patience_at = time.ticks_add(time.ticks_us(), _TALK_OVER_US)
        self._unsent += data
        self._send()

    def read(self):
        """See agent.ports.Line."""
        uart = self._open()
        data = b""
        while len(data) < _RECEIVE_BUFFER and uart.any():
            size = uart.readinto(self._piece)
            if not size:
                break
            data += self._piece[:size]
        if data:
            self._busy(0)
        self._send()
        return data

    def close(self):
        """See agent.ports.Line."""
        self._unsent = b""
        self._leaving = False
        if self._uart is not None:
            self._uart.deinit()
            self._uart = None

    def wants_write(self):
        """See agent.ports.Line."""
        return bool(self._unsent)

    def _busy(self, characters):
        """So many characters are on their way; then the line has to be silent."""
        self._silent = False
        wait = characters * self._char_us + self._silence_us
        self._silent_at = time.ticks_add(time.ticks_us(), wait)

    def _send(self):
        now = time.ticks_us()
        if not self._silent:
            # Looked at whenever somebody reads: ticks tell no more than minutes apart.
            self._silent = time.ticks_diff(now, self._silent_at) >= 0
        if not self._unsent:
            return
        if not (self._silent or self._leaving or time.ticks_diff(now, self._patience_at) >= 0):
            return
        if self._de is None:
            self._flush()
            return
        self._de(self.sending)
        try:
            time.sleep_us(self.before_us)
            self._drain(self._uart)
            time.sleep_us(self.after_us)
        finally:
            self._de(1 - self.sending)
        self._busy(0)

    def _flush(self):
        sent = self._uart.write(self._unsent)
        if sent:
            self._unsent = self._unsent[sent:]
            self._busy(sent)
        self._leaving = bool(self._unsent)

    def _drain(self, uart):
        wait = _STUCK_MS + len(self._unsent) * self._char_us // 1000
        moved = time.ticks_ms()
        while True:
            now = time.ticks_ms()  # before it looks: to be away in between is no failure
            left = len(self._unsent)
            if left:
                self._flush()
            elif uart.txdone():
                break
            if len(self._unsent) < left:
                moved = time.ticks_ms()
            elif time.ticks_diff(now, moved) > wait:
                self._unsent = b""
                self._leaving = False
                raise OSError(ETIMEDOUT, "UART %s does not send" % self._id)
        # On the RP2 txdone speaks while the last character is still on its way.
        time.sleep_us(self._char_us)

    def _open(self):
        if self._uart is None:
            raise OSError(ENXIO, "UART %s is not open" % self._id)
        return self._uart
