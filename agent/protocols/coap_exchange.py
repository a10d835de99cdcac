"""Requests of one pole to one CoAP server, without I/O: datagrams in, outcomes and datagrams out,
time as an argument.

Source: RFC 7252, sections 4 and 5. The time-out is measured instead of fixed (4.8 allows it): a
radio with a round trip of 10 s would otherwise send everything three times. The estimate is that
of RFC 6298 in integers; a sample of a repeated message counts a little, as in CoCoA
(draft-ietf-core-cocoa), for without it a slow network would never be found out.
"""

from agent.errors import BadFrame, BadSignature
from agent.protocols import coap

# What happened, as (event, detail).
ANSWERED = 1  # detail: (name, payload): a 2.xx
FAILED = 2  # detail: (name, why)

MIN_TIMEOUT, MAX_TIMEOUT = 2000, 60000  # ms
MAX_RETRANSMIT = 4
NSTART = 1  # requests that the server has neither acknowledged nor answered (4.7)
MAX_FAILURES = 3  # of a carrier's requests in a row, and the server is taken for gone
SEPARATE_PATIENCE = 90000  # ms from the empty acknowledgement to the response itself
_SEEN = 8  # separate responses that are acknowledged again if they come again

# Critical options (5.4.1) that change nothing here, if they stand for a single block.
_BLOCKS = (coap.BLOCK1, coap.BLOCK2)


class RoundTrip:
    """What the network's round trip is thought to be. ``timeout`` in ms, before jitter."""

    def __init__(self):
        self.timeout = MIN_TIMEOUT
        self._mean = self._spread = -1

    def sample(self, elapsed, repeated):
        """An exchange took elapsed ms from its first message, which was sent again so often."""
        if repeated > 2:
            return
        if repeated:
            estimate = self.timeout + (elapsed * 3 // 2 - self.timeout) // 4
        else:
            if self._mean < 0:
                self._mean, self._spread = elapsed, elapsed // 2
            else:
                self._spread += (abs(self._mean - elapsed) - self._spread) // 4
                self._mean += (elapsed - self._mean) // 8
            # However steady the network is, an answer may be a little late.
            estimate = self._mean + max(4 * self._spread, self._mean // 4)
        self.timeout = min(MAX_TIMEOUT, max(MIN_TIMEOUT, estimate))

    def jittered(self, entropy):
        """The time-out of one exchange: up to one and a half times as long (ACK_RANDOM_FACTOR)."""
        return self.timeout + (int.from_bytes(entropy.take(2), "big") * self.timeout >> 17)


class _Exchange:
    """One request on its way."""

    def __init__(self, name, message, bound, datagram, now, timeout):
        self.name = name
        # Not the message itself: its payload lies in the datagram, too.
        self.kind = message.kind
        self.mid = message.mid
        self.bound = bound  # what OSCORE proves the response by
        self.datagram = datagram
        self.started = now
        self.timeout = timeout
        self.due = now + timeout
        self.repeated = 0
        self.acknowledged = False


class Exchanges:
    """Call ``post``, ``receive`` with each datagram, ``tick`` with the time; send what ``outbox``
    holds. A name that was posted comes back once, in ANSWERED or in FAILED.

    ``host`` goes into Uri-Host; None for an address. ``secure`` is an oscore.Context: then nothing
    is sent unprotected, and nothing unprotected is taken for an answer. ``ignored`` counts
    datagrams that were none of ours.
    """

    def __init__(self, entropy, host=None, secure=None):
        self.entropy = entropy
        self._secure = secure
        self.round_trip = RoundTrip()
        self.outbox = []
        self.ignored = 0
        self._host = [(coap.URI_HOST, host.encode())] if host else []
        self._mid = int.from_bytes(entropy.take(2), "big")
        self._open = {}
        self._seen = []

    def outstanding(self) -> int:
        """How many requests the server has neither acknowledged nor answered (NSTART, 4.7)."""
        return len([token for token in self._open if not self._open[token].acknowledged])

    def tell(self, path, content_format, payload):
        """The datagram of a NON that nobody answers (RFC 7967); nothing is kept of it.
        ValueError if it fits no datagram."""
        options = self._options(path, content_format)
        options.append((coap.NO_RESPONSE, coap.uint(coap.SILENCE)))
        message, _ = self._message(coap.NON, self.entropy.take(4), options, payload)
        return message.encode()

    def post(self, name, path, content_format, payload, now, confirmable=True):
        """Send a POST of payload to the path's segments. ValueError if it fits no datagram."""
        token = self.entropy.take(4)
        while token in self._open:
            token = self.entropy.take(4)
        options = self._options(path, content_format)
        kind = coap.CON if confirmable else coap.NON
        message, bound = self._message(kind, token, options, payload)
        datagram = message.encode()
        timeout = self.round_trip.jittered(self.entropy)
        # A NON is not repeated: it is given the time that a CON would have with its repetitions.
        exchange = _Exchange(
            name,
            message,
            bound,
            datagram,
            now,
            timeout if confirmable else timeout << MAX_RETRANSMIT + 1,
        )
        self._open[token] = exchange
        self.outbox.append(datagram)

    def _message(self, kind, token, options, payload):
        """(a POST under the next message id, what its response is bound to)."""
        bound = None
        if self._secure is not None:
            options, payload, bound = self._secure.protect(coap.POST, options, payload)
        message = coap.Message(kind, coap.POST, self._mid, token, options, payload)
        self._mid = self._mid + 1 & 0xFFFF
        return message, bound

    def _options(self, path, content_format):
        options = list(self._host)
        options.extend([(coap.URI_PATH, part.encode()) for part in path])
        options.append((coap.CONTENT_FORMAT, coap.uint(content_format)))
        return options

    def tick(self, now):
        """Repeat what is due; the events."""
        events = []
        for token in sorted(self._open):
            exchange = self._open[token]
            if now < exchange.due:
                continue
            if (
                exchange.acknowledged
                or exchange.kind == coap.NON
                or exchange.repeated == MAX_RETRANSMIT
            ):
                self._fail(token, "no answer", events)
                continue
            exchange.repeated += 1
            exchange.timeout *= 2
            exchange.due = now + exchange.timeout
            self.outbox.append(exchange.datagram)
        return events

    def fail_all(self, why):
        """The socket reported that the server is not there: all that is open has failed."""
        events = []
        for token in sorted(self._open):
            self._fail(token, why, events)
        self.outbox = []
        return events

    def receive(self, data, now):
        """What one datagram brings; garbage is counted and ignored (4.2, 4.3)."""
        events = []
        try:
            message = coap.decode(data)
        except BadFrame:
            self.ignored += 1
            return events
        if message.code == coap.EMPTY:
            self._empty(message, now, events)
        elif message.code >> 5 == 0 or message.kind == coap.RST:
            self._reject(message)  # a request: this is no server
        else:
            self._response(message, len(data), now, events)
        return events

    def _empty(self, message, now, events):
        if message.kind == coap.CON:
            self._reject(message)  # a ping (4.3)
            return
        for token in sorted(self._open):
            exchange = self._open[token]
            if exchange.mid != message.mid:
                continue
            if message.kind == coap.RST:
                self._fail(token, "the server rejects the message", events)
            elif message.kind == coap.ACK and not exchange.acknowledged:
                exchange.acknowledged = True
                exchange.due = now + SEPARATE_PATIENCE
                self._measure(exchange, now)

    def _response(self, message, size, now, events):
        exchange = self._open.get(message.token)
        if exchange is None or (message.kind == coap.ACK and message.mid != exchange.mid):
            if message.kind == coap.CON and message.mid in self._seen:
                self._acknowledge(message)
            else:
                self._reject(message)
            return
        if self._secure is not None and message.code >> 5 == coap.SUCCESS:
            try:
                self._open_sealed(message, exchange.bound)
            except (BadFrame, BadSignature):
                self.ignored += 1  # the true one may still come
                return
        if message.kind == coap.CON:
            self._acknowledge(message)
            self._seen = self._seen[1 - _SEEN :]
            self._seen.append(message.mid)
        if not exchange.acknowledged:
            self._measure(exchange, now)
        trouble = _trouble(message, size)
        if trouble:
            self._fail(message.token, trouble, events)
        else:
            del self._open[message.token]
            events.append((ANSWERED, (exchange.name, message.payload)))

    def _open_sealed(self, message, bound):
        """What the server really said, in place of its envelope."""
        message.code, message.options, message.payload = self._secure.unprotect(
            bound, message.options, message.payload
        )

    def _measure(self, exchange, now):
        self.round_trip.sample(now - exchange.started, exchange.repeated)

    def _fail(self, token, why, events):
        events.append((FAILED, (self._open.pop(token).name, why)))

    def _acknowledge(self, message):
        self.outbox.append(coap.Message(coap.ACK, coap.EMPTY, message.mid).encode())

    def _reject(self, message):
        """Answer with a Reset if an answer is due at all (4.2)."""
        self.ignored += 1
        if message.kind == coap.CON:
            self.outbox.append(coap.Message(coap.RST, coap.EMPTY, message.mid).encode())


def _trouble(message, size):
    """Why a response is no success, or None."""
    for number, value in message.options:
        if number in _BLOCKS:
            block = int.from_bytes(value, "big")
            if block >> 4 or block & 8:
                return "the server answers in blocks"
        elif number & 1:
            return "the server answers with the unknown option %d" % number
    if size > coap.MAX_MESSAGE:
        return "the answer is too long"
    if message.code >> 5 != coap.SUCCESS or message.code == coap.CONTINUE:
        return "the server answers %d.%02d" % (message.code >> 5, message.code & 31)
    return None
