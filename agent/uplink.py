"""Delivery over a Carrier: strict lane order, a window in flight, released only by the platform's
signed acknowledgement. A hop alone (PUBACK, 2.04) proves nothing and releases nothing.
"""

from agent import frame
from agent.errors import AgentError
from agent.events import (
    CARRIER_DOWN,
    CARRIER_FAILED,
    CARRIER_HOP,
    CARRIER_MESSAGE,
    CARRIER_UP,
)
from agent.protocols import cose
from agent.reading import ALARM, DIAGNOSTIC, LANES

# Milliseconds.
RETRY_MIN = 1000
RESEND_HOPPED = 15 * 60 * 1000  # what hopped and was never acknowledged goes again after this
ALARM_PATIENCE = 10000  # a connection that keeps an alarm waiting for this long is given up
FAILED_PAUSE = 1000  # after a frame that failed, before the next one is offered
BEACON = -1  # the token of a holdings beacon


class Uplink:
    """Sends what the journal holds, and lets go of what the platform has."""

    def __init__(self, carrier, sealer, verifier, entropy, log, beacon_ms, retry_max):
        self.carrier = carrier
        self.sealer = sealer
        self.journal = sealer.journal
        self.verifier = verifier
        self.entropy = entropy
        self.log = log
        self.beacon_ms = beacon_ms
        self.retry_max = retry_max
        self.connected = False
        self.acknowledged_at = None
        # What was refused, and why: reported, never obeyed.
        self.forged = self.foreign = self.stale = 0
        self.sent = 0
        self.schemas_wanted = []
        self.holes = []  # [lane, first, last] that was to be sent and is not held
        self.time = None  # (uptime, UTC, uncertainty) from the last acknowledgement
        self._connecting = False
        self._retry_at = 0
        self._retry_wait = RETRY_MIN
        self._next = {}
        self._wanted = []
        self._flights = {}
        self._token = 0
        self._beacon_at = 0
        self._beacon_sent = 0
        self._hopped_at = {}
        self._told = {}
        self._pause_until = 0
        self._alarm_at = None

    def step(self, now) -> int:
        """Do what is due; returns when to call again at the latest."""
        if not self.connected and not self._connecting and now >= self._retry_at:
            self._connecting = True
            self.carrier.connect(now)
        for event, detail in self.carrier.poll(now):
            self._event(event, detail, now)
        if self.connected:
            self._check_patience(now)
        if self.connected:
            self._resend_hopped(now)
            self._offer(now)
        return self._wake(now)

    def beacon_soon(self):
        """Tell the holdings at the next chance, which also asks for an acknowledgement."""
        self._beacon_at = 0

    # What the carrier says.

    def _event(self, event, detail, now):
        if event == CARRIER_MESSAGE:
            self._message(detail, now)
        elif event == CARRIER_HOP:
            self._flights.pop(detail, None)
        elif event == CARRIER_FAILED:
            flight = self._flights.pop(detail, None)
            if flight is not None:
                self._rewind(flight[0], flight[1])
            self._pause_until = now + FAILED_PAUSE
        elif event == CARRIER_UP:
            self._up(detail, now)
        elif event == CARRIER_DOWN:
            self._down(detail, now)

    def _up(self, new_session, now):
        self.connected = True
        self._connecting = False
        self._alarm_at = None
        self._beacon_at = now
        self.log("uplink", "connected by %s" % self.carrier.name)
        if new_session:
            for lane in LANES:
                self._next[lane] = self.journal.tail(lane)

    def _down(self, reason, now):
        if self.connected or self._connecting:
            spread = int.from_bytes(self.entropy.take(2), "big") * (self._retry_wait // 2) >> 16
            self._retry_at = now + self._retry_wait // 2 + spread
            self.log("uplink", "no connection: %s" % reason)
            self._retry_wait = min(self.retry_max, self._retry_wait * 2)
        self.connected = self._connecting = False
        for token in list(self._flights):
            lane, seq = self._flights.pop(token)
            self._rewind(lane, seq)
        self._wanted = []

    def _rewind(self, lane, seq):
        if lane is not None and seq < self._next.get(lane, 0):
            self._next[lane] = seq

    # What the platform says.

    def _message(self, data, now):
        try:
            ack = frame.decode_downlink(cose.open1(data, self.verifier))
        except AgentError as error:
            self.forged += 1
            self.log("downlink", "refused: %s" % error)
            return
        if ack.device != self.sealer.signer.kid:
            self.foreign += 1
            self.log("downlink", "refused: it is for another device")
            return
        self.time = (now, ack.utc_ms, max(1, (now - self._beacon_sent + 1) // 2))
        if ack.epoch != self.journal.epoch:
            self.stale += 1
            return
        self.acknowledged_at = now
        self._retry_wait = RETRY_MIN
        for lane in LANES:
            seq = ack.acked.get(lane, 0)
            if seq >= self.journal.next_seq(lane):
                self.stale += 1
            elif seq > self.journal.released(lane):
                self.journal.release(lane, seq)
                self._hopped_at.pop(lane, None)
                if lane == ALARM:
                    self._alarm_at = None
        self._want(ack.want)
        self.schemas_wanted = ack.schemas

    def _want(self, ranges):
        self._wanted = []
        for lane, first, last in ranges:
            first = max(first, self.journal.released(lane) + 1)
            last = min(last, self._next.get(lane, 1) - 1, first + 63)
            for seq in range(first, last + 1):
                if (lane, seq) not in self._flights.values():
                    self._wanted.append((lane, seq))

    # What goes out.

    def _check_patience(self, now):
        if self._alarm_at is not None and now - self._alarm_at >= ALARM_PATIENCE:
            self.carrier.close()
            self._down(
                "an alarm waited %d s for its acknowledgement" % (ALARM_PATIENCE // 1000), now
            )

    def _resend_hopped(self, now):
        for lane in LANES:
            if lane in self._hopped_at and now - self._hopped_at[lane] >= RESEND_HOPPED:
                self._next[lane] = self.journal.tail(lane)
                del self._hopped_at[lane]

    def _offer(self, now):
        if now < self._pause_until:
            return
        room = self.carrier.room()
        if room and now >= self._beacon_at and BEACON not in self._flights:
            self._beacon_at = now + self.beacon_ms
            self._beacon_sent = now
            self._flights[BEACON] = (None, 0)
            self.carrier.offer(DIAGNOSTIC, self.sealer.beacon(self.beacon_ms, now), BEACON)
            room -= 1
        while room > 0:
            lane, seq = self._choose()
            if lane is None:
                return
            data = self.journal.read(lane, seq)
            if data is None:
                self._hole(lane, seq)
                continue
            self._token = self._token + 1 & 0xFFFFFF
            self._flights[self._token] = (lane, seq)
            self.carrier.offer(lane, data, self._token)
            self.sent += 1
            if lane == ALARM and self._alarm_at is None:
                self._alarm_at = now
            if lane not in self._hopped_at:
                self._hopped_at[lane] = now
            room -= 1

    def _choose(self):
        """The next frame to send, as (lane, seq): alarms first; in a lane what is wanted first."""
        for lane in LANES:
            for item in self._wanted:
                if item[0] == lane:
                    self._wanted.remove(item)
                    return item
            seq = max(self._next.get(lane, 1), self.journal.released(lane) + 1)
            if seq <= self.journal.durable(lane):
                self._next[lane] = seq + 1
                return lane, seq
        return None, 0

    def _hole(self, lane, seq):
        """A frame that the journal no longer holds: noted, for a GAP frame to tell it, once."""
        if seq <= self._told.get(lane, 0):
            return
        held = self.journal.next_held(lane, seq)
        last = max(seq, held - 1)
        if self._next[lane] == seq + 1:
            self._next[lane] = held
        self._told[lane] = last
        if self.holes and self.holes[-1][0] == lane and self.holes[-1][2] == seq - 1:
            self.holes[-1][2] = last
        else:
            self.holes.append([lane, seq, last])

    def _wake(self, now):
        if not self.connected:
            return now + 200 if self._connecting else self._retry_at
        wake = now + 1000
        for at in (self._beacon_at, self._pause_until):
            if now < at < wake:
                wake = at
        return wake
