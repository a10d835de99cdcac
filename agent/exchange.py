"""One ask at a time over a line: sent, listened for, and ended by a reply, an error or the time."""

from agent.drivers.ask import ModbusAsk
from agent.errors import AgentError
from agent.protocols import serial_mode

REOPEN_MIN = 500  # ms; a line that cannot be opened is tried again after this, doubling
REOPEN_MAX = 10000


class Exchange:
    """Carries asks over line, a Line port, in its serial mode.

    Framing is by length and checksum, and an exception reply ends the exchange at once: nothing
    waits for a time-out but silence. What arrives before a request has left answers nothing.
    """

    def __init__(self, line, mode):
        self.line = line
        self.mode = mode
        self.char_us = serial_mode.char_us(mode)
        self.gap_ms = (serial_mode.silence_us(mode) + 999) // 1000
        self.echo = None  # whether the port gives back what is sent; None: not known yet
        self.transaction = 0
        self.timeouts = 0
        self.timed_out = False  # whether the last one ended by the time
        self.spoilt = False  # whether as much came then as the reply has, but damaged
        self.surplus = False  # whether another reply followed the one that ended it
        self.free_at = 0  # since when the line is free
        self.begun = 0  # the last one
        self.left_at = 0  # when its request has left
        self.deadline = 0
        self.why = ""  # the line is out of order
        self.reopen_at = 0
        self._reopen_wait = REOPEN_MIN
        self._opened = False
        self._receiver = None
        self._ask = None
        self._leaves_at = 0
        self._linger = 0
        self._first = None  # what has come, while another is waited for

    def ready(self, now) -> bool:
        """Whether the line is open; opens it where it is time to. OSError if it cannot be."""
        if not self._opened:
            if now < self.reopen_at:
                return False
            self.line.open(self.mode)
            self._opened = True
            self._reopen_wait = REOPEN_MIN
            self.echo = None
            self.free_at = now
        return True

    def lost(self, error, now) -> str:
        """The line is gone, and with it what was under way; returns a sentence for the log."""
        self.why = error.args[1] if len(error.args) > 1 else str(error)
        said = "%s; trying again in %d ms" % (self.why, self._reopen_wait)
        self._opened = False
        self._receiver = None
        self.line.close()
        self.reopen_at = now + self._reopen_wait
        self._reopen_wait = min(REOPEN_MAX, self._reopen_wait * 2)
        return said

    def begin(self, ask, now, linger_ms=0):
        """Hand ask's request to the line, which keeps the silence between frames. What comes is
        handed out after linger_ms more, in which another reply would be surplus."""
        line = self.line
        self.transaction = self.transaction + 1 & 0xFFFF
        if isinstance(ask, ModbusAsk):
            ask.echo = bool(self.echo)
        data, self._receiver = ask.open(line.framing, self.transaction)
        self._ask = ask
        self.begun = now
        self.left_at = now
        self._leaves_at = now
        if data:
            line.write(data)
            if line.framing == "rtu":
                self._leaves_at += self.gap_ms
                self.left_at = self._leaves_at + (len(data) * self.char_us + 999) // 1000
        self.deadline = self.left_at + ask.timeout_ms
        self.timed_out = False
        self.surplus = False
        self._linger = linger_ms
        self._first = None

    def drain(self, now):
        """Drop what arrives while nothing was asked: noise, or a late reply."""
        if self.line.read():
            self.free_at = now

    def listen(self, now):
        """(reply, None) or (None, AgentError) when the exchange has ended; None before."""
        while True:
            held = self.line.wants_write()
            data = self.line.read()
            if not data:
                break
            if held:
                continue
            ended = self._heard(data, now)
            if ended is not None:
                return ended
        if now < self.deadline:
            return None
        if self._first is not None:
            return self._ended(now)
        receiver = self._receiver
        self.timeouts += 1
        self.timed_out = True
        self.spoilt = 0 < receiver.size <= receiver.damaged + len(receiver.buffer)
        self._first = None, receiver.verdict()
        return self._ended(now)

    def wake(self, now) -> int:
        """When to listen again at the latest, if nothing arrives before."""
        if now < self._leaves_at and self.line.wants_write():
            return self._leaves_at
        return self.deadline

    def _heard(self, data, now):
        """What the exchange has ended with, now that data came; None before."""
        receiver = self._receiver
        try:
            reply = receiver.feed(data)
            if reply is None:
                return None
            came = reply, None
        except AgentError as error:
            came = None, error
        self.surplus = self._first is not None
        if not self.surplus:
            self._first = came
            if came[0] is not None and isinstance(self._ask, ModbusAsk):
                self.echo = receiver.echoes > 0
            if self._linger:
                self.deadline = now + self._linger
                rest = bytes(receiver.buffer)
                self._receiver = self._ask.open(self.line.framing, self.transaction)[1]
                return self._heard(rest, now) if rest else None
        return self._ended(now)

    def _ended(self, now):
        self._receiver = None
        self.free_at = now
        return self._first
