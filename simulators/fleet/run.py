"""A whole fleet: mosquitto, the platform, and the processes that host the poles."""

import asyncio
import json
import sys
from asyncio.subprocess import PIPE
from pathlib import Path
from typing import Any

from simulators.demo.broker import Broker

START_S = 120  # within which all keys and cores are made
_SUMS = ("poles", "sealed", "measured", "overruns", "steps", "late", "said")


class Fleet:
    """start(), then finish(); ``processes``: the pid of everything that runs, by its name.

    poles, shared out over hosts; everything that needs a place is put into folder.
    """

    def __init__(self, folder: Path, poles: int, hosts: int = 1) -> None:
        self.processes: dict[str, int] = {}
        self._folder = folder
        self._poles = poles
        self._count = hosts
        self._broker = Broker(folder)
        self._platform: asyncio.subprocess.Process | None = None
        self._hosts: list[asyncio.subprocess.Process] = []

    async def start(self, ramp_s: float, seconds: float, seal_s: int) -> None:
        """Returns once all is made; then the poles start over ramp_s, and live for seconds more."""
        await self._broker.start()
        self.processes["mosquitto"] = self._broker.pid
        url = f"mqtt://127.0.0.1:{self._broker.port}"
        self._platform = await _python("platform", url, self._poles, self._folder / "fleet.db")
        self.processes["platform"] = self._platform.pid
        await _ready(self._platform)
        for number in range(self._count):
            first = self._poles * number // self._count
            count = self._poles * (number + 1) // self._count - first
            host = await _python("host", url, first, count, ramp_s, seconds, seal_s)
            self._hosts.append(host)
            self.processes[f"host {number}"] = host.pid
        for host in self._hosts:
            await _ready(host)

    async def finish(self) -> dict[str, Any]:
        """Wait for the poles' end; what they sealed and measured (see Host.report), and what the
        platform has of it under "stored"; "late_each": the part of each host's steps that came
        late."""
        reports = [json.loads((await host.communicate())[0]) for host in self._hosts]
        assert self._platform is not None
        told, _ = await self._platform.communicate(b"")  # the end of its input
        await self._broker.stop()
        found: dict[str, Any] = {name: sum(each[name] for each in reports) for name in _SUMS}
        found["late_each"] = [each["late"] / each["steps"] for each in reports]
        found["latest_ms"] = max(each["latest_ms"] for each in reports)
        found["delivered"] = all(each["delivered"] for each in reports)
        found["first_said"] = [text for each in reports for text in each["first_said"]]
        return {**found, "stored": json.loads(told)}

    async def abort(self) -> None:
        """End everything at once that still runs."""
        for process in (*self._hosts, self._platform):
            if process is not None and process.returncode is None:
                process.kill()
                await process.wait()
        await self._broker.stop()


async def _ready(process: asyncio.subprocess.Process) -> None:
    assert process.stdout is not None
    if await asyncio.wait_for(process.stdout.readline(), START_S) != b"ready\n":
        raise OSError(5, "a process of the fleet did not start")


async def _python(module: str, *arguments: object) -> asyncio.subprocess.Process:
    return await asyncio.create_subprocess_exec(
        sys.executable, "-m", f"simulators.fleet.{module}", *map(str, arguments),
        stdin=PIPE, stdout=PIPE, cwd=Path(__file__).resolve().parents[2],
    )  # fmt: skip
