"""A real systemd as process 1 of namespaces of its own, over this machine's files, none of which
change: what it writes goes into memory and ends with it.

It knows only the few units that a service rests upon, may neither load modules nor set the clock,
and sees no device but the harmless ones; the network is the machine's, so that a platform on the
loopback is reached. There is no udev in it.
"""

import os
import shutil
import subprocess
import time
from pathlib import Path

_NEEDED = ("systemctl", "systemd-sysusers", "unshare", "setpriv", "nsenter")
_SYSTEMD = Path("/lib/systemd/systemd")
_UNITS = ("sysinit.target basic.target multi-user.target shutdown.target sockets.target "
          "local-fs.target local-fs-pre.target paths.target slices.target timers.target "
          "umount.target systemd-journald.service systemd-journald.socket "
          "systemd-journald-dev-log.socket")  # fmt: skip
_BOOTS_S = 120  # on a machine that has other things to do
_NEVER = "--bounding-set=-sys_time,-sys_module,-sys_boot,-sys_rawio"  # not even root, in there

# cgroup(7), overlayfs, pivot_root(2). $1: an empty folder, where all of it is mounted; $2: one that
# is seen in it even if it is no part of the machine's root file system.
_INSIDE = f"""
set -e
mount --make-rprivate /
mount -t tmpfs tmpfs "$1"
cd "$1"
mkdir upper work root groups units
mount -t cgroup2 cgroup2 groups
group=groups/$(basename "$1")
mkdir "$group"
echo 0 > "$group/cgroup.procs"
mount -t overlay -o lowerdir=/,upperdir=upper,workdir=work overlay root
mkdir -p "root$2"
mount --bind "$2" "root$2"
for unit in {_UNITS}; do cp "/lib/systemd/system/$unit" units/; done
mkdir units/sysinit.target.wants
ln -s ../systemd-journald.service units/sysinit.target.wants/
mount --bind units root/usr/lib/systemd/system
mount -t tmpfs tmpfs root/usr/lib/systemd/system-generators
mount -t tmpfs tmpfs root/etc/systemd/system
mount -t tmpfs tmpfs root/run
mount -t proc proc root/proc
mount -o bind,ro root/proc/sys root/proc/sys
mount -t sysfs -o ro sysfs root/sys
mount -t tmpfs tmpfs root/dev
mkdir root/dev/shm root/dev/pts
for name in null zero full random urandom tty; do
    touch "root/dev/$name"
    mount --bind "/dev/$name" "root/dev/$name"
done
exec unshare --cgroup sh -ec '
    mount -t cgroup2 cgroup2 root/sys/fs/cgroup
    cd root
    pivot_root . mnt
    umount -l mnt
    exec env -i container=test PATH=/usr/sbin:/usr/bin:/sbin:/bin \
        {_SYSTEMD} --unit=basic.target --log-target=journal
'
"""
_LEAVE = """
mount --make-rprivate /
mount -t cgroup2 cgroup2 "$1"
find "$1/$(basename "$1")" -depth -type d -exec rmdir {} +
"""


class NoSystemd(Exception):
    """Why none can run here, in a sentence."""


class LiveSystemd:
    """Boots on creation; NoSystemd if that cannot be. folder: an empty one; seen: one whose files
    are there, too."""

    def __init__(self, folder: Path, seen: Path) -> None:
        missing = [name for name in _NEEDED if shutil.which(name) is None]
        missing += [] if _SYSTEMD.exists() else ["systemd"]
        missing += ["root"] if os.getuid() else []
        if missing:
            raise NoSystemd(f"a live systemd needs {', '.join(missing)}")
        self._folder = folder
        self._outside = subprocess.Popen(
            ["setpriv", "--pdeathsig=KILL", _NEVER, "unshare", "--mount", "--pid", "--fork",
             "--kill-child", "--ipc", "--uts", "sh", "-c", _INSIDE, "sh", str(folder), str(seen)],
            stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True,
        )  # fmt: skip
        self._process_1 = 0
        try:
            self._boot()
        except NoSystemd:
            self.close()
            raise

    def run(self, *command: object, **environment: str) -> subprocess.CompletedProcess[str]:
        """A command in it, as root."""
        inside = ["nsenter", f"--target={self._process_1}", "--mount", "--pid", "--ipc", "--uts",
                  "--cgroup", "setpriv", _NEVER, *map(str, command)]  # fmt: skip
        given = {"PATH": "/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", "LANG": "C.UTF-8"}
        return subprocess.run(inside, env=given | environment, timeout=240, capture_output=True,
                              text=True, check=False)  # fmt: skip

    def property(self, unit: str, name: str) -> str:
        """What systemd knows of a unit: systemctl(1), show."""
        return self.run("systemctl", "show", "--value", f"--property={name}", unit).stdout.strip()

    def log(self, unit: str) -> str:
        """What a unit has said."""
        return self.run("journalctl", "--no-pager", "--output=cat", f"--unit={unit}").stdout

    def close(self) -> None:
        """End it, and with it all that runs in it."""
        self._outside.kill()
        self._outside.wait()
        groups = ["unshare", "--mount", "sh", "-c", _LEAVE, "sh", str(self._folder)]
        end = time.monotonic() + 10  # its processes are reaped a moment later
        while subprocess.run(groups, capture_output=True, check=False).returncode:
            if time.monotonic() > end:
                break
            time.sleep(0.1)

    def _boot(self) -> None:
        children = Path(f"/proc/{self._outside.pid}/task/{self._outside.pid}/children")
        end = time.monotonic() + _BOOTS_S
        while time.monotonic() < end:
            if self._outside.poll() is not None:
                assert self._outside.stderr is not None
                said = self._outside.stderr.read().strip().splitlines() or ["no reason given"]
                raise NoSystemd(f"no systemd can be process 1 here: {said[-1]}")
            found = children.read_text().split()
            if found:
                self._process_1 = int(found[0])
                if self.run("systemctl", "is-system-running").stdout.strip() == "running":
                    return
            time.sleep(0.1)
        raise NoSystemd(f"no systemd can be process 1 here: it does not come up in {_BOOTS_S} s")
