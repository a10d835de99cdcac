"""The way to a broker, as a bench wants it: it can be shut, and it can be narrow."""

import asyncio
import contextlib
import socket

_PIECE = 512  # bytes that a narrow way takes at a time


class Passage:
    """Relays the connections of one port of loopback to another. ``rate``: bytes a second that go
    up, 0 for as many as come. ``carried``: how many went."""

    def __init__(self, to_port: int, rate: int = 0) -> None:
        self.rate = rate
        self.carried = 0
        self._to = to_port
        self._socket = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._socket.getsockname()[1]
        self._socket.close()
        self._server: asyncio.Server | None = None
        self._writers: set[asyncio.StreamWriter] = set()

    async def open(self) -> None:
        """From now on a connection stands."""
        listener = socket.create_server(("127.0.0.1", self.port))
        if self.rate:  # a narrow way holds little, so that its client feels it
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4 * _PIECE)
        self._server = await asyncio.start_server(self._accept, sock=listener, limit=_PIECE)

    def shut(self) -> None:
        """From now on every connection is refused, and those that stood are reset."""
        if self._server is not None:
            self._server.close()
        for writer in self._writers:
            writer.transport.abort()
        self._writers.clear()

    async def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            back_reader, back_writer = await asyncio.open_connection("127.0.0.1", self._to)
        except OSError:
            writer.transport.abort()
            return
        self._writers |= {writer, back_writer}
        await asyncio.gather(self._up(reader, back_writer), self._pump(back_reader, writer))

    async def _up(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        loop = asyncio.get_running_loop()
        free_at = loop.time()
        with contextlib.suppress(OSError):
            while data := await reader.read(_PIECE if self.rate else 1 << 16):
                if self.rate:
                    free_at = max(free_at, loop.time()) + len(data) / self.rate
                    await asyncio.sleep(free_at - loop.time())
                self.carried += len(data)
                writer.write(data)
                await writer.drain()
        writer.close()

    async def _pump(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(OSError):
            while data := await reader.read(1 << 16):
                writer.write(data)
                await writer.drain()
        writer.close()
