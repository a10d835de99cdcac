"""How much may be on its way at once: what the way carries in 4 s, as measured. Less would leave a
slow network idle, and more would make an alarm wait behind a backlog.

Source of the idea: delivery-rate estimation as in BBR (draft-cardwell-iccrg-bbr), here the bytes
confirmed in one round trip, of which the best of the last three counts.
"""

FLOOR = 4096  # bytes that may always be out
SPAN = 4000  # ms of the measured rate that may be out
SHORTEST = 500  # ms that a measurement takes at least
MEASURES = 3
RTT_FIRST = 1000  # ms, until an answer has been timed


class Pace:
    """The bytes in flight of one connection. ceiling: more are never out, whatever the rate."""

    def __init__(self, ceiling):
        self.ceiling = ceiling
        self.round_trip = RTT_FIRST
        self.reset()

    def reset(self):
        """A new connection: nothing is out, and nothing is known of its rate."""
        self.out = 0
        self._rates = []  # bytes a second
        self._confirmed = 0
        self._since = None
        self._starved = False
        self._timed = False
        self.quickest = self.round_trip  # what this connection was seen to take at the least

    def rate(self):
        """Bytes a second that the way was seen to carry; 0 while unknown."""
        return max(self._rates) if self._rates else 0

    def room(self, now) -> int:
        """How many more bytes may be sent."""
        if self._since is not None and self._confirmed:
            elapsed = now - self._since
            if elapsed >= max(self.round_trip, SHORTEST):
                self._rates.append(self._confirmed * 1000 // elapsed)
                self._rates = self._rates[-MEASURES:]
                self._since = now
                self._confirmed = 0
        limit = max(FLOOR, self.rate() * SPAN // 1000)
        return min(limit, self.ceiling) - self.out

    def sent(self, size, now):
        """size bytes went out."""
        if self._since is None or (self._starved and not self.out):
            # What came before was slow for want of anything to send.
            self._since = now
            self._confirmed = 0
        self._starved = False
        self.out += size

    def starved(self):
        """There is nothing more to send: the time until the next sent measures nothing."""
        self._starved = True

    def ended(self, size, confirmed):
        """size bytes are on their way no more: confirmed by the other end, or lost."""
        self.out -= size
        if confirmed:
            self._confirmed += size

    def timed(self, elapsed):
        """An answer took so many ms."""
        if self._timed:
            self.quickest = min(self.quickest, elapsed)
            self.round_trip += (elapsed - self.round_trip) // 4
        else:
            self.quickest = self.round_trip = elapsed
            self._timed = True
