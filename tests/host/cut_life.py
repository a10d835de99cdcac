"""Under MicroPython: one life of a board whose flash tells each write, and may die in one of them.

It stands where simulators/board_modules/start_board.py does, and takes code by a pipe where a board
has its raw REPL. Arguments: the folder of the stand-ins; the file of the file system's flash; the
file that every program and erase is added to: a line ``PLACE SIZE LENGTH``, then so many bytes,
none for an erase; the write in whose middle the power goes, or 0; ``run`` for main.py first, as
after a reset, or ``stop`` for a Ctrl-C that came before it.

Each code comes as a line with its length, then its bytes; its answer is what it printed, EOT, the
traceback or nothing, EOT. Before the first one READY is said.
"""

import io
import os
import sys

import vfs

READY = "\x05"
EOT = "\x04"
BLOCK = 4096
BLANK = b"\xff" * BLOCK
modules, image, told, cut, begin = sys.argv[1:6]


class Flash:
    """MicroPython's block device. Every instance is the same flash: code makes its own."""

    cells = open(image, "r+b")  # noqa: SIM115
    blocks = cells.seek(0, 2) // BLOCK
    log = open(told, "ab")  # noqa: SIM115
    left = int(cut)  # writes until the power goes
    dead = False

    def readblocks(self, block, buf, offset=0):
        """Fill buf."""
        if Flash.dead:
            return -5
        Flash.cells.seek(block * BLOCK + offset)
        Flash.cells.readinto(buf)
        return 0

    def writeblocks(self, block, buf, offset=0):
        """Program buf, or its first half."""
        return self._write(block * BLOCK + offset, buf, len(buf))

    def ioctl(self, op, arg=0):
        """4: number of blocks, 5: their size, 6: erase one, or its first half."""
        if op == 4:
            return Flash.blocks
        if op == 5:
            return BLOCK
        return self._write(arg * BLOCK, b"", BLOCK) if op == 6 else 0

    def _write(self, at, data, size):
        if Flash.dead:
            return -5
        Flash.left -= 1
        if Flash.left == 0:
            Flash.dead = True
            size //= 2
            data = data[:size]
        Flash.cells.seek(at)
        Flash.cells.write(data or BLANK[:size])
        Flash.log.write(b"%d %d %d\n" % (at, size, len(data)))
        Flash.log.write(data)
        return -5 if Flash.dead else 0


def mount():
    """What the firmware does first: the file system, made where there is none."""
    more = {"progsize": 256} if rp2 else {}
    try:
        root = vfs.VfsLfs2(Flash(), mtime=False, **more)
    except OSError:
        vfs.VfsLfs2.mkfs(Flash(), **more)
        root = vfs.VfsLfs2(Flash(), mtime=False, **more)
    vfs.mount(root, "/")
    os.chdir("/")


def run(code, name, names):
    """Run code; the traceback, or nothing."""
    try:
        exec(compile(code, name, "exec"), names)
    except SystemExit:
        raise
    except BaseException as error:
        if Flash.dead:
            sys.exit(9)
        said = io.StringIO()
        sys.print_exception(error, said)
        return said.getvalue()
    return ""


def run_main():
    """As after a reset."""
    try:
        with open("main.py") as file:
            code = file.read()
    except OSError:
        return
    print(run(code, "main.py", {"__name__": "__main__"}), end="")


def serve():
    """The raw REPL, until nobody asks any more."""
    names = {"__name__": "__main__"}
    print(READY, end="")
    while True:
        line = sys.stdin.buffer.readline()
        if not line:
            return
        failed = run(sys.stdin.buffer.read(int(line)), "<stdin>", names)
        print(EOT + failed + EOT, end="")


sys.path[:] = ["", "/lib", "/host" + modules]
posix = vfs.VfsPosix("/")
vfs.umount("/")
vfs.mount(posix, "/host")
rp2 = os.getenv("POLE_CHIP").startswith("rp2")
if rp2:
    import rp2_chip

    rp2_chip.install()
    sys.modules["rp2"].Flash = Flash
try:
    mount()
except OSError:
    if not Flash.dead:
        raise
    sys.exit(9)
if begin == "run":
    run_main()
serve()
