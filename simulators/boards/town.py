"""A bench of simulated boards with their sensors, and the platform that they report to: what
``flash.py --simulate`` works on, and the tests.
"""

import asyncio
import contextlib
import threading
from collections.abc import Callable
from pathlib import Path

from agent.linux.keys import load_or_create
from agent.linux.libcrypto import make_verifier
from agent.protocols import sm2
from provisioning import board_image, bundle, registry
from provisioning.flashing.done import Done
from provisioning.registry import Registry
from simulators import pole_sensors
from simulators.boards import firmware, pico, uf2_file
from simulators.boards.board import SimulatedBoard
from simulators.boards.faults import Faults
from simulators.boards.pico import SimulatedPico
from simulators.boards.usb_bus import UsbBus, UsbSocket
from simulators.free_port import free_port
from simulators.lines.pty_lines import Lines
from simulators.platform.service import Platform
from simulators.world.signal import Signal

FLASH = 4 << 20
WIFI = ("bench", "nothing-secret")
_WATCH_S = 0.2

_SETTINGS = """\
# What the boards of this bench are for. flash.py puts each board's own id in.
[pole]
id = "SIM-0001"
place = [104.0668, 30.5728]

[uplink]
{carrier}
seal_every = "5s"
beacon_every = "10s"
retry_max = "2s"
platform_key = "{key}"
"""
_TRANSCEIVER = 'rts = { sending = "high", before = "1ms", after = "1ms" }'


def _unheard(channel: str, now: int, value: int) -> None:
    """What the sensors say is nobody's business here."""


def images(chips: tuple[str, ...], size: int = 400_000) -> dict[str, tuple[bytes, int]]:
    """Firmware of about size bytes that simulated chips start, and the size of their flash."""
    found = {}
    for chip in chips:
        if chip in pico.FLASH:
            found[chip] = uf2_file.micropython(chip, min(size, 100_000)), pico.FLASH[chip]
        else:
            found[chip] = firmware.combined(chip, FLASH, size), FLASH
    return found


class Town:
    """In folder: ``registry.json``, ``pole.toml``, ``kit.pole`` and ``release.pub`` for flash.py,
    and a folder for each board. sensors: 2, 3 or 4 on each board; 4 need an ESP32-S3."""

    def __init__(self, folder: Path, sensors: int = 2) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self.folder = folder
        self.sensors = sensors
        self.boards: list[SimulatedBoard] = []
        self.picos: list[SimulatedPico] = []
        self.levels: list[Signal] = []  # of the water at each board
        self.environment: dict[str, str] = {}  # what their modules read besides
        self.lines = Lines()
        key = load_or_create(folder / "platform.key")
        self.registry = folder / "registry.json"
        if not self.registry.exists():
            Registry(platform=sm2.public_key(key)).save(self.registry)
        self.address = ("127.0.0.1", free_port())
        self.settings = folder / "pole.toml"
        text = _SETTINGS.format(carrier=self.carrier(), key=sm2.public_key(key).hex())
        text += pole_sensors.settings([f"uart{n}" for n in range(1, sensors)], _TRANSCEIVER)
        self.settings.write_text(text, encoding="utf-8")
        self.release = load_or_create(folder / "release.key")
        self.trust = folder / "release.pub"
        self.trust.write_text(sm2.public_key(self.release).hex() + "\n", encoding="ascii")
        self._key = key
        self._platform: Platform | None = None
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._serve, name="platform", daemon=True)
        self._ready = threading.Event()
        self._over = asyncio.Event()

    def carrier(self) -> str:
        """How the boards reach the platform: lines of [uplink]."""
        return f'carrier = "coap"\nurl = "coap://127.0.0.1:{self.address[1]}"'

    def platform(self, known: Registry, key: int) -> Platform:
        """The platform, with its doors. key: its private key."""
        return Platform(known, key, ":memory:", coap=self.address)

    def kit(
        self,
        chips: tuple[str, ...] = ("esp32s3",),
        size: int = 400_000,
        tell: Callable[..., None] = bundle.silent,
    ) -> Path:
        """Make the bundle: firmware that simulated chips start, and the agent for this machine.
        tell: see bundle.build."""
        path = self.folder / "kit.pole"
        bundle.build(path, images(chips, size), self.release, board_image.HOST, tell=tell)
        return path

    def add(
        self, chip: str = "esp32s3", faults: Faults | None = None, number: int | None = None
    ) -> SimulatedBoard:
        """One more board, with its sensors. number: gives its MAC."""
        number = len(self.boards) + 1 if number is None else number
        folder = self.folder / f"board-{len(self.boards) + 1:02}"
        folder.mkdir(exist_ok=True)
        (folder / "port").unlink(missing_ok=True)
        environment = {"POLE_WIFI": ":".join(WIFI)} | self.environment
        environment |= self._sense(folder, number)
        mac = b"\x24\x58\x7c" + number.to_bytes(3, "big")
        board = SimulatedBoard(folder, chip, FLASH, mac, faults, environment)
        self.boards.append(board)
        return board

    def add_pico(
        self, chip: str = "rp2040", faults: Faults | None = None, bus: UsbBus | None = None
    ) -> SimulatedPico:
        """One more board, a Pico W or Pico 2 W, with its sensors, in the next socket of the bus."""
        number = len(self.picos) + 1
        folder = self.folder / f"pico-{number:02}"
        folder.mkdir(exist_ok=True)
        environment = {"POLE_WIFI": ":".join(WIFI)} | self.environment
        environment |= self._sense(folder, 1000 + number)
        mac = b"\x28\xcd\xc1" + number.to_bytes(3, "big")
        usb = UsbSocket(bus, number, mac.hex()) if bus else None
        board = SimulatedPico(folder, chip, mac, faults, environment, usb)
        self.picos.append(board)
        return board

    def _sense(self, folder: Path, seed: int) -> dict[str, str]:
        sensors = pole_sensors.PoleSensors(seed, lambda device: _unheard)
        self.levels.append(sensors.level)
        found = {}
        for number, twins in enumerate(sensors.lines[: self.sensors - 1], 1):
            path = folder / f"uart{number}"
            self.lines.add(path, pole_sensors.MODE, twins)
            found[f"POLE_UART{number}"] = str(path)
        return found

    def start(self) -> None:
        """Power for everything."""
        self.lines.start()
        self._thread.start()
        self._ready.wait(30)
        for board in (*self.boards, *self.picos):
            board.start()

    def stop(self) -> None:
        """Take everything down."""
        for board in (*self.boards, *self.picos):
            board.stop()
        self.lines.stop()
        self._loop.call_soon_threadsafe(self._over.set)
        self._thread.join()

    def received(self, pole: str) -> int:
        """How many frames of a pole the platform has committed."""
        future = asyncio.run_coroutine_threadsafe(self._count(pole), self._loop)
        return future.result(30)

    async def _count(self, pole: str) -> int:
        assert self._platform is not None
        rows = self._platform.store.rows("SELECT COUNT(*) FROM frames WHERE device = ?", (pole,))
        return int(rows[0][0])

    def retire(self, ids: dict[str, SimulatedBoard], done: Path) -> "Retiring":
        """Take the boards that passed off the bench, as a technician does: else they all go on
        working for a living on this one machine. done: the batch's ``batch.jsonl``."""
        return Retiring(self, ids, done)

    def _serve(self) -> None:
        with contextlib.closing(self._loop):
            self._loop.run_until_complete(self._live())

    async def _live(self) -> None:
        known = registry.load(self.registry)
        self._platform = self.platform(known, self._key)
        await self._platform.start()
        self._ready.set()
        changed = self.registry.stat().st_mtime_ns
        while not self._over.is_set():
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._over.wait(), _WATCH_S)
            if self.registry.stat().st_mtime_ns != changed:
                changed = self.registry.stat().st_mtime_ns
                for device in list(known.devices):
                    known.remove(device)
                for device in registry.load(self.registry).devices:
                    known.add(device)
                self._platform.ingest.verifier = make_verifier(known.keys())
        await self._platform.stop()


class Retiring:
    """See Town.retire. reported: by id, how many frames the platform had of a board when it was
    taken away."""

    def __init__(self, town: Town, ids: dict[str, SimulatedBoard], done: Path) -> None:
        self.reported: dict[str, int] = {}
        self._town = town
        self._ids = ids
        self._done = done
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._watch, name="retiring", daemon=True)
        self._thread.start()

    def end(self) -> None:
        """Look once more, and stop."""
        self._over.set()
        self._thread.join()
        self._look()

    def _watch(self) -> None:
        while not self._over.wait(_WATCH_S):
            self._look()

    def _look(self) -> None:
        for pole_id in Done.passed_in(self._done):
            if pole_id not in self.reported and pole_id in self._ids:
                self.reported[pole_id] = self._town.received(pole_id)
                self._ids[pole_id].unplug()
