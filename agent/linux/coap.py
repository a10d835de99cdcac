"""The Carrier port by CoAP on a Linux node: aiocoap's client, on the running asyncio loop.

aiocoap repeats, matches and acknowledges; the carrier chooses what goes next, and tells aiocoap the
measured round trip. ``wake`` is called, in the loop's thread, when a poll is due.
"""

import asyncio
from collections.abc import Callable
from typing import Any

from agent.errors import BadSettings, NotAcknowledged
from agent.events import (
    CARRIER_DOWN,
    CARRIER_FAILED,
    CARRIER_HOP,
    CARRIER_MESSAGE,
    CARRIER_UP,
)
from agent.linux.coap_link import Link
from agent.protocols import carriage, urls
from agent.protocols.coap_exchange import MAX_FAILURES, NSTART, RoundTrip


class Carrier:
    """Offers as confirmable POSTs; an answer's payload is a downlink.

    CoAP has no connection: CARRIER_UP says that the name was found and a fresh socket is open.
    Every token that asks ends in CARRIER_HOP, in CARRIER_FAILED (``last_error`` says why) or in
    CARRIER_DOWN, which fails all that are still out. What does not ask goes at once as a NON with
    No-Response, takes no room and ends in no event; a full socket loses it as a network does.
    Alarms overtake what waits for its turn. ``connect`` and ``offer`` need the running loop. After
    ``close``, await ``wait_closed`` before the loop ends. secure: a security context of aiocoap's,
    as oscore_files.load gives it, or None for plain CoAP.
    """

    name = "coap"
    limit = carriage.MAX_FRAME  # bytes of one offer that may hold several frames
    confirms = False

    def __init__(
        self,
        url: str,
        device: str,
        window: int = carriage.WINDOW,
        wake: Callable[[], None] = lambda: None,
        secure: Any = None,
    ) -> None:
        scheme, _, _, self._host, self._port = urls.parse(url)
        if scheme != "coap":
            raise BadSettings([f"expected coap://host:port, not {scheme}://"])
        self.last_error = ""
        self._device = device
        self._window = window
        self._wake = wake
        self._round_trip = RoundTrip()
        self._secure = secure
        self._link: Link | None = None
        self._up = False
        self._waiting: list[tuple[int, bytes, int]] = []
        self._out = self._sent = self._failures = 0
        self._events: list[tuple[int, object]] = []
        self._closing: set[asyncio.Task[None]] = set()

    def connect(self, now_ms: int) -> None:
        """Look the server up and open a fresh socket; one that is open is dropped."""
        self._drop()
        self._link = Link(self._host, self._port, self._round_trip, self._secure)
        self._link.spawn(self._open(self._link))

    def poll(self, now_ms: int) -> list[tuple[int, object]]:
        """The events since the last poll. The work is done in the loop."""
        events, self._events = self._events, []
        return events

    def room(self) -> int:
        """How many frames may be offered now."""
        return max(0, self._window - self._out) if self._up else 0

    def offer(self, lane: int, data: bytes, token: int, ask: bool = True) -> None:
        """Take one frame or several. ValueError beyond the room, or for more than ``limit``."""
        carriage.check_offer(data, self.room() if ask else int(self._up))
        if not ask:
            assert self._link is not None
            self._link.tell(carriage.up_path(self._device, lane), data)
            return
        self._out += 1
        self._waiting.append((lane, data, token))
        self._send()

    def close(self) -> None:
        """Let go of the socket. The tokens that are out are lost."""
        self._drop()
        self._events = []

    async def wait_closed(self) -> None:
        """Until nothing of this carrier runs in the loop any more; call it after close."""
        while self._closing:
            await asyncio.gather(*self._closing)

    async def _open(self, link: Link) -> None:
        try:
            await link.open()
        except NotAcknowledged as error:
            if link is self._link:
                self._lose(str(error))
            return
        if link is self._link:
            self._up = True
            self._events.append((CARRIER_UP, True))
            self._wake()

    def _send(self) -> None:
        while self._link is not None and self._waiting and self._sent < NSTART:
            lane, frame, token = carriage.take_next(self._waiting)
            self._sent += 1
            self._link.spawn(self._exchange(self._link, lane, frame, token))

    async def _exchange(self, link: Link, lane: int, frame: bytes, token: int) -> None:
        error = ""
        answer = b""
        try:
            answer = await link.post(carriage.up_path(self._device, lane), frame)
        except NotAcknowledged as why:
            error = str(why)
        if link is not self._link:
            return
        self._sent -= 1
        self._out -= 1
        if error:
            self._failures += 1
            self.last_error = error
            self._events.append((CARRIER_FAILED, token))
        else:
            self._failures = 0
            self._events.append((CARRIER_HOP, token))
            if answer:
                self._events.append((CARRIER_MESSAGE, answer))
        if self._failures >= MAX_FAILURES:
            self._lose(error)
        else:
            self._send()
            self._wake()

    def _lose(self, reason: str) -> None:
        self._drop()
        self.last_error = reason
        self._events.append((CARRIER_DOWN, reason))
        self._wake()

    def _drop(self) -> None:
        link, self._link = self._link, None
        self._up = False
        self._waiting = []
        self._out = self._sent = self._failures = 0
        if link is not None:
            task = asyncio.get_running_loop().create_task(link.close())
            self._closing.add(task)
            task.add_done_callback(self._closing.discard)
