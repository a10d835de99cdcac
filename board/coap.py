"""The Carrier port by CoAP over a board's own socket. Also runs under CPython."""

import errno
import os
import select
import socket

from agent.errors import BadSettings
from agent.events import (
    CARRIER_DOWN,
    CARRIER_FAILED,
    CARRIER_HOP,
    CARRIER_MESSAGE,
    CARRIER_UP,
)
from agent.protocols import carriage, coap, coap_exchange
from agent.reading import LANES

_READS = 8  # datagrams of one poll, so that a flood cannot hold the loop


def secure_context():
    """The OSCORE context that lies beside the key, or None where there is none."""
    if "oscore.cbor" not in os.listdir():
        return None
    from board.sealed import context

    return context()


class Carrier:
    """Offers as confirmable POSTs; an answer's payload is a downlink.

    CoAP has no connection: CARRIER_UP says that the name was found and a fresh socket is open.
    Every token that asks ends in CARRIER_HOP, in CARRIER_FAILED (``last_error`` says why) or in
    CARRIER_DOWN, which fails all that are still out. What does not ask goes at once as a NON with
    No-Response, takes no room and ends in no event; a full socket loses it as a network does.
    Alarms overtake what waits for its turn. ``connect`` blocks while the name of the server is
    looked up, and at no other time. ``sock`` is the socket to wait for, or None. ``entropy`` has
    ``take(size)``. ``secure`` is an oscore.Context, or None for plain CoAP. ``coaps://`` is DTLS
    (board.tls): its handshake is made by the first requests, and CARRIER_DOWN ends a session.
    """

    name = "coap"
    limit = carriage.MAX_FRAME  # bytes of one offer that may hold several frames
    confirms = False

    def __init__(self, url, device, entropy, window=carriage.WINDOW, secure=None):
        from agent.protocols import urls  # a board forgets it when it is up

        scheme, _, _, self._host, self._port = urls.parse(url)
        self._tls = None
        if scheme == "coaps":
            from board.tls import Tls

            self._tls = Tls(self._host, datagrams=True)
        elif scheme != "coap":
            raise BadSettings(["this board speaks coap:// and coaps://, not %s://" % scheme])
        self.exchanges = coap_exchange.Exchanges(entropy, carriage.uri_host(self._host), secure)
        self.sock = None
        self.last_error = ""
        self._channel = None  # what datagrams go through: the socket, or DTLS on it
        self._paths = [carriage.up_path(device, lane) for lane in LANES]
        self._window = window
        self._poller = None
        self._waiting = []
        self._out = 0
        self._failures = 0
        self._events = []
        self._now = 0

    def connect(self, now_ms):
        """Look the server up and open a fresh socket; one that is open is dropped."""
        self._drop()
        self._now = now_ms
        self._failures = 0
        try:
            if carriage.AWAY:
                raise OSError(errno.EHOSTUNREACH, "no network is joined")
            family, kind, proto, _, place = socket.getaddrinfo(
                self._host, self._port, 0, socket.SOCK_DGRAM
            )[0]
            self.sock = socket.socket(family, kind, proto)
            self.sock.setblocking(False)
            self.sock.connect(place)
            stream = self._channel = self.sock
            if self._tls is not None:
                self._channel = self._tls
                stream = self._tls.begin(self.sock)
            self._poller = select.poll()
            self._poller.register(stream, select.POLLIN)
        except (OSError, ValueError) as error:
            self._lose(error)
        else:
            self._events.append((CARRIER_UP, True))

    def poll(self, now_ms):
        """Send and receive what is possible without waiting; the events since the last poll."""
        self._now = now_ms
        if self.sock is not None:
            try:
                self._receive(now_ms)
                self._take(self.exchanges.tick(now_ms))
                self._send()
            except OSError as error:
                self._fail(error)
            if self._failures >= coap_exchange.MAX_FAILURES:
                self._lose(self.last_error)
        events = self._events
        self._events = []
        return events

    def room(self):
        """How many frames may be offered now."""
        return max(0, self._window - self._out) if self.sock is not None else 0

    def offer(self, lane, data, token, ask=True):
        """Take one frame or several. ValueError beyond the room, or for more than ``limit``."""
        carriage.check_offer(data, self.room() if ask else self.sock is not None)
        try:
            if not ask:
                content = carriage.content_format(data)
                self._put(self.exchanges.tell(self._paths[lane], content, data))
                return
            self._out += 1
            self._waiting.append((lane, data, token))
            self._send()
        except OSError as error:
            self._fail(error)

    def wants_write(self):
        """Whether to poll as soon as ``sock`` can be written: never, it just sends."""
        return False

    def close(self):
        """Let go of the socket. The tokens that are out are lost."""
        self._drop()
        self._events = []

    def _receive(self, now):
        if self._tls is not None:
            self._tls.check()
        for _ in range(_READS):
            if not self._poller.poll(0):
                break
            data = self._channel.recv(coap.MAX_MESSAGE + 1)
            if data is None:
                break  # a part of the handshake
            if not data and self._tls is not None:
                raise OSError(errno.ECONNRESET, "the server closed the session")
            self._take(self.exchanges.receive(data, now))

    def _send(self):
        while self._waiting and self.exchanges.outstanding() < coap_exchange.NSTART:
            lane, data, token = carriage.take_next(self._waiting)
            content = carriage.content_format(data)
            self.exchanges.post(token, self._paths[lane], content, data, self._now)
        while self.exchanges.outbox:
            self._put(self.exchanges.outbox.pop(0))

    def _put(self, datagram):
        try:
            self._channel.send(datagram)
        except OSError as error:
            if error.errno != errno.EAGAIN:
                raise
            # A full socket loses the datagram as a network does, and so does a handshake that is
            # not over yet: what asks is repeated.

    def _take(self, outcomes):
        for outcome, (token, detail) in outcomes:
            self._out -= 1
            if outcome == coap_exchange.ANSWERED:
                self._failures = 0
                self._events.append((CARRIER_HOP, token))
                if detail:
                    self._events.append((CARRIER_MESSAGE, detail))
            else:
                self._failures += 1
                self.last_error = "%s:%d: %s" % (self._host, self._port, detail)
                self._events.append((CARRIER_FAILED, token))

    def _fail(self, error):
        """A socket goes on after an error, a DTLS session does not."""
        if self._tls is not None:
            self._lose("%s:%d: %s" % (self._host, self._port, error))
        else:
            self._take(self.exchanges.fail_all(str(error)))

    def _lose(self, error):
        self._drop()
        self.last_error = str(error)
        self._events.append((CARRIER_DOWN, self.last_error))

    def _drop(self):
        self.exchanges.fail_all("closed")
        self._waiting = []
        self._out = 0
        self._poller = self._channel = None
        if self._tls is not None:
            self._tls.close()
        if self.sock is not None:
            self.sock.close()
            self.sock = None
