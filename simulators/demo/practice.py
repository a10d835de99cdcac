"""A pole to practise on: one simulated sensor, a real node with its page, and a platform."""

import asyncio
import json
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from agent.linux.commissioning import code
from agent.linux.commissioning.client import PageClient
from agent.linux.keys import load_or_create
from agent.protocols import sm2
from provisioning import label
from provisioning.registry import RegisteredDevice, Registry
from simulators.lines.pty_lines import Lines
from simulators.platform.service import Platform
from simulators.world.dice import Dice
from simulators.world.sensors import dyp_ultrasonic
from simulators.world.signal import Signal

POLE = "CD-JJ-0001"
DRY, WET = 50, 600  # mm over the road; the alarm is at 300
MOUNT = 3200
MINUTE_MS = 60_000
PATIENCE_S = 60.0

_SETTINGS = """\
[pole]
id = "{pole}"

[uplink]
carrier = "coap"
url = "coap://127.0.0.1:{port}"
seal_every = "2s"
beacon_every = "5s"
platform_key = "{platform}"

[journal]
size = "1 MB"

[page]
listen = "{page}"
code = "{code}"

[[line]]
name = "rs485"
port = "{line}"

[[line.device]]
name = "underpass"
driver = "dyp-ultrasonic"
address = 1
every = "1s"
mount = "3200 mm"
alarm.level = {{ above = "300 mm", clear = "250 mm" }}
"""


class NotStarted(Exception):
    """The pole is not there. ``code``: of agent.cli.field_texts, which says why."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


class Practice:
    """Everything in one folder. page: where the node's page listens. water: mm over the road, to be
    moved by ``flood``."""

    def __init__(self, folder: Path, page: str) -> None:
        self.folder = folder
        self.code = code.make()
        self.url = ""
        self._page = page
        self._level = Signal(Dice(1), DRY, 0, 0, 2500, 1000)
        self._lines = Lines()
        self._node: subprocess.Popen[bytes] | None = None
        folder.mkdir(parents=True, exist_ok=True)
        self._public = sm2.public_key(load_or_create(folder / "device.key"))
        self.label = label.text(POLE, "00:00:00:00:00:00", self._public)

    async def start(self, port: int) -> Platform:
        """Start all of it; the platform takes CoAP at port. OSError, NotStarted: not possible."""
        platform_key = load_or_create(self.folder / "platform.key")
        registry = Registry([RegisteredDevice(POLE, POLE, [self._public])])
        registry.save(self.folder / "registry.json")
        platform = Platform(
            registry,
            platform_key,
            self.folder / "platform.db",
            ("127.0.0.1", port),
            None,
            ("127.0.0.1", 0),
        )
        await platform.start()
        line = self.folder / "line"
        signals = {"level": self._level, "temperature": Signal(Dice(2), 215, 0, 150, 300, 1000)}
        twin = dyp_ultrasonic.Twin(1, signals, lambda channel, now, value: None, MOUNT)
        self._lines.add(line, "9600 8N1", [twin])
        self._lines.start()
        settings = _SETTINGS.format(
            pole=POLE,
            port=port,
            platform=sm2.public_key(platform_key).hex(),
            page=self._page,
            code=code.hashed(self.code),
            line=line.absolute(),
        )
        (self.folder / "pole.toml").write_text(settings, encoding="utf-8")
        await asyncio.to_thread(self._run)
        return platform

    def _run(self) -> None:
        command = [sys.executable, "-m", "agent.cli.main", "run", "--json", "--trust-clock"]
        self._node = subprocess.Popen(
            [*command, "--settings", str(self.folder / "pole.toml")],
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
        )
        assert self._node.stdout is not None
        for line in self._node.stdout:
            event = json.loads(line)
            if event["topic"] == "page":
                self.url = event["text"].removeprefix("at ")
                threading.Thread(target=self._node.stdout.read, daemon=True).start()
                break
        if not self.url:
            raise NotStarted("node-ended")
        if not self.url.startswith("http"):
            raise NotStarted("unserved")

    def flood(self, millimetres: int) -> None:
        """Let the water stand so high."""
        self._level.jump(millimetres)

    def stop(self) -> None:
        """End the node in order, and the line."""
        if self._node is not None:
            self._node.terminate()
            self._node.wait(20)
        self._lines.stop()


def rehearse(pole: Any, sheet: Path, tell: Callable[..., None]) -> None:
    """What a technician does with his phone, by a program: binds, drills, hands over. The sheet is
    written to that file. pole: a Practice, or what has its url, code, label and flood; tell: called
    with the code of a text (agent.cli.field_texts) and what is filled in. TimeoutError where a step
    is not reached."""
    page = PageClient(pole.url)
    _until(page, lambda seen: seen["state"] == "reporting")
    tell("reporting")
    page.enter(pole.code, "practice")
    page.write("bind", label=pole.label)
    page.write("place", longitude=104.0668, latitude=30.5728, datum="CGCS2000")
    page.write("note", text="0.05 m by tape", device="underpass", channel="level")
    page.write("drill", device="underpass", channel="level", for_ms=MINUTE_MS)
    tell("drilling")
    _until(page, lambda seen: seen["drill"] is not None)
    pole.flood(WET)
    _until(page, lambda seen: seen["next"]["code"] == "next.calm" or seen["drill"] is None)
    pole.flood(DRY)
    seen = _until(page, lambda seen: seen["drill"] is None)
    level = next(one for one in seen["channels"] if one["channel"] == "level")
    raised, sealed, acknowledged = level["drilled"]["ms"]
    if level["drilled"]["outcome"] != "passed":
        raise TimeoutError(f"the drill {level['drilled']['outcome']}")
    tell("drilled", raised=raised, sealed=sealed, acknowledged=acknowledged)
    _until(page, lambda seen: seen["next"]["code"] == "next.done")
    sheet.write_text(page.hand_over("en"), encoding="utf-8")
    tell("handed-over", file=sheet)


def _until(page: PageClient, condition: Callable[[dict[str, Any]], bool]) -> dict[str, Any]:
    end = time.monotonic() + PATIENCE_S
    seen = page.state()
    while not condition(seen):
        if time.monotonic() > end:
            raise TimeoutError(f"the page comes no further than {seen['next']}")
        time.sleep(0.2)
        seen = page.state()
    return seen
