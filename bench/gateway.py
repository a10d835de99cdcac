"""A Modbus TCP gateway with devices of ten registers, the settings of a pole that reads them, and
what the kernel says of a process.
"""

import asyncio
import os
import sys
import time
from pathlib import Path
from typing import Any

from agent.linux.keys import load_or_create
from agent.protocols import sm2
from provisioning.registry import RegisteredDevice, Registry
from simulators.platform.service import Platform

ROOT = Path(__file__).resolve().parents[1]
POLE = "BENCH"
_PLATFORM = 4711
PLATFORM_KEY = sm2.public_key(_PLATFORM)


class Gateway:
    """Answers every read of holding registers with slowly moving values; ``asked`` counts them,
    ``values`` the registers in them. While ``silent`` it answers none."""

    def __init__(self) -> None:
        self.asked = self.values = 0
        self.silent = False
        self.connected: float | None = None  # when somebody did, on time.monotonic
        self.port = 0
        self._server: asyncio.Server | None = None

    async def start(self) -> None:
        """Listen on a port of its own."""
        loop = asyncio.get_running_loop()
        self._server = await loop.create_server(lambda: _Connection(self), "127.0.0.1", 0)
        self.port = self._server.sockets[0].getsockname()[1]

    def stop(self) -> None:
        """Listen no more."""
        if self._server is not None:
            self._server.close()

    def registers(self, unit: int, at: int, count: int) -> bytes:
        """The values of count registers from ``at`` now."""
        self.asked += 1
        self.values += count
        return b"".join(
            (700 + unit + (self.asked * 7919 + place * 31) % 41).to_bytes(2, "big")
            for place in range(at, at + count)
        )


class _Connection(asyncio.Protocol):
    def __init__(self, gateway: Gateway) -> None:
        self.gateway = gateway

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport: Any = transport
        self.gateway.connected = time.monotonic()

    def data_received(self, data: bytes) -> None:
        if self.gateway.silent:
            return
        for at in range(0, len(data) - 11, 12):  # requests of 12 bytes, each in one piece
            register = data[at + 8] << 8 | data[at + 9]
            values = self.gateway.registers(data[at + 6], register, data[at + 11])
            head = data[at : at + 4] + (3 + len(values)).to_bytes(2, "big")
            self.transport.write(head + data[at + 6 : at + 8] + bytes((len(values),)) + values)


def settings(
    folder: Path, carrier: str, url: str, modbus: int, devices: int,
    every: str = "1s", seal: str = "60s", journal: str = "8 MB", retry: str = "60s",
) -> None:  # fmt: skip
    """Write pole.toml into folder: devices of ten registers on one connection."""
    parts = [
        f'[[line.device]]\nname = "d{unit}"\ndriver = "bench.ten_registers"\naddress = {unit}\n'
        f'every = "{every}"\n'
        for unit in range(1, devices + 1)
    ]
    write_settings(folder, carrier, url, modbus, "".join(parts), seal, journal, retry)


def write_settings(
    folder: Path, carrier: str, url: str, modbus: int, devices: str,
    seal: str = "60s", journal: str = "8 MB", retry: str = "60s",
) -> None:  # fmt: skip
    """Write pole.toml into folder: what is on the one connection to the gateway, as text."""
    (folder / "pole.toml").write_text(
        f'[pole]\nid = "{POLE}"\n[uplink]\ncarrier = "{carrier}"\nurl = "{url}"\n'
        f'seal_every = "{seal}"\nbeacon_every = "600s"\nretry_max = "{retry}"\n'
        f'platform_key = "{PLATFORM_KEY.hex()}"\n'
        f'[journal]\nsize = "{journal}"\n'
        f'[[line]]\nname = "gateway"\nport = "tcp://127.0.0.1:{modbus}"\n{devices}',
        encoding="utf-8",
    )


def platform(folder: Path, url: str, store: str = "") -> Platform:
    """The platform simulator that knows the pole of this folder, not yet started."""
    key = load_or_create(folder / "device.key")
    registry = Registry([RegisteredDevice(POLE, "bench", [sm2.public_key(key)])])
    return Platform(registry, _PLATFORM, store or folder / "p.db", mqtt=url)


async def start_script(modbus: int, mqtt: int, devices: int) -> asyncio.subprocess.Process:
    """The rival of bench.script."""
    return await asyncio.create_subprocess_exec(
        sys.executable, "-m", "bench.script", str(modbus), str(mqtt), str(devices), cwd=ROOT
    )


async def start_node(folder: Path) -> asyncio.subprocess.Process:
    """``pole run`` on the settings of folder; what it says goes to agent.log."""
    with open(folder / "agent.log", "ab") as log:
        return await asyncio.create_subprocess_exec(
            sys.executable, "-m", "agent.cli.main", "run", "--settings", "pole.toml",
            "--trust-clock", cwd=folder, env={**os.environ, "PYTHONPATH": str(ROOT)},
            stdout=log, stderr=log,
        )  # fmt: skip


def cpu(pid: int) -> float:
    """CPU seconds of all threads that the process has now."""
    total = 0
    for task in Path(f"/proc/{pid}/task").iterdir():
        total += int((task / "schedstat").read_text(encoding="ascii").split()[0])
    return total / 1e9


def resident(pid: int) -> float:
    """Resident memory in MB."""
    for line in Path(f"/proc/{pid}/status").read_text(encoding="ascii").splitlines():
        if line.startswith("VmRSS"):
            return int(line.split()[1]) / 1024
    raise OSError("no VmRSS")
