"""Real servers at the far end of the carriers: mosquitto, aiocoap, and what they took."""

import asyncio
import os
import shutil
import socket
import subprocess
import tempfile
import threading
import time
from pathlib import Path
from typing import Any

import aiocoap
import paho.mqtt.client as paho
import pytest
from aiocoap import resource

from agent.protocols import carriage
from simulators.free_port import free_port

PATIENCE_MS = 60_000


def program(*names: str) -> str:
    """The first of these programs that is installed; else the test is skipped, but not in CI."""
    for name in names:
        path = shutil.which(name) or shutil.which(name, path="/usr/sbin:/usr/local/sbin")
        if path:
            return path
    if os.environ.get("CI") == "true":
        pytest.fail(f"{names[0]} is not installed")
    pytest.skip(f"{names[0]} is not installed")


def now_ms() -> int:
    return time.monotonic_ns() // 1_000_000


def wait_for(condition: Any, what: str) -> None:
    end = now_ms() + PATIENCE_MS
    while not condition():
        assert now_ms() < end, f"waited in vain for {what}"
        time.sleep(0.005)


def show(folder: Path) -> None:
    """Let others into a folder of tests: a broker that root started gives up root's rights."""
    temporary = Path(tempfile.gettempdir()).resolve()
    for path in (folder.resolve(), *folder.resolve().parents):
        if temporary not in path.parents:
            return
        path.chmod(0o755)


class Mosquitto:
    """A broker of its own on loopback, and a platform that listens there."""

    keeps_sessions = True
    patience = PATIENCE_MS

    def __init__(self, settings: str = "allow_anonymous true\n") -> None:
        self.port = 0
        self._settings = settings
        self._program = program("mosquitto")
        self._folder = tempfile.TemporaryDirectory()
        self._config = Path(self._folder.name) / "mosquitto.conf"
        self._said = Path(self._folder.name) / "said"
        os.chmod(self._folder.name, 0o755)
        self._process: subprocess.Popen[bytes] | None = None
        self._platform: paho.Client | None = None
        self._frames: list[tuple[str, int, bytes]] = []
        self.states: dict[str, bytes] = {}

    def start(self, platform: bool = True) -> None:
        for _ in range(1 if self.port else 5):  # somebody else may take a free port in between
            if self._begins(self.port or free_port()):
                break
        else:
            said = self._said.read_text(errors="replace")
            raise AssertionError(f"mosquitto does not start: {said}")
        if not platform:
            return
        subscribed = threading.Event()
        self._platform = paho.Client(paho.CallbackAPIVersion.VERSION2, "platform")
        self._platform.on_message = self._on_message
        self._platform.on_subscribe = lambda *_: subscribed.set()
        self._platform.connect("127.0.0.1", self.port)
        self._platform.subscribe([("pole/+/up/+", 1), ("pole/+/state", 1)])
        self._platform.loop_start()
        assert subscribed.wait(PATIENCE_MS / 1000)

    def _begins(self, port: int) -> bool:
        """Start it on that port; whether it stays."""
        self._config.write_text(f"listener {port} 127.0.0.1\n{self._settings}")
        with self._said.open("wb") as said:
            self._process = subprocess.Popen([self._program, "-c", str(self._config)], stderr=said)
        wait_for(lambda: self._listens(port), "mosquitto")
        if self._process.poll() is not None:
            return False
        self.port = port
        return True

    def stop(self) -> None:
        """Without a word, as a power cut would."""
        if self._platform is not None:
            self._platform.disconnect()
            self._platform.loop_stop()
            self._platform = None
        if self._process is not None:
            self._process.kill()
            self._process.wait()
            self._process = None

    def end(self) -> None:
        self.stop()
        self._folder.cleanup()

    def received(self, device: str) -> list[tuple[int, bytes]]:
        return [(lane, frame) for name, lane, frame in self._frames if name == device]

    def downlink(self, device: str, data: bytes) -> None:
        assert self._platform is not None
        info = self._platform.publish(carriage.down_topic(device), data, qos=1)
        info.wait_for_publish(PATIENCE_MS / 1000)

    @property
    def url(self) -> str:
        return f"mqtt://127.0.0.1:{self.port}"

    def _listens(self, port: int) -> bool:
        """Whether it can be reached, or has given up."""
        assert self._process is not None
        if self._process.poll() is not None:
            return True
        try:
            socket.create_connection(("127.0.0.1", port), 1).close()
        except OSError:
            return False
        return True

    def _on_message(self, _: Any, __: Any, message: paho.MQTTMessage) -> None:
        parts = message.topic.split("/")
        if parts[2] == "state":
            self.states[parts[1]] = message.payload
        else:
            self._frames.append((parts[1], int(parts[3]), message.payload))


class _Pole(resource.Resource, resource.PathCapable):  # type: ignore[misc]
    def __init__(self, server: "CoapServer") -> None:
        super().__init__()
        self.server = server

    async def render_post(self, request: Any) -> Any:
        several = request.payload.startswith(b"\xd2\x80\xd2")
        assert request.opt.content_format == (63 if several else 18)
        if request.opt.no_response is not None:
            assert request.opt.no_response == 26
            # Inside OSCORE a request has no type of its own.
            assert request.mtype in (aiocoap.NON, None)
            self.server.quiet += 1
        return await self.server.answer(*request.opt.uri_path, request.payload)


class CoapServer:
    """aiocoap's server in a thread of its own. ``delay`` s makes it answer separately (5.2.2)."""

    keeps_sessions = False
    patience = PATIENCE_MS

    def __init__(self) -> None:
        self.port = free_port()
        self.url = f"coap://127.0.0.1:{self.port}"
        self.code = aiocoap.CHANGED
        self.delay = 0.0
        self.quiet = 0
        self._frames: list[tuple[str, int, bytes]] = []
        self._downlinks: dict[str, bytes] = {}
        self._loop: asyncio.AbstractEventLoop | None = None
        self._thread: threading.Thread | None = None
        self._stop = asyncio.Event()

    async def answer(self, device: str, lane: str, frame: bytes) -> Any:
        self._frames.append((device, int(lane), frame))
        if self.delay:
            await asyncio.sleep(self.delay)
        return aiocoap.Message(code=self.code, payload=self._downlinks.pop(device, b""))

    def start(self) -> None:
        ready = threading.Event()
        self._thread = threading.Thread(target=lambda: asyncio.run(self._serve(ready)))
        self._thread.start()
        assert ready.wait(PATIENCE_MS / 1000)

    def stop(self) -> None:
        if self._thread is not None and self._loop is not None:
            self._loop.call_soon_threadsafe(self._stop.set)
            self._thread.join()
            self._thread = None

    def end(self) -> None:
        self.stop()

    def received(self, device: str) -> list[tuple[int, bytes]]:
        return [(lane, frame) for name, lane, frame in self._frames if name == device]

    def downlink(self, device: str, data: bytes) -> None:
        self._downlinks[device] = data

    def guarded(self, site: resource.Site) -> Any:
        """The site as it stands in front of the clients."""
        return site

    async def _serve(self, ready: threading.Event) -> None:
        self._loop = asyncio.get_running_loop()
        self._stop = asyncio.Event()
        site = resource.Site()
        site.add_resource(["pole"], _Pole(self))
        context = await aiocoap.Context.create_server_context(
            self.guarded(site), bind=("127.0.0.1", self.port), transports=["simplesocketserver"]
        )
        ready.set()
        await self._stop.wait()
        await asyncio.sleep(0.05)  # a datagram on its way still finds somebody
        await context.shutdown()
