"""aiocoap's CoAP server that takes nothing but OSCORE, and the security contexts of its clients."""

import gc
import tempfile
from pathlib import Path
from typing import Any

import aiocoap
from aiocoap import credentials, oscore_sitewrapper
from aiocoap.transports.oscore import OSCOREAddress

from agent.linux import oscore_files
from agent.protocols import oscore
from tests.host.carrier_servers import CoapServer
from tests.shared.aes_block import aes

SECRET = bytes(range(16))
SALT = b"pole"


class Numbers:
    """Sequence numbers of one run."""

    def __init__(self, first: int = 0) -> None:
        self.next = first

    def take(self) -> int:
        self.next += 1
        return self.next - 1


def folder_of(path: Path, sender: bytes, recipient: bytes) -> Path:
    """A security context as aiocoap keeps it."""
    oscore_files.make(path, SECRET, SALT, sender, recipient)
    return path


def context(device: bytes, numbers: Numbers | None = None) -> oscore.Context:
    """The same context as a board has it."""
    return oscore.Context(SECRET, SALT, device, b"\0", aes, numbers or Numbers())


class OscoreServer(CoapServer):
    """Knows the devices by their ids; whoever is not protected gets 4.01."""

    def __init__(self, *devices: bytes) -> None:
        super().__init__()
        self._folder = tempfile.TemporaryDirectory()
        self.credentials = credentials.CredentialsMap()
        for device in devices:
            path = folder_of(Path(self._folder.name) / device.hex(), b"\0", device)
            self.credentials.load_from_dict(
                {f":{device.hex()}": {"oscore": {"basedir": str(path)}}}
            )

    def guarded(self, site: Any) -> Any:
        self.refused = 0
        outer = oscore_sitewrapper.OscoreSiteWrapper(site, self.credentials)
        inner = site.render_to_pipe

        async def protected_only(pipe: Any) -> None:
            if not isinstance(pipe.request.remote, OSCOREAddress):
                self.refused += 1
                pipe.add_response(aiocoap.Message(code=aiocoap.UNAUTHORIZED), is_last=True)
                return
            await inner(pipe)

        site.render_to_pipe = protected_only
        return outer

    def end(self) -> None:
        super().end()
        # aiocoap writes a context's numbers when it is forgotten: before its folder is.
        self.credentials.clear()
        gc.collect()
        self._folder.cleanup()
