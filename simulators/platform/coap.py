"""The platform's CoAP door: ``POST /pole/{device}/{lane}``, answered with the acknowledgement."""

import sqlite3
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import aiocoap  # type: ignore[import-untyped]
from aiocoap import resource
from aiocoap.numbers.codes import Code  # type: ignore[import-untyped]

from agent.protocols.carriage import CBOR_SEQUENCE, COSE_SIGN1
from simulators.platform.ingest import Ingest


class _Pole(resource.Resource, resource.PathCapable):  # type: ignore[misc]
    """Everything below /pole."""

    def __init__(self, ingest: Ingest) -> None:
        super().__init__()
        self.ingest = ingest

    async def render_post(self, request: Any) -> Any:
        """One frame (content format 18) or several (63). To No-Response (RFC 7967) aiocoap sends
        nothing of what is returned here."""
        path = request.opt.uri_path
        if len(path) < 2:
            return aiocoap.Message(code=Code.NOT_FOUND)
        content = request.opt.content_format
        if content not in (COSE_SIGN1, CBOR_SEQUENCE, None):
            return aiocoap.Message(code=Code.UNSUPPORTED_CONTENT_FORMAT)
        ask = request.opt.no_response is None
        try:
            downlinks = self.ingest.receive(path[0], request.payload, "coap", ask)
        except sqlite3.Error:
            # Not stored, so not acknowledged: the device keeps it and sends it again.
            return aiocoap.Message(code=Code.SERVICE_UNAVAILABLE)
        if not downlinks:
            return aiocoap.Message(code=Code.FORBIDDEN)
        return aiocoap.Message(code=Code.CHANGED, payload=downlinks[-1], content_format=COSE_SIGN1)


class CoapDoor:
    """A CoAP server on host:port. contexts: folders of OSCORE security contexts, as
    `pole authority oscore` makes them for a platform; then nobody else gets in."""

    def __init__(self, ingest: Ingest, host: str, port: int, contexts: Sequence[Path] = ()) -> None:
        self.ingest = ingest
        self.bind = (host, port)
        self.contexts = contexts
        self._context: Any = None
        self._known: Any = None

    async def start(self) -> None:
        """Listen."""
        site = resource.Site()
        site.add_resource(["pole"], _Pole(self.ingest))
        self._context = await aiocoap.Context.create_server_context(
            _sealed(site, self._load()) if self.contexts else site,
            bind=self.bind,
            transports=["udp6" if ":" in self.bind[0] else "simplesocketserver"],
        )

    async def stop(self) -> None:
        """Let go of the port."""
        if self._context is not None:
            await self._context.shutdown()
            self._context = None
        if self._known is not None:
            self._known.clear()  # aiocoap writes what it counted when it forgets a context

    def _load(self) -> Any:
        from aiocoap.credentials import CredentialsMap  # type: ignore[import-untyped]

        self._known = CredentialsMap()
        for folder in self.contexts:
            self._known.load_from_dict({f":{folder.name}": {"oscore": {"basedir": str(folder)}}})
        return self._known


def _sealed(site: Any, known: Any) -> Any:
    """The site behind OSCORE: what comes in the clear gets 4.01 and nothing else."""
    from aiocoap import oscore_sitewrapper
    from aiocoap.transports.oscore import OSCOREAddress  # type: ignore[import-untyped]

    inner = site.render_to_pipe

    async def only_sealed(pipe: Any) -> None:
        if isinstance(pipe.request.remote, OSCOREAddress):
            await inner(pipe)
        else:
            pipe.add_response(aiocoap.Message(code=Code.UNAUTHORIZED), is_last=True)

    site.render_to_pipe = only_sealed
    return oscore_sitewrapper.OscoreSiteWrapper(site, known)
