"""A simulated network between poles and an ingester, on simulated time, from a seed.

It loses, delays, repeats and reorders what it carries, has outages, and forgets sessions. The
Carrier has the contract of the real ones.
"""

from agent.protocols import carriage
from simulators.world.carrier import Carrier

FOREVER = 1 << 60


class Network:
    """What the poles share. Chances are per mille, times are ms.

    ``receive(now_ms, device, lane, data, ask)`` is the ingester: it returns a list of downlinks to
    the same pole; ask: the pole waits for an acknowledgement (datagrams only). Downlinks wait for
    a pole that is away as long as its session lasts. ``dice`` has
    ``chance(per_mille)`` and ``between(low, high)``. ``latency`` is the least and the longest of
    one way. A frame without an answer fails after ``patience``, and an outage is noticed after as
    long. ``rate``: bits a second of each pole's line up, where bytes wait for their turn; 0 for no
    limit. ``half_open``: all is swallowed, and nobody is told.
    ``uncommitted``: a broker confirms, and loses what it confirmed before it is stored.
    ``lookup``: (ms that finding the address takes, why it fails or ""). ``lost``, ``repeated``,
    ``delayed``, ``dropped``, ``refused`` and ``orphaned`` count what happened.
    """

    def __init__(self, dice, receive, latency=(20, 200), patience=10000):
        self.dice = dice
        self.receive = receive
        self.latency = latency
        self.patience = patience
        self.loss = self.duplication = self.reordering = self.session_loss = 0
        self.rate = 0
        self.half_open = False
        self.uncommitted = 0
        self.lookup = (0, "")
        self.outages = []  # [start, end]
        self.lost = self.repeated = self.delayed = self.dropped = self.refused = self.orphaned = 0
        self._sessions = {}  # by device: the downlinks that wait
        self._orphaned_at = -1

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

    def orphan(self, now):
        """Something on the way forgets the connections that stand: they swallow all, and their
        ends notice it by a keepalive, once and a half its period of ``patience`` later."""
        self._orphaned_at = now
        self.orphaned += 1

    def is_orphan(self, since):
        """Whether a connection that stands since then was forgotten."""
        return since is not None and since <= self._orphaned_at

    def downlink(self, device, data):
        """Send data to a pole; without a session there is nobody to send it to."""
        if device in self._sessions:
            self._sessions[device].append(data)

    def is_out(self, now):
        """Whether now lies in an outage."""
        return any(start <= now < end for start, end in self.outages)

    def noticed(self, since, now):
        """Whether a connection that stands since then has noticed by now that it is dead."""
        if self.is_orphan(since) and now - self._orphaned_at >= self.patience * 3 // 2:
            return True
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
