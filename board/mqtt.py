"""The Carrier port by MQTT over a board's own socket. Also runs under CPython."""

import errno
import select
import socket

from agent.errors import AgentError, BadSettings
from agent.events import CARRIER_DOWN, CARRIER_HOP, CARRIER_MESSAGE, CARRIER_UP
from agent.protocols import carriage, mqtt_session

_CHUNK = 256  # bytes of one read: a heap in use has no large pieces left
_READS = 8  # reads of one poll, so that a flood cannot hold the loop
_BACKLOG = 32  # packets unsent, beyond which nothing is read: an answer might add one more

_EVENTS = {mqtt_session.PUBLISHED: CARRIER_HOP, mqtt_session.MESSAGE: CARRIER_MESSAGE}


class Carrier:
    """Frames as QoS 1 publications, in the order in which they are offered.

    Every token ends in CARRIER_HOP or in CARRIER_DOWN, which fails all that are still out; a lost
    connection is never mended silently. ``connect`` blocks while the name of the server is looked
    up, and at no other time. ``sock`` is the socket to wait for, or None; ``last_error`` says what
    went wrong last. ``entropy`` is not used: boards build their carriers alike. ``mqtts://`` is TLS
    (board.tls), and there is no way back to plain TCP; a handshake computes for about a second.
    """

    name = "mqtt"
    limit = carriage.MAX_FRAME  # bytes of one offer that may hold several frames
    confirms = True

    def __init__(
        self,
        url,
        device,
        entropy=None,
        keep_alive=carriage.KEEP_ALIVE,
        window=carriage.WINDOW,
    ):
        from agent.protocols import urls  # a board forgets it when it is up

        scheme, user, password, self._host, self._port = urls.parse(url)
        self._tls = None
        if scheme == "mqtts":
            from board.tls import Tls

            self._tls = Tls(self._host)
        elif scheme != "mqtt":
            raise BadSettings(["this board speaks mqtt:// and mqtts://, not %s://" % scheme])
        self.session = mqtt_session.Session(device, user, password, keep_alive, window)
        self.sock = None
        self.last_error = ""
        self._channel = None  # what bytes go through: the socket, or TLS on it
        self._poller = None
        self._connecting = False
        self._deadline = 0
        self._sent = 0  # bytes of the first packet of the outbox
        self._events = []
        self._now = 0

    def connect(self, now_ms):
        """Begin to connect; a connection that stands is dropped."""
        self._drop()
        self._now = now_ms
        self._deadline = now_ms + mqtt_session.CONNECT_PATIENCE
        try:
            if carriage.AWAY:
                raise OSError(errno.EHOSTUNREACH, "no network is joined")
            family, kind, proto, _, place = socket.getaddrinfo(
                self._host, self._port, 0, socket.SOCK_STREAM
            )[0]
            self.sock = socket.socket(family, kind, proto)
            self.sock.setblocking(False)
            self._connecting = True
            self._poller = select.poll()
            self._poller.register(self.sock, select.POLLOUT)
            try:
                self.sock.connect(place)
            except OSError as error:
                if error.errno != errno.EINPROGRESS:
                    raise
        except (OSError, ValueError) as error:
            self._lose(error)

    def poll(self, now_ms):
        """Send and receive what is possible without waiting; the events since the last poll."""
        self._now = now_ms
        if self.sock is not None:
            try:
                self._work(now_ms)
            except (AgentError, OSError) as error:
                self._lose(error)
        events = self._events
        self._events = []
        return events

    def room(self):
        """How many frames may be offered now."""
        return self.session.room()

    def offer(self, lane, data, token, ask=True):
        """Take one frame or several. ValueError beyond the room, or for more than ``limit``."""
        self.session.offer(lane, data, token, self._now)
        if len(self.session.outbox) == 1:
            try:
                self._flush()
            except OSError as error:
                self._lose(error)

    def wants_write(self):
        """Whether poll should be called as soon as ``sock`` can be written."""
        return self._connecting or bool(self.session.outbox)

    def close(self):
        """Say good-bye as far as the socket takes it, and disconnect. The tokens out are lost."""
        if self.sock is not None:
            self.session.leave(self._now)
            try:
                self._flush()
            except OSError:
                pass
        self._drop()
        self._events = []

    def _work(self, now):
        if self._connecting:
            if not self._connected(now):
                return
            self._connecting = False
            self._open_channel()
            self.session.open(now)
        if self._tls is not None:
            self._tls.check()
        self._flush()
        for _ in range(_READS):
            if len(self.session.outbox) > _BACKLOG or not self._poller.poll(0):
                break
            self._read(now)
        self.session.tick(now)
        self._flush()

    def _open_channel(self):
        self._poller.unregister(self.sock)
        stream = self._channel = self.sock
        if self._tls is not None:
            self._channel = self._tls
            stream = self._tls.begin(self.sock)
        self._poller.register(stream, select.POLLIN)

    def _connected(self, now):
        ready = self._poller.poll(0)
        if not ready:
            if now >= self._deadline:
                raise OSError(errno.ETIMEDOUT, "no answer")
            return False
        if ready[0][1] & (select.POLLERR | select.POLLHUP):
            self.sock.recv(1)  # raises what went wrong
            raise OSError(errno.ECONNREFUSED, "refused")
        return True

    def _read(self, now):
        data = self._channel.recv(_CHUNK)
        if data is None:
            return
        if not data:
            raise OSError(errno.ECONNRESET, "the server closed the connection")
        for event, detail in self.session.receive(data, now):
            if event == mqtt_session.CONNECTED:
                self._events.append((CARRIER_UP, not detail))
            else:
                self._events.append((_EVENTS[event], detail))

    def _flush(self):
        outbox = self.session.outbox
        while outbox:
            packet = outbox[0]
            try:
                self._sent += self._channel.send(memoryview(packet)[self._sent :])
            except OSError as error:
                if error.errno == errno.EAGAIN:
                    return
                raise
            if self._sent < len(packet):
                return
            outbox.pop(0)
            self._sent = 0

    def _lose(self, error):
        self._drop()
        self.last_error = "%s:%d: %s" % (self._host, self._port, error)
        self._events.append((CARRIER_DOWN, self.last_error))

    def _drop(self):
        self.session.lose()
        self._poller = None
        self._connecting = False
        self._sent = 0
        self._channel = None
        if self._tls is not None:
            self._tls.close()
        if self.sock is not None:
            self.sock.close()
            self.sock = None
