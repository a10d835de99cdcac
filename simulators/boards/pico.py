"""One simulated Pico W or Pico 2 W: a drive while BOOTSEL is held, a serial port while its
application runs. Every reset that the program makes looks like one by the watchdog, as on the chip.
"""

import shutil
import time
from pathlib import Path

from simulators.boards.faults import Faults
from simulators.boards.powered import APPLICATION, DOWNLOAD, STUCK, PoweredBoard
from simulators.boards.uf2_drive import FLASH_AT, Uf2Drive
from simulators.boards.usb_bus import UsbSocket

FLASH = {"rp2040": 2 << 20, "rp2350": 4 << 20}
BOOTSEL_STATUS = 4  # machine.bootloader()
_ENUMERATE_S = 0.1  # until the workstation knows it again
_BEGIN = 4096  # bytes at the beginning of the flash: blank, and nothing can start


class SimulatedPico(PoweredBoard):
    """See PoweredBoard. ``drive``: the folder that is its drive in BOOTSEL mode; usb: the socket
    that it is in, if the workstation tells that."""

    def __init__(
        self,
        folder: Path,
        chip: str = "rp2040",
        mac: bytes = b"\x28\xcd\xc1\x00\x00\x01",
        faults: Faults | None = None,
        environment: dict[str, str] | None = None,
        usb: UsbSocket | None = None,
    ) -> None:
        super().__init__(folder, chip, FLASH[chip], mac, faults, environment)
        self.chip_name = chip
        self.drive = folder / "drive"
        self._uf2: Uf2Drive | None = None
        self._usb = usb

    def stop(self) -> None:
        super().stop()
        self._close_drive()

    def _start(self, cause: str, download: bool = False) -> None:
        self._restart(cause)
        self._close_drive()
        self._enumerate_again()
        self.starts.append("download" if download else cause)
        if self.faults.silent:
            self.mode = STUCK
        elif download or self.nor.read(0, _BEGIN) == b"\xff" * _BEGIN:
            self.mode = DOWNLOAD
            if self._usb is None:
                self.port.unplug()
            self.drive.mkdir()
            self._uf2 = Uf2Drive(self.drive, self.chip_name, self.faults.dead_from is not None)
            if self._usb is not None:
                self._usb.show_drive(self.chip_name, self.drive)
        else:
            if self.mode == DOWNLOAD or self._usb is not None:
                self.port.plug()
            if self._usb is not None:
                self._usb.show_port(Path(self.port.url))
            self.mode = APPLICATION
            self._application.start("watchdog" if cause == "software" else cause)

    def _hear(self) -> None:
        data = self.port.read()
        if self.mode == APPLICATION and data:
            self._application.feed(data)
        elif self._uf2 is not None and self._uf2.started:
            self._program(self._uf2.flash)
            self._start("software")

    def _program(self, pages: dict[int, bytes]) -> None:
        """What came over the drive is in the flash."""
        for address in pages:
            self.nor.erase(address - FLASH_AT, 1)
        for address, page in pages.items():
            self.nor.program(address - FLASH_AT, self.faults.flip(address - FLASH_AT, page))

    def _power_off(self) -> None:
        super()._power_off()
        self._close_drive()
        if self._usb is not None:
            self._usb.show_nothing()

    def _enumerate_again(self) -> None:
        """Its port goes away with every reset, and whoever has it open gets an error."""
        if self._usb is not None:
            self._usb.show_nothing()
            self.port.unplug()
            time.sleep(_ENUMERATE_S)

    def _crashed(self, status: int) -> None:
        if status == BOOTSEL_STATUS:
            self._start("software", download=True)
        else:  # a hard fault: it hangs, until the watchdog bites
            self._application.kill()
            self.mode = STUCK

    def _close_drive(self) -> None:
        if self._uf2 is not None:
            self._uf2.close()
            shutil.rmtree(self.drive)
        self._uf2 = None
