"""The Carrier port by MQTT on a Linux node: paho-mqtt through its external-loop methods.

Only the connecting runs in a thread; all else happens in ``poll``, in the caller's thread. Inside
asyncio the carrier watches its own socket and calls ``wake`` when a poll is due; elsewhere
``fileno`` and ``wants_write`` say what to wait for.
"""

import select
import socket
import ssl
from collections.abc import Callable
from typing import Any

import paho.mqtt.client as paho
from paho.mqtt.enums import CallbackAPIVersion

from agent.errors import BadSettings
from agent.events import CARRIER_DOWN, CARRIER_HOP, CARRIER_MESSAGE, CARRIER_UP
from agent.linux.mqtt_connect import Attempt, shut
from agent.linux.watch import Watch
from agent.protocols import carriage, mqtt_session, urls
from agent.reading import LANES

WINDOW = 1024  # publications; how many bytes are in flight is the uplink's business
_UNSENT = 4096  # bytes that the kernel takes beyond what it has sent
_TCP_NOTSENT_LOWAT = 25  # include/uapi/linux/tcp.h; not in Python's socket module before 3.12
_READS = 64  # reads of one poll, so that a flood cannot hold the loop


class Carrier:
    """Frames as QoS 1 publications, in the order in which they are offered.

    ``url`` is ``mqtt://`` or ``mqtts://``: then ``tls`` makes the context of each connection, and
    there is no way back to plain TCP.
    Every token ends in CARRIER_HOP or in CARRIER_DOWN, which fails all that are still out: paho
    never reconnects by itself, and never holds more than the window. ``last_error`` says what went
    wrong last, ``oversize`` counts downlinks that were too long and were dropped.
    """

    name = "mqtt"
    limit = 4096  # bytes of one offer that may hold several frames
    confirms = True

    def __init__(
        self,
        url: str,
        device: str,
        keep_alive: int = carriage.KEEP_ALIVE,
        window: int = WINDOW,
        wake: Callable[[], None] = lambda: None,
        tls: Callable[[], ssl.SSLContext] = ssl.create_default_context,
    ) -> None:
        scheme, self._user, self._password, self._host, self._port = urls.parse(url)
        if scheme not in ("mqtt", "mqtts"):
            raise BadSettings([f"expected mqtt://host:port, not {scheme}://"])
        self._tls = tls if scheme == "mqtts" else None
        self.last_error = ""
        self.oversize = 0
        self._device = device
        self._keep_alive = keep_alive
        self._window = window
        self._topics = [carriage.up_topic(device, lane) for lane in LANES]
        self._state = carriage.state_topic(device)
        self._down = carriage.down_topic(device)
        self._watch = Watch(wake)
        self._client: paho.Client | None = None
        self._attempt: Attempt | None = None
        self._up = False
        self._trouble = ""
        self._out: dict[int, tuple[int, int]] = {}
        self._events: list[tuple[int, object]] = []
        self._now = self._heard = 0

    def connect(self, now_ms: int) -> None:
        """Begin to connect; a connection that stands is dropped."""
        self._drop()
        self._now = self._heard = now_ms
        self._watch.begin()
        try:
            self._client = self._fresh_client()
        except OSError as error:
            self._lose(error.strerror or str(error))
            return
        self._attempt = Attempt(
            self._client,
            (self._host, self._port),
            max(1, self._keep_alive // 1000),
            self._watch.wake_from_thread,
        )
        self._attempt.start()

    def poll(self, now_ms: int) -> list[tuple[int, object]]:
        """Send and receive what is possible without waiting; the events since the last poll."""
        self._now = now_ms
        if self._attempt is not None and self._attempt.done:
            self._connected(self._attempt.error)
        if self._client is not None and self._attempt is None:
            self._work(self._client)
        self._update_watch()
        events, self._events = self._events, []
        return events

    def room(self) -> int:
        """How many frames may be offered now."""
        return max(0, self._window - len(self._out)) if self._up else 0

    def offer(self, lane: int, data: bytes, token: int, ask: bool = True) -> None:
        """Take one frame or several. ValueError beyond the room, or for more than ``limit``."""
        carriage.check_offer(data, self.room(), self.limit)
        assert self._client is not None
        info = self._client.publish(self._topics[lane], data, qos=1)
        self._out[info.mid] = (token, self._now)
        self._update_watch()

    def fileno(self) -> int:
        """The socket to wait for, or -1."""
        sock = self._client.socket() if self._client is not None and not self._attempt else None
        return int(sock.fileno()) if sock is not None else -1

    def wants_write(self) -> bool:
        """Whether poll should be called as soon as the socket can be written."""
        return self.fileno() >= 0 and self._client is not None and self._client.want_write()

    def again(self, reason: str) -> None:
        """Give the connection up, for another one under other circumstances."""
        if self._client is not None:
            self._lose(reason)

    def close(self) -> None:
        """Say good-bye as far as the socket takes it, and disconnect. The tokens out are lost."""
        if self._client is not None and self._up:
            self._client.publish(self._state, carriage.OFFLINE, qos=1, retain=True)
            self._client.disconnect()
        self._drop()
        self._events = []

    async def wait_closed(self) -> None:
        """Nothing is left to wait for once close has returned."""

    def _fresh_client(self) -> paho.Client:
        """Without a past: what was out is offered again from the journal, never by paho."""
        client = paho.Client(
            CallbackAPIVersion.VERSION2,
            client_id=self._device,
            clean_session=False,
            reconnect_on_failure=False,
        )
        client.on_socket_open = _tune
        client.max_inflight_messages_set(self._window + 2)  # and the state, coming and going
        client.username_pw_set(self._user, self._password)
        if self._tls is not None:
            client.tls_set_context(self._tls())
        client.will_set(self._state, carriage.OFFLINE, qos=1, retain=True)
        return client

    def _connected(self, error: str) -> None:
        """The attempt is over, and the client ours again."""
        self._attempt = None
        self._heard = self._now
        if error:
            self._lose(error)
        elif self._client is not None:
            self._client.on_connect = self._on_connect
            self._client.on_subscribe = self._on_subscribe
            self._client.on_publish = self._on_publish
            self._client.on_message = self._on_message
            self._client.on_disconnect = self._on_disconnect

    def _work(self, client: paho.Client) -> None:
        for _ in range(_READS):
            if not _readable(client):
                break
            self._heard = self._now
            client.loop_read()
        if client.want_write():
            client.loop_write()
        client.loop_misc()
        patience = self._keep_alive * 3 // 2 if self._up else mqtt_session.CONNECT_PATIENCE
        if client.socket() is None:
            self._complain("the connection is lost")
        elif self._now - self._heard >= patience:
            self._complain(f"the server is silent for {patience // 1000} s")
        elif any(self._now - since >= patience for _, since in self._out.values()):
            self._complain(f"the server does not acknowledge a frame for {patience // 1000} s")
        if self._trouble:
            self._lose(self._trouble)

    def _complain(self, trouble: str) -> None:
        """The first trouble is the cause, what follows are its effects."""
        self._trouble = self._trouble or trouble

    # What paho reports, from within its loop methods, publish and disconnect.

    def _on_connect(
        self, client: paho.Client, _: Any, flags: Any, reason: Any, properties: Any
    ) -> None:
        if reason.is_failure:
            self._complain(f"the server refuses: {reason}")
            return
        self._up = True
        # Ahead of any frame, so that its acknowledgement finds the subscription.
        client.subscribe(self._down, qos=1)
        client.publish(self._state, carriage.ONLINE, qos=1, retain=True)
        self._events.append((CARRIER_UP, not flags.session_present))

    def _on_subscribe(
        self, client: paho.Client, _: Any, mid: int, reasons: Any, properties: Any
    ) -> None:
        if any(reason.is_failure for reason in reasons):
            self._complain("the server refuses the subscription to downlinks")

    def _on_publish(
        self, client: paho.Client, _: Any, mid: int, reason: Any, properties: Any
    ) -> None:
        out = self._out.pop(mid, None)
        if out is not None:
            self._events.append((CARRIER_HOP, out[0]))

    def _on_message(self, client: paho.Client, _: Any, message: paho.MQTTMessage) -> None:
        if len(message.payload) > carriage.MAX_DOWNLINK:
            self.oversize += 1
        elif message.topic == self._down:
            self._events.append((CARRIER_MESSAGE, message.payload))

    def _on_disconnect(
        self, client: paho.Client, _: Any, flags: Any, reason: Any, properties: Any
    ) -> None:
        self._complain(f"the connection is lost: {reason}")

    def _update_watch(self) -> None:
        fd = self.fileno()
        self._watch.update(fd, fd if self.wants_write() else -1)

    def _lose(self, reason: str) -> None:
        self._drop()
        self.last_error = f"{self._host}:{self._port}: {reason}"
        self._events.append((CARRIER_DOWN, self.last_error))

    def _drop(self) -> None:
        client, self._client = self._client, None
        attempt, self._attempt = self._attempt, None
        self._up = False
        self._trouble = ""
        self._out = {}
        self._update_watch()
        if attempt is not None:
            attempt.abandon()
        elif client is not None:
            shut(client)


def _tune(client: paho.Client, _: Any, sock: Any) -> None:
    """The kernel holds little unsent, so what the uplink counts as in flight mostly is."""
    sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    try:
        sock.setsockopt(socket.IPPROTO_TCP, _TCP_NOTSENT_LOWAT, _UNSENT)
    except OSError:
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, _UNSENT)


def _readable(client: paho.Client) -> bool:
    sock = client.socket()
    if sock is None:
        return False
    if isinstance(sock, ssl.SSLSocket) and sock.pending():
        return True
    poller = select.poll()
    poller.register(sock.fileno(), select.POLLIN)
    return bool(poller.poll(0))
