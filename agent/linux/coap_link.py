"""One aiocoap context to one server, and the requests on it."""

import asyncio
import os
import socket
from typing import Any

import aiocoap  # type: ignore[import-untyped]
from aiocoap.numbers.constants import TransportTuning  # type: ignore[import-untyped]

from agent.errors import NotAcknowledged
from agent.protocols import carriage, coap
from agent.protocols.coap_exchange import SEPARATE_PATIENCE, RoundTrip


class _Tuning(TransportTuning):  # type: ignore[misc]
    """RFC 7252's parameters, with the time-out that was measured."""

    reliability = True

    def __init__(self, timeout_ms: int) -> None:
        self.ACK_TIMEOUT = timeout_ms / 1000


class _Untold(TransportTuning):  # type: ignore[misc]
    """A message that is sent once, as a NON."""

    reliability = False


class Link:
    """A fresh socket with the server's name looked up once. secure: an aiocoap security context;
    then nothing leaves that it has not sealed, and no answer counts that it does not prove."""

    def __init__(self, host: str, port: int, round_trip: RoundTrip, secure: Any = None) -> None:
        self._place = f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
        self._uri_host = carriage.uri_host(host)
        self._round_trip = round_trip
        self._secure = secure
        self._context: asyncio.Future[Any] | None = None
        self._remote: Any = None
        self._tasks: set[asyncio.Task[None]] = set()

    def spawn(self, work: Any) -> None:
        """Run a coroutine until it ends, or the link is closed."""
        task = asyncio.get_running_loop().create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def open(self) -> None:
        """Open the socket and look the name up. NotAcknowledged says why that failed."""
        # OSCORE first: UDP would take its addresses, too, and send in the clear.
        transports = [_transport()] if self._secure is None else ["oscore", _transport()]
        self._context = asyncio.ensure_future(
            aiocoap.Context.create_client_context(transports=transports)
        )
        try:
            context = await asyncio.shield(self._context)
            message = aiocoap.Message(code=aiocoap.POST, uri=f"coap://{self._place}")
            await context.find_remote_and_interface(message)
        except (aiocoap.error.Error, OSError, ValueError) as error:
            raise NotAcknowledged(f"{self._place}: {_text(error)}")
        self._remote = message.remote
        if self._secure is not None:
            from aiocoap.transports.oscore import OSCOREAddress  # type: ignore[import-untyped]

            self._remote = OSCOREAddress(self._secure, message.remote)

    def tell(self, path: tuple[str, ...], data: bytes) -> None:
        """Send a NON that nobody answers. Below aiocoap's requests, which would wait for ever."""
        assert self._context is not None
        message = self._message(path, data, _Untold())
        message.opt.no_response = coap.SILENCE
        if self._secure is not None:
            message, _ = self._secure.protect(message)
            message.remote = self._remote.underlying_address
        tokens = self._context.result().request_interfaces[-1]
        message.token = tokens.next_token()
        try:
            tokens.token_interface.send_message(message, lambda: None)
        except OSError:
            pass  # lost, as in a network

    def _message(self, path: tuple[str, ...], data: bytes, tuning: TransportTuning) -> Any:
        message = aiocoap.Message(
            code=aiocoap.POST,
            payload=data,
            content_format=carriage.content_format(data),
            uri_path=path,
            transport_tuning=tuning,
        )
        message.remote = self._remote
        if self._uri_host:
            message.opt.uri_host = self._uri_host
        return message

    async def post(self, path: tuple[str, ...], frame: bytes) -> bytes:
        """The payload of the answer to one offer. NotAcknowledged for anything but a 2.xx."""
        assert self._context is not None
        tuning = _Tuning(self._round_trip.timeout)
        message = self._message(path, frame, tuning)
        loop = asyncio.get_running_loop()
        started = loop.time()
        patience = tuning.MAX_TRANSMIT_WAIT + SEPARATE_PATIENCE / 1000
        request = self._context.result().request(message, handle_blockwise=False)
        # Shielded, and its end looked at by somebody: aiocoap fails in its receiver when an answer
        # meets a future that was cancelled just before. The context's shutdown ends what is left.
        request.response.add_done_callback(_looked_at)
        try:
            response = await asyncio.wait_for(asyncio.shield(request.response), patience)
        except (TimeoutError, aiocoap.error.Error, OSError, ValueError) as error:
            raise NotAcknowledged(f"{self._place}: {_text(error)}")
        elapsed = int((loop.time() - started) * 1000)
        # aiocoap does not say whether it had to repeat the message; after a time-out it had.
        self._round_trip.sample(elapsed, int(elapsed >= self._round_trip.timeout))
        trouble = _trouble(response)
        if trouble:
            raise NotAcknowledged(f"{self._place}: {trouble}")
        return bytes(response.payload)

    async def close(self) -> None:
        """End what runs, and close the socket."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        if self._context is None:
            return
        try:
            context = await self._context
        except OSError:
            return  # it never opened
        await context.shutdown()


def _transport() -> str:
    """aiocoap's transport for Linux, or the plain one where the kernel knows no IPv6."""
    try:
        socket.socket(socket.AF_INET6, socket.SOCK_DGRAM).close()
    except OSError:
        return "simple6"
    return "udp6"


def _looked_at(response: asyncio.Future[Any]) -> None:
    if not response.cancelled():
        response.exception()


def _text(error: BaseException) -> str:
    """What a person can use: aiocoap keeps the system's word in the cause, with its number."""
    cause = error.__cause__ or error
    if isinstance(cause, OSError) and cause.errno is not None and cause.errno > 0:
        return os.strerror(cause.errno)
    return str(cause) or type(error).__name__


def _trouble(response: Any) -> str | None:
    """Why a response is no success, or None."""
    blocks = (response.opt.block1, response.opt.block2)
    if any(block is not None and (block.more or block.block_number) for block in blocks):
        return "the server answers in blocks"
    if len(response.payload) > carriage.MAX_DOWNLINK:
        return "the answer is too long"
    if not response.code.is_successful() or response.code == aiocoap.CONTINUE:
        return f"the server answers {response.code.dotted}"
    return None
