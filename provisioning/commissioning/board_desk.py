"""The page's side of a board that hangs on a USB port: what agent.linux.commissioning.desk is for a
node. The board's agent works in turns of half a second; what the page asks comes between two.
"""

import threading
import time
from types import SimpleNamespace
from typing import Any

from agent import frame
from agent.errors import NotAcknowledged
from agent.linux.commissioning import advice, sheet, writes
from agent.linux.commissioning.desk import MAX_WRITTEN
from agent.linux.commissioning.words import Wording
from agent.protocols import cbor
from agent.reading import UNSYNCED
from provisioning.commissioning import held_code, lending
from provisioning.flashing import tls_files
from provisioning.flashing.repl import NoAnswer, RemoteError, Repl

_BEGIN = """
import held, snapshot, recorder
held = held.Held(folder, snapshot.snapshot, recorder.Recorder(), dog)
"""
_MARK = "=> "  # as board/held.py has it
TURN_MS = 500
SILENCE_S = 30.0


class BoardDesk:
    """A board on a port, from ``start`` to ``stop``. Used from any thread. NotAcknowledged, in one
    sentence, where the board does not answer."""

    def __init__(self, port: str) -> None:
        self._repl = Repl(port)
        self._lock = threading.Lock()  # one question at a time
        self._shown: dict[str, Any] = {}
        self._written: list[dict[str, Any]] = []
        self._certificate = ""  # the day on which that for TLS ends, where that is soon
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._work, name="board", daemon=True)
        self.trouble = ""  # why the board answers no more

    def start(self) -> None:
        """Hold the board, and let its agent work under our eyes."""
        try:
            lending.lend(self._repl, held_code.CABLE)
            self._certificate = tls_files.ends_soon(self._repl)
            self._repl.run(_BEGIN, seconds=lending.START_S)
            self._turn()
        except (NoAnswer, RemoteError, NotAcknowledged, ValueError) as error:
            self._release()
            raise NotAcknowledged(f"the board does not take part: {error}") from error
        self._thread.start()

    def stop(self) -> None:
        """End in order, and let the board go."""
        self._over.set()
        self._thread.join()
        try:
            self._ask("stop()")
        except NotAcknowledged as error:
            self.trouble = self.trouble or str(error)
        self._release()

    def _release(self) -> None:
        trouble = lending.give_back(self._repl)
        self.trouble = self.trouble or trouble

    # What the page asks.

    def now_ms(self) -> int:
        """This machine's monotonic clock."""
        return time.monotonic_ns() // 1_000_000

    def state(self) -> dict[str, Any]:
        """What the board said last. TimeoutError once it says nothing any more."""
        if self.trouble:
            raise TimeoutError(self.trouble)
        return self._shown

    def write(self, action: str, items: dict[str, Any], who: str) -> None:
        """Do one of writes.ACTIONS. writes.Refused: nothing was done."""
        done, names = writes.ACTIONS[action]
        items = {name: items[name] for name in names if name in items}
        if action == "drill":
            self._drill(writes.check_length(items), items, who)
        elif action == "end drill":
            self._drill(0, {}, who)
        elif action == "maintenance":
            length, why = writes.check_pause(items), str(items.get("why") or "")
            self._ask(f"maintain({length}, {who!r}, {why!r})")
        else:
            done(self._agent(), items, who, self.now_ms())
        entry = {"action": action, "who": who, "time": self._shown["time"]["ms"], **items}
        self._written = [*self._written[1 - MAX_WRITTEN :], entry]

    def _drill(self, for_ms: int, items: dict[str, Any], who: str) -> None:
        device, channel = str(items.get("device")), str(items.get("channel"))
        why = self._ask(f"drill({device!r}, {channel!r}, {for_ms}, {who!r})")
        if why:
            raise writes.Refused(f"refused.{why}")

    def _agent(self) -> Any:
        """As much of the board's agent as writes look at."""
        seen = self._shown
        unsynced = seen["time"]["quality"] == "unsynced"
        devices: dict[str, list[Any]] = {}
        for one in seen["channels"]:
            devices.setdefault(one["device"], []).append(SimpleNamespace(name=one["channel"]))
        parts = [SimpleNamespace(name=name, channels=found) for name, found in devices.items()]
        return SimpleNamespace(
            settings=SimpleNamespace(pole_id=seen["pole"]),
            sealer=SimpleNamespace(
                signer=SimpleNamespace(kid=bytes.fromhex(seen["device"])),
                utc_offset=None if unsynced else 0,
            ),
            buses=[SimpleNamespace(devices=parts)],
            log=lambda topic, text: None,
            tell=lambda kind, body, now: self._tell(kind, body),
            learn_time=self._give_time,
        )

    def _tell(self, kind: int, body: dict[int, Any]) -> int:
        return int(self._ask(f"tell({kind}, {cbor.encode(body).hex()!r})"))

    def _give_time(self, now: int, utc: int, uncertainty: int, source: str, quality: int) -> None:
        assert quality != UNSYNCED
        if not self._ask(f"give_time({utc}, {uncertainty}, {source!r})"):
            raise writes.Refused("refused.time known")

    def hand_over(self, who: str, language: str) -> str:
        """The signed sheet, as HTML. TimeoutError where the journal does not take its frame."""
        facts = sheet.facts(self._shown, who)
        seq = self._tell(frame.HANDOVER, sheet.handover(facts, language))
        data = self._ask(f"frame({seq})")
        if data is None:
            raise TimeoutError("the journal does not take the handover")
        return sheet.render(facts, bytes.fromhex(data), Wording(language))

    def frames(self, place: tuple[int, int]) -> tuple[bytes, tuple[int, int] | None]:
        """Frames that wait for the platform: see Desk.frames."""
        found, following = self._ask(f"chunk({place[0]}, {place[1]})")
        data = b"".join(bytes.fromhex(one) for one in found)
        return data, None if following is None else (following[0], following[1])

    def beacon(self) -> bytes:
        """The signed holdings."""
        return bytes.fromhex(self._ask("beacon()"))

    def brought(self, downlinks: list[bytes]) -> int:
        """Take acknowledgements that somebody carried here; how many were genuine."""
        return sum(1 for one in downlinks if self._ask(f"brought({one.hex()!r})"))

    # The board.

    def _work(self) -> None:
        while not self._over.is_set() and not self.trouble:
            try:
                self._turn()
            except NotAcknowledged as error:
                self.trouble = str(error)
            self._over.wait(0.05)  # the page's questions have their chance

    def _turn(self) -> None:
        seen: dict[str, Any] = self._ask(f"turn({TURN_MS})")
        seen["state"] = advice.state(seen)
        seen["written"] = self._written
        seen["certificate"] = self._certificate
        bound = any(one["action"] == "bind" for one in self._written)
        seen["next"] = advice.next_step(seen, bound)
        self._shown = seen

    def _ask(self, call: str) -> Any:
        """What the board answers to a call of its Held."""
        with self._lock:
            try:
                said = self._repl.run(f"held.{call}", seconds=SILENCE_S)
            except (NoAnswer, RemoteError) as error:
                raise NotAcknowledged(f"the board does not answer: {error}") from error
        for line in reversed(said.splitlines()):
            if line.startswith(_MARK):
                return cbor.decode(bytes.fromhex(line[len(_MARK) :].strip()))
        raise NotAcknowledged("the board answers nothing")
