"""Which version of the agent a Linux node runs: the rule of the boards (board.slots), over folders.

``/opt/pole/versions/NAME`` holds one version each, complete once its ``manifest`` is there; the
state file lies with the agent's data. systemd runs a copy of this file that no update touches:
``start`` before the agent, as root, points ``current`` at the version that shall run; ``stopped``
after it, as the agent's user, counts what was no orderly end. What was installed is on trial until
it is confirmed: three crashes or watchdog resets, and the one before runs again.
"""

import importlib
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

# By name: board code is checked by running it under MicroPython, not by types.
_board: Any = importlib.import_module("board.slots")

MANIFEST: str = _board.MANIFEST
STATE: str = _board.STATE
PREFIX, STATE_FOLDER = Path("/opt/pole"), Path("/var/lib/pole")
VERSIONS, CURRENT = "versions", "current"
_NAME = re.compile(r"[0-9A-Za-z][0-9A-Za-z.+-]*")
# What systemd says of an end that is nobody's order: systemd.exec(5), $SERVICE_RESULT.
_FAILURES = ("exit-code", "signal", "core-dump", "watchdog", "timeout", "oom-kill", "protocol")


class NodeSlots(_board.Slots):  # type: ignore[misc]
    """The state. versions: their folder; state: the folder of the state file."""

    def __init__(self, versions: Path, state: Path) -> None:
        self.versions = versions
        super().__init__(f"{state}/")

    def folder(self) -> str:
        """Where the active version lies, "/" at the end."""
        return f"{self.versions}/{self.active}/"

    def complete(self, slot: str) -> bool:
        """Whether all of a version is there. The agent's user writes the state: a name is never
        taken for a path."""
        if not slot or not _NAME.fullmatch(slot):
            return False
        try:
            return (self.versions / slot / MANIFEST).read_text("ascii").endswith("\nend\n")
        except (OSError, ValueError):
            return False

    def names(self) -> list[str]:
        """The complete versions, newest last."""
        found = self.versions.iterdir() if self.versions.is_dir() else ()
        whole = [path for path in found if self.complete(path.name)]
        return [path.name for path in sorted(whole, key=_installed)]

    def save(self) -> None:
        """Write the state: a power cut leaves the old one or the new one. Root writes it, too, into
        the folder of another user: through no link."""
        half = Path(self.root + _board.NEW)
        half.unlink(missing_ok=True)
        flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW
        with os.fdopen(os.open(half, flags, 0o644), "wb") as file:
            file.write(self.data())
            file.flush()
            os.fsync(file.fileno())
        os.replace(half, self.root + STATE)

    def told(self) -> dict[str, Any]:
        """All of it, for people and scripts."""
        keys = ("active", "fallback", "confirmed", "failures", "hours", "deadline", "reason")
        lost = lost_python(self.versions / self.active) if self.active else ""
        more = {"installed": self.names(), "lost_python": lost}
        return {key: getattr(self, key) for key in keys} | more

    def _find(self) -> None:
        names = self.names()
        self.active = names[-1] if names else None
        self.fallback = None


def of_node(folder: Path) -> NodeSlots:
    """The state of this machine's installation. folder: where the agent's data lie."""
    return NodeSlots(installed_below() / VERSIONS, folder)


def installed_below() -> Path:
    """Where this machine's installation is."""
    return Path(os.environ.get("POLE_NODE", PREFIX))


def _installed(path: Path) -> int:
    return (path / MANIFEST).stat().st_mtime_ns


def point(prefix: Path, name: str) -> None:
    """Let ``current`` name a version: it does so before or after, never in between nothing."""
    current, half = prefix / CURRENT, prefix / (CURRENT + ".new")
    target = f"{VERSIONS}/{name}"
    if current.is_symlink() and os.readlink(current) == target:
        return
    half.unlink(missing_ok=True)
    half.symlink_to(target)
    os.replace(half, current)


def lost_python(version: Path) -> str:
    """The Python that a version was installed with, such as "3.11", where the machine has it no
    longer, as after an upgrade of its system; "" where it is there. version: its folder."""
    made_for = next((path.name[6:] for path in (version / "venv/lib").glob("python3.*")), "")
    ask = "import sys; print('%d.%d' % sys.version_info[:2])"
    command = [str(version / "venv/bin/python"), "-I", "-c", ask]
    try:
        found = subprocess.run(command, capture_output=True, text=True, check=False).stdout.strip()
    except OSError:
        found = ""
    return "" if found == made_for else made_for


def start(prefix: Path, state: Path) -> int:
    """Choose the version that shall run; the exit status."""
    slots = NodeSlots(prefix / VERSIONS, state)
    if slots.active is None:
        print("slots: nothing is installed", file=sys.stderr)
        return 1
    lost = lost_python(prefix / VERSIONS / slots.active)
    if lost:
        print(f"slots: Python {lost}, by which {slots.active} runs, is gone from this machine: "
              "repair it with `pole install BUNDLE`", file=sys.stderr)  # fmt: skip
        return 1
    point(prefix, slots.active)
    how = "confirmed" if slots.confirmed else "on trial"
    why = f"; before: {slots.reason}" if slots.reason else ""
    print(f"slots: {slots.active} runs, {how}{why}", flush=True)
    return 0


def stopped(prefix: Path, state: Path, result: str, status: str) -> int:
    """Count an end that was not in order; the exit status. result: what systemd calls it."""
    if result not in _FAILURES:
        return 0
    slots = NodeSlots(prefix / VERSIONS, state)
    if slots.active is None or lost_python(prefix / VERSIONS / slots.active):
        return 0  # without its interpreter nothing is proven of a version
    failed = slots.active
    if slots.failed("watchdog" if result == "watchdog" else f"crash: {result} {status}".strip()):
        print(f"slots: {failed} failed three times: back to {slots.active}", flush=True)
    return 0


def main(arguments: list[str]) -> int:
    """``start`` or ``stopped``, as systemd runs it."""
    prefix = installed_below()
    state = Path(os.environ.get("STATE_DIRECTORY", STATE_FOLDER))
    if arguments == ["start"]:
        return start(prefix, state)
    result, status = os.environ.get("SERVICE_RESULT", ""), os.environ.get("EXIT_STATUS", "")
    return stopped(prefix, state, result, status)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
