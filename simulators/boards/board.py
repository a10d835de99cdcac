"""One simulated board with a chip of Espressif's: in download mode or running its application, on
one port.
"""

import time
from pathlib import Path

from simulators.boards import boot, loader
from simulators.boards.application import HEAP
from simulators.boards.chips import CHIPS, Registers
from simulators.boards.faults import Faults
from simulators.boards.ports import Port, Rfc2217Port
from simulators.boards.powered import APPLICATION, DOWNLOAD, STUCK, PoweredBoard

_SYNC = b"\xc0\x00\x08\x24\x00"  # how a loader's first packet begins
_LEAVE_S = 0.15  # from the closing of the port to the application, where there are no modem lines


class SimulatedBoard(PoweredBoard):
    """See PoweredBoard. port: pass ``port="rfc2217"`` for one with modem lines."""

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
        plug = Rfc2217Port(self._lines) if isinstance(port, str) else port
        super().__init__(folder, chip, flash_size, mac, faults, environment, plug, heap)
        self.chip = CHIPS[chip]
        self.blocks = 0
        self._loader: loader.Loader | None = None
        self._closed_at: float | None = None
        self._held = False  # EN is low

    def _start(self, cause: str, download: bool = False) -> None:
        self._restart(cause)
        self._closed_at = None
        self.starts.append("download" if download else cause)
        if self.faults.silent:
            self.mode = STUCK
        elif download:
            self.mode = DOWNLOAD
            registers = Registers(self.chip, self.mac, self.nor.size)
            registers.lock(self.faults.secure_boot, self.faults.encrypted)
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
            self.mode = STUCK
            self.port.write(reason)
        else:
            self.mode = APPLICATION
            self._application.start(cause)

    def _lines(self, dtr: bool, rts: bool) -> None:
        """The usual two transistors: RTS alone pulls EN low, DTR alone GPIO0; both together pull
        neither, but the capacitor at EN keeps the chip in reset for that moment."""
        if rts and not dtr:
            self._held = True
            self._power_off()
        elif self._held and not rts:
            self._held = False
            self._start("hard", download=dtr)

    def _hear(self) -> None:
        data = self.port.read()
        if not self.port.has_lines:
            self._act_for_the_technician(data)
        if self.mode == DOWNLOAD and self._loader is not None:
            if data:
                self._loader.feed(data)
                self._outcome(self._loader)
        elif data and self.mode == APPLICATION:
            self._application.feed(data)

    def _act_for_the_technician(self, data: bytes) -> None:
        hung = self.mode == DOWNLOAD and self._loader is not None and self._loader.hung
        elsewhere = hung or self.mode in (APPLICATION, STUCK)
        if elsewhere and _SYNC in data and not self.faults.silent:
            self._start("hard", download=True)
        if self.mode != DOWNLOAD or self.port.opened:
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
