"""A stretch of network that can go away: relays UDP or TCP on loopback, and drops everything while
it is down, as a lost radio link does. Nobody is told: no reset, no ICMP.
"""

import asyncio
import contextlib
from collections.abc import Callable


class UdpRelay:
    """Datagrams from many clients to one server; each client keeps its own socket towards it."""

    def __init__(self, server: tuple[str, int]) -> None:
        self.server = server
        self.up = True
        self.dropped = 0
        self.port = 0
        self._front: asyncio.DatagramTransport | None = None
        self._backs: dict[tuple[str, int], asyncio.DatagramTransport] = {}

    async def start(self, port: int = 0) -> int:
        """Listen on loopback; returns the port."""
        loop = asyncio.get_running_loop()
        self._front, _ = await loop.create_datagram_endpoint(
            lambda: _Datagrams(self._from_client), local_addr=("127.0.0.1", port)
        )
        self.port = self._front.get_extra_info("sockname")[1]
        return self.port

    def _from_client(self, data: bytes, client: tuple[str, int]) -> None:
        if not self.up:
            self.dropped += 1
            return
        back = self._backs.get(client)
        if back is None:
            asyncio.get_running_loop().create_task(self._open(data, client))
        else:
            back.sendto(data)

    async def _open(self, data: bytes, client: tuple[str, int]) -> None:
        def answer(reply: bytes, _: tuple[str, int]) -> None:
            if self.up and self._front is not None:
                self._front.sendto(reply, client)
            else:
                self.dropped += 1

        back, _ = await asyncio.get_running_loop().create_datagram_endpoint(
            lambda: _Datagrams(answer), remote_addr=self.server
        )
        self._backs[client] = back
        back.sendto(data)

    async def stop(self) -> None:
        for transport in [self._front, *self._backs.values()]:
            if transport is not None:
                transport.close()


class _Datagrams(asyncio.DatagramProtocol):
    def __init__(self, received: Callable[[bytes, tuple[str, int]], None]) -> None:
        self.received = received

    def datagram_received(self, data: bytes, addr: tuple[str, int]) -> None:
        self.received(data, addr)


class TcpRelay:
    """Connections to one server. While down, bytes are swallowed and nothing new gets through."""

    def __init__(self, server: tuple[str, int]) -> None:
        self.server = server
        self.up = True
        self.dropped = 0
        self.port = 0
        self._listener: asyncio.Server | None = None
        self._writers: set[asyncio.StreamWriter] = set()

    async def start(self, port: int = 0) -> int:
        """Listen on loopback; returns the port."""
        self._listener = await asyncio.start_server(self._accept, "127.0.0.1", port)
        self.port = self._listener.sockets[0].getsockname()[1]
        return self.port

    async def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._writers.add(writer)
        if not self.up:
            while not self.up:
                await asyncio.sleep(0.1)
            writer.close()
            return
        try:
            far_reader, far_writer = await asyncio.open_connection(*self.server)
        except OSError:
            writer.close()
            return
        self._writers.add(far_writer)
        # A connection that lived through an outage has a hole in its bytes: it must die with it.
        await asyncio.gather(
            self._pump(reader, far_writer, writer), self._pump(far_reader, writer, far_writer)
        )

    async def _pump(
        self,
        reader: asyncio.StreamReader,
        writer: asyncio.StreamWriter,
        back: asyncio.StreamWriter,
    ) -> None:
        holed = False
        with contextlib.suppress(OSError):
            while data := await reader.read(4096):
                if not self.up or holed:
                    holed = True
                    self.dropped += len(data)
                    if self.up:
                        back.close()  # the sender learns of it as soon as the network is back
                    continue
                writer.write(data)
                await writer.drain()
        writer.close()

    async def stop(self) -> None:
        if self._listener is not None:
            self._listener.close()
        for writer in self._writers:
            writer.close()
