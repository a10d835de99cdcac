"""The whole platform in one process: doors, store, page."""

import asyncio
import threading
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from agent.linux import algorithms
from agent.linux.entropy import Entropy
from agent.linux.libcrypto import make_signer
from provisioning.registry import Registry
from simulators.platform.coap import CoapDoor
from simulators.platform.ingest import Ingest
from simulators.platform.mqtt import MqttDoor
from simulators.platform.store import Store
from simulators.platform.view import View
from simulators.platform.web import PageServer


class Platform:
    """start() opens what is asked for; key: the platform's private key; next_key: that to which it
    rotates."""

    def __init__(
        self,
        registry: Registry,
        key: int,
        store: Path | str,
        coap: tuple[str, int] | None = None,
        mqtt: str | None = None,
        web: tuple[str, int] | None = None,
        oscore: Sequence[Path] = (),
        next_key: int | None = None,
    ) -> None:
        self.store = Store(store)
        self.ingest = Ingest(
            self.store,
            registry,
            algorithms.verifier(registry.keys()),
            make_signer(key, Entropy()),
            lambda: time.time_ns() // 1_000_000,
        )
        self.rotate_to(next_key)
        self._view = View(self.store, self.ingest, registry)
        self.doors: list[CoapDoor | MqttDoor] = []
        if coap:
            self.doors.append(CoapDoor(self.ingest, *coap, oscore))
        if mqtt:
            self.doors.append(MqttDoor(self.ingest, mqtt))
        self.page = PageServer(*web, self._state) if web else None
        self._shown: dict[str, Any] = {}
        self._lock = threading.Lock()
        self._task: asyncio.Task[None] | None = None

    def use(self, registry: Registry) -> None:
        """Trust another registry from now on: devices came, went, or have a next key."""
        self.ingest.registry = self._view.registry = registry
        self.ingest.verifier = algorithms.verifier(registry.keys())

    def rotate_to(self, key: int | None) -> None:
        """Speak under another key to every device that was told of it."""
        self.ingest.desk.next_signer = make_signer(key, Entropy()) if key is not None else None

    async def start(self) -> None:
        """Open the doors and the page."""
        for door in self.doors:
            await door.start()
        if self.page:
            self._look()
            self.page.start()
            self._task = asyncio.create_task(self._keep_looking())

    async def stop(self) -> None:
        """Close everything."""
        if self._task:
            self._task.cancel()
        for door in self.doors:
            await door.stop()
        if self.page:
            self.page.stop()
        self.store.close()

    def _state(self) -> dict[str, Any]:
        """For the page's thread: what was seen last."""
        with self._lock:
            return self._shown

    def _look(self) -> None:
        shown = self._view.state(time.time_ns() // 1_000_000)
        with self._lock:
            self._shown = shown

    async def _keep_looking(self) -> None:
        while True:
            await asyncio.sleep(1)
            self._look()
