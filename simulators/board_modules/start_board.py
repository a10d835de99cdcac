"""What the firmware of a board does before its own files speak: mount the partition ``vfs`` as the
root, run boot.py and main.py, then offer the REPL. The host's files lie under /host.
"""

import os
import sys

import vfs

sys.path[:] = ["", "/lib", "/host" + sys.path[0]]
_host = vfs.VfsPosix("/")
vfs.umount("/")
vfs.mount(_host, "/host")

from esp32 import Partition  # noqa: E402

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


_run("boot.py")
if not os.getenv("POLE_RAW"):
    _run("main.py")
os.putenv("MICROPYINSPECT", "1")
