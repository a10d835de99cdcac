"""A simulated network between poles and an ingester, on simulated time, from a seed.

It loses, delays, repeats and reorders what it carries, has outages, and forgets sessions. The
Carrier here has the contract of the real ones.
"""

from agent.events import (
    CARRIER_DOWN,
    CARRIER_FAILED,
    CARRIER_HOP,
    CARRIER_MESSAGE,
    CARRIER_UP,
)
from agent.protocols import carriage

FOREVER = 1 << 60

# What is on its way.
_CONNECT, _ARRIVE, _HOP, _DOWNLINK, _TIMEOUT, _REPEAT = range(6)

# A datagram that asks is repeated after so many ms, then after twice as long, and so on: the
# ACK_TIMEOUT and MAX_RETRANSMIT of RFC 7252, section 4.8.
REPEAT_AFTER = 2000
REPEATS = 4


class Network:
    """What the poles share. Chances are per mille, times are ms.

    ``receive(now_ms, device, lane, data, ask)`` is the ingester: it returns a list of downlinks to
    the same pole; ask: the pole waits for an acknowledgement (datagrams only). Downlinks wait for
    a pole that is away as long as its session lasts. ``dice`` has
    ``chance(per_mille)`` and ``between(low, high)``. ``latency`` is the least and the longest of
    one way. A frame without an answer fails after ``patience``, and an outage is noticed after as
    long. ``rate``: bits a second of each pole's line up, where bytes wait for their turn; 0 for no
    limit. ``half_open``: all is swallowed, and nobody is told.
    """

    def __init__(self, dice, receive, latency=(20, 200), patience=10000):
        self.dice = dice
        self.receive = receive
        self.latency = latency
        self.patience = patience
        self.loss = self.duplication = self.reordering = self.session_loss = 0
        self.rate = 0
        self.half_open = False
        self.outages = []  # [start, end]
        self.lost = self.repeated = self.delayed = 0
        self._sessions = {}  # by device: the downlinks that wait

    def carrier(self, device, window=carriage.WINDOW, confirms=True):
        """The Carrier of one pole; confirms: whether offers end in an event, asked or not."""
        return Carrier(self, device, window, confirms)

    def outage(self, start, end=FOREVER):
        """Carry nothing from start up to end. Returns the outage, whose end may be moved."""
        window = [start, end]
        self.outages.append(window)
        return window

    def forget_sessions(self):
        """The server restarts: every next CARRIER_UP says that no session was kept."""
        self._sessions = {}

    def downlink(self, device, data):
        """Send data to a pole; without a session there is nobody to send it to."""
        if device in self._sessions:
            self._sessions[device].append(data)

    def is_out(self, now):
        """Whether now lies in an outage."""
        return any(start <= now < end for start, end in self.outages)

    def noticed(self, since, now):
        """Whether a connection that stands since then has noticed an outage by now."""
        for start, end in self.outages:
            if since <= start and start + self.patience <= min(now, end):
                return True
        return False

    def renew_session(self, device):
        """Whether the server knows nothing of device; from now on it does."""
        new = device not in self._sessions or self.dice.chance(self.session_loss)
        if new:
            self._sessions[device] = []
        return new

    def collect(self, device):
        """The downlinks that wait for device, once."""
        waiting = self._sessions.get(device)
        if waiting:
            self._sessions[device] = []
        return waiting or ()

    def delay(self):
        """How long the next thing is on its way."""
        low, high = self.latency
        delay = self.dice.between(low, high)
        if self.dice.chance(self.reordering):
            self.delayed += 1
            delay += self.dice.between(high, 4 * high)
        return delay

    def passes(self, sent, due):
        """Whether what was sent arrives."""
        away = self.half_open or self.is_out(sent) or self.is_out(due)
        if away or self.dice.chance(self.loss):
            self.lost += 1
            return False
        return True


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
        if self.network.is_out(now_ms):
            self._send(now_ms + self.network.patience, _TIMEOUT, None)
        else:
            self._send(now_ms + 2 * self.network.delay(), _CONNECT, None)

    def poll(self, now_ms):
        """Let the time pass up to now_ms; the events since the last poll."""
        while self._way and self._way[0][0] <= now_ms:
            due, _, connection, kind, detail = self._way.pop(0)
            self._now = due
            if kind == _ARRIVE:
                self._arrive(due, connection, detail)
            elif connection == self._connection:
                self._happen(due, kind, detail)
        self._now = now_ms
        if self._since is not None:
            for data in self.network.collect(self.device):
                self._carry(_DOWNLINK, data)
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
            self._send(self._now + self._patience(), _TIMEOUT, token)
        self._transmit((lane, data, token, asks))
        if asks:
            self._send(self._now + REPEAT_AFTER, _REPEAT, (lane, data, token, asks, 1))

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
            self._carry(_ARRIVE, offer, max(0, self._line_free - self._now))

    def _repeat(self, detail):
        """A datagram that asked and was not answered goes again, after twice the time."""
        lane, data, token, asks, count = detail
        if token not in self._tokens or count > REPEATS:
            return
        self._transmit((lane, data, token, asks))
        self._send(
            self._now + (REPEAT_AFTER << count), _REPEAT, (lane, data, token, asks, count + 1)
        )

    def _arrive(self, now, connection, detail):
        lane, data, token, asks = detail
        for answer in self.network.receive(now, self.device, lane, data, asks):
            self.network.downlink(self.device, answer)
        if connection == self._connection and token in self._tokens:
            self._carry(_HOP, token)

    def _happen(self, now, kind, detail):
        if kind == _CONNECT:
            if self.network.is_out(now):
                self._lose("no answer")
                return
            self._since = now
            self._events.append((CARRIER_UP, self.network.renew_session(self.device)))
        elif kind == _HOP:
            self._end(detail, CARRIER_HOP)
        elif kind == _DOWNLINK:
            self._events.append((CARRIER_MESSAGE, detail))
        elif kind == _REPEAT:
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
        if self.network.passes(self._now, due):
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
