"""Firmware for boards that show themselves as a drive: RP2040 and RP2350 with BOOTSEL held.

The file and the drive are judged whole before the first byte is written: the drive itself takes any
file, and starts nothing, or something wrong, without a word. UF2: github.com/microsoft/uf2; the
drives: RP2040 datasheet, 2.8.4; RP2350 datasheet, 5.5.
"""

import errno
import os
import time
from dataclasses import dataclass
from pathlib import Path

BLOCK, PAGE = 512, 256
MAGIC = (0x0A324655, 0x9E5D5157, 0x0AB16F30)  # two at the beginning of a block, one at its end
NOT_FLASH, FAMILY_GIVEN = 0x0001, 0x2000
FLASH_AT = 0x10000000
CHIPS = {0xE48BFF56: "rp2040", 0xE48BFF59: "rp2350"}
ABSOLUTE = 0xE48BFF57  # one block beside the image, against an erratum of the RP2350 (E10)
BOARDS = {"RPI-RP2": "rp2040", "RP2350": "rp2350"}  # by the drive's Board-ID
INFO = "INFO_UF2.TXT"
GONE = (errno.ENOENT, errno.EIO, errno.ENODEV, errno.ENOTDIR, errno.ENXIO)
RESTART_S = 20.0


class BadUf2(ValueError):
    """The file is no firmware for this board, or the drive no board; nothing was written. word: of
    uf2_command.WORDS, with its values."""

    def __init__(self, word: str, **values: object) -> None:
        super().__init__(word)
        self.word = word
        self.values = values


@dataclass(frozen=True)
class Image:
    """What a file holds: for which chip, from which address of the flash, how many bytes."""

    chip: str
    begin: int
    size: int


def parse(data: bytes) -> Image:
    """Judge a file. BadUf2 says what is wrong with it."""
    if not data or len(data) % BLOCK:
        raise BadUf2("no-uf2")
    blocks = [_block(data[at : at + BLOCK]) for at in range(0, len(data), BLOCK)]
    image = [block for block in blocks if block.family != ABSOLUTE]
    families = {block.family for block in image}
    if len(families) != 1 or not families <= set(CHIPS):
        raise BadUf2("no-family", known=", ".join(sorted(CHIPS.values())))
    if [block.number for block in image] != list(range(len(image))):
        raise BadUf2("missing")
    if {block.count for block in image} != {len(image)}:
        raise BadUf2("cut-off")
    addresses = sorted(block.address for block in image)
    if addresses[0] < FLASH_AT or any(address % PAGE for address in addresses):
        raise BadUf2("not-flash")
    if len(set(addresses)) != len(addresses):
        raise BadUf2("twice")
    return Image(CHIPS[families.pop()], addresses[0], addresses[-1] + PAGE - addresses[0])


def chip_of(drive: Path) -> str:
    """The chip whose drive is mounted there. BadUf2 if it is no such drive."""
    try:
        lines = (drive / INFO).read_text(encoding="ascii").splitlines()
    except (OSError, ValueError):
        raise BadUf2("no-board", drive=drive) from None
    fields = dict(line.partition(": ")[::2] for line in lines)
    chip = BOARDS.get(fields.get("Board-ID", ""))
    if chip is None:
        raise BadUf2("unknown-board", drive=drive)
    return chip


def write(data: bytes, drive: Path, restart_s: float = RESTART_S) -> Image:
    """Judge file and drive, copy the file, and wait until the board has taken it and started: its
    drive goes away then. BadUf2: refused before anything was written. OSError: it was not taken."""
    image = parse(data)
    chip = chip_of(drive)
    if chip != image.chip:
        raise BadUf2("wrong-chip", wanted=image.chip, chip=chip)
    try:
        with open(drive / "FIRMWARE.UF2", "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
    except OSError as error:
        # A board that has all of it may restart before the last byte is acknowledged.
        if error.errno not in GONE or (drive / INFO).exists():
            raise
    end = time.monotonic() + restart_s
    while (drive / INFO).exists():
        if time.monotonic() > end:
            raise OSError(errno.ETIMEDOUT, "the board did not take it")
        time.sleep(0.05)
    return image


@dataclass(frozen=True)
class _Block:
    address: int
    number: int
    count: int
    family: int


def _block(data: bytes) -> _Block:
    words = [int.from_bytes(data[at : at + 4], "little") for at in range(0, 32, 4)]
    last = int.from_bytes(data[-4:], "little")
    if (words[0], words[1], last) != MAGIC:
        raise BadUf2("damaged")
    if words[2] & NOT_FLASH or not words[2] & FAMILY_GIVEN:
        raise BadUf2("no-chip")
    if words[4] != PAGE:
        raise BadUf2("page", size=words[4], page=PAGE)
    return _Block(words[3], words[5], words[6], words[7])
