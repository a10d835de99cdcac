"""A Line over twins on simulated time: transmission at the line's speed, turnaround, noise."""

from agent.protocols import serial_mode


class SimLine:
    """The Line port. Several twins may share it; ``advance`` tells the time. dice and loss (per
    mille) damage replies on the wire."""

    framing = "rtu"

    def __init__(self, twins, dice=None, loss=0):
        self.twins = twins
        self.dice = dice
        self.loss = loss
        self.unplugged = False
        self.listening = False
        self._now = 0
        self._char_us = 0
        self._coming = []  # (instant, bytes), in no order

    def advance(self, now_ms):
        """It is now_ms."""
        self._now = now_ms

    def next_ms(self, now_ms):
        """When something arrives next, or None."""
        times = [at for at, _ in self._coming]
        if self.listening:
            times.extend([twin.due for twin in self.twins if hasattr(twin, "due")])
        return max(now_ms + 1, min(times)) if times else None

    def open(self, mode):
        """See agent.ports.Line."""
        if self.unplugged:
            raise OSError(19, "unplugged")
        self._char_us = serial_mode.char_us(mode)
        self._coming = []

    def write(self, data):
        """See agent.ports.Line."""
        if self.unplugged:
            raise OSError(19, "unplugged")
        heard = self._now + self._time(data)
        for twin in self.twins:
            reply = twin.receive(data, heard)
            if reply:
                self._send(reply, heard + twin.turnaround_ms)

    def read(self):
        """See agent.ports.Line."""
        if self.unplugged:
            raise OSError(19, "unplugged")
        for twin in self.twins:
            upload = twin.tick(self._now)
            if upload:
                self._send(upload, self._now)
        arrived = [part for part in self._coming if part[0] <= self._now]
        if not arrived:
            return b""
        self._coming = [part for part in self._coming if part[0] > self._now]
        arrived.sort()
        return b"".join([part[1] for part in arrived])

    def close(self):
        """See agent.ports.Line."""
        self._coming = []

    def _time(self, data):
        return (len(data) * self._char_us + 999) // 1000

    def _send(self, data, at):
        if self.loss and self.dice.chance(self.loss):
            data = bytearray(data)
            data[self.dice.below(len(data))] ^= 1 << self.dice.below(8)
        self._coming.append((at + self._time(data), bytes(data)))
