"""One board, from blank to its first acknowledged frame: step by step, each proven on the board."""

from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

from agent.errors import BadSettings
from agent.linux import whole_files
from agent.settings import Settings
from provisioning import bundle, enrolment, registry
from provisioning.flashing import board_code, page_again, proof, slot_copy, tls_files
from provisioning.flashing import settings as board_settings
from provisioning.flashing.espressif import Espressif
from provisioning.flashing.order import Order
from provisioning.flashing.pico import Pico, is_pico
from provisioning.flashing.protection import Protection
from provisioning.flashing.repl import NoAnswer, RemoteError
from provisioning.flashing.words import Failure
from provisioning.flashing.work import Work
from provisioning.registry import RegisteredDevice

_STARTERS = ("slots.mpy", "scratch.mpy")  # what main.py begins with; the second is an RP2's


class Job:
    """Does an Order. emit: called with the fields of each event: step, state, and more."""

    def __init__(self, order: Order, kit: bundle.Bundle, emit: Callable[..., None]) -> None:
        self._work = Work(order, kit, emit)
        self._board = Pico(self._work) if is_pico(order) else Espressif(self._work)

    @property
    def record(self) -> dict[str, Any]:
        """The report: what was found, done and proven."""
        return self._work.record

    def run(self) -> None:
        """Do it. Failure with what went wrong; the record holds all that was done until then."""
        work = self._work
        try:
            self._run()
        except NoAnswer as error:
            raise Failure("lost", step=work.step_name) from error
        except RemoteError as error:
            raise Failure("remote", step=work.step_name, reason=str(error)) from error
        finally:
            self._let_go()
            work.repl.close()

    def _let_go(self) -> None:
        """A board that was refused, or failed, goes on with what it did before."""
        repl = self._work.repl
        if repl.held:
            with suppress(NoAnswer):
                repl.enter(5)
                repl.restart()

    def _run(self) -> None:
        work, order = self._work, self._work.order
        with work.step("settings"):
            compiled = board_settings.compile_settings(order.settings, order.id, order.place)
            work.record["id"] = compiled.settings.pole_id
            if order.registry is not None:
                _read(order.registry)  # nothing is written for one that is not there
            protection = Protection(order, compiled.settings)
        target = self._board.bring(compiled.settings)
        with work.step("copy"):
            page = page_again.found(work)
            folder = self._copy(compiled.packed, target)
        with work.step("identity"):
            board_code.use(work.repl, folder)
            public = board_code.public(work.repl)
            work.record["public"] = public.hex()
        mac = work.record["mac"]
        with work.step("enrol"):
            self._enrol(compiled.settings, public, mac)
        if protection.wanted:
            with work.step("protect"):
                code = work.kit.beside(target)["tls_key.mpy"]
                protection.carry(work.repl, code, public, mac)
                work.record["tls_until"] = tls_files.tell_end(work.repl, work.emit)
        else:
            work.skip("protect", "unprotected")
        with work.step("selftest"):
            checks = proof.selftest(
                work.repl, folder, lambda check: work.emit("selftest", "check", **check)
            )
            work.record["checks"] = checks
        with work.step("report-in"):
            self._report_in()
            if page is not None:
                page_again.lay(work, page)

    def _report_in(self) -> None:
        work, order = self._work, self._work.order
        try:
            proof.report_in(work.repl, order.ack_s, work.waiting)
        except Failure as failure:
            folder = order.request_folder
            if failure.word != "no-ack" or folder is None or order.registry or order.authority:
                raise
            path = folder / f"{work.record['id']}.csr"
            raise Failure("not-enrolled", path=path, **failure.values) from failure

    def _copy(self, packed: bytes, target: bundle.Target) -> str:
        work, repl, order = self._work, self._work.repl, self._work.order
        beside = work.kit.beside(target)
        starters = {name: data for name, data in beside.items() if name in _STARTERS}
        slot_copy.start_with(repl, {**starters, "main.py": work.kit.files["main.py"]})
        slot_copy.put(repl, "/install.mpy", beside["install.mpy"])
        if order.wifi:
            slot_copy.put(repl, "/network.bin", board_settings.network_file(*order.wifi))
        content = {**work.files, "settings.bin": packed}
        head = f"pole {work.kit.version} {work.board}"
        folder = slot_copy.fill(
            repl, content, head, order.deadline_hours,
            lambda percent: work.emit("copy", "progress", percent=percent),
        )  # fmt: skip
        work.record["slot"] = {"folder": folder, "bytes": sum(map(len, content.values()))}
        return folder

    def _enrol(self, settings: Settings, public: bytes, mac: str) -> None:
        order, pole_id = self._work.order, settings.pole_id
        place = settings.place and tuple(part / 10_000_000 for part in settings.place)
        if order.registry is not None:
            device = RegisteredDevice(pole_id, order.name or pole_id, [public], place)
            try:
                enrolment.enrol(order.registry, device, order.reprovision)
            except (ValueError, BadSettings) as error:
                raise Failure("duplicate", reason=str(error).rstrip("."), id=pole_id) from error
        if order.request_folder is not None:
            order.request_folder.mkdir(parents=True, exist_ok=True)
            folder = order.request_folder

            def sign(message: bytes) -> bytes:
                return board_code.sign(self._work.repl, message)

            request = enrolment.request(pole_id, public, sign)
            whole_files.replace(folder / f"{pole_id}.csr", request.encode("ascii"))
            text = enrolment.public_file(pole_id, mac, public)
            whole_files.replace(folder / f"{pole_id}.pub.json", text.encode("ascii"))


def _read(path: Path) -> None:
    """Failure for a registry that cannot be used."""
    try:
        registry.load(path)
    except BadSettings as error:
        raise Failure("bad-registry", reason=error.mistakes) from None
    except OSError as error:
        raise Failure("bad-registry", reason=f"{path}: {error.strerror}") from None
