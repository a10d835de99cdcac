"""A Line over twins on simulated time: one wire for several, at its speed and with its faults."""

from agent.protocols import serial_mode

ENXIO, ENODEV, EINVAL = 6, 19, 22
HOLD_MS = 2000  # how long a converter waits for more before it passes on what it has


class SimLine:
    """The Line port. Several twins may share it; ``advance`` tells the time.

    What happens on the wire is drawn from dice, per mille of the replies: ``loss`` flips a bit,
    ``noise`` puts up to 8 bytes before it, ``drop`` loses it, ``truncate`` cuts its end off,
    ``merge`` holds it back until the next one, or for HOLD_MS. ``echo``: all that is sent is heard,
    too. ``dead``: the wire is cut, and nobody is told. ``unplugged``: every call fails.
    """

    framing = "rtu"

    def __init__(self, twins, dice=None, loss=0, noise=0, drop=0, truncate=0, merge=0, echo=False):
        self.twins = twins
        self.dice = dice
        self.loss = loss
        self.noise = noise
        self.drop = drop
        self.truncate = truncate
        self.merge = merge
        self.echo = echo
        self.dead = False
        self.unplugged = False
        self.listening = False
        self._now = 0
        self._char_us = 0  # 0: not open
        self._silence = 0
        self._begun = 0  # when what was written last leaves
        self._busy_until = 0  # the end of what was heard or sent last
        self._coming = []  # (instant, bytes), in no order
        self._held = b""
        self._held_until = 0

    def advance(self, now_ms):
        """It is now_ms. Twins say what they say unasked, whether or not somebody listens."""
        self._now = now_ms
        if self._held and now_ms >= self._held_until:
            self._coming.append((self._held_until, self._held))
            self._held = b""
        for twin in self.twins:
            upload = twin.tick(now_ms)
            if upload and self._char_us and not self.dead:
                self._send(upload, now_ms)

    def next_ms(self, now_ms):
        """When something arrives next, or None."""
        first = None
        for at, _ in self._coming:
            if first is None or at < first:
                first = at
        if self.listening:
            for twin in self.twins:
                if hasattr(twin, "due") and (first is None or twin.due < first):
                    first = twin.due
        return None if first is None else max(now_ms + 1, first)

    def open(self, mode):
        """See agent.ports.Line."""
        self.close()
        if self.unplugged:
            raise OSError(ENODEV, "the line is unplugged")
        try:
            self._char_us = serial_mode.char_us(mode)
            self._silence = (serial_mode.silence_us(mode) + 999) // 1000
            self._busy_until = self._now - self._silence
        except ValueError as error:
            raise OSError(EINVAL, str(error))

    def write(self, data):
        """See agent.ports.Line."""
        self._check()
        self._begun = max(self._now, self._busy_until + self._silence)
        heard = self._busy_until = self._begun + self._time(data)
        if self.dead:
            return
        if self.echo:
            self._coming.append((heard, data))
        for twin in self.twins:
            reply = twin.receive(data, heard)
            if reply:
                self._send(reply, heard + twin.turnaround_ms)

    def read(self):
        """See agent.ports.Line."""
        self._check()
        if not self._coming:
            return b""
        arrived = []
        coming = []
        for part in self._coming:
            (arrived if part[0] <= self._now else coming).append(part)
        if not arrived:
            return b""
        self._coming = coming
        arrived.sort()
        self._busy_until = max(self._busy_until, arrived[-1][0])
        return b"".join([part[1] for part in arrived])

    def wants_write(self):
        """See agent.ports.Line."""
        return self._now < self._begun

    def close(self):
        """See agent.ports.Line."""
        self._char_us = 0
        self._coming = []
        self._held = b""

    def _check(self):
        if self.unplugged:
            raise OSError(ENODEV, "the line is unplugged")
        if not self._char_us:
            raise OSError(ENXIO, "the line is not open")

    def _time(self, data):
        return (len(data) * self._char_us + 999) // 1000

    def _send(self, data, at):
        """Put what a twin says on the wire, with what befalls it there."""
        dice = self.dice
        if self.loss and dice.chance(self.loss):
            data = bytearray(data)
            data[dice.below(len(data))] ^= 1 << dice.below(8)
            data = bytes(data)
        if self.drop and dice.chance(self.drop):
            return
        if self.truncate and dice.chance(self.truncate):
            data = data[: dice.below(len(data))]
        if self.noise and dice.chance(self.noise):
            data = dice.take(dice.between(1, 8)) + data
        data = self._held + data
        self._held = b""
        if self.merge and dice.chance(self.merge):
            self._held = data
            self._held_until = at + HOLD_MS
        elif data:
            self._coming.append((at + self._time(data), data))
