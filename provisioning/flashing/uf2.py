"""The drive as which an RP2040 or RP2350 shows itself with BOOTSEL held.

The file and the drive are judged whole before the first byte is written (provisioning.uf2_image).
The drives: RP2040 datasheet, 2.8.4; RP2350 datasheet, 5.5.
"""

import errno
import os
import time
from collections.abc import Callable
from pathlib import Path

from provisioning.flashing import usb
from provisioning.uf2_image import BadUf2, Image, parse

BOARDS = {"RPI-RP2": "rp2040", "RP2350": "rp2350"}  # by the drive's Board-ID
INFO = "INFO_UF2.TXT"
GONE = (errno.ENOENT, errno.EIO, errno.ENODEV, errno.ENOTDIR, errno.ENXIO)
RESTART_S = 20.0


def mounted(mounts: Path | None = None) -> dict[Path, Path]:
    """The drives that are mounted: the device by its folder. mounts: the kernel's list, that of
    /proc if None, see proc_pid_mounts(5); where there is none, none is found."""
    mounts = mounts or usb.root() / "proc/self/mounts"
    try:
        rows = [line.split(" ") for line in mounts.read_text(encoding="utf-8").splitlines()]
    except OSError:
        return {}
    return {Path(row[1].replace("\\040", " ")): Path(row[0]) for row in rows if row[2] == "vfat"}


def is_there(drive: Path, mounts: Path | None = None) -> bool:
    """Whether a board shows its drive in that folder: what was mounted by hand stays mounted, and
    remembered, when the board is gone."""
    device = mounted(mounts).get(drive)
    try:
        return (device is None or device.exists()) and (drive / INFO).exists()
    except OSError:
        return False


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


def write(
    data: bytes,
    drive: Path,
    restart_s: float = RESTART_S,
    there: Callable[[Path], bool] = is_there,
) -> Image:
    """Judge file and drive, copy the file, and wait until the board has taken it and started: its
    drive goes away then. there: whether that board shows its drive there. BadUf2: refused before
    anything was written. OSError: it was not taken."""
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
        if error.errno not in GONE or there(drive):
            raise
    end = time.monotonic() + restart_s
    while there(drive):
        if time.monotonic() > end:
            raise OSError(errno.ETIMEDOUT, "the board did not take it")
        time.sleep(0.05)
    return image
