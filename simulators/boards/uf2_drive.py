"""The drive of an RP2040 or RP2350 with BOOTSEL held: a folder, and a board behind it.

As on the chip, what is written is looked at block by block, what is not for it is passed over in
silence; when every block has come the board starts and its drive is gone.
"""

import threading
from pathlib import Path

FLASH_AT = 0x10000000
FAMILY = {"rp2040": 0xE48BFF56, "rp2350": 0xE48BFF59}
INFO = {
    "rp2040": "UF2 Bootloader v3.0\nModel: Raspberry Pi RP2\nBoard-ID: RPI-RP2\n",
    "rp2350": "UF2 Bootloader v1.0\nModel: Raspberry Pi RP2350\nBoard-ID: RP2350\n",
}


class Uf2Drive:
    """The drive in folder. flash: what was programmed, by address; started: whether the board
    runs; deaf: one that takes nothing."""

    def __init__(self, folder: Path, chip: str, deaf: bool = False) -> None:
        self.folder = folder
        self.flash: dict[int, bytes] = {}
        self.started = False
        self._family = FAMILY[chip]
        self._deaf = deaf
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._watch, daemon=True)
        (folder / "INFO_UF2.TXT").write_text(INFO[chip], encoding="ascii")
        self._thread.start()

    def close(self) -> None:
        """Unplug it."""
        self._over.set()
        self._thread.join()

    def _watch(self) -> None:
        while not self._over.wait(0.02):
            for path in self.folder.glob("*.UF2"):
                if not self._deaf and self._take(path.read_bytes()):
                    self.started = True
                    path.unlink()
                    (self.folder / "INFO_UF2.TXT").unlink()
                    return

    def _take(self, data: bytes) -> bool:
        """Program the blocks of a file that are for this chip; whether that was all of them."""
        wanted = None
        for at in range(0, len(data) - 511, 512):
            words = [int.from_bytes(data[at + place : at + place + 4], "little")
                     for place in range(0, 32, 4)]  # fmt: skip
            if words[0] != 0x0A324655 or words[7] != self._family:
                continue
            wanted = words[6]
            self.flash[words[3]] = data[at + 32 : at + 32 + words[4]]
        return wanted is not None and len(self.flash) == wanted
