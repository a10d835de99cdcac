"""Facts of the machine that a colleague asks for first. No addresses, no names of people."""

import importlib.metadata
import os
import platform
import shutil
import stat
import subprocess
import time
from pathlib import Path
from typing import Any

from agent.linux.clock import SystemClock
from agent.linux.keys import CREDENTIAL, PASSPHRASE_FILE

_LINES = 5000  # of the log
_WAIT_S = 20
_UNIT = "pole.service"
_STATES = "ActiveState,SubState,Result,NRestarts,ExecMainStatus,ExecMainStartTimestamp,WatchdogUSec"


def log() -> str:
    """The newest lines of the service's log."""
    return _said("journalctl", "-u", _UNIT, "-n", str(_LINES), "--no-pager", "-o", "short-iso")


def packages() -> dict[str, str]:
    """Name and version of every Python package of this environment."""
    found = {part.metadata["Name"]: part.version for part in importlib.metadata.distributions()}
    return dict(sorted(found.items()))


def near(folder: Path) -> list[Path]:
    """What lies in a folder and in those right below it: 2000 at the most, [] for no folder."""
    found: list[Path] = []
    for path in _inside(folder):
        found.append(path)
        if not path.is_symlink():
            found.extend(_inside(path))
    return found[:2000]


def _inside(folder: Path) -> list[Path]:
    try:
        return sorted(folder.iterdir())
    except OSError:
        return []  # not a folder, or not for this user


def files(folder: Path) -> list[dict[str, Any]]:
    """What lies in the node's folder, without what is in it."""
    found = []
    for path in near(folder):
        about = path.lstat()
        found.append({
            "name": path.relative_to(folder).as_posix(),
            "mode": stat.filemode(about.st_mode),
            "owner": f"{about.st_uid}:{about.st_gid}",
            "size": about.st_size,
            "changed": _utc(about.st_mtime),
        })  # fmt: skip
    return found


def system(folder: Path) -> dict[str, Any]:
    """The machine. Sizes in bytes."""
    disk = shutil.disk_usage(folder)
    return {
        "made": _utc(time.time()),
        "clock_synchronised": SystemClock().utc_ms() is not None,
        "system": " ".join(platform.uname()[:1] + platform.uname()[2:5]),
        "distribution": _content("/etc/os-release"),
        "libc": " ".join(platform.libc_ver()),
        "python": platform.python_version(),
        "processors": os.cpu_count(),
        "load": _content("/proc/loadavg"),
        "uptime": _content("/proc/uptime"),
        "memory": _content("/proc/meminfo").splitlines()[:5],
        "disk": {"total": disk.total, "free": disk.free},
        "user": {"uid": os.getuid(), "groups": os.getgroups()},
        "serial_ports": _ports(),
        "network": {path.parent.name: _content(str(path))
                    for path in Path("/sys/class/net").glob("*/operstate")},
        "service": _said("systemctl", "show", _UNIT, "-p", _STATES).splitlines(),
    }  # fmt: skip


def passphrase_files() -> list[Path]:
    """Where a passphrase of this process would lie."""
    named = os.environ.get(PASSPHRASE_FILE)
    folder = os.environ.get("CREDENTIALS_DIRECTORY")
    found = [Path(named)] if named else []
    return [*found, Path(folder) / CREDENTIAL] if folder else found


def _ports() -> list[str]:
    """Serial ports by every name, with who may open them."""
    found = []
    for pattern in ("ttyUSB*", "ttyACM*", "ttyAMA*", "ttymxc*", "pole/*", "serial/by-path/*"):
        for path in sorted(Path("/dev").glob(pattern)):
            mode = stat.filemode(path.stat().st_mode) if path.exists() else "gone"
            found.append(f"{path} -> {path.resolve()} {mode}")
    return found


def _said(*command: str) -> str:
    """What a command says, or why it says nothing."""
    try:
        done = subprocess.run(
            command, capture_output=True, text=True, errors="replace", timeout=_WAIT_S, check=False
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        return f"{command[0]}: {error}\n"
    return done.stdout or f"{command[0]}: {done.stderr}"


def _content(path: str) -> str:
    try:
        return Path(path).read_text(encoding="utf-8", errors="replace").strip()
    except OSError as error:
        return f"{error.strerror}"


def _utc(seconds: float) -> str:
    return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(seconds))
