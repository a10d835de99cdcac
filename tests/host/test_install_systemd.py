"""``pole install`` on a live systemd: installed, watched, killed, updated, rolled back, removed.

Where no systemd can be process 1 (it takes root and namespaces) this is skipped by name, also in
CI: no package brings it there, and tests/host/test_install.py plays the unit everywhere.
"""

import json
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from agent.protocols import sm2
from provisioning.node.target import numbers
from tests.host.live_systemd import LiveSystemd, NoSystemd
from tests.host.node_kits import CRASHES, Kits, kits_fixture  # noqa: F401
from tests.host.test_node import SETTINGS, World, until, world  # noqa: F401  (a fixture)

PYTHON = "/usr/bin/python3"  # the machine's own: the service sees no home
PATIENCE_S = 120  # for what takes a few seconds on a machine that has nothing else to do
STATE, UNIT = "/var/lib/pole", "pole.service"
OPTIONS = "POLE_OPTIONS=--trust-clock\n"
DROP_IN = "[Service]\nWatchdogSec=12\nRestartSec=200ms\n"


@pytest.fixture(name="machine")
def machine_fixture(
    tmp_path: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[LiveSystemd]:
    """A machine that knows nothing of the agent yet."""
    ask = "import sys, venv; print('%d.%d' % sys.version_info[:2])"
    found = ""
    if shutil.which(PYTHON):
        done = subprocess.run(
            [PYTHON, "-I", "-c", ask], capture_output=True, text=True, check=False
        )
        found = done.stdout.strip()
    if numbers(found) < (3, 11):
        pytest.skip(f"{PYTHON} is no Python 3.11 with venv")
    folder = tmp_path / "systemd"
    folder.mkdir()
    try:
        machine = LiveSystemd(folder, tmp_path_factory.getbasetemp())
    except NoSystemd as error:
        pytest.skip(str(error))
    yield machine
    machine.close()


class Node:
    """The agent on that machine, as its operator sees it."""

    def __init__(self, machine: LiveSystemd, kits: Kits, wheel: Path) -> None:
        self.machine = machine
        self.kits = kits
        self._wheel = wheel

    def prepare(self, world: World, url: str) -> Path:  # noqa: F811
        """Its key, and what the unit is told beside itself; returns the settings to install."""
        text = SETTINGS.format(
            carrier="coap", url=url, key=sm2.public_key(4711).hex(), modbus=world.modbus
        )
        settings = world.folder / "pole.toml"
        settings.write_text(text, encoding="utf-8")
        drop_in = f"/etc/systemd/system/{UNIT}.d/quick.conf"
        for path, content in ((drop_in, DROP_IN), ("/etc/pole/options", OPTIONS)):
            self.done("sh", "-c", 'mkdir -p "$(dirname "$1")"; printf %s "$2" > "$1"', "-",
                      path, content)  # fmt: skip
        self.done("install", "-D", "-m600", world.folder / "device.key", f"{STATE}/device.key")
        return settings

    def done(self, *command: object, **environment: str) -> str:
        """What a command says that must succeed."""
        found = self.machine.run(*command, **environment)
        assert found.returncode == 0, (command, found.stdout + found.stderr)
        return found.stdout

    def first(self, *arguments: object) -> str:
        """The first installation: by the wheel, before there is a command."""
        return self.done(PYTHON, "-s", "-m", "agent.cli.main", "install", *arguments,
                         PYTHONPATH=str(self._wheel))  # fmt: skip

    def runs(self, version: str) -> bool:
        """Whether that version runs, and has been confirmed."""
        told = self.status()
        return bool(told and told["release"]["active"] == version and told["release"]["confirmed"]
                    and self.machine.property(UNIT, "ActiveState") == "active")  # fmt: skip

    def status(self) -> dict[str, Any] | None:
        """What the running agent tells; None where none runs."""
        found = self.machine.run("pole", "status", "--json")
        return json.loads(found.stdout) if found.returncode == 0 else None

    def pid(self) -> int:
        """The agent's process; 0 if there is none."""
        return int(self.machine.property(UNIT, "MainPID") or 0)

    def another(self, before: int) -> int:
        """The process that runs instead of one that ended."""

        def found() -> int:
            pid = self.pid()
            return pid if pid not in (0, before) and self.status() else 0

        return int(until(found, PATIENCE_S))


def test_installed_watched_killed_updated_rolled_back_and_removed(
    kits: Kits,
    machine: LiveSystemd,
    world: World,  # noqa: F811
    tmp_path: Path,
) -> None:
    wheel = tmp_path / Path(kits.own).name
    wheel.write_bytes(kits.files[kits.own])
    node = Node(machine, kits, wheel)
    settings = node.prepare(world, world.start_platform(mqtt=False))

    said = node.first(kits.make("0.1.0"), "--trust", kits.trust, "--settings", settings)
    assert "systemctl --no-block restart pole.service" in said
    # Type=notify: it is active because it told so itself. The first acknowledged frame confirms it.
    until(lambda: node.runs("0.1.0"), PATIENCE_S)
    assert (
        node.done("stat", "-c", "%U", f"/proc/{node.pid()}", f"{STATE}/device.key") == "pole\n" * 2
    )

    # It feeds the watchdog; one that stops to do so is ended, one that is killed comes back.
    def fed() -> str:
        return machine.property(UNIT, "WatchdogTimestampMonotonic")

    first = fed()
    until(lambda: fed() != first, PATIENCE_S)
    before = node.pid()
    node.done("kill", "-STOP", before)
    before = node.another(before)
    assert "Watchdog timeout" in machine.log(UNIT)
    node.done("kill", "-KILL", before)
    node.another(before)
    assert int(machine.property(UNIT, "NRestarts")) >= 2
    assert node.runs("0.1.0"), "what is confirmed stays, whatever happens to it"
    frames = "SELECT COUNT(*) FROM frames"
    seen = world.rows(frames)[0][0]
    until(lambda: world.rows(frames)[0][0] > seen, PATIENCE_S)

    node.done("pole", "install", kits.make("0.2.0"))
    until(lambda: node.runs("0.2.0"), PATIENCE_S)
    assert node.done("readlink", "/opt/pole/current") == "versions/0.2.0\n"

    node.done("pole", "install", kits.make("0.3.0", {"agent/cli/run.py": CRASHES}))
    until(lambda: node.runs("0.2.0"), PATIENCE_S)
    told = node.status()
    assert told is not None and told["release"]["reason"].startswith("crash: exit-code 1")
    assert "0.3.0 failed three times: back to 0.2.0" in machine.log(UNIT)
    assert world.rows("SELECT COUNT(*) FROM incidents") == [(0,)]

    node.done("pole", "install", "--uninstall")
    assert machine.property(UNIT, "MainPID") == "0"
    assert machine.run("test", "-e", "/etc/systemd/system/pole.service").returncode == 1
    node.done("test", "-e", f"{STATE}/device.key")
    assert not Path("/opt/pole").exists(), "nothing of it was ever on this machine"
