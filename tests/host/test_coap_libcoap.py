"""CoAP carriers, on both edges, with libcoap's example server."""

import asyncio
import socket
import subprocess

import pytest

from agent.errors import AgentError
from agent.events import CARRIER_HOP
from agent.protocols import carriage, coap
from simulators.free_port import free_port
from tests.host.carrier_drive import COAP, details, end, until, up
from tests.host.carrier_servers import now_ms, program, wait_for

edges = pytest.mark.parametrize("edge", sorted(COAP))


class Libcoap:
    """libcoap's example server, which creates what is posted to it."""

    def __init__(self, *options: str) -> None:
        name = program("coap-server-notls", "coap-server-openssl", "coap-server")
        self.port = free_port()
        self.url = f"coap://127.0.0.1:{self.port}"
        self._process = subprocess.Popen(
            [name, "-A", "127.0.0.1", "-p", str(self.port), "-d", "20", *options],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )

    def get(self, *path: str) -> bytes:
        """Read a resource with our own codec."""
        options = [(coap.URI_PATH, part.encode()) for part in path]
        options.append((coap.ACCEPT, coap.uint(carriage.COSE_SIGN1)))
        request = coap.Message(coap.CON, coap.GET, 99, b"get!", options)
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
            sock.settimeout(20)
            sock.connect(("127.0.0.1", self.port))
            sock.send(request.encode())
            reply = coap.decode(sock.recv(2048))
        assert (reply.kind, reply.code, reply.token) == (coap.ACK, 0x45, b"get!")
        return bytes(reply.payload)

    def wait(self) -> None:
        """Until it answers a ping (RFC 7252, 4.3)."""
        ping = coap.Message(coap.CON, coap.EMPTY, 1).encode()

        def answers() -> bool:
            with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
                sock.settimeout(0.2)
                sock.connect(("127.0.0.1", self.port))
                try:
                    sock.send(ping)
                    reply = coap.decode(sock.recv(64))
                except (OSError, AgentError):
                    return False
                return bool(reply.kind == coap.RST)

        wait_for(answers, "libcoap")

    def stop(self) -> None:
        self._process.kill()
        self._process.wait()


@edges
def test_libcoap_takes_the_frames(edge: str) -> None:
    async def scenario() -> None:
        server = Libcoap()
        await asyncio.to_thread(server.wait)
        carrier = COAP[edge](server.url, "CD-JJ-0001")
        await up(carrier)
        frames = [(0, b"alarm"), (1, bytes(range(256)) * 3), (2, bytes(1000)), (1, b"\xd2\x84")]
        for token, (lane, frame) in enumerate(frames):
            carrier.offer(lane, frame, token)
        events = await until(carrier, lambda found: len(found) >= 4)
        assert sorted(details(events, CARRIER_HOP)) == [0, 1, 2, 3], carrier.last_error
        for lane, frame in ((0, b"alarm"), (1, b"\xd2\x84"), (2, bytes(1000))):
            assert await asyncio.to_thread(server.get, "pole", "CD-JJ-0001", str(lane)) == frame
        await end(carrier)
        server.stop()

    asyncio.run(scenario())


def test_libcoap_that_loses_its_answers() -> None:
    async def scenario() -> None:
        server = Libcoap("-l", "2,3,6")  # what it fails to send; the first is the ping's
        await asyncio.to_thread(server.wait)
        carrier = COAP["board"](server.url, "p1")
        await up(carrier)
        started = now_ms()
        clock = lambda: started + (now_ms() - started) * 50  # noqa: E731
        for token in range(4):
            carrier.offer(1, b"frame %d" % token, token)
        events = await until(carrier, lambda found: len(found) >= 4, clock=clock)
        assert details(events, CARRIER_HOP) == [0, 1, 2, 3]
        assert await asyncio.to_thread(server.get, "pole", "p1", "1") == b"frame 3"
        await end(carrier)
        server.stop()

    asyncio.run(scenario())
