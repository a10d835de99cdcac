"""A mosquitto of one's own on loopback."""

import asyncio
import os
import shutil
import time
from pathlib import Path

from simulators.free_port import free_port

_START_S = 30.0  # on a busy machine


def find() -> str | None:
    """Where mosquitto is, or None. Debian keeps it in /usr/sbin."""
    return shutil.which("mosquitto", path=os.environ.get("PATH", "") + ":/usr/sbin")


class Broker:
    """start() waits until it answers; port says where."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.port = free_port()
        self._process: asyncio.subprocess.Process | None = None

    async def start(self) -> None:
        """Start it. OSError in one sentence if it is not installed or does not come up."""
        program = find()
        if program is None:
            raise OSError(2, "mosquitto is not installed. On Debian: apt-get install mosquitto")
        config = self.folder / "mosquitto.conf"
        config.write_text(
            f"listener {self.port} 127.0.0.1\nallow_anonymous true\npersistence false\n",
            encoding="ascii",
        )
        with open(self.folder / "mosquitto.log", "ab") as log:
            self._process = await asyncio.create_subprocess_exec(
                program, "-c", str(config), stdout=log, stderr=log
            )
        end = time.monotonic() + _START_S
        while self._process.returncode is None and time.monotonic() < end:
            try:
                _, writer = await asyncio.open_connection("127.0.0.1", self.port)
            except OSError:
                await asyncio.sleep(0.05)
                continue
            writer.close()
            return
        raise OSError(111, f"mosquitto did not come up; see {self.folder / 'mosquitto.log'}")

    @property
    def pid(self) -> int:
        """Its process. OSError before start."""
        if self._process is None:
            raise OSError(3, "mosquitto was not started")
        return self._process.pid

    async def stop(self) -> None:
        """End it."""
        if self._process is not None and self._process.returncode is None:
            self._process.terminate()
            await self._process.wait()
