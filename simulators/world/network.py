"""The Carrier port over a simulated network: latency, loss, repeats, reordering, outages."""

from agent.events import (
    CARRIER_DOWN,
    CARRIER_FAILED,
    CARRIER_HOP,
    CARRIER_MESSAGE,
    CARRIER_UP,
)

TIMEOUT_MS = 15000
MAX_FAILURES = 3


class SimCarrier:
    """Frames to receive(now_ms, data) -> downlinks, and downlinks back. One that is lost fails
    after TIMEOUT_MS, as a CoAP exchange does; three in a row are a lost connection."""

    name = "simulated"
    limit = 1  # bytes of one offer that may hold several frames
    confirms = True

    def __init__(self, receive, dice, latency=50, loss=0, window=10):
        self.receive = receive
        self.dice = dice
        self.latency = latency
        self.loss = loss  # per mille, each way
        self.window = window
        self.up = True  # whether there is a network
        self.sent = 0
        self._connected = False
        self._failures = 0
        self._out = 0
        self._due = []  # (instant, order, what, detail)
        self._order = 0

    def next_ms(self, now_ms):
        """When something happens next, or None."""
        return max(now_ms + 1, min(self._due)[0]) if self._due else None

    def connect(self, now_ms):
        """See agent.ports.Carrier."""
        if self.up:
            self._at(now_ms + self.latency, CARRIER_UP, True)
        else:
            self._at(now_ms + 5000, CARRIER_DOWN, "no network")

    def room(self):
        """See agent.ports.Carrier."""
        return max(0, self.window - self._out) if self._connected else 0

    def offer(self, lane, frame, token, ask=True):
        """See agent.ports.Carrier."""
        if self.room() == 0:
            raise ValueError("no room")
        self._out += 1
        self.sent += 1
        now = self._now
        if not self._passes():
            self._at(now + TIMEOUT_MS, CARRIER_FAILED, token)
            return
        there = now + self._travel()
        self._at(there, "arrive", (frame, token))
        if self.dice.chance(self.loss):
            self._at(there + self._travel(), "repeat", (frame, token))

    def poll(self, now_ms):
        """See agent.ports.Carrier."""
        self._now = now_ms
        events = []
        while self._due:
            first = min(self._due)
            if first[0] > now_ms:
                break
            self._due.remove(first)
            self._happen(first[2], first[3], events)
        return events

    def close(self):
        """See agent.ports.Carrier."""
        self._connected = False
        self._out = 0
        self._due = []

    def _happen(self, what, detail, events):
        if what == CARRIER_UP:
            self._connected = True
            self._failures = 0
            events.append((CARRIER_UP, detail))
        elif what == CARRIER_DOWN:
            self.close()
            events.append((CARRIER_DOWN, detail))
        elif what == CARRIER_FAILED:
            self._out -= 1
            self._failures += 1
            events.append((CARRIER_FAILED, detail))
            if self._failures >= MAX_FAILURES:
                self.close()
                events.append((CARRIER_DOWN, "nothing gets through"))
        elif what == CARRIER_HOP:
            self._out -= 1
            self._failures = 0
            events.append((CARRIER_HOP, detail))
        elif what == CARRIER_MESSAGE:
            events.append((CARRIER_MESSAGE, detail))
        else:
            self._arrive(detail[0], detail[1], what == "arrive")

    def _arrive(self, frame, token, first):
        if not self.up:
            if first:
                self._at(self._now + TIMEOUT_MS, CARRIER_FAILED, token)
            return
        for down in self.receive(self._now, frame):
            if self._passes():
                self._at(self._now + self._travel(), CARRIER_MESSAGE, down)
        if first:
            if self._passes():
                self._at(self._now + self._travel(), CARRIER_HOP, token)
            else:
                self._at(self._now + TIMEOUT_MS, CARRIER_FAILED, token)

    def _passes(self):
        return self.up and not self.dice.chance(self.loss)

    def _travel(self):
        return self.latency // 2 + self.dice.below(self.latency + 1)

    def _at(self, instant, what, detail):
        self._order += 1
        self._due.append((instant, self._order, what, detail))
