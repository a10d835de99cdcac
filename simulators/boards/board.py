"""One simulated board: a chip with its flash, in download mode or running its application, on one
port. A thread of its own serves it.
"""

import contextlib
import os
import select
import signal
import threading
import time
from collections.abc import Callable
from pathlib import Path

from simulators.boards import boot, loader
from simulators.boards.application import HEAP, RESET_STATUS, Application
from simulators.boards.chips import CHIPS, Registers
from simulators.boards.faults import Faults
from simulators.boards.nor import Nor
from simulators.boards.ports import Port, PtyPort, Rfc2217Port

_SYNC = b"\xc0\x00\x08\x24\x00"  # how a loader's first packet begins
_LOOK_S = 0.05  # between two looks at a port that nobody has open
_LEAVE_S = 0.15  # from the closing of the port to the application, where there are no modem lines
_OFF, _DOWNLOAD, _APPLICATION, _STUCK = "off", "download", "application", "stuck"


class SimulatedBoard:
    """mac: 6 bytes. environment: POLE_UART1 ... for its sensors, POLE_WIFI. port: a PtyPort at
    ``folder/port`` unless one is given; pass ``port="rfc2217"`` for one with modem lines."""

    def __init__(
        self,
        folder: Path,
        chip: str = "esp32s3",
        flash_size: int = 8 << 20,
        mac: bytes = b"\x24\x58\x7c\x00\x00\x01",
        faults: Faults | None = None,
        environment: dict[str, str] | None = None,
        port: Port | str | None = None,
        heap: str = HEAP,
    ) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self.folder = folder
        self.chip = CHIPS[chip]
        self.mac = mac
        self.faults = faults or Faults()
        self.nor = Nor(folder / "flash.bin", flash_size)
        self.mode = _OFF
        self.starts: list[str] = []  # why it started, each time
        self.blocks = 0
        self.port: Port
        if isinstance(port, str):
            self.port = Rfc2217Port(self._lines)
        else:
            self.port = port or PtyPort(folder / "port")
        own = {
            "POLE_HOST": "/host",
            "POLE_FLASH_IMAGE": str(folder / "flash.bin"),
            "POLE_RTC": str(folder / "rtc"),
            "POLE_DOG": str(folder / "dog"),
            "POLE_CHIP": chip,
            "POLE_UID": mac.hex(),
        }
        self._dog = _fifo(folder / "dog")
        self._bites_at: float | None = None
        self._application = Application(folder, own | (environment or {}), heap)
        self._loader: loader.Loader | None = None
        self._closed_at: float | None = None
        self._held = False  # EN is low
        self._orders: list[tuple[Callable[[], None], threading.Event]] = []
        self._stopping = False
        self._thread = threading.Thread(target=self._serve, name=str(folder), daemon=True)

    # What a person does.

    def start(self) -> None:
        """Give it power."""
        self._thread.start()
        self._do(lambda: self._start("power-on"))

    def stop(self) -> None:
        """Take its power for good, and everything away that it has on the host."""
        self._stopping = True
        self._thread.join()
        self._application.kill()
        self.port.unplug()
        self.nor.close()
        os.close(self._dog)

    def reset(self, download: bool = False) -> None:
        """Press RESET, holding BOOT for the download mode."""
        self._do(lambda: self._start("hard", download))

    def cut_power(self) -> None:
        """Take the power and give it back."""
        self._do(lambda: self._start("power-on"))

    def unplug(self) -> None:
        """Pull its cable, and with it the power."""
        self._do(self._unplug)

    def plug(self) -> None:
        """Put its cable in again."""

        def order() -> None:
            self.port.plug()
            self._start("power-on")

        self._do(order)

    def _do(self, order: Callable[[], None]) -> None:
        done = threading.Event()
        self._orders.append((order, done))
        if not done.wait(10):
            raise OSError(110, f"the simulated board {self.folder} does not answer")

    # What the chip does.

    def _start(self, cause: str, download: bool = False) -> None:
        self._application.kill()
        self._bites_at = self._closed_at = None
        if cause in ("power-on", "hard"):
            (self.folder / "rtc").unlink(missing_ok=True)
        self.starts.append("download" if download else cause)
        if self.faults.silent:
            self.mode = _STUCK
        elif download:
            self.mode = _DOWNLOAD
            registers = Registers(self.chip, self.mac, self.nor.size)
            self._loader = loader.Loader(registers, self.nor, self.faults, self.port.write)
            self._loader.blocks = self.blocks
            self.port.write(boot.log(self.chip, True))
        else:
            self._boot(cause)

    def _boot(self, cause: str) -> None:
        """The ROM and the bootloader look for an application."""
        self.port.write(boot.log(self.chip, False))
        reason = boot.refusal(self.chip, self.nor)
        if reason is not None:
            self.mode = _STUCK
            self.port.write(reason)
        else:
            self.mode = _APPLICATION
            self._application.start(cause)

    def _unplug(self) -> None:
        self._power_off()
        self.port.unplug()

    def _power_off(self) -> None:
        self._application.kill()
        self._bites_at = None
        self.mode = _OFF

    def _lines(self, dtr: bool, rts: bool) -> None:
        """The usual two transistors: RTS alone pulls EN low, DTR alone GPIO0; both together pull
        neither, but the capacitor at EN keeps the chip in reset for that moment."""
        if rts and not dtr:
            self._held = True
            self._power_off()
        elif self._held and not rts:
            self._held = False
            self._start("hard", download=dtr)

    # The thread.

    def _serve(self) -> None:
        while not self._stopping:
            self._wait()
            while self._orders:
                order, done = self._orders.pop(0)
                order()
                done.set()
            self._hear()
            self._speak()
            self._watch()

    def _wait(self) -> None:
        numbers = [self._dog]
        numbers += [number for number in (self.port.fileno(), self._application.master)
                    if number >= 0]  # fmt: skip
        with contextlib.suppress(OSError, ValueError):
            select.select(numbers, [], [], 0 if self._orders else _LOOK_S)

    def _hear(self) -> None:
        data = self.port.read()
        if not self.port.has_lines:
            self._act_for_the_technician(data)
        if self.mode == _DOWNLOAD and self._loader is not None:
            if data:
                self._loader.feed(data)
                self._outcome(self._loader)
        elif data and self.mode == _APPLICATION:
            self._application.feed(data)

    def _act_for_the_technician(self, data: bytes) -> None:
        if self.mode in (_APPLICATION, _STUCK) and _SYNC in data and not self.faults.silent:
            self._start("hard", download=True)
        if self.mode != _DOWNLOAD or self.port.opened:
            self._closed_at = None
        elif self._closed_at is None:
            self._closed_at = time.monotonic()
        elif time.monotonic() - self._closed_at > _LEAVE_S:
            self._start("hard")

    def _outcome(self, chip: loader.Loader) -> None:
        self.blocks = chip.blocks
        if chip.outcome == loader.RESTART:
            self._start("hard")
        elif chip.outcome == loader.BROWN_OUT:
            self.port.write(b"\r\nBrownout detector was triggered\r\n\r\n")
            self._start("power-on")
        elif chip.outcome == loader.UNPLUG:
            self._unplug()

    def _speak(self) -> None:
        if self.mode != _APPLICATION:
            return
        self._application.poll()
        data = self._application.read()
        if data is None:
            self._over(self._application.ended())
        elif data and not self.faults.mute_application:
            self.port.write(data)

    def _over(self, status: int) -> None:
        """The interpreter ended: a reset by the program, a soft reset, or a crash."""
        if status == RESET_STATUS:
            self._start("software")
        elif status in (0, -signal.SIGINT):  # Ctrl-C may find it on its way out
            raw = self._application.raw
            self.port.write(b"MPY: soft reboot\r\n")
            self._bites_at = None
            self.starts.append("soft")
            self._application.start("soft", raw)
        else:
            self.port.write(b"Guru Meditation Error: Core 0 panic'ed\r\nRebooting...\r\n")
            self._start("software")

    def _watch(self) -> None:
        """The watchdog: the application writes its patience in ms at every feed."""
        with contextlib.suppress(BlockingIOError):
            patience = os.read(self._dog, 4096).split()
            if patience and self.mode == _APPLICATION:
                self._bites_at = time.monotonic() + int(patience[-1]) / 1000
        if self._bites_at is not None and time.monotonic() > self._bites_at:
            self._start("watchdog")


def _fifo(path: Path) -> int:
    if not path.exists():
        os.mkfifo(path)
    return os.open(path, os.O_RDWR | os.O_NONBLOCK)
