"""``pole run`` for real: against servers that nobody here wrote, killed, and on a bad day."""

import asyncio
import gc
import os
import resource
import shutil
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from pymodbus.server import ModbusTcpServer
from pymodbus.simulator import DataType, SimData, SimDevice

from agent.linux.keys import load_or_create
from agent.protocols import sm2
from provisioning.authority import shared_secret
from provisioning.registry import RegisteredDevice, Registry
from simulators.demo import broker
from simulators.free_port import free_port
from simulators.platform.mqtt import MqttDoor
from simulators.platform.service import Platform
from tests.host.micropython import ROOT
from tests.host.unwrapped import unwrapped

SETTINGS = """\
[pole]
id = "CD-JJ-0001"

[uplink]
carrier = "{carrier}"
url = "{url}"
seal_every = "1s"
beacon_every = "1s"
retry_max = "1s"
platform_key = "{key}"

[journal]
size = "1 MB"

[[line]]
name = "gateway"
port = "tcp://127.0.0.1:{modbus}"

[[line.device]]
name = "underpass"
driver = "dyp-ultrasonic"
address = 1
every = "1s"
mount = "3200 mm"
"""


def until(condition: Callable[[], Any], seconds: float = 120) -> Any:
    """Wait for a condition; its value."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        found = condition()
        if found:
            return found
        time.sleep(0.05)
    raise AssertionError("it did not happen")


class World:
    """A pymodbus TCP server, a platform, and one node's folder; everything on one loop's thread."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self.loop.run_forever, daemon=True)
        self._thread.start()
        self.modbus = free_port()
        self.coap = free_port()
        self.uplink = ""  # more lines for [uplink]
        self.processes: list[subprocess.Popen[bytes]] = []
        self.platform: Platform | None = None
        self.broker: broker.Broker | None = None
        self.do(self._modbus())

    def do(self, work: Any) -> Any:
        return asyncio.run_coroutine_threadsafe(work, self.loop).result(90)

    async def _modbus(self) -> None:
        device = SimDevice(1, [
            SimData(0x100, values=[754], datatype=DataType.REGISTERS),
            SimData(0x102, values=[215], datatype=DataType.REGISTERS),
        ])  # fmt: skip
        self._server = ModbusTcpServer(device, address=("127.0.0.1", self.modbus))
        await self._server.serve_forever(background=True)

    def start_platform(self, mqtt: bool, oscore: tuple[Path, ...] = ()) -> str:
        """The platform; returns the url for the node."""
        key = load_or_create(self.folder / "device.key")
        registry = Registry([RegisteredDevice("CD-JJ-0001", "Jinjiang", [sm2.public_key(key)])])
        url = f"coap://127.0.0.1:{self.coap}"

        async def start() -> None:
            where = None
            if mqtt:
                self.broker = broker.Broker(self.folder)
                await self.broker.start()
                where = f"mqtt://127.0.0.1:{self.broker.port}"
            self.platform = Platform(
                registry, 4711, self.folder / "p.db", None if mqtt else ("127.0.0.1", self.coap),
                where, oscore=oscore,
            )  # fmt: skip
            await self.platform.start()
            for door in self.platform.doors:
                if isinstance(door, MqttDoor):
                    await asyncio.wait_for(door.subscribed.wait(), 60)

        self.do(start())
        return f"mqtt://127.0.0.1:{self.broker.port}" if self.broker else url

    def restart_platform(self, oscore: tuple[Path, ...]) -> None:
        """The platform goes and comes back, over the same store."""
        assert self.platform is not None
        self.do(self.platform.stop())
        gc.collect()  # aiocoap writes its numbers when it forgets a context
        self.start_platform(False, oscore)

    def rows(self, query: str) -> list[tuple[Any, ...]]:
        assert self.platform is not None
        platform = self.platform

        async def ask() -> list[tuple[Any, ...]]:
            return platform.store.rows(query)

        return list(self.do(ask()))

    def run(self, carrier: str, url: str, **more: Any) -> subprocess.Popen[bytes]:
        """Start `pole run`."""
        text = SETTINGS.format(
            carrier=carrier, url=url, key=sm2.public_key(4711).hex(), modbus=self.modbus
        ).replace("\n[journal]", self.uplink + "\n[journal]")
        (self.folder / "pole.toml").write_text(text, encoding="utf-8")
        command = [sys.executable, "-m", "agent.cli.main", "run", "--settings", "pole.toml"]
        process = subprocess.Popen(
            [*command, "--trust-clock"], cwd=self.folder, stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE, env={**os.environ, "PYTHONPATH": str(ROOT)}, **more,
        )  # fmt: skip
        self.processes.append(process)
        return process

    def close(self) -> None:
        for process in self.processes:
            if process.poll() is None:
                process.kill()
                process.wait()

        async def stop() -> None:
            if self.platform:
                await self.platform.stop()
            if self.broker:
                await self.broker.stop()
            await self._server.shutdown()

        self.do(stop())
        self.loop.call_soon_threadsafe(self.loop.stop)
        self._thread.join(60)
        self.loop.close()


@pytest.fixture()
def world(tmp_path: Path) -> Iterator[World]:
    found = World(tmp_path)
    yield found
    found.close()


@pytest.mark.parametrize("carrier", ["coap", "mqtt"])
def test_modbus_tcp_to_the_platform_through_a_kill(world: World, carrier: str) -> None:
    if carrier == "mqtt" and broker.find() is None:
        if os.environ.get("CI") == "true":
            pytest.fail("mosquitto is missing")
        pytest.skip("mosquitto is missing")
    url = world.start_platform(carrier == "mqtt")
    count = "SELECT COUNT(*) FROM readings WHERE channel='level' AND value=2446"
    process = world.run(carrier, url)
    until(lambda: world.rows(count)[0][0] >= 3)
    process.send_signal(signal.SIGKILL)
    process.wait()
    before = world.rows(count)[0][0]
    process = world.run(carrier, url)
    until(lambda: world.rows(count)[0][0] >= before + 3)
    process.send_signal(signal.SIGTERM)
    assert process.wait(60) == 0
    assert process.stderr is not None and b"stopped in order" in process.stderr.read()
    values = {row[0] for row in world.rows("SELECT value FROM readings WHERE channel='distance'")}
    assert values == {754}
    # The restart is booked, no sequence is missing, nothing was refused.
    assert world.rows("SELECT reason FROM gaps") == [("unsealed",)]
    assert world.rows("SELECT COUNT(*) FROM incidents") == [(0,)]
    boots = world.rows("SELECT DISTINCT boot FROM frames ORDER BY boot")
    assert boots == [(1,), (2,)]
    for (lane,) in world.rows("SELECT DISTINCT lane FROM frames"):
        numbers = [row[0] for row in world.rows(f"SELECT seq FROM frames WHERE lane={lane}")]
        assert sorted(numbers) == list(range(1, len(numbers) + 1))


def kept(segment: bytes) -> bool:
    """Whether that part of a journal holds frames of two lanes, with a reading."""
    return segment.count(b"PLJ\x02") >= 2 and b"underpass" in segment


def test_a_libcoap_server_that_acknowledges_nothing(world: World, tmp_path: Path) -> None:
    program = shutil.which("coap-server-notls") or shutil.which("coap-server-openssl")
    if program is None:
        if os.environ.get("CI") == "true":
            pytest.fail("libcoap is missing")
        pytest.skip("libcoap is missing")
    server = subprocess.Popen(
        [program, "-A", "127.0.0.1", "-p", str(world.coap), "-d", "50"],
        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    )  # fmt: skip
    world.processes.append(server)
    process = world.run("coap", f"coap://127.0.0.1:{world.coap}")
    segment = tmp_path / "journal" / "segment-0000"
    until(lambda: segment.exists() and kept(segment.read_bytes()))
    assert process.poll() is None
    process.send_signal(signal.SIGTERM)
    assert process.wait(60) == 0
    # A hop proves nothing: everything is still in the journal.
    assert kept(segment.read_bytes())
    text = process.stderr.read().decode() if process.stderr else ""
    assert "sending by coap" in text and "Traceback" not in text


def test_a_full_disk_is_one_sentence(world: World) -> None:
    def small() -> None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (200_000, 200_000))
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)

    process = world.run("coap", f"coap://127.0.0.1:{world.coap}", preexec_fn=small)
    assert process.wait(60) == 1
    assert process.stderr is not None
    said = unwrapped(process.stderr.read().decode())
    assert "Traceback" not in said
    last = said.splitlines()[-1]
    assert last.startswith("pole: no room for the journal")
    assert not list((world.folder / "journal").glob("segment-*")), "nothing half made"


def test_nothing_goes_in_the_clear_where_oscore_is_set(world: World) -> None:
    """Through a kill of the node and a restart of the platform, which then asks for an Echo."""
    device, platform = shared_secret.make("PB-1", world.folder)
    url = world.start_platform(mqtt=False, oscore=(platform,))
    plain = world.run("coap", url)
    assert plain.stderr is not None
    until(lambda: b"4.01" in plain.stderr.readline())
    assert world.rows("SELECT COUNT(*) FROM frames") == [(0,)]
    plain.kill()
    plain.wait()
    world.uplink = f'oscore = "{device.name}"\n'
    process = world.run("coap", url)
    until(lambda: world.rows("SELECT COUNT(*) FROM readings")[0][0] >= 2)
    process.kill()
    process.wait()
    world.restart_platform((platform,))
    count = world.rows("SELECT COUNT(*) FROM readings")[0][0]
    world.run("coap", url)
    until(lambda: world.rows("SELECT COUNT(*) FROM readings")[0][0] >= count + 2)
    assert world.rows("SELECT COUNT(*) FROM incidents") == [(0,)]


def test_two_agents_never_share_a_journal(world: World) -> None:
    url = world.start_platform(mqtt=False)
    world.run("coap", url)
    until(lambda: (world.folder / "journal" / "segment-0000").exists())
    second = world.run("coap", url)
    assert second.wait(60) == 1
    assert second.stderr is not None
    assert "in use by another agent" in unwrapped(second.stderr.read().decode())


def test_a_key_that_others_may_read_is_refused(world: World) -> None:
    load_or_create(world.folder / "device.key")
    (world.folder / "device.key").chmod(0o644)
    process = world.run("coap", f"coap://127.0.0.1:{world.coap}")
    assert process.wait(60) == 1
    assert process.stderr is not None
    assert "chmod 600" in unwrapped(process.stderr.read().decode())


def test_a_journal_of_random_bytes_starts_empty_and_says_so(world: World) -> None:
    folder = world.folder / "journal"
    folder.mkdir()
    (folder / "segment-0000").write_bytes(os.urandom(1 << 20))
    url = world.start_platform(mqtt=False)
    process = world.run("coap", url)
    until(lambda: world.rows("SELECT COUNT(*) FROM readings")[0][0] >= 2)
    process.send_signal(signal.SIGTERM)
    assert process.wait(60) == 0
    assert process.stderr is not None and b"starts empty" in process.stderr.read()
