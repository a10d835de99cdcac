"""The real littlefs of MicroPython over blocks in memory that lose power at any write."""

import vfs

PLACE = "/littlefs"
BLOCK = 4096


class Blocks:
    """The extended block device. cut_at: the write (from 1) in whose middle the power goes; what
    follows fails. programmed: bytes. The same cells make the device of the next life."""

    def __init__(self, count=96, cells=None):
        self.cells = bytearray(b"\xff" * (count * BLOCK)) if cells is None else cells
        self.programmed = self.erases = self.writes = 0
        self.cut_at = None
        self.dead = False

    def _power(self):
        """Whether a write may be whole."""
        self.writes += 1
        if self.writes == self.cut_at:
            self.dead = True
        return not self.dead

    def readblocks(self, block, buf, offset=0):
        """Fill buf."""
        if self.dead:
            return -5
        at = block * BLOCK + offset
        buf[:] = self.cells[at : at + len(buf)]
        return 0

    def writeblocks(self, block, buf, offset=0):
        """Program buf, or its first half when the power goes."""
        if self.dead:
            return -5
        at = block * BLOCK + offset
        size = len(buf)
        if not self._power():
            self.cells[at : at + size // 2] = buf[: size // 2]
            return -5
        self.cells[at : at + size] = buf
        self.programmed += size
        return 0

    def ioctl(self, op, arg):
        """4: number of blocks, 5: their size, 6: erase one."""
        if op == 4:
            return len(self.cells) // BLOCK
        if op == 5:
            return BLOCK
        if op != 6:
            return 0
        if self.dead:
            return -5
        size = BLOCK if self._power() else BLOCK // 2
        self.cells[arg * BLOCK : arg * BLOCK + size] = b"\xff" * size
        self.erases += 1
        return -5 if self.dead else 0


def mount(device, fresh=False):
    """Mount it at PLACE, formatted first if fresh."""
    try:
        vfs.umount(PLACE)
    except OSError:
        pass  # nothing was mounted
    if fresh:
        vfs.VfsLfs2.mkfs(device, progsize=32)
        device.programmed = device.erases = device.writes = 0
    vfs.mount(vfs.VfsLfs2(device, progsize=32, mtime=False), PLACE)
