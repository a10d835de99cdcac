"""What every simulated board is, whatever its chip: power, a reset button, a cable, a watchdog, and
an application on its port. A thread of its own serves it.
"""

import contextlib
import os
import select
import signal
import threading
import time
from collections.abc import Callable
from pathlib import Path

from simulators.boards.application import HEAP, RESET_STATUS, Application
from simulators.boards.faults import Faults
from simulators.boards.nor import Nor
from simulators.boards.ports import Port, PtyPort

_LOOK_S = 0.05  # between two looks at a port that nobody has open
_ANSWER_S = 60.0  # on a busy machine
OFF, DOWNLOAD, APPLICATION, STUCK = "off", "download", "application", "stuck"


class PoweredBoard:
    """mac: 6 bytes. environment: POLE_UART1 ... for its sensors, POLE_WIFI. port: a PtyPort at
    ``folder/port`` unless one is given. A chip of its own says how it starts (``_start``), and what
    it does with what it hears (``_hear``)."""

    def __init__(
        self,
        folder: Path,
        chip: str,
        flash_size: int,
        mac: bytes,
        faults: Faults | None = None,
        environment: dict[str, str] | None = None,
        port: Port | None = None,
        heap: str = HEAP,
    ) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self.folder = folder
        self.mac = mac
        self.faults = faults or Faults()
        self.nor = Nor(folder / "flash.bin", flash_size)
        self.mode = OFF
        self.starts: list[str] = []  # why it started, each time
        self.port: Port = port or PtyPort(folder / "port")
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
        if not done.wait(_ANSWER_S):
            raise OSError(110, f"the simulated board {self.folder} does not answer")

    # What the chip does.

    def _start(self, cause: str, download: bool = False) -> None:
        raise NotImplementedError

    def _hear(self) -> None:
        raise NotImplementedError

    def _restart(self, cause: str) -> None:
        """End what runs; the memory that outlives a reset outlives no power cut."""
        self._application.kill()
        self._bites_at = None
        if cause in ("power-on", "hard"):
            (self.folder / "rtc").unlink(missing_ok=True)

    def _unplug(self) -> None:
        self._power_off()
        self.port.unplug()

    def _power_off(self) -> None:
        self._application.kill()
        self._bites_at = None
        self.mode = OFF

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

    def _speak(self) -> None:
        if self.mode != APPLICATION:
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
            self._crashed(status)

    def _crashed(self, status: int) -> None:
        self.port.write(b"Guru Meditation Error: Core 0 panic'ed\r\nRebooting...\r\n")
        self._start("software")

    def _watch(self) -> None:
        """The watchdog: the application writes its patience in ms at every feed."""
        with contextlib.suppress(BlockingIOError):
            patience = os.read(self._dog, 4096).split()
            if patience and self.mode == APPLICATION:
                self._bites_at = time.monotonic() + int(patience[-1]) / 1000
        if self._bites_at is not None and time.monotonic() > self._bites_at:
            self._start("watchdog")


def _fifo(path: Path) -> int:
    if not path.exists():
        os.mkfifo(path)
    return os.open(path, os.O_RDWR | os.O_NONBLOCK)
