"""The Carrier port over a simulated stream each way: MQTT at QoS 1 over TCP, on simulated time."""

from agent.protocols import mqtt_session
from simulators.world.carrier import ARRIVE, CONNECT, DOWNLINK, TIMEOUT, Carrier
from simulators.world.stream import RTO_MIN, Stream

ASIDE = 30  # bytes of headers and topic around an offer or a downlink
CONFIRMED = 4  # bytes of a confirmation
TCP_PATIENCE = 10000  # ms for the handshake, as agent.linux.mqtt_connect has it

SHAKE = 100  # beside the carrier's kinds: the handshake is tried again
SHAKING, GREETING = "shaking", "greeting"  # what a time-out ends


class StreamCarrier(Carrier):
    """The Carrier of one pole over a stream each way, as MQTT: every offer is confirmed, and a
    connection that leaves one unconfirmed for the network's patience is lost."""

    def __init__(self, network, device, window):
        super().__init__(network, device, window, True)
        self._up = self._down = None

    def connect(self, now_ms):
        """See Carrier. Behind the handshake of TCP, which a loss repeats, comes the greeting."""
        self._drop()
        self._now = now_ms
        self._send(now_ms + TCP_PATIENCE, TIMEOUT, SHAKING)
        self._shake_hands(now_ms, RTO_MIN)

    def poll(self, now_ms):
        """See Carrier."""
        while True:
            due = self.due()
            if due is None or due > now_ms:
                return super().poll(now_ms)
            if self._way and self._way[0][0] == due:
                self._events = super().poll(due)
            self._flow(due)

    def due(self):
        """See Carrier."""
        times = [part.due() for part in (self._up, self._down) if part is not None]
        times.append(super().due())
        times = [at for at in times if at is not None]
        return min(times) if times else None

    def _flow(self, now):
        """What the streams bring up to now."""
        up, down = self._up, self._down
        for stream in (up, down):
            came = stream.advance(now) if stream is not None else None
            while came is not None and stream in (self._up, self._down):
                self._now = came[0]
                for kind, detail in came[1]:
                    self._came(stream is up, kind, detail)
                came = stream.advance(now)

    def _came(self, upward, kind, detail):
        if upward and kind == CONNECT:
            self._down.write(self._now, CONFIRMED, (CONNECT, None))
        elif upward:
            self._arrive(self._now, self._connection, detail)
        else:
            self._happen(self._now, kind, detail)

    def _happen(self, now, kind, detail):
        if kind == SHAKE:
            self._shake_hands(now, detail)
        elif kind == CONNECT and self._up is None:
            self._up = Stream(self.network, now, detail)
            self._down = Stream(self.network, now, detail)
            self._up.write(now, ASIDE, (CONNECT, None))
            self._send(now + mqtt_session.CONNECT_PATIENCE, TIMEOUT, GREETING)
        elif kind != TIMEOUT:
            super()._happen(now, kind, detail)
        elif (
            detail in self._tokens
            or (detail is SHAKING and self._up is None)
            or (detail is GREETING and self._since is None)
        ):
            self._lose("no answer")

    def _shake_hands(self, now, wait):
        round_trip = 2 * self.network.delay()
        back = now + round_trip
        if self.network.passes(now, back) and self.network.passes(now, back):
            self._send(back, CONNECT, round_trip)
        else:
            self._send(now + wait, SHAKE, 2 * wait)

    def _transmit(self, offer):
        self._up.write(self._now, len(offer[1]) + ASIDE, (ARRIVE, offer))

    def _carry(self, kind, detail, wait=0):
        size = len(detail) + ASIDE if kind == DOWNLINK else CONFIRMED
        self._down.write(self._now, size, (kind, detail))

    def _drop(self):
        super()._drop()
        self._up = self._down = None
