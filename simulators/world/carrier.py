"""One pole's end of the simulated network: the Carrier port, on simulated time."""

from agent.events import (
    CARRIER_DOWN,
    CARRIER_FAILED,
    CARRIER_HOP,
    CARRIER_MESSAGE,
    CARRIER_UP,
)
from agent.protocols import carriage

# What is on its way.
CONNECT, ARRIVE, HOP, DOWNLINK, TIMEOUT, REPEAT, REFUSED = range(7)

# A datagram that asks is repeated after so many ms, then after twice as long, and so on: the
# ACK_TIMEOUT and MAX_RETRANSMIT of RFC 7252, section 4.8.
REPEAT_AFTER = 2000
REPEATS = 4


class Carrier:
    """One pole's end. ``last_error`` says what went wrong last."""

    name = "simulated"

    def __init__(self, network, device, window, confirms):
        self.limit = carriage.MAX_FRAME
        self.confirms = confirms
        self.sent = 0  # offers
        self.network = network
        self.device = device
        self.window = window
        self.last_error = ""
        self._way = []  # (due, order, connection, kind, detail), the next one first
        self._order = 0
        self._connection = 0
        self._since = None  # when the connection came up
        self._tokens = []
        self._events = []
        self._now = 0
        self._line_free = 0  # when the last byte that was offered has left

    def connect(self, now_ms):
        """Begin to connect; a connection that stands is dropped."""
        self._drop()
        self._now = now_ms
        wait, reason = self.network.lookup
        if reason:
            self._send(now_ms + wait, REFUSED, reason)
        elif self.network.is_out(now_ms):
            self._send(now_ms + self.network.patience, TIMEOUT, None)
        else:
            self._send(now_ms + wait + 2 * self.network.delay(), CONNECT, None)

    def poll(self, now_ms):
        """Let the time pass up to now_ms; the events since the last poll."""
        while self._way and self._way[0][0] <= now_ms:
            due, _, connection, kind, detail = self._way.pop(0)
            self._now = due
            if kind == ARRIVE:
                self._arrive(due, connection, detail)
            elif connection == self._connection:
                self._happen(due, kind, detail)
        self._now = now_ms
        if self._since is not None:
            for data in self.network.collect(self.device):
                self._carry(DOWNLINK, data)
        if self._since is not None and self.network.noticed(self._since, now_ms):
            self._lose("the connection is lost")
        events = self._events
        self._events = []
        return events

    def due(self):
        """When poll has something to do at the latest, or None."""
        return self._way[0][0] if self._way else None

    def room(self):
        """How many offers may be made now."""
        return max(0, self.window - len(self._tokens)) if self._since is not None else 0

    def offer(self, lane, data, token, ask=True):
        """See agent.ports.Carrier. ValueError beyond the room, or for more than limit bytes."""
        if self.room() < 1 or not 0 < len(data) <= self.limit:
            raise ValueError("no room for an offer of %d bytes" % len(data))
        self.sent += 1
        asks = ask and not self.confirms
        if self.confirms or ask:
            self._tokens.append(token)
            self._send(self._now + self._patience(), TIMEOUT, token)
        self._transmit((lane, data, token, asks))
        if asks:
            self._send(self._now + REPEAT_AFTER, REPEAT, (lane, data, token, asks, 1))

    def close(self):
        """Disconnect. The tokens that are out are lost; frames on their way may still arrive."""
        self._drop()
        self._events = []

    def _patience(self):
        if self.confirms:
            return self.network.patience
        return REPEAT_AFTER * ((2 << REPEATS) - 1)

    def _transmit(self, offer):
        """Send once, or twice where the network repeats; bytes wait for the line."""
        copies = 1
        if self.network.dice.chance(self.network.duplication):
            self.network.repeated += 1
            copies = 2
        if self.network.rate:
            takes = len(offer[1]) * 8000 // self.network.rate
            self._line_free = max(self._line_free, self._now) + takes
        for _ in range(copies):
            self._carry(ARRIVE, offer, max(0, self._line_free - self._now))

    def _repeat(self, detail):
        """A datagram that asked and was not answered goes again, after twice the time."""
        lane, data, token, asks, count = detail
        if token not in self._tokens or count > REPEATS:
            return
        self._transmit((lane, data, token, asks))
        self._send(
            self._now + (REPEAT_AFTER << count), REPEAT, (lane, data, token, asks, count + 1)
        )

    def _arrive(self, now, connection, detail):
        lane, data, token, asks = detail
        network = self.network
        if network.uncommitted and network.dice.chance(network.uncommitted):
            network.dropped += 1
        else:
            for answer in network.receive(now, self.device, lane, data, asks):
                network.downlink(self.device, answer)
        if connection == self._connection and token in self._tokens:
            self._carry(HOP, token)

    def _happen(self, now, kind, detail):
        if kind == CONNECT:
            if self.network.is_out(now):
                self._lose("no answer")
                return
            self._since = now
            self._events.append((CARRIER_UP, self.network.renew_session(self.device)))
        elif kind == HOP:
            self._end(detail, CARRIER_HOP)
        elif kind == DOWNLINK:
            self._events.append((CARRIER_MESSAGE, detail))
        elif kind == REFUSED:
            self.network.refused += 1
            self._lose(detail)
        elif kind == REPEAT:
            self._repeat(detail)
        elif detail is None:
            self._lose("no answer")
        else:
            self._end(detail, CARRIER_FAILED)

    def _end(self, token, event):
        """A token ends once: by the first hop, or by its time-out."""
        if token in self._tokens:
            self._tokens.remove(token)
            self._events.append((event, token))
            if event == CARRIER_FAILED:
                self.last_error = "no answer"

    def _carry(self, kind, detail, wait=0):
        due = self._now + wait + self.network.delay()
        if self.network.is_orphan(self._since):
            self.network.lost += 1
        elif self.network.passes(self._now, due):
            self._send(due, kind, detail)

    def _send(self, due, kind, detail):
        at = len(self._way)
        while at and self._way[at - 1][0] > due:
            at -= 1
        self._way.insert(at, (due, self._order, self._connection, kind, detail))
        self._order += 1

    def _lose(self, reason):
        self._drop()
        self.last_error = reason
        self._events.append((CARRIER_DOWN, reason))

    def _drop(self):
        self._connection += 1
        self._since = None
        self._tokens = []
