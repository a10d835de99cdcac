"""One board, from blank to its first acknowledged frame: step by step, each proven on the board."""

import hashlib
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from agent.errors import BadSettings
from agent.protocols.sm2_sign import DEFAULT_TABLE
from agent.settings import Settings
from provisioning import bundle, enrolment, esp_image, layout, registry, sm2_table
from provisioning.flashing import board_code, proof, slot_copy
from provisioning.flashing import settings as board_settings
from provisioning.flashing.chip import Esptool, Found
from provisioning.flashing.order import Order
from provisioning.flashing.protection import Protection
from provisioning.flashing.repl import NoAnswer, RemoteError, Repl
from provisioning.flashing.words import Failure
from provisioning.registry import RegisteredDevice


class Job:
    """Does an Order. emit: called with the fields of each event: step, state, and more.

    ``record`` is the report: what was found, done and proven.
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
        self._step_name = "bundle"
        self._repl = Repl(order.port)

    def run(self) -> None:
        """Do it. Failure with what went wrong; the record holds all that was done until then."""
        try:
            self._run()
        except NoAnswer as error:
            raise Failure("lost", step=self._step_name) from error
        except RemoteError as error:
            raise Failure("remote", step=self._step_name, reason=str(error)) from error
        finally:
            self._let_go()
            self._repl.close()

    def _let_go(self) -> None:
        """A board that was refused, or failed, goes on with what it did before."""
        if self._repl.held:
            with suppress(NoAnswer):
                self._repl.enter(5)
                self._repl.restart()

    def _run(self) -> None:
        order = self.order
        with self._step("settings"):
            compiled = board_settings.compile_settings(order.settings, order.id, order.place)
            self.record["id"] = compiled.settings.pole_id
            protection = Protection(order, compiled.settings)
        tool = Esptool(order.port, order.silence_s)
        with self._step("identify"):
            found = tool.identify()
            self.emit("identify", "found", word="found", chip=found.chip, mac=found.mac,
                      flash_mb=found.flash_size >> 20, description=found.description)  # fmt: skip
            target = self._matching(found)
            files = self._slot(compiled.settings, target)
            installed = self._refuse(found, target, compiled.settings.pole_id)
        if not installed:
            self._prepare(tool, found, target)
        self._write(tool, target)
        with self._step("boot"):
            self._prove_boot(target, installed)
        with self._step("copy"):
            folder = self._copy(files, compiled.packed, target)
        with self._step("identity"):
            board_code.use(self._repl, folder)
            public = board_code.public(self._repl)
            self.record["public"] = public.hex()
        with self._step("enrol"):
            self._enrol(compiled.settings, public, found.mac)
        if protection.wanted:
            with self._step("protect"):
                code = self.kit.beside(target)["tls_key.mpy"]
                protection.carry(self._repl, code, public, found.mac)
        else:
            self.emit("protect", "skip", word="unprotected")
        with self._step("selftest"):
            checks = proof.selftest(
                self._repl, folder, lambda check: self.emit("selftest", "check", **check)
            )
            self.record["checks"] = checks
        with self._step("report-in"):
            proof.report_in(self._repl, order.ack_s)

    @contextmanager
    def _step(self, name: str) -> Iterator[None]:
        self._step_name = name
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

    # What is there, and whether it may be touched.

    def _matching(self, found: Found) -> bundle.Target:
        self.record |= {"chip": found.description, "mac": found.mac,
                        "flash_mb": found.flash_size >> 20}  # fmt: skip
        target = self.kit.targets.get(found.chip)
        if target is None:
            raise Failure("wrong-chip", chip=found.chip, wanted=", ".join(sorted(self.kit.targets)))
        if found.flash_size < target.flash_size:
            raise Failure("small-flash", have=found.flash_size >> 20, need=target.flash_size >> 20)
        if found.locked:
            raise Failure("locked", what=found.locked)
        if found.mac in self.order.not_again:
            raise Failure("same-board", mac=found.mac, id=self.order.not_again[found.mac])
        return target

    def _slot(self, settings: Settings, target: bundle.Target) -> dict[str, bytes]:
        self._board = self.order.board or target.chip
        boards = sorted(Path(name).stem for name in self.kit.imports
                        if name.startswith("board/esp"))  # fmt: skip
        if f"board/{self._board}.py" not in self.kit.imports:
            raise Failure("wrong-board", board=self._board, boards=", ".join(boards))
        table = sm2_table.compiled(settings.sign_table or DEFAULT_TABLE)
        return self.kit.slot(settings, target, self._board) | table

    def _refuse(self, found: Found, target: bundle.Target, pole_id: str) -> bool:
        """Whether the board carries this software, so that its file system shall stay. The table
        is written last: where it is, the firmware was complete."""
        order = self.order
        table = found.table[: esp_image.TABLE_SIZE]
        if table != self.kit.files[f"firmware/{target.chip}/partitions.bin"]:
            if order.update:
                raise Failure("not-provisioned")
            return False
        if order.reprovision:
            return False
        try:
            public = self._ask_public()
        except NoAnswer as error:
            if order.update or order.resume:
                return True  # new firmware may mend it, and takes nothing away
            raise Failure("unasked") from error
        if public is None:
            if order.update:
                raise Failure("not-provisioned")
            return False
        self.emit("identify", "found", word="found-installed")
        owner = self._owner(public)
        if order.resume and owner not in (None, pole_id):
            raise Failure("same-board", mac=found.mac, id=owner)
        if not (order.update or order.resume):
            raise Failure("provisioned")
        return True

    def _ask_public(self) -> bytes | None:
        """The public key of the board, which is left held; None where it has no identity."""
        try:
            self._repl.enter()
            there = board_code.installed(self._repl)
            self.record["before"] = vars(there)
            if not there.key or there.slot is None:
                return None
            self._repl.hold()
            board_code.use(self._repl, f"/{there.slot}/")
            return board_code.public(self._repl)
        finally:
            self._repl.close()

    def _owner(self, public: bytes) -> str | None:
        """The id that this key is registered for."""
        if self.order.registry is None:
            return None
        known = registry.load(self.order.registry).devices
        return next((device.id for device in known if public in device.public), None)

    # The firmware.

    def _prepare(self, tool: Esptool, found: Found, target: bundle.Target) -> None:
        """Take away what ran before: its choices must not steer what runs now, and keys that the
        board gives up must not stay in its flash."""
        with self._step("erase"):
            for at, size in layout.stale(target.flash_size, self.order.reprovision):
                tool.erase(at, size)

    def _write(self, tool: Esptool, target: bundle.Target) -> None:
        with tempfile.TemporaryDirectory() as folder:
            parts = []
            for part in target.parts:
                path = Path(folder) / Path(part.name).name
                path.write_bytes(self.kit.files[part.name])
                parts.append((part.at, path))
            with self._step("write"):
                # The table last: a board that has it has all the rest, too.
                rest = [part for part in parts if part[0] != esp_image.TABLE_AT]
                tool.write(rest, self._percent, self._retry)
                tool.write([part for part in parts if part not in rest], self._percent, self._retry)
            with self._step("verify"):
                tool.verify(parts)
        self.record["firmware"] = {
            part.name: hashlib.sha256(self.kit.files[part.name]).hexdigest()
            for part in target.parts
        }

    def _percent(self, percent: int) -> None:
        self.emit("write", "progress", percent=percent)

    def _retry(self, reason: str, how: str) -> None:
        self.record["retries"] += 1
        self.emit("write", "retry", word="retry", reason=reason, how=how)

    def _prove_boot(self, target: bundle.Target, installed: bool) -> None:
        """The right version runs, out of the bytes that were written."""
        try:
            self._repl.enter()
        except NoAnswer as error:
            raise Failure("no-boot", reason=str(error)) from error
        if installed:
            self._repl.hold()
            if self.order.update and not board_code.installed(self._repl).key:
                raise Failure("not-provisioned")
        data = self.kit.files[f"firmware/{target.chip}/micropython.bin"]
        version, digest = board_code.running(self._repl, len(data))
        if version != target.micropython or digest != hashlib.sha256(data).hexdigest():
            raise Failure("wrong-version", found=version, wanted=target.micropython)
        self.record["micropython"] = version

    # The agent.

    def _copy(self, files: dict[str, bytes], packed: bytes, target: bundle.Target) -> str:
        repl, order = self._repl, self.order
        beside = self.kit.beside(target)
        slot_copy.start_with(
            repl, {"slots.mpy": beside["slots.mpy"], "main.py": self.kit.files["main.py"]}
        )
        slot_copy.put(repl, "/install.mpy", beside["install.mpy"])
        if order.wifi:
            repl.put("/network.bin", board_settings.network_file(*order.wifi))
        content = {**files, "settings.bin": packed}
        head = f"pole {self.kit.version} {self._board}"
        folder = slot_copy.fill(
            repl, content, head, order.deadline_hours,
            lambda percent: self.emit("copy", "progress", percent=percent),
        )  # fmt: skip
        self.record["slot"] = {"folder": folder, "bytes": sum(map(len, content.values()))}
        return folder

    def _enrol(self, settings: Settings, public: bytes, mac: str) -> None:
        order, pole_id = self.order, settings.pole_id
        place = settings.place and tuple(part / 10_000_000 for part in settings.place)
        if order.registry is not None:
            device = RegisteredDevice(pole_id, order.name or pole_id, [public], place)
            try:
                enrolment.enrol(order.registry, device, order.reprovision)
            except (ValueError, BadSettings, OSError) as error:
                raise Failure("duplicate", reason=str(error).rstrip("."), id=pole_id) from error
        if order.request_folder is not None:
            order.request_folder.mkdir(parents=True, exist_ok=True)
            path = order.request_folder / pole_id

            def sign(message: bytes) -> bytes:
                return board_code.sign(self._repl, message)

            request = enrolment.request(pole_id, public, sign)
            path.with_suffix(".csr").write_text(request, encoding="ascii")
            text = enrolment.public_file(pole_id, mac, public)
            path.with_suffix(".pub.json").write_text(text, encoding="ascii")
