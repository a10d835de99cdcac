"""A board with a chip of Espressif's: from whatever it was to MicroPython, by esptool."""

import hashlib
import tempfile
from pathlib import Path

from agent.settings import Settings
from provisioning import bundle, esp_image, layout
from provisioning.flashing import board_code
from provisioning.flashing.chip import Esptool, Found
from provisioning.flashing.repl import NoAnswer
from provisioning.flashing.words import Failure
from provisioning.flashing.work import Work


class Espressif:
    """The board of a Work."""

    def __init__(self, work: Work) -> None:
        self._work = work
        self._tool = Esptool(work.order.port, work.order.silence_s, self._quiet)

    def bring(self, settings: Settings) -> bundle.Target:
        """Identify the board, refuse it or write its firmware, and prove that it runs; the work's
        REPL is entered then. settings: those of its pole."""
        work = self._work
        with work.step("identify"):
            found = self._tool.identify()
            work.emit("identify", "found", word="found", chip=found.chip, mac=found.mac,
                      flash_mb=found.flash_size >> 20, description=found.description)  # fmt: skip
            target = self._matching(found)
            work.fill_slot(settings, target)
            installed = self._refuse(found, target, settings.pole_id)
        if installed:
            work.skip("erase", "kept")
        else:
            self._prepare(target)
        self._write(target)
        with work.step("boot"):
            self._prove_boot(target, installed)
        return target

    def _matching(self, found: Found) -> bundle.Target:
        work = self._work
        work.record |= {"chip": found.description, "mac": found.mac,
                        "flash_mb": found.flash_size >> 20}  # fmt: skip
        target = work.target(found.chip)
        if found.flash_size < target.flash_size:
            raise Failure("small-flash", have=found.flash_size >> 20, need=target.flash_size >> 20)
        if found.locked:
            raise Failure("locked", what=found.locked)
        work.once(found.mac)
        return target

    def _refuse(self, found: Found, target: bundle.Target, pole_id: str) -> bool:
        """Whether the board carries this software, so that its file system shall stay. The table
        is written last: where it is, the firmware was complete."""
        work, order = self._work, self._work.order
        table = found.table[: esp_image.TABLE_SIZE]
        if table != work.kit.files[f"firmware/{target.chip}/partitions.bin"]:
            if order.update:
                raise Failure("not-provisioned")
            return False
        if order.reprovision:
            return False
        try:
            work.repl.enter()
            public = work.ask_public()
        except NoAnswer as error:
            if order.update or order.resume:
                return True  # new firmware may mend it, and takes nothing away
            raise Failure("unasked") from error
        finally:
            work.repl.close()
        return work.stays(public, found.mac, pole_id)

    def _prepare(self, target: bundle.Target) -> None:
        """Take away what ran before: its choices must not steer what runs now, and keys that the
        board gives up must not stay in its flash."""
        with self._work.step("erase"):
            for at, size in layout.stale(target.flash_size, self._work.order.reprovision):
                self._tool.erase(at, size, self._retry)

    def _write(self, target: bundle.Target) -> None:
        with tempfile.TemporaryDirectory() as folder:
            parts = []
            for part in target.parts:
                path = Path(folder) / Path(part.name).name
                path.write_bytes(self._work.kit.files[part.name])
                parts.append((part.at, path))
            with self._work.step("write"):
                # The table last: a board that has it has all the rest, too.
                rest = [part for part in parts if part[0] != esp_image.TABLE_AT]
                self._tool.write(rest, self._percent, self._retry)
                self._tool.write(
                    [part for part in parts if part not in rest], self._percent, self._retry
                )
            with self._work.step("verify"):
                self._tool.verify(parts)
        self._work.record["firmware"] = {
            part.name: hashlib.sha256(self._work.kit.files[part.name]).hexdigest()
            for part in target.parts
        }

    def _percent(self, percent: int) -> None:
        self._work.emit("write", "progress", percent=percent)

    def _quiet(self, seconds: int) -> None:
        self._work.emit("write", "quiet", word="quiet", seconds=seconds)

    def _retry(self, reason: str, how: str) -> None:
        self._work.record["retries"] += 1
        self._work.emit(self._work.step_name, "retry", word="retry", reason=reason, how=how)

    def _prove_boot(self, target: bundle.Target, installed: bool) -> None:
        """The right version runs, out of the bytes that were written."""
        try:
            self._work.repl.enter()
        except NoAnswer as error:
            raise Failure("no-boot", reason=str(error)) from error
        if installed:
            self._work.repl.hold()
            if self._work.order.update and not board_code.installed(self._work.repl).key:
                raise Failure("not-provisioned")
        data = self._work.kit.files[f"firmware/{target.chip}/micropython.bin"]
        version, digest = board_code.running(self._work.repl, len(data))
        if version != target.micropython or digest != hashlib.sha256(data).hexdigest():
            raise Failure("wrong-version", found=version, wanted=target.micropython)
        self._work.record["micropython"] = version
