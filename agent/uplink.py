"""Delivery over a Carrier: in the order of agent.backlog, with a window of bytes in flight,
released only by the platform's signed acknowledgement. A hop alone (PUBACK, 2.04) proves nothing
and releases nothing. The connection is agent.connection's.
"""

from agent import frame
from agent.connection import RETRY_MIN, Connection
from agent.downlink import Gate
from agent.events import CARRIER_DOWN, CARRIER_FAILED, CARRIER_HOP, CARRIER_MESSAGE, CARRIER_UP
from agent.reading import ALARM, DIAGNOSTIC, LANES, SYNCED

# Milliseconds.
RESEND_HOPPED = 15 * 60 * 1000  # what hopped and was never acknowledged goes again after this
FAILED_PAUSE = 1000  # after a frame that failed, before the next one is offered
REST = 60000  # while nothing is to be done, until the next look at all of it
TICK = 5000  # a carrier whose clocks nobody else looks at is polled so often
ENDING_TICK = 200
CLOCK_BEACON = 60 * 60 * 1000  # between two beacons at the most, where acknowledgements come anyway
SET_BACK = 10 * 60 * 1000  # a platform's clock that was ahead by less comes right by itself
BEACON = -1  # the token of a holdings beacon
ASK_EVERY = 8  # offers to a carrier that confirms only what is asked, between two that ask


class Uplink(Connection):
    """Sends what the journal holds to one destination, and lets go of what the platform has. More
    than ceiling bytes are never in flight, whatever the network carries."""

    def __init__(
        self, carrier, sealer, verifier, entropy, log, beacon_ms, retry_max, ceiling=8192,
        destination=0,
    ):  # fmt: skip
        super().__init__(carrier, sealer.journal, destination, entropy, log, retry_max, ceiling)
        self.sealer = sealer
        self.gate = Gate(verifier, sealer.kids, log)
        self.beacon_ms = beacon_ms
        self.began = [self.journal.next_seq(lane) for lane in LANES]  # what was made before
        self.acknowledged_at = None
        self.stale = 0  # acknowledgements of another epoch, or of what was never made
        self.orders = []  # agent.orders.Order, to be obeyed
        self.sent = self.offers = self.sent_bytes = self.heard_bytes = 0
        self.ending = False  # an orderly end: what is not acknowledged is asked about at once
        self.schemas_wanted = []
        self.time = None  # (uptime, UTC, uncertainty) from the last acknowledgement
        self._token = 0
        self._since_ask = 0
        self._draining = False  # a backlog that fills the window: its end is asked about
        self._beacon_at = 0
        self._beacon_sent = 0
        self._sent_at = 0  # when a frame of the journal was offered last
        self._hopped_at = {}
        self._pause_until = 0
        self._rest_until = 0  # nothing is to be done before, unless something happens
        self._sealed = 0  # when that was found

    def step(self, now) -> int:
        """Do what is due; returns when to call again at the latest."""
        self._connect(now)
        events = self.carrier.poll(now)
        idle = now < self._rest_until and self._sealed == self.journal.sealed()
        if idle and not events and not self.ending:
            return min(self._beacon_at, now + TICK)
        self._rest_until = 0
        for event, detail in events:
            self._event(event, detail, now)
        if self.connected:
            self._check_patience(now)
        if self.connected:
            self._resend(now)
            self._offer(now)
        if len(self.backlog.holes) > 1:
            # One that finds no room in the journal keeps no other from being told.
            self.backlog.turn(self.entropy.take(1)[0])
        return self._wake(now)

    def beacon_soon(self):
        """Tell the holdings at the next chance, which also asks for an acknowledgement."""
        self._beacon_at = self._rest_until = 0

    # What the carrier says.

    def _event(self, event, detail, now):
        if event == CARRIER_MESSAGE:
            self.heard_bytes += len(detail)
            self._message(detail, now)
        elif event == CARRIER_HOP:
            at = self.flights.arrived(detail)
            if at is not None:
                self.pace.timed(now - at)
        elif event == CARRIER_FAILED:
            self.backlog.want_again(self.flights.lost(detail))
            self._pause_until = now + FAILED_PAUSE
        elif event == CARRIER_UP:
            self._established(detail)
            self._beacon_at = now
            self._since_ask = 0
        elif event == CARRIER_DOWN:
            self._lost(detail, now)

    # What the platform says.

    def utc(self, now):
        """UTC by which orders are judged, or None: a time that a person gave is none for them."""
        sealer = self.sealer
        known = sealer.utc_offset is not None and sealer.time_quality == SYNCED
        return now + sealer.utc_offset if known else None

    def _message(self, data, now):
        told = self.gate.open(data, self.utc(now))
        if isinstance(told, frame.Acknowledgement):
            self.acknowledged(told, now)
        elif told is not None:
            self.orders.append(told)

    def acknowledged(self, ack, now):
        """A genuine acknowledgement: let go of what the platform has, send what it asks for."""
        if ack.gain < -SET_BACK:
            from agent.late import is_news  # a board seldom needs it

            if is_news(self, ack):
                # The platform's clock was set back: from here on its time counts again.
                self.gate.newest = ack.utc_ms
                ack.gain = 1
        if ack.gain > 0:
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
            elif seq > self.journal.released(lane, self.destination):
                self.journal.release(lane, seq, self.destination)
                self.flights.acknowledged(lane, seq)
                self._hopped_at.pop(lane, None)
                if lane == ALARM:
                    self._alarm_at = None  # the next one waits from now on
        if ack.gain >= 0:
            self._spare_beacon(now)
            self.backlog.want(ack.want, self.flights, now)
            self.schemas_wanted = ack.schemas

    def _spare_beacon(self, now):
        """What a beacon would ask for has just come, and may come again at the same interval. But a
        beacon times the platform's clock, too, and tells what is not reported for want of change.
        """
        asked = self._beacon_sent
        if asked < self._sent_at and now < self._beacon_at and not self.sealer.by_exception:
            longest = asked + max(self.beacon_ms, CLOCK_BEACON)
            self._beacon_at = min(now + self.beacon_ms * 5 // 4, longest)

    # What goes out.

    def _resend(self, now):
        self.backlog.want_again(self.flights.expired(now))
        for lane in LANES:
            if now - self._hopped_at.get(lane, now) >= RESEND_HOPPED:
                self.backlog.begin(lane)
                del self._hopped_at[lane]

    def _offer(self, now):
        if now < self._pause_until:
            return
        if now >= self._beacon_at and self.carrier.room() > 0 and not self.flights.has(BEACON):
            self._beacon_at = now + self.beacon_ms
            self._beacon_sent = now
            data = self.sealer.beacon(self.beacon_ms, now, self.destination, self.gate.ordered())
            self.flights.begin(BEACON, DIAGNOSTIC, 0, 0, len(data), now, True)
            self.carrier.offer(DIAGNOSTIC, data, BEACON, True)
            self.sent_bytes += len(data)
            self.offers += 1
        while self.carrier.room() > 0:
            lane, seq = self.backlog.first()
            if lane is None:
                self._nothing_left(now)
                return
            if lane != ALARM and self.pace.room(now) <= 0:
                self._draining = True
                return
            self._send(lane, seq, now)

    def _send(self, lane, seq, now):
        """Offer the frame, and those behind it that fit."""
        self.backlog.take(lane, seq)
        data = self.journal.read(lane, seq)
        if data is None:
            self.backlog.hole(lane, seq, now)
            return
        last = seq
        while True:
            more = self.backlog.behind(lane, last, self.carrier.limit - len(data))
            if more is None:
                break
            data += more
            last += 1
        self._since_ask += 1
        ask = self.carrier.confirms or lane == ALARM
        if not ask and not self.flights.asking():
            ask = self._since_ask >= ASK_EVERY or self.pace.room(now) <= len(data)
        if ask:
            self._since_ask = 0
        self._token = self._token + 1 & 0xFFFFFF
        self.flights.begin(self._token, lane, seq, last, len(data), now, ask)
        self.carrier.offer(lane, data, self._token, ask)
        self.sent += last - seq + 1
        self.offers += 1
        self.sent_bytes += len(data)
        self._sent_at = now
        self._hopped_at.setdefault(lane, now)

    def _nothing_left(self, now):
        """Nothing more to send: what nobody was asked about needs a question."""
        self.pace.starved()
        if self.flights.asking():
            return
        if self._since_ask or self._draining or (self.ending and self._is_owed(now)):
            self._since_ask = 0
            self._draining = False
            self._beacon_at = now
        waits = self.pace.out or self._alarm_at is not None or self.backlog.holes
        for lane in LANES:
            waits = waits or self.journal.durable(lane) < self.journal.next_seq(lane) - 1
        if not waits:
            self._rest_until = min(self._beacon_at, now + REST)
            for at in self._hopped_at.values():
                self._rest_until = min(self._rest_until, at + RESEND_HOPPED)
            self._sealed = self.journal.sealed()

    def _is_owed(self, now):
        """Whether something is not acknowledged yet, and nobody was asked lately."""
        if now - self._beacon_sent < max(RETRY_MIN, 2 * self.pace.round_trip):
            return False
        for lane in LANES:
            if self.journal.released(lane, self.destination) < self.journal.durable(lane):
                return True
        return False

    def _wake(self, now):
        if not self.connected:
            return now + TICK if self._connecting else self._retry_at
        wake = now + (ENDING_TICK if self.ending else TICK)
        alarm = now if self._alarm_at is None else self._alarm_at + self._patience()
        for at in (self._beacon_at, self._pause_until, alarm, self.flights.expire_at):
            if now < at < wake:
                wake = at
        return wake if self._beacon_at > now else min(wake, now + 100)
