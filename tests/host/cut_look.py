"""Under MicroPython: what a board finds in its flash, had the power gone in the middle of a write.

Arguments: the tree; the bytes of the flash before the first write; the writes (see cut_life.py).
Says a line of JSON for each write, as it would be found had that one been cut, and one for the end:
``files``, by name the SHA-256 of each file beside the slots; ``slot``, what board/slots.py would
run; ``state``, its file; ``head``, the first line of this slot's manifest; ``torn``, what is not as
that says; ``image``: the same where a board finds the same files.
"""

import hashlib
import json
import os
import sys

import vfs

sys.path[:] = [sys.argv[1], ""]
from board.slots import Slots  # noqa: E402

BLOCK = 4096
READ = 1024  # bytes at once: a look need not read as a board does


class Flash:
    """MicroPython's block device, for a look: it takes no write."""

    def __init__(self, cells):
        self.cells = cells

    def readblocks(self, block, buf, offset=0):
        """Fill buf."""
        at = block * BLOCK + offset
        buf[:] = self.cells[at : at + len(buf)]
        return 0

    def writeblocks(self, block, buf, offset=0):
        """A look changes nothing."""
        return -5

    def ioctl(self, op, arg=0):
        """4: number of blocks, 5: their size."""
        if op == 6:
            return -5
        return {4: len(self.cells) // BLOCK, 5: BLOCK}.get(op, 0)


def digest_of(path):
    """A file's SHA-256 in hex, or None where there is none."""
    found = hashlib.sha256()
    try:
        with open(path, "rb") as file:
            data = file.read(4096)
            while data:
                found.update(data)
                data = file.read(4096)
    except OSError:
        return None
    return found.digest().hex()


def tree(path, found):
    """(path, size) of each file below path."""
    for name, kind, _, size in sorted(os.ilistdir(path)):
        if kind & 0x4000:
            tree(path + name + "/", found)
        else:
            found.append((path + name, size))
    return found


def compared(folder):
    """(first line of a slot's manifest, what is not as it says)."""
    with open(folder + "manifest") as file:
        head, *lines = file.read().split("\n")[:-2]
    parts = [line.split(" ", 2) for line in lines]
    return head, [name for digest, _, name in parts if digest_of(folder + name) != digest]


def seen(flash):
    """What is there. Nothing where there is no file system: the firmware makes one."""
    try:
        vfs.mount(vfs.VfsLfs2(flash, readsize=READ, mtime=False), "/")
    except OSError:
        return {"files": {}, "slot": None, "state": "", "head": "", "torn": [], "image": ""}
    try:
        every = tree("/", [])
        files = {path: digest_of(path) for path, _ in every if path.count("/") == 1}
        slots = Slots()
        head, torn = compared(slots.folder()) if slots.active else ("", [])
        return {
            "files": files,
            "slot": slots.active,
            "state": slots.data().decode(),
            "head": head,
            "torn": torn,
            "image": hashlib.sha256(repr((every, sorted(files.items()))).encode()).digest().hex(),
        }
    finally:
        vfs.umount("/")


def whole(path):
    """The bytes of a file; read at once, which is faster than piece by piece."""
    data = bytearray(os.stat(path)[6])
    with open(path, "rb") as file:
        file.readinto(data)
    return data


def main():
    """Each write in turn: cut in its middle, looked at, then done."""
    cells, told = whole(sys.argv[2]), whole(sys.argv[3])
    vfs.umount("/")
    at = 0
    while at < len(told):
        end = told.find(b"\n", at) + 1
        place, size, length = [int(part) for part in told[at:end].split()]
        at = end + length
        data = told[end:at] or b"\xff" * size
        half = size // 2
        before = cells[place : place + half]
        cells[place : place + half] = data[:half]
        print(json.dumps(seen(Flash(cells))))
        cells[place : place + half] = before
        cells[place : place + size] = data
    print(json.dumps(seen(Flash(cells))))


main()
