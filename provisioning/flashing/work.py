"""What each step of a board's job needs: the order, the bundle, the board's REPL, the report."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from agent.protocols.sm2_sign import DEFAULT_TABLE
from agent.settings import Settings
from provisioning import board_image, bundle, enrolment, registry, sm2_table
from provisioning.flashing import board_code
from provisioning.flashing.order import Order
from provisioning.flashing.repl import Repl
from provisioning.flashing.words import Failure


class Work:
    """One board's job. emit: called with the fields of each event: step, state, and more.

    ``record`` is the report: what was found, done and proven; ``board``: the name of its file;
    ``files``: what its slot gets, by path.
    """

    def __init__(self, order: Order, kit: bundle.Bundle, emit: Callable[..., None]) -> None:
        self.order = order
        self.kit = kit
        self.emit = emit
        self.steps: list[dict[str, Any]] = []
        self.record: dict[str, Any] = {
            "id": order.id, "port": order.port, "bundle": kit.digest, "version": kit.version,
            "steps": self.steps, "retries": 0,
        }  # fmt: skip
        self.step_name = "bundle"
        self.repl = Repl(order.port)
        self.board = ""
        self.files: dict[str, bytes] = {}

    @contextmanager
    def step(self, name: str) -> Iterator[None]:
        self.step_name = name
        begun = time.monotonic()
        entry: dict[str, Any] = {"step": name}
        self.steps.append(entry)
        self.emit(name, "begin")
        try:
            yield
        except BaseException:
            entry["verdict"] = "fail"
            raise
        finally:
            entry["seconds"] = round(time.monotonic() - begun, 2)
        entry["verdict"] = "pass"
        self.emit(name, "done", seconds=entry["seconds"])

    def skip(self, name: str, word: str) -> None:
        """A step that is not needed, and why."""
        self.steps.append({"step": name, "verdict": "skip", "seconds": 0})
        self.emit(name, "skip", word=word)

    def waiting(self, seconds: int, reason: str) -> None:
        """No frame was acknowledged yet: seconds that are left, and why as far as is known."""
        self.emit(self.step_name, "waiting", word="waiting", seconds=seconds, reason=reason)

    # The board.

    def target(self, chip: str) -> bundle.Target:
        """The bundle's firmware for that chip."""
        found = self.kit.targets.get(chip)
        if found is None:
            raise Failure("wrong-chip", chip=chip, wanted=", ".join(sorted(self.kit.targets)))
        return found

    def once(self, mac: str) -> None:
        """Failure for a board that was done before: in this batch, or by its request."""
        if mac in self.order.not_again:
            raise Failure("same-board", mac=mac, id=self.order.not_again[mac])
        folder, pole_id = self.order.request_folder, self.record["id"]
        if folder is None or self.order.reprovision:
            return
        before = enrolment.asked_before(folder, pole_id, mac)
        if before is not None and before[1] == mac:
            raise Failure("same-board", mac=mac, id=before[0])
        if before is not None:
            reason = f"{folder} holds a request of {pole_id} by another board, {before[1]}"
            raise Failure("duplicate", reason=reason, id=pole_id)

    def fill_slot(self, settings: Settings, target: bundle.Target) -> None:
        """Choose what the slot of a board with that chip gets."""
        self.board = self.order.board or board_image.board_of(target.chip)
        imports = self.kit.imports
        if not board_image.fits(imports, self.board, target.chip):
            there = [name for name in board_image.boards()
                     if board_image.fits(imports, name, target.chip)]  # fmt: skip
            raise Failure("wrong-board", board=self.board, boards=", ".join(there))
        table = sm2_table.compiled(settings.sign_table or DEFAULT_TABLE)
        self.files = self.kit.slot(settings, target, self.board) | table

    # Whose it is.

    def ask_public(self) -> bytes | None:
        """The public key of the board, which is left held; None where it has no identity."""
        there = board_code.installed(self.repl)
        self.record["before"] = vars(there)
        if not there.key:
            return None
        if there.slot is None:
            raise Failure("unasked")  # an identity is never lost by accident
        self.repl.hold()
        board_code.use(self.repl, f"/{there.slot}/")
        return board_code.public(self.repl)

    def stays(self, public: bytes | None, mac: str, pole_id: str) -> bool:
        """Whether the board goes on with its identity and journal, as an order for that id says.
        public: what ask_public() returned."""
        order = self.order
        if public is None:
            if order.update:
                raise Failure("not-provisioned")
            return False
        self.emit("identify", "found", word="found-installed")
        owner = self._owner(public)
        if order.resume and owner not in (None, pole_id):
            raise Failure("same-board", mac=mac, id=owner)
        if not (order.update or order.resume):
            raise Failure("provisioned")
        return True

    def _owner(self, public: bytes) -> str | None:
        """The id that this key is registered for."""
        if self.order.registry is None:
            return None
        known = registry.load(self.order.registry).devices
        return next((device.id for device in known if public in device.public), None)
