"""The Linux node as a whole process: CPU and bytes a reading, resident memory.

Load: 20 Modbus TCP devices of two channels at 1 Hz on one connection (our own small server), CoAP
to the platform simulator through a relay that counts bytes, seal_every 10 s, every frame
acknowledged.
"""

import asyncio
import os
import signal
import socket
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from agent.linux.keys import load_or_create
from agent.protocols import sm2
from bench.figure import figure
from provisioning.registry import RegisteredDevice, Registry
from simulators.platform.service import Platform

DEVICES = 20
WARM_S, MEASURE_S = 8, 20
_TICK = os.sysconf("SC_CLK_TCK")
_ROOT = Path(__file__).resolve().parents[1]


class _Slaves(asyncio.Protocol):
    """Answers every read of one register with a slowly moving value."""

    count = 0

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport: Any = transport

    def data_received(self, data: bytes) -> None:
        for at in range(0, len(data) - 11, 12):
            _Slaves.count += 1
            value = 700 + _Slaves.count * 7919 % 41
            head = data[at : at + 4] + b"\x00\x05" + data[at + 6 : at + 8] + b"\x02"
            self.transport.write(head + value.to_bytes(2, "big"))


class _Counter(asyncio.DatagramProtocol):
    """A relay to the platform that counts what it carries."""

    def __init__(self, server: tuple[str, int]) -> None:
        self.server = server
        self.bytes = 0
        self.client: Any = None

    def connection_made(self, transport: Any) -> None:
        self.transport = transport

    def datagram_received(self, data: bytes, addr: Any) -> None:
        self.bytes += len(data)
        if addr == self.server:
            self.transport.sendto(data, self.client)
        else:
            self.client = addr
            self.transport.sendto(data, self.server)


def _settings(folder: Path, url: str, modbus: int, key: bytes) -> None:
    lines = [
        '[pole]\nid = "BENCH"\n[uplink]\ncarrier = "coap"\n'
        f'url = "{url}"\nseal_every = "10s"\nbeacon_every = "60s"\nplatform_key = "{key.hex()}"\n'
        f'[[line]]\nname = "gateway"\nport = "tcp://127.0.0.1:{modbus}"\n'
    ]
    lines += [
        f'[[line.device]]\nname = "d{unit}"\ndriver = "dyp-ultrasonic"\naddress = {unit}\n'
        'every = "1s"\n'
        for unit in range(1, DEVICES + 1)
    ]
    (folder / "pole.toml").write_text("".join(lines), encoding="utf-8")


def _cpu(pid: int) -> float:
    fields = Path(f"/proc/{pid}/stat").read_text(encoding="ascii").rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / _TICK


def _resident(pid: int) -> float:
    for line in Path(f"/proc/{pid}/status").read_text(encoding="ascii").splitlines():
        if line.startswith("VmRSS"):
            return int(line.split()[1]) / 1024
    return 0.0


def _free(kind: int) -> int:
    with socket.socket(socket.AF_INET, kind) as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


async def _measure(folder: Path) -> list[dict[str, Any]]:
    loop = asyncio.get_running_loop()
    server = await loop.create_server(_Slaves, "127.0.0.1", 0)
    modbus = server.sockets[0].getsockname()[1]
    place = ("127.0.0.1", _free(socket.SOCK_DGRAM))
    key = load_or_create(folder / "device.key")
    registry = Registry([RegisteredDevice("BENCH", "bench", [sm2.public_key(key)])])
    platform = Platform(registry, 4711, folder / "p.db", place)
    await platform.start()
    transport, relay = await loop.create_datagram_endpoint(
        lambda: _Counter(place), local_addr=("127.0.0.1", 0)
    )
    url = f"coap://127.0.0.1:{transport.get_extra_info('sockname')[1]}"
    _settings(folder, url, modbus, sm2.public_key(4711))
    started = time.monotonic()
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "agent.cli.main", "run", "--settings", "pole.toml", "--trust-clock",
        cwd=folder, env={**os.environ, "PYTHONPATH": str(_ROOT)},
        stderr=asyncio.subprocess.DEVNULL,
    )  # fmt: skip
    while not _Slaves.count:
        await asyncio.sleep(0.01)
    first = time.monotonic() - started
    await asyncio.sleep(WARM_S)
    cpu, asked, carried = _cpu(process.pid), _Slaves.count, relay.bytes
    stored = platform.store.count("readings")
    await asyncio.sleep(MEASURE_S)
    spent = _cpu(process.pid) - cpu
    readings = _Slaves.count - asked
    received = platform.store.count("readings") - stored
    carried = relay.bytes - carried
    resident = _resident(process.pid)
    process.send_signal(signal.SIGTERM)
    await process.wait()
    transport.close()
    server.close()
    await platform.stop()
    return [
        figure(
            "node: CPU per reading", spent / readings * 1e6, "us", spread=1e6 / _TICK / readings
        ),
        figure("node: resident memory", resident, "MB"),
        figure("node: bytes on the wire per reading, up and down", carried / received, "B"),
        figure("node: start to first reading asked", first, "s"),
    ]


def figures() -> list[dict[str, Any]]:
    """One run."""
    with tempfile.TemporaryDirectory() as folder:
        return asyncio.run(_measure(Path(folder)))
