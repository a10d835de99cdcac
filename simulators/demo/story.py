"""The main job, told: two poles report; the network goes away; an underpass floods; each agent is
killed without warning and starts again; the network comes back. Then the books are settled.
"""

import asyncio
import errno
import fcntl
import json
import shutil
import time
from pathlib import Path
from typing import Any

from agent.linux.keys import load_or_create
from agent.protocols import sm2
from provisioning.registry import Registry
from simulators.demo.account import (
    Account,
    Channel,
    Request,
    sent_readings,
    settle,
    stored_readings,
    stream_requests,
)
from simulators.demo.broker import Broker
from simulators.demo.poles import (
    EVERY_MS,
    LEVEL_CHANNEL,
    SEAL_MS,
    STREAMED,
    DemoBoard,
    DemoPole,
)
from simulators.free_port import free_port
from simulators.lines.pty_lines import Lines
from simulators.lines.reading_log import ReadingLog
from simulators.platform.service import Platform
from simulators.relay import TcpRelay, UdpRelay

# Seconds after the start.
_OUTAGE, _FLOOD, _KILL_NODE, _KILL_BOARD, _RETURN, _RECEDE, _END = 12, 15, 19, 23, 30, 42, 50
_REST = 1.5  # how long a killed agent stays down
_FINISH = 15.0


class Story:
    """One demo in a folder of its own. say(sentence) shows progress."""

    def __init__(self, folder: Path, carrier: str, web: tuple[str, int] | None, say: Any) -> None:
        self.folder = folder
        self.carrier = carrier
        self.web = web
        self.say = say
        folder.parent.mkdir(parents=True, exist_ok=True)
        self._lock = open(folder.with_suffix(".lock"), "w")  # noqa: SIM115
        try:
            fcntl.flock(self._lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            text = f"a demo already runs in {folder}: end that one, or choose another --folder"
            raise OSError(errno.EBUSY, text) from None
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir()
        self.poles: list[DemoPole] = [
            DemoPole(folder / "node", "CD-JJ-0001", "Jinjiang underpass", (104.0668, 30.5728)),
            DemoBoard(folder / "board", "CD-WH-0002", "Wuhou drain", (104.0433, 30.6414)),
        ]
        self.lines = Lines()
        self.log = ReadingLog(folder / "sensors.jsonl")
        self.broker: Broker | None = None
        self.began = 0.0

    async def prepare(self) -> None:
        """Platform, network, sensors, settings."""
        self.say("building the board's application, as for a real one: some 20 s")
        registry = Registry()
        for pole in self.poles:
            registry.add(pole.registered())
        key = load_or_create(self.folder / "platform.key")
        registry.platform = sm2.public_key(key)
        registry.save(self.folder / "registry.json")
        web = self.web or ("127.0.0.1", free_port())
        server = ("127.0.0.1", free_port())
        broker_url = None
        self.relay: UdpRelay | TcpRelay
        if self.carrier == "mqtt":
            self.broker = Broker(self.folder)
            await self.broker.start()
            broker_url = f"mqtt://127.0.0.1:{self.broker.port}"
            self.relay = TcpRelay(("127.0.0.1", self.broker.port))
        else:
            self.relay = UdpRelay(server)
        self.platform = Platform(
            registry, key, self.folder / "platform.db", server, broker_url, web
        )
        await self.platform.start()
        port = await self.relay.start()
        for number, pole in enumerate(self.poles):
            pole.sensors(self.lines, self.log, number + 1)
            pole.configure(self.carrier, f"{self.carrier}://127.0.0.1:{port}", registry.platform)
        self.lines.start()
        assert self.platform.page is not None
        self.say(f"live page: {self.platform.page.url}")

    async def tell(self) -> None:
        """Live through it."""
        node, board = self.poles
        self.began = time.monotonic()
        for pole in self.poles:
            await pole.start("power-on")
        self.say("two poles report: a Linux node (CPython) and a board (MicroPython)")
        await self._until(_OUTAGE)
        self.relay.up = False
        self.say("the network goes away")
        await self._until(_FLOOD)
        self._flood(620)
        self.say("an underpass floods: 620 mm over the road")
        await self._until(_KILL_NODE)
        await self._kill(node)
        await self._until(_KILL_BOARD)
        await self._kill(board)
        await self._until(_RETURN)
        self.relay.up = True
        self.say(f"the network is back ({self.relay.dropped} packets or bytes were lost)")
        await self._until(_RECEDE)
        self._flood(30)
        self.say("the water recedes")
        await self._until(_END)

    async def keep(self) -> None:
        """Go on until interrupted, with a flood now and then."""
        while True:
            await self._until(time.monotonic() - self.began + 60)
            self._flood(500)
            await self._until(time.monotonic() - self.began + 20)
            self._flood(30)

    async def end(self) -> dict[str, Any]:
        """Stop in order, settle the books, and return the summary."""
        self.say("stopping in order, and settling the books")
        await asyncio.gather(*[pole.finish(_FINISH) for pole in self.poles])
        self.lines.stop()
        for pole in self.poles:
            pole.dismantle()
        self.log.close()
        summary = self._summary()
        await self.relay.stop()
        await self.platform.stop()
        if self.broker:
            await self.broker.stop()
        return summary

    async def abort(self) -> None:
        """Leave nothing running behind."""
        for pole in self.poles:
            await pole.abort()
        if self.broker:
            await self.broker.stop()

    async def _kill(self, pole: DemoPole) -> None:
        await pole.kill()
        self.say(f"{pole.id} was killed without warning")
        await asyncio.sleep(_REST)
        await pole.start("watchdog")
        self.say(f"{pole.id} starts again")

    def _flood(self, level: int) -> None:
        for pole in self.poles:
            assert pole.level is not None
            pole.level.jump(level)

    async def _until(self, seconds: float) -> None:
        """Wait, and show what the platform has."""
        while (left := self.began + seconds - time.monotonic()) > 0:
            await asyncio.sleep(min(left, 3))
            store = self.platform.store
            self.say(
                f"  {store.count('readings')} readings, {store.count('alarms')} alarms received",
                passing=True,
            )

    def _summary(self) -> dict[str, Any]:
        store = self.platform.store
        account = self._account()
        for example in account.examples[:20]:
            self.say(example)
        alarms = store.alarms()
        waited = [commit - time for *_, time, commit in alarms if time is not None]
        return {
            "readings_made": account.made,
            "readings_received": account.received,
            "lost": account.lost,
            "unsealed_lost": account.unsealed_lost,
            "invented": account.invented,
            "duplicates": store.stored_twice(),
            "bad_signatures": store.count("incidents", "signature"),
            "gaps_reported": store.count("gaps"),
            "alarms_made": sum(pole.alarms_made for pole in self.poles),
            "alarms_received": len(alarms),
            "alarm_ms_max": max(waited, default=None),
            "poles": [
                {
                    "id": pole.id,
                    "runtime": pole.runtime,
                    "carrier": self.carrier,
                    "readings_received": account.by_pole.get(pole.id, 0),
                }
                for pole in self.poles
            ],
        }

    def _account(self) -> Account:
        sent = sent_readings(self.folder / "sensors.jsonl")
        uploads: dict[str, list[tuple[int, int]]] = {}
        asked: dict[Channel, list[Request]] = {}
        for channel, entries in sent.items():
            if channel[1:] == STREAMED:
                continue
            asked[channel] = [(at, {value}) for at, value in entries]
        for pole in self.poles:
            uploads[pole.id] = _raw_uploads(self.folder / "sensors.jsonl", pole.id)
            instants = [at for at, _ in sent.get((pole.id, *LEVEL_CHANNEL), [])]
            asked[(pole.id, *STREAMED)] = stream_requests(uploads[pole.id], instants)
        kills = {pole.id: pole.kills for pole in self.poles}
        stored = stored_readings(self.platform.store.readings())
        return settle(asked, stored, EVERY_MS, SEAL_MS, kills)


def _raw_uploads(path: Path, pole: str) -> list[tuple[int, int]]:
    """Every upload of the pole's streaming sensor."""
    uploads = []
    for line in path.read_text(encoding="utf-8").splitlines():
        entry = json.loads(line)
        if (entry["pole"], entry["device"], entry["channel"]) == (pole, *STREAMED):
            uploads.append((entry["utc_ms"], entry["value"]))
    return uploads
