"""The Flash contract: the simulated flash, and the board's over a simulated partition."""

import sys

from board.flash import BlockFlash
from simulators.world.flash import SimFlash
from tests.shared.contracts_flash import check_flash, check_journal


class Blocks:
    """A block device in memory, as MicroPython's protocol has it."""

    def __init__(self, count=16, size=4096):
        self.size = size
        self.cells = bytearray(b"\xff" * (count * size))

    def readblocks(self, block, buf, offset=0):
        at = block * self.size + offset
        buf[:] = self.cells[at : at + len(buf)]

    def writeblocks(self, block, buf, offset=0):
        at = block * self.size + offset
        for index in range(len(buf)):
            self.cells[at + index] &= buf[index]

    def ioctl(self, op, arg=0):
        if op == 4:
            return len(self.cells) // self.size
        if op == 5:
            return self.size
        if op == 6:
            self.cells[arg * self.size : (arg + 1) * self.size] = b"\xff" * self.size
        return 0


def test_the_simulated_flash():
    for unit in (1, 4, 16, 256):
        check_flash(SimFlash(4, 4096, unit))
    flash = SimFlash(16)
    check_journal(flash, lambda: flash.reboot())


def test_the_boards_flash():
    for unit in (4, 256):
        check_flash(BlockFlash(Blocks(), unit))
        blocks = Blocks()
        check_journal(
            BlockFlash(blocks, unit), lambda blocks=blocks, unit=unit: BlockFlash(blocks, unit)
        )


def test_the_boards_flash_on_a_simulated_partition():
    if sys.implementation.name != "micropython":
        return  # the stand-in for esp32 runs under MicroPython only
    import os

    sys.path.insert(0, __file__.rpartition("/")[0] + "/../../simulators/board_modules")
    from esp32 import Partition

    os.chdir("/tmp")
    label = "contract-%d" % id(Blocks)
    try:
        check_flash(BlockFlash(Partition(label, size=1 << 16)))
        os.remove(label + ".partition")
        device = Partition(label, size=1 << 16)
        check_journal(BlockFlash(device), lambda: BlockFlash(Partition(label)))
    finally:
        os.remove(label + ".partition")
