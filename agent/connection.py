"""The connection to one platform: made by itself, again and again, ever less often while it fails;
and given up when it keeps an alarm waiting.
"""

from agent.backlog import Backlog
from agent.flights import Flights
from agent.pace import Pace
from agent.reading import ALARM, LANES

# Milliseconds.
RETRY_MIN = 1000
ALARM_PATIENCE = 10000  # a connection that keeps an alarm waiting for this long is given up,
ALARM_ROUND_TRIPS = 3  # or for so many round trips, where those are longer


class Connection:
    """The half of the uplink that connects. retry_max: ms between two attempts at the most;
    ceiling: bytes that may be in flight at the most, whatever the network carries."""

    def __init__(self, carrier, journal, destination, entropy, log, retry_max, ceiling):
        self.carrier = carrier
        self.journal = journal
        self.destination = destination
        self.entropy = entropy
        self.log = log
        self.retry_max = retry_max
        self.pace = Pace(ceiling)
        self.flights = Flights(self.pace)
        self.backlog = Backlog(journal, destination)
        self.connected = False
        self._connecting = False
        self._retry_at = 0
        self._retry_wait = RETRY_MIN
        self._alarm_at = None  # since when an alarm waits for its acknowledgement

    def _connect(self, now):
        """Begin to connect, where that is due."""
        if not self.connected and not self._connecting and now >= self._retry_at:
            self._connecting = True
            self.carrier.connect(now)

    def _established(self, new_session):
        """There is a connection. new_session: whether what was sent before it may be gone."""
        self.connected = True
        self._connecting = False
        self._alarm_at = None
        how = "connected" if self.carrier.confirms else "sending"  # a datagram meets nobody
        self.log("uplink", "%s by %s" % (how, self.carrier.name))
        if new_session:
            for lane in LANES:
                self.backlog.begin(lane)

    def _lost(self, reason, now):
        """There is none, or no longer. The next attempt comes after half a wait to a whole one,
        by chance; the wait doubles each time, up to retry_max."""
        if self.connected or self._connecting:
            half = self._retry_wait // 2
            dice = int.from_bytes(self.entropy.take(2), "big")
            self._retry_at = now + half + (half * dice >> 16)
            self.log("uplink", "no connection: %s" % reason)
            self._retry_wait = min(self.retry_max, self._retry_wait * 2)
        self.connected = self._connecting = False
        self.backlog.go_back(self.flights.clear())

    def _check_patience(self, now):
        """Give up a connection by which an alarm got no acknowledgement for too long."""
        if self.journal.durable(ALARM) <= self.journal.released(ALARM, self.destination):
            self._alarm_at = None
        elif self._alarm_at is None:
            self._alarm_at = now
        elif now - self._alarm_at >= self._patience():
            self.carrier.close()
            waited = (now - self._alarm_at) // 1000
            self._lost("an alarm waited %d s for its acknowledgement" % waited, now)

    def _patience(self):
        """How long an alarm may wait for its acknowledgement before the connection is given up."""
        return max(ALARM_PATIENCE, ALARM_ROUND_TRIPS * self.pace.quickest)
