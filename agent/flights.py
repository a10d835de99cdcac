"""What is on its way to the platform: offered to the carrier, and neither lost nor acknowledged."""

GRACE = 1000  # ms; what was sent so recently, or within two round trips, may still arrive
EXPIRY = 5000  # ms; what nobody was asked about counts as lost after this, or four round trips


class Flights:
    """Offers by token: (lane, first, last, size, instant, whether an answer was asked for)."""

    def __init__(self, pace):
        self.pace = pace
        self._open = {}
        self.expire_at = 0  # when to ask again for what has expired
        self._hopped = []  # (lane, first, last, instant) that reached the next hop not long ago

    def begin(self, token, lane, first, last, size, now, ask):
        """An offer of size bytes was made."""
        self._open[token] = (lane, first, last, size, now, ask)
        self.pace.sent(size, now)
        if len(self._hopped) > max(16, self.pace.ceiling // 512):
            self._hopped.pop(0)
        self._hopped.append((lane, first, last, now))

    def has(self, token) -> bool:
        """Whether the offer is still open."""
        return token in self._open

    def asking(self) -> bool:
        """Whether an answer is waited for."""
        return any(flight[5] for flight in self._open.values())

    def arrived(self, token):
        """The next hop has it; returns when it was offered, or None."""
        flight = self._open.pop(token, None)
        if flight is None:
            return None
        self.pace.ended(flight[3], True)
        return flight[4]

    def lost(self, token):
        """It did not get through; returns its frames, [(lane, seq)]."""
        flight = self._open.pop(token, None)
        if flight is None:
            return []
        self.pace.ended(flight[3], False)
        return _frames(flight)

    def acknowledged(self, lane, seq):
        """The platform has the lane's frames up to seq: offers that nobody answers end so."""
        for token in list(self._open):
            flight = self._open[token]
            if flight[0] == lane and flight[2] <= seq and not flight[5] and flight[1]:
                del self._open[token]
                self.pace.ended(flight[3], True)

    def expired(self, now):
        """The frames of unasked offers that nobody acknowledged in time, [(lane, seq)]."""
        frames = []
        patience = max(EXPIRY, 4 * self.pace.round_trip)
        self.expire_at = now + patience
        for token in list(self._open):
            flight = self._open[token]
            if flight[5]:
                continue
            if flight[4] <= now - patience:
                frames.extend(self.lost(token))
            else:
                self.expire_at = min(self.expire_at, flight[4] + patience)
        return frames

    def may_arrive(self, lane, seq, now) -> bool:
        """Whether the frame was sent so recently that it may still be on its way."""
        youngest = now - max(GRACE, 2 * self.pace.round_trip)
        for flight in self._open.values():
            if flight[0] == lane and flight[1] <= seq <= flight[2]:
                return flight[5] or flight[4] > youngest
        for flight in self._hopped:
            if flight[0] == lane and flight[1] <= seq <= flight[2] and flight[3] > youngest:
                return True
        return False

    def clear(self):
        """The connection is gone: the first frames of what was out, [(lane, seq)]."""
        first = [(flight[0], flight[1]) for flight in self._open.values() if flight[1]]
        self._open = {}
        self._hopped = []
        self.pace.reset()
        return first


def _frames(flight):
    if not flight[1]:
        return []  # a beacon holds no frame of the journal
    return [(flight[0], seq) for seq in range(flight[1], flight[2] + 1)]
