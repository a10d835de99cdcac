"""Between the page's threads and the agent's: snapshots go out, writes and questions come in.

Nothing here blocks the agent: it makes a snapshot once a second while somebody looks, and answers
what the page's threads ask between two of its steps.
"""

import asyncio
import concurrent.futures
import threading
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any, TypeVar

from agent import frame
from agent.agent import Agent
from agent.linux import certificate_end
from agent.linux.commissioning import advice, requests, sheet, writes
from agent.linux.commissioning.recollect import recollect
from agent.linux.commissioning.recorder import Recorder
from agent.linux.commissioning.snapshot import snapshot
from agent.linux.commissioning.words import Wording
from agent.reading import ALARM, LANES

LOOK_EVERY_MS = 1000
WATCHED_FOR_MS = 10_000  # a page that asked so lately is open
ANSWER_S = 10.0
MAX_WRITTEN = 50  # entries that the page and the sheet show
CHUNK = 64 << 10  # bytes of frames that are read in one go: a few ms

_Answer = TypeVar("_Answer")


class Desk:
    """The page's side of an agent. now_ms: its clock; wake: has it step soon; certificates: its
    files for TLS. Made in the agent's loop, and used from any thread."""

    def __init__(
        self,
        agent: Agent,
        now_ms: Callable[[], int],
        wake: Callable[[], None],
        certificates: Iterable[Path | None] = (),
    ) -> None:
        self.agent = agent
        self.now_ms = now_ms
        self._wake = wake
        self._loop = asyncio.get_running_loop()
        self._lock = threading.Lock()
        self._shown: dict[str, Any] = {}
        self._look_at = 0
        self._asked_at = now_ms()
        self._written: list[dict[str, Any]] = []  # what was written within a day
        self._recollected = False
        self._certificates = certificates
        self._lines = [(line.name, line.port, line.mode) for line in agent.settings.lines]
        self._recorder = Recorder()
        agent.watchers.append(self._recorder)

    # In the agent's thread.

    def look(self, now: int) -> None:
        """Make a snapshot where one is due; call it after every step."""
        if now < self._look_at or now - self._asked_at > WATCHED_FOR_MS:
            return
        self._look_at = now + LOOK_EVERY_MS
        seen = self._seen(now)
        with self._lock:
            self._shown = seen

    def _seen(self, now: int) -> dict[str, Any]:
        if not self._recollected:
            before = recollect(self.agent, now)
            if before is not None:
                self._recollected = True
                known = {one["time"] for one in self._written}
                before = [one for one in before if one["time"] not in known]
                self._written = (before + self._written)[-MAX_WRITTEN:]
        seen = snapshot(self.agent, self._recorder, self._lines, now)
        seen["state"] = advice.state(seen)
        seen["written"] = self._written
        seen["certificate"] = certificate_end.soon(self._certificates)
        bound = any(one["action"] == "bind" for one in self._written)
        seen["next"] = advice.next_step(seen, bound)
        return seen

    # In the page's threads.

    def state(self) -> dict[str, Any]:
        """The newest snapshot; a fresh one where nobody has looked for a while."""
        now = self.now_ms()
        asked_at, self._asked_at = self._asked_at, now
        with self._lock:
            shown = self._shown
        if not shown or now - asked_at > WATCHED_FOR_MS:
            shown = self.call(lambda: self._seen(self.now_ms()))
        return shown

    def call(self, question: Callable[[], _Answer]) -> _Answer:
        """The answer to a question that is put in the agent's thread. TimeoutError."""
        answer: concurrent.futures.Future[_Answer] = concurrent.futures.Future()

        def put() -> None:
            if not answer.set_running_or_notify_cancel():
                return
            try:
                answer.set_result(question())
            except Exception as error:
                answer.set_exception(error)
            self._look_at = 0
            self._wake()

        self._loop.call_soon_threadsafe(put)
        try:
            return answer.result(ANSWER_S)
        finally:
            answer.cancel()  # what nobody waits for is not done later

    def write(self, action: str, items: dict[str, Any], who: str) -> None:
        """Do one of writes.ACTIONS. writes.Refused: nothing was done."""
        written, names = writes.ACTIONS[action]
        items = {name: items[name] for name in names if name in items}

        def put() -> None:
            now = self.now_ms()
            written(self.agent, items, who, now)
            time, _ = self.agent.sealer.at(now)
            entry = {"action": action, "who": who, "time": time, **items}
            self._written = [*self._written[1 - MAX_WRITTEN :], entry]

        self.call(put)

    def hand_over(self, who: str, language: str) -> str:
        """The signed sheet, as HTML. TimeoutError where the journal does not take its frame."""

        def seal() -> tuple[dict[str, Any], int]:
            now = self.now_ms()
            facts = sheet.facts(self._seen(now), who)
            self.agent.tell(frame.HANDOVER, sheet.handover(facts, language), now)
            return facts, self.agent.store.alarm_seq

        facts, seq = self.call(seal)
        return sheet.render(facts, self._frame(seq), Wording(language))

    def _frame(self, seq: int) -> bytes:
        end = self.now_ms() + int(ANSWER_S * 1000)
        pause = threading.Event()
        while self.now_ms() < end:
            data = self.call(lambda: self.agent.ports.journal.read(ALARM, seq))
            if data is not None:
                return bytes(data)
            pause.wait(0.02)
        raise TimeoutError("the journal does not take the handover")

    # For the courier.

    def frames(self, place: tuple[int, int]) -> tuple[bytes, tuple[int, int] | None]:
        """Frames that wait for a platform, from (lane, seq) on, at most CHUNK bytes; and where
        the next ones are, None at the end. Start with (0, 0)."""
        return self.call(lambda: self._chunk(*place))

    def _chunk(self, lane: int, seq: int) -> tuple[bytes, tuple[int, int] | None]:
        journal = self.agent.ports.journal
        data = bytearray()
        while lane < len(LANES):
            lacking = min(journal.released(lane, to) for to in range(journal.destinations)) + 1
            seq = max(seq, lacking)
            while seq <= journal.durable(lane):
                data += journal.read(lane, seq) or b""
                seq += 1
                if len(data) >= CHUNK:
                    return bytes(data), (lane, seq)
            lane, seq = lane + 1, 0
        return bytes(data), None

    def beacon(self) -> bytes:
        """The signed holdings, which ask for an acknowledgement wherever they are delivered."""
        agent = self.agent
        beacon = agent.sealer.beacon
        return self.call(lambda: bytes(beacon(agent.uplink.beacon_ms, self.now_ms())))

    def brought(self, downlinks: list[bytes]) -> int:
        """Take acknowledgements that somebody carried here; how many were genuine."""
        return self.call(lambda: requests.bring(self.agent, downlinks, self.now_ms()))
