"""The CoAP carrier of Linux: a machine without IPv6, and how it wakes the loop."""

import asyncio
import socket
from typing import Any

import pytest

from agent.events import CARRIER_DOWN, CARRIER_HOP, CARRIER_UP
from agent.linux import coap_link
from tests.host.carrier_drive import COAP, delivered, details, end, until, up
from tests.host.carrier_servers import CoapServer, now_ms


def test_linux_without_ipv6(coap_server: CoapServer, monkeypatch: pytest.MonkeyPatch) -> None:
    real = socket.socket

    def no_ipv6(family: int = -1, *rest: Any, **more: Any) -> socket.socket:
        if family == socket.AF_INET6:
            raise OSError(97, "Address family not supported by protocol")
        return real(family, *rest, **more)

    async def scenario() -> None:
        monkeypatch.setattr(coap_link.socket, "socket", no_ipv6)
        carrier = COAP["linux"](coap_server.url, "p1")
        await up(carrier)
        monkeypatch.undo()
        for token in range(10):
            carrier.offer(1, bytes(1000), token)
        events = await until(carrier, lambda found: len(found) >= 10)
        assert details(events, CARRIER_HOP) == list(range(10))
        coap_server.stop()
        carrier.offer(1, b"frame", 1)
        carrier.offer(1, b"frame", 2)
        carrier.offer(1, b"frame", 3)
        events = await until(carrier, lambda found: details(found, CARRIER_DOWN))
        assert "refused" in carrier.last_error
        await end(carrier)

    asyncio.run(scenario())


def test_the_linux_carrier_wakes_the_loop(coap_server: CoapServer) -> None:
    """Polled only when it asks for it, never by a timer."""

    async def scenario() -> None:
        wake = asyncio.Event()
        from agent.linux.coap import Carrier

        carrier = Carrier(coap_server.url, "p1", wake=wake.set)
        carrier.connect(now_ms())
        events = await delivered(carrier, wake, 30)
        assert events[0] == (CARRIER_UP, True)
        assert details(events, CARRIER_HOP) == list(range(30))
        await end(carrier)

    asyncio.run(scenario())
