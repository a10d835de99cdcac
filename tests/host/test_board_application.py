"""The whole application of a board, from the linked files that boards get, in a heap of 160 KB,
by MQTT and by CoAP: it delivers, raises an alarm, is there again after a reset, and hears that
all arrived. And its table of names is not full, which would take 7 KB more.
"""

import asyncio
import os
import re
from collections.abc import Callable
from pathlib import Path

import pytest

from agent.buffer.journal import Journal
from agent.buffer.state import SECTORS
from agent.frame import CLEARED, RAISED
from agent.linux import pole_toml
from agent.linux.keys import load_or_create
from agent.linux.readonly_flash import ReadOnlyFlash
from agent.protocols import sm2
from agent.reading import LANES
from provisioning.registry import Registry
from simulators.demo import broker, poles
from simulators.free_port import free_port
from simulators.lines.pty_lines import Lines
from simulators.lines.reading_log import ReadingLog
from simulators.platform.service import Platform
from simulators.platform.store import Store
from tests.host.micropython import interpreter

WAIT = 60.0  # s; a machine that is busy with other things takes its time
FLOOD = 900  # mm
HEAP = "160K"
NAMES = 620  # when there are more the interpreter makes its table of names twice as large
TELL_NAMES = "import micropython; micropython.qstr_info()"


class Street:
    """A board with its four sensors, a broker and a platform."""

    def __init__(self, folder: Path, carrier: str) -> None:
        self.folder = folder
        self.carrier = carrier
        self.board = poles.DemoBoard(folder / "board", "CD-WH-0002", "Wuhou", (104.0, 30.0))
        self.broker = broker.Broker(folder)
        self.key = load_or_create(folder / "platform.key")
        self.lines = Lines()
        self.board.sensors(self.lines, ReadingLog(folder / "sensors.jsonl"), 1)
        self.port = self.broker.port if carrier == "mqtt" else free_port()
        self.url = f"{carrier}://127.0.0.1:{self.port}"
        self.board.configure(carrier, self.url, sm2.public_key(self.key))
        path = self.board.folder / "pole.toml"
        text = path.read_text(encoding="utf-8").replace('every = "2s"', 'every = "1s"')
        path.write_text(text.replace('seal_every = "5s"', 'seal_every = "1s"'), encoding="utf-8")
        (self.board.folder / "settings.bin").write_bytes(pole_toml.load(path).packed)

    def said(self) -> str:
        """What the board printed."""
        log = self.board.folder / "agent.log"
        return log.read_text(encoding="utf-8") if log.exists() else ""

    async def until(self, condition: Callable[[], bool]) -> None:
        """Wait for it. AssertionError with what the board said: too late, or the board failed."""
        clock = asyncio.get_running_loop()
        end = clock.time() + WAIT
        while not condition():
            said = self.said()
            assert "Traceback" not in said and clock.time() < end, said
            await asyncio.sleep(0.1)

    async def live(self) -> None:
        """Its story."""
        if self.carrier == "mqtt":
            await self.broker.start()
        platform = self.platform()
        await platform.start()
        self.lines.start()
        try:
            await self._work(platform.store)
        finally:
            await self.board.abort()
            self.lines.stop()
            self.board.dismantle()
            await platform.stop()
            await self.broker.stop()

    def platform(self) -> Platform:
        """The platform, at the door that the board knows."""
        registry = Registry([self.board.registered()])
        store = self.folder / "platform.db"
        if self.carrier == "coap":
            return Platform(registry, self.key, store, coap=("127.0.0.1", self.port))
        return Platform(registry, self.key, store, mqtt=self.url)

    async def _work(self, store: Store) -> None:
        assert self.board.level is not None
        await self.board.start("power-on")
        await self.until(lambda: store.count("readings") >= 20)
        self.board.level.jump(FLOOD)
        await self.until(lambda: states(store)[-1:] == [RAISED])
        await self.board.kill()
        before = store.count("readings")
        await self.board.start("watchdog")
        await self.until(lambda: store.count("readings") >= before + 20)
        self.board.level.jump(0)
        await self.until(lambda: states(store)[-1:] == [CLEARED])
        assert await self.board.finish(WAIT) == 0
        assert store.count("incidents") == 0


def states(store: Store) -> list[int]:
    """Of its alarm, as the platform has them."""
    return [row[3] for row in store.alarms()]


@pytest.mark.parametrize("carrier", ["mqtt", "coap"])
def test_it_delivers_and_survives(
    tmp_path: Path, carrier: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    interpreter()
    monkeypatch.setattr(poles, "HEAP", HEAP)
    monkeypatch.setattr(poles.DemoBoard, "last", TELL_NAMES)
    if carrier == "mqtt" and broker.find() is None:
        if os.environ.get("CI") == "true":
            pytest.fail("mosquitto is missing")
        pytest.skip("mosquitto is missing")
    street = Street(tmp_path, carrier)
    asyncio.run(street.live())
    assert "stopped in order" in street.said()
    names = re.findall(r"n_qstr=(\d+)", street.said())
    assert len(names) == 1 and int(names[0]) < NAMES, names
    flash = ReadOnlyFlash(street.board.folder / "journal.partition")
    journal = Journal(flash, lambda: 0, SECTORS)
    journal.mount()
    assert journal.boot == 3 and journal.next_seq(LANES[0]) > 1
    for lane in LANES:  # a start after the last skips what may have been under way
        assert journal.settled(lane) >= journal.next_seq(lane) - 1, lane
