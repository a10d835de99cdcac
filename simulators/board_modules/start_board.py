"""What the firmware of a board does before its own files speak: mount its file system as the
root, run boot.py and main.py, then offer the REPL. The host's files lie under /host.
"""

import os
import sys

import vfs

sys.path[:] = ["", "/lib", "/host" + sys.path[0]]
_host = vfs.VfsPosix("/")
vfs.umount("/")
vfs.mount(_host, "/host")

if os.getenv("POLE_CHIP").startswith("rp2"):
    import rp2_chip

    rp2_chip.install()
    _device = rp2_chip.Flash()
else:
    from esp32 import Partition

    _device = Partition.find(Partition.TYPE_DATA, label="vfs")[0]
try:
    _root = vfs.VfsLfs2(_device, mtime=False)
except OSError:
    vfs.VfsLfs2.mkfs(_device)
    _root = vfs.VfsLfs2(_device, mtime=False)
vfs.mount(_root, "/")
os.chdir("/")


def _run(name):
    try:
        with open(name) as file:
            code = file.read()
    except OSError:
        return
    try:
        exec(compile(code, name, "exec"), {"__name__": "__main__"})
    except KeyboardInterrupt:
        print("KeyboardInterrupt: ")
    except Exception as error:
        sys.print_exception(error)


def _run_all():
    print("\0", end="")  # simulators.boards.application: from here on Ctrl-C is taken
    _run("boot.py")
    if not os.getenv("POLE_RAW"):
        _run("main.py")


try:
    _run_all()
except KeyboardInterrupt:
    print("KeyboardInterrupt: ")
os.putenv("MICROPYINSPECT", "1")
