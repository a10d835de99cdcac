"""The demo's two poles: their sensors on ptys, their settings and keys, and their agents."""

import asyncio
import errno
import os
import shutil
import signal
import sys
import time
from pathlib import Path

from agent.linux import pole_toml
from agent.linux.keys import load_or_create
from agent.protocols import sm2
from provisioning import board_image
from provisioning.plain_classes import plain_classes
from provisioning.registry import RegisteredDevice
from provisioning.shorten import shorten
from simulators import pole_sensors
from simulators.lines.pty_lines import Lines
from simulators.lines.pymodbus_slave import GasSlave
from simulators.lines.reading_log import ReadingLog
from simulators.world.signal import Signal

EVERY_MS = 2000
SEAL_MS = 5000
HEAP = "176K"  # 160K is enough (tests/host/test_board_application.py); and a little reserve
_LINES = ("rs485", "gas", "air")
LEVEL_CHANNEL = ("underpass", "level")
STREAMED = ("chamber", "co")
GAS_UNIT = 7

_SETTINGS = """\
[pole]
id = "{id}"
place = [{place[0]}, {place[1]}]

[uplink]
carrier = "{carrier}"
url = "{url}"
seal_every = "5s"
beacon_every = "4s"
retry_max = "2s"
platform_key = "{platform}"

[journal]
size = "4 MB"
"""

_GAS = """
[[line.device]]
name = "vent"
driver = "fukaite-gas"
address = 7
every = "2s"
"""


# A signal may fall into the middle of a board's step; a file is looked at between steps.
_MAIN = """
import os, sys
sys.path.insert(0, "lib")
from board import app, esp32s3
def stop():
    if "stop" not in os.listdir():
        return False
    exec({last!r}, {{}})
    return True
app.run(esp32s3, stop)
"""


class DemoPole:
    """One pole: make() lays out its folder, start() and kill() its agent."""

    runtime = "cpython"

    def __init__(self, folder: Path, pole_id: str, name: str, place: tuple[float, float]) -> None:
        self.folder = folder
        self.id = pole_id
        self.name = name
        self.place = place
        self.kills: list[int] = []
        self.alarms_made = 0
        self.level: Signal | None = None
        self._gas: GasSlave | None = None
        self._process: asyncio.subprocess.Process | None = None
        self._reader: asyncio.Task[None] | None = None
        folder.mkdir(parents=True)
        self.key = load_or_create(folder / "device.key")

    def registered(self) -> RegisteredDevice:
        """Its entry in the registry."""
        return RegisteredDevice(self.id, self.name, [sm2.public_key(self.key)], self.place)

    def sensors(self, lines: Lines, log: ReadingLog, seed: int) -> None:
        """Put the sensors on their lines."""
        found = pole_sensors.PoleSensors(seed, lambda device: log.channel(self.id, device))
        self.level = found.level
        lines_of = dict(zip(_LINES, found.lines, strict=True))
        if self.runtime == "cpython":
            gas = found.walk(240, 0, 900, 6)
            self._gas = GasSlave(GAS_UNIT, gas, log.channel(self.id, "vent"))
            lines_of["rs485"].append(self._gas)
        for name, twins in lines_of.items():
            lines.add(self.folder / name, pole_sensors.MODE, twins)

    def configure(self, carrier: str, url: str, platform: bytes) -> None:
        """Write its settings."""
        text = _SETTINGS.format(
            id=self.id,
            place=self.place,
            carrier=carrier,
            url=url,
            platform=platform.hex(),
        )
        text += pole_sensors.settings(self._ports(), devices=_GAS if self._gas else "")
        (self.folder / "pole.toml").write_text(text, encoding="utf-8")

    def _ports(self) -> list[str]:
        return [str(self.folder / name) for name in _LINES]

    async def start(self, reset: str) -> None:
        """Start the agent; what it says goes to agent.log."""
        command, environment = self._command(reset)
        self._process = await asyncio.create_subprocess_exec(
            *command,
            cwd=self.folder,
            env={**os.environ, **environment},
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.STDOUT,
        )
        self._reader = asyncio.create_task(self._read(self._process))

    def _command(self, reset: str) -> tuple[list[str], dict[str, str]]:
        command = [sys.executable, "-m", "agent.cli.main", "run"]
        return [*command, "--settings", "pole.toml", "--trust-clock"], {
            "PYTHONPATH": str(Path(__file__).resolve().parents[2])
        }

    async def _read(self, process: asyncio.subprocess.Process) -> None:
        assert process.stdout is not None
        with open(self.folder / "agent.log", "ab") as log:
            async for line in process.stdout:
                log.write(line)
                log.flush()
                if b"alarm: " in line:
                    self.alarms_made += 1

    async def kill(self) -> None:
        """SIGKILL: no warning, no goodbye."""
        assert self._process is not None and self._reader is not None
        if self._process.returncode is not None:
            raise OSError(errno.ECHILD, f"{self.id} had ended; see {self.folder / 'agent.log'}")
        self._process.kill()
        self.kills.append(time.time_ns() // 1_000_000)
        await self._process.wait()
        await self._reader

    async def abort(self) -> None:
        """End it at once, if it runs."""
        if self._process is not None and self._process.returncode is None:
            self._process.kill()
            await self._process.wait()

    async def finish(self, seconds: float) -> int:
        """Ctrl-C: an orderly end; its exit status."""
        assert self._process is not None and self._reader is not None
        if self._process.returncode is None:
            self._ask_to_stop(self._process)
        try:
            await asyncio.wait_for(self._process.wait(), seconds)
        except TimeoutError:
            self._process.kill()
            await self._process.wait()
        await self._reader
        return self._process.returncode or 0

    def _ask_to_stop(self, process: asyncio.subprocess.Process) -> None:
        process.send_signal(signal.SIGINT)

    def dismantle(self) -> None:
        """Take the sensors down, after their lines."""
        if self._gas:
            self._gas.stop()


class DemoBoard(DemoPole):
    """The same under the real MicroPython interpreter, from .mpy, in a small heap."""

    runtime = "micropython"
    last = ""  # a program: what its interpreter does when the agent is to end in order

    def configure(self, carrier: str, url: str, platform: bytes) -> None:
        super().configure(carrier, url, platform)
        settings = pole_toml.load(self.folder / "pole.toml")
        (self.folder / "settings.bin").write_bytes(settings.packed)
        board_image.compile_agent(self.folder / "lib")
        modules = Path(__file__).resolve().parents[1] / "board_modules"
        texts = {path.name: path.read_text(encoding="utf-8") for path in modules.glob("*.py")}
        for name, text in shorten(texts).items():
            source = self.folder / "lib" / name
            source.write_text(plain_classes(text), encoding="utf-8")
            board_image.compile_file(source, source.with_suffix(".mpy"), name)
            source.unlink()

    def _ports(self) -> list[str]:
        return ["uart1", "uart2", "uart3"]

    def _command(self, reset: str) -> tuple[list[str], dict[str, str]]:
        interpreter = shutil.which("micropython", path=str(Path(sys.executable).parent))
        if interpreter is None:
            raise OSError(2, "micropython is not installed: run `make setup`")
        environment = {f"POLE_UART{number + 1}": str(self.folder / name)
                       for number, name in enumerate(_LINES)}  # fmt: skip
        environment |= {"POLE_FLASH": ".", "POLE_RESET": reset}
        program = _MAIN.format(last=self.last)
        return [interpreter, "-X", f"heapsize={HEAP}", "-c", program], environment

    def _ask_to_stop(self, process: asyncio.subprocess.Process) -> None:
        (self.folder / "stop").touch()
