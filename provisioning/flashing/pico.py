"""A Pico W or Pico 2 W: from whatever it was to MicroPython, by its drive.

A blank one, or one with BOOTSEL held, is a drive; one that runs MicroPython is a serial port, and
becomes a drive when it is told to. Among others it is known by its USB socket, where the system
tells that; else it is the one that changes while nobody else does. Nothing can be read over the
drive: what is in the flash is proven, and whose board it is is seen, when MicroPython runs. Its
file system outlives a firmware.
"""

import hashlib
import time
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

from agent.settings import Settings
from provisioning import bundle, uf2_image
from provisioning.flashing import board_code, ports, uf2
from provisioning.flashing.order import Order
from provisioning.flashing.repl import NoAnswer
from provisioning.flashing.words import Failure
from provisioning.flashing.work import Work

_TIMES = 2  # a file is written so often before the board is given up
_APPEAR_S = 60.0  # for a drive or a port to appear: a desktop mounts it meanwhile
_LOOK_S = 0.2

Found = TypeVar("Found")


def is_pico(order: Order) -> bool:
    """Whether the board of an order is one."""
    return order.drive is not None or ports.is_pico(order.port)


class Pico:
    """The board of a Work."""

    def __init__(self, work: Work) -> None:
        self._work = work
        self._drive = work.order.drive
        self._before = ports.picos()
        self._socket = work.order.socket or ports.socket_of(str(self._drive or work.order.port))
        if self._socket is not None:
            work.record["socket"] = self._socket
            work.repl.find = self._port

    def bring(self, settings: Settings) -> bundle.Target:
        """Identify the board, refuse it or write its firmware, and prove that it runs; the work's
        REPL is entered then. settings: those of its pole."""
        work, pole_id = self._work, settings.pole_id
        with work.step("identify"):
            runs = bool(work.order.port) and self._runs()
            target = work.target(self._chip(runs))
            data = work.kit.files[target.parts[0].name]
            work.fill_slot(settings, target)
            installed = runs and self._judge(pole_id)
            if runs and not work.repl.held:
                # Files may be gone, but what they began is in memory still, and has a watchdog.
                work.repl.start_again()
        self._bring_firmware(data, runs)
        with work.step("boot"):
            self._prove_boot(target)
            if not runs:
                installed = self._judge(pole_id)
        if installed:
            work.skip("erase", "kept")
        else:
            with work.step("erase"):
                board_code.format_pico(work.repl, work.order.reprovision)
        work.record["firmware"] = {target.parts[0].name: _digest(data)}
        return target

    def _bring_firmware(self, data: bytes, runs: bool) -> None:
        """It is in the flash, and proven to be: written only where it was not."""
        work = self._work
        if runs and self._holds(data):
            work.skip("write", "same-firmware")
            work.skip("verify", "same-firmware")
            return
        with work.step("write"):
            self._write(data, runs)
        with work.step("verify"):
            self._verify(data)

    def _holds(self, data: bytes) -> bool:
        """Whether the flash has it, by a hash that the board makes itself."""
        return board_code.flash_hash(self._work.repl, _spans(data)) == _digest(data)

    # What it is, and whose.

    def _runs(self) -> bool:
        """Whether MicroPython answers; False where a drive is there instead."""
        if self._drive is not None and uf2.is_there(self._drive):
            return False
        try:
            self._work.repl.enter()
            return True
        except NoAnswer as error:
            if self._drive is not None and uf2.is_there(self._drive):
                return False
            raise Failure("silent-pico", port=self._work.order.port) from error

    def _chip(self, runs: bool) -> str:
        work = self._work
        if runs:
            chip, mac = board_code.pico(work.repl)
            work.record |= {"chip": chip, "mac": mac}
            work.once(mac)
            work.emit("identify", "found", word="found-pico", chip=chip, mac=mac)
            return chip
        assert self._drive is not None
        try:
            chip = uf2.chip_of(self._drive)
        except uf2_image.BadUf2 as error:
            raise Failure("no-drive", drive=self._drive) from error
        work.record["chip"] = chip
        work.emit("identify", "found", word="found-drive", chip=chip, drive=str(self._drive))
        return chip

    def _judge(self, pole_id: str) -> bool:
        """Whether its identity and journal stay; it is held then."""
        work, repl = self._work, self._work.repl
        stays = not work.order.reprovision and work.stays(
            work.ask_public(), work.record["mac"], pole_id
        )
        if not repl.held and board_code.installed(repl).starter:
            repl.hold()  # or its watchdog would bite
        return stays

    # Its firmware.

    def _write(self, data: bytes, runs: bool) -> None:
        drive = self._as_drive() if runs else self._drive
        assert drive is not None
        for left in reversed(range(_TIMES)):
            try:
                uf2.write(data, drive, there=self._is_drive)
                return
            except uf2_image.BadUf2 as error:
                raise Failure("no-drive", drive=drive) from error
            except OSError as error:
                reason = error.strerror or str(error)
                if not left:
                    raise Failure("write-failed", reason=reason) from error
                self._work.record["retries"] += 1
                self._work.emit("write", "retry", word="retry", reason=reason, how=str(drive))

    def _as_drive(self) -> Path:
        """Have it become a drive, which is mounted by the workstation, or by hand."""
        there = set(ports.drives())
        self._work.repl.become_drive()
        wanted = self._drive

        def found() -> Path | None:
            if wanted is not None:
                return wanted if uf2.is_there(wanted) else None
            if self._socket is not None:
                return ports.drive_at(self._socket)
            return next(iter(set(ports.drives()) - there), None)

        return _wait(found, Failure("no-mount"))

    def _is_drive(self, drive: Path) -> bool:
        """Whether it shows its drive there: another one's may be mounted in the same place next."""
        if self._socket is not None and ports.socket_of(str(drive)) != self._socket:
            return False
        return uf2.is_there(drive)

    def _port(self) -> str | None:
        """The port that its socket has now."""
        assert self._socket is not None
        return ports.port_at(self._socket)

    def _verify(self, data: bytes) -> None:
        """Once its firmware runs."""
        work = self._work
        if self._socket is not None:
            _wait(self._port, Failure("no-start"))
        elif not work.order.port:
            work.repl.port = _wait(
                lambda: next(iter(ports.picos() - self._before), None), Failure("no-start")
            )
        try:
            work.repl.enter()
        except NoAnswer as error:
            raise Failure("no-boot", reason=str(error)) from error
        if board_code.installed(work.repl).starter:
            work.repl.hold()
        if not self._holds(data):
            raise Failure("verify-failed")

    def _prove_boot(self, target: bundle.Target) -> None:
        work = self._work
        found = board_code.version(work.repl)
        if found != target.micropython:
            raise Failure("wrong-version", found=found, wanted=target.micropython)
        chip, mac = board_code.pico(work.repl)
        if chip != target.chip:
            raise Failure("wrong-chip", chip=chip, wanted=target.chip)
        work.once(mac)
        work.record |= {"micropython": found, "mac": mac}


def _spans(data: bytes) -> list[tuple[int, int]]:
    return [(begin, begin + len(content)) for begin, content in uf2_image.spans(data)]


def _digest(data: bytes) -> str:
    return hashlib.sha256(b"".join(part for _, part in uf2_image.spans(data))).hexdigest()


def _wait(look: Callable[[], Found | None], failure: Failure) -> Found:
    """What look() finds at last; the failure after a minute."""
    end = time.monotonic() + _APPEAR_S
    while (found := look()) is None:
        if time.monotonic() > end:
            raise failure
        time.sleep(_LOOK_S)
    return found
