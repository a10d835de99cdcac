"""A simulated stream: TCP over the simulated network, where a loss costs time and never bytes.

What is written comes whole and in order. Window and repeats follow RFC 5681 (slow start, congestion
avoidance), RFC 6675 (what three later packets overtook is lost), RFC 6298 (repeat by time) and RFC
7323 (every acknowledgement times the round trip).
"""

SEGMENT = 1400  # bytes of data in a packet
HEADERS = 40  # of IP and TCP, in each packet
FIRST_WINDOW = 10  # segments: RFC 6928
OVERTAKEN = 3
RTO_MIN = 1000  # ms: RFC 6298, 2.1 and 2.4
RTO_MAX = 60000  # 2.5
GRAIN = 200  # the least by which it exceeds the round trip, as in Linux


_ARRIVAL, _ACK, _TIMER = range(3)


class _Segment:
    """sent: the count of the transmission that carried it last; 0 while it waits for its turn."""

    def __init__(self, size, message):
        self.size = size
        self.message = message  # of the message that ends in it, or None
        self.sent = 0
        self.acked = False


class Stream:
    """One direction of a connection. ``advance`` gives what came, ``due`` says when to call it."""

    def __init__(self, network, now_ms, round_trip):
        """round_trip: what the handshake took."""
        self.network = network
        self._now = now_ms
        self._segments = []  # from the oldest that is not acknowledged
        self._first = 0  # its number
        self._expected = 0  # by the receiver
        self._beyond = {}  # segments that came out of order, by number
        self._way = []  # (due, order, kind, detail)
        self._order = 0
        self._transmissions = 0
        self._sent = 0  # segments from this number on were never sent
        self._newest = 0  # the latest transmission that is known to have come
        self._window = FIRST_WINDOW
        self._grown = 0
        self._threshold = 1 << 30
        self._recover = 0  # losses below this segment have shrunk the window already
        self._rtt = round_trip  # smoothed
        self._deviation = round_trip // 2
        self._rto = max(RTO_MIN, 3 * round_trip)
        self._timer = 0
        self._line_free = 0

    def write(self, now_ms, size, message):
        """Put a message of size bytes into the stream."""
        self._now = now_ms
        while size > SEGMENT:
            self._segments.append(_Segment(SEGMENT, None))
            size -= SEGMENT
        self._segments.append(_Segment(size, message))
        self._send()

    def due(self):
        """When the next packet or timer is due, or None."""
        return self._way[0][0] if self._way else None

    def advance(self, now_ms):
        """Let the time pass; returns the first (instant, messages) that are whole, or None."""
        while self._way and self._way[0][0] <= now_ms:
            self._now, _, kind, detail = self._way.pop(0)
            if kind == _ARRIVAL:
                messages = self._arrive(detail)
                if messages:
                    return self._now, messages
            elif kind == _ACK:
                self._acknowledged(detail)
            elif detail == self._timer and self._segments:
                self._timeout()
        return None

    # The sender.

    def _send(self):
        """Send what was lost, and then what is new, as far as the window goes."""
        flying = 0
        for segment in self._segments:
            flying += segment.sent > 0 and not segment.acked
        for index in range(len(self._segments)):
            if flying >= self._window:
                return
            segment = self._segments[index]
            if not segment.sent and not segment.acked:
                flying += 1
                self._transmit(self._first + index, segment)

    def _transmit(self, number, segment):
        if not self._timer:
            self._arm()
        self._transmissions += 1
        self._sent = max(self._sent, number + 1)
        segment.sent = self._transmissions
        if self.network.rate:
            takes = (segment.size + HEADERS) * 8000 // self.network.rate
            self._line_free = max(self._line_free, self._now) + takes
        due = max(self._line_free, self._now) + self.network.delay()
        if self.network.passes(self._now, due):
            self._schedule(due, _ARRIVAL, (number, segment, segment.sent, self._now))

    def _acknowledged(self, detail):
        expected, beyond, sent, at = detail
        self._newest = max(self._newest, sent)
        self._timed(self._now - at)
        news = 0
        for index in range(len(self._segments)):
            segment = self._segments[index]
            number = self._first + index
            if not segment.acked and (number < expected or number in beyond):
                segment.acked = True
                news += 1
        while self._segments and self._segments[0].acked:
            self._segments.pop(0)
            self._first += 1
        for index in range(len(self._segments)):
            segment = self._segments[index]
            if segment.sent and not segment.acked and segment.sent <= self._newest - OVERTAKEN:
                segment.sent = 0
                self._shrink(self._first + index)
        if news:
            self._grow(news)
            self._arm()
        self._send()

    def _grow(self, news):
        if self._window < self._threshold:
            self._window += news
            return
        self._grown += news
        if self._grown >= self._window:
            self._grown -= self._window
            self._window += 1

    def _shrink(self, number):
        if number >= self._recover:
            self._threshold = self._window = max(2, self._window // 2)
            self._recover = self._sent

    def _timeout(self):
        self._threshold = max(2, self._window // 2)
        self._window = 1
        self._recover = self._sent
        for segment in self._segments:
            segment.sent = 0
        self._rto = min(RTO_MAX, 2 * self._rto)
        self._arm()
        self._send()

    def _timed(self, elapsed):
        self._deviation += (abs(elapsed - self._rtt) - self._deviation) // 4
        self._rtt += (elapsed - self._rtt) // 8
        self._rto = max(RTO_MIN, self._rtt + max(GRAIN, 4 * self._deviation))

    def _arm(self):
        """Start the timer anew; it stands while nothing is out."""
        self._timer = 0
        if self._segments:
            self._timer = self._order + 1
            self._schedule(self._now + self._rto, _TIMER, self._timer)

    # The receiver.

    def _arrive(self, detail):
        number, segment, sent, at = detail
        if number >= self._expected:
            self._beyond[number] = segment
        messages = []
        while self._expected in self._beyond:
            message = self._beyond.pop(self._expected).message
            self._expected += 1
            if message is not None:
                messages.append(message)
        due = self._now + self.network.delay()
        if self.network.passes(self._now, due):
            self._schedule(due, _ACK, (self._expected, set(self._beyond), sent, at))
        return messages

    def _schedule(self, due, kind, detail):
        at = len(self._way)
        while at and self._way[at - 1][0] > due:
            at -= 1
        self._order += 1
        self._way.insert(at, (due, self._order, kind, detail))
