"""``pole install``: a version beside those that are there, then one switch.

Nothing is written before the bundle's signature and the machine have been checked. Until the one
state file changes, the version before runs on, whatever fails or whenever the power is cut; after
that the rule of agent.linux.node_slots holds.
"""

import functools
import importlib
import shutil
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from agent.linux.node_slots import MANIFEST, NodeSlots, lost_python, point
from provisioning.node import files
from provisioning.node.kit import Kit
from provisioning.node.places import Places, explained, write_whole
from provisioning.node.version import BUNDLED, check, remove, unpack
from provisioning.node.words import NodeFailure
from provisioning.signed_zip import SETTINGS

UDEV_RUNS = Path("/run/udev/control")
HOURS = 72


@dataclass(frozen=True)
class Step:
    """One thing to do: its sentence (a code of the words, with values), and how it is done."""

    code: str
    values: dict[str, object]
    do: Callable[[], None]


class Installer:
    """Plans an installation below places; ``steps`` says what is to be done, in order.

    hours: of running without an acknowledged frame, after which a trial ends.
    """

    def __init__(self, places: Places, hours: int = HOURS) -> None:
        self.places = places
        self.hours = hours
        self.steps: list[Step] = []
        self.slots = NodeSlots(places.versions, places.state)

    def install(self, kit: Kit, trusted: bytes, settings: Path | None) -> str:
        """Plan a version from a bundle; its name, "" where it runs already. One whose Python is
        gone is made again in its place."""
        name = self._name(kit)
        places = self.places
        folder = places.versions / name
        lost = lost_python(folder)
        if name == self.slots.active and not lost:
            return ""
        if lost:
            self._add("repair", lambda: remove(folder), name=name, python=lost)
        if not places.trust.exists():
            text = (trusted.hex() + "\n").encode()
            self._add("pin", lambda: write_whole(places.trust, text), path=places.trust)
        if lost or not self.slots.complete(name):
            count = len(kit.target.wheels)
            self._add("venv", lambda: unpack(kit, folder), path=folder / "venv", count=count)
        if settings is None and SETTINGS in kit.files:
            settings = folder / BUNDLED
        checked = places.settings if places.settings.exists() else settings
        if checked is not None:
            self._add("check", lambda: check(folder, checked), path=checked)
        self._files(folder)
        if settings is not None and not places.settings.exists():
            self._add("settings", lambda: self._copy(settings), path=places.settings)
        if name != self.slots.active:
            self._switch(name)
        self._tidy(name)
        self._start()
        return name

    def use(self, name: str) -> str:
        """Plan to run a version that is there already, on trial; its name, "" where it runs.
        NodeFailure if it is not there, or cannot start."""
        names = self.slots.names()
        if name not in names:
            raise NodeFailure("no-version", name=name, names=", ".join(names) or "-")
        if name == self.slots.active:
            return ""
        lost = lost_python(self.places.versions / name)
        if lost:
            raise NodeFailure("lost-python", name=name, python=lost)
        self._switch(name)
        self._start()
        return name

    def uninstall(self) -> None:
        """Plan to take everything away but key, settings, journal and release key."""
        if not self.places.prefix.exists():
            raise NodeFailure("not-installed")
        if self.places.live:
            self._run("systemctl", "disable", "--now", "pole.service")
        for path in (files.WANTED, files.UNIT, files.UDEV, files.USER, files.COMMAND):
            found = self.places.below(path)
            if found.exists() or found.is_symlink():
                # systemctl has taken the link away by then
                self._add("remove", functools.partial(found.unlink, missing_ok=True), path=found)
        self._add("remove", lambda: shutil.rmtree(self.places.prefix), path=self.places.prefix)
        if self.places.live:
            self._run("systemctl", "daemon-reload")

    def _name(self, kit: Kit) -> str:
        """The version, or with a part of the manifest's digest where that name has another."""
        for name in (kit.version, f"{kit.version}+{kit.digest[:8]}"):
            manifest = self.places.versions / name / MANIFEST
            if not self.slots.complete(name) or kit.digest in manifest.read_text("ascii"):
                return name
        raise AssertionError("two bundles of one digest")

    def _files(self, folder: Path) -> None:
        """Plan the files around the agent that are missing or differ."""
        for path, text in files.service_files(_python()).items():
            found = self.places.below(path)
            if not found.exists() or found.read_text(encoding="utf-8") != text:
                mode = 0o755 if path == files.COMMAND else 0o644
                self._file(found, text, mode)
        launcher = self.places.below(files.LAUNCHER)
        if not (launcher / "run.py").exists():
            self._add("file", lambda: self._launch(folder), path=launcher)
        wanted = self.places.below(files.WANTED)
        if not wanted.is_symlink():
            self._add("file", lambda: _link(wanted, files.UNIT), path=wanted)

    def _file(self, path: Path, text: str, mode: int) -> None:
        self._add("file", lambda: write_whole(path, text.encode(), mode), path=path)

    def _launch(self, folder: Path) -> None:
        """run.py comes last: with it the launcher is whole."""
        packages = next((folder / "venv").glob("lib/python3*/site-packages"))
        for path, text in reversed(files.launcher_files(packages).items()):
            write_whole(self.places.below(path), text.encode())

    def _copy(self, settings: Path) -> None:
        self.places.state.mkdir(mode=0o750, parents=True, exist_ok=True)
        write_whole(self.places.settings, settings.read_bytes(), 0o640)

    def _switch(self, name: str) -> None:
        slots = self.slots
        before = slots.fallback or slots.active
        if before is not None and lost_python(self.places.versions / before):
            before = None  # it cannot start: nothing to go back to
        code = "switch" if before not in (None, name) else "first"

        def do() -> None:
            self.places.state.mkdir(mode=0o750, parents=True, exist_ok=True)
            if slots.fallback:
                slots.back("replaced before it was confirmed")
            if before is None:
                slots.active = None
            importlib.import_module("board.install").switch(slots, name, self.hours)
            point(self.places.prefix, name)

        self._add(code, do, name=name, fallback=before, hours=self.hours)

    def _tidy(self, name: str) -> None:
        """Plan to remove what neither runs nor is gone back to."""
        kept = {name, self.slots.fallback, self.slots.active}
        there = self.places.versions.iterdir() if self.places.versions.is_dir() else ()
        for folder in sorted(there):
            if folder.name not in kept:
                self._add("remove", functools.partial(remove, folder), path=folder)

    def _start(self) -> None:
        """Plan what the running system must be told."""
        if not self.places.live:
            return
        self._run("systemd-sysusers", files.USER.name)
        if self.places.below(UDEV_RUNS).exists():  # not in a container
            self._run("udevadm", "control", "--reload")
            self._run("udevadm", "trigger", "--subsystem-match=tty")
        self._run("systemctl", "daemon-reload")
        self._run("systemctl", "--no-block", "restart", "pole.service")

    def _run(self, *command: str) -> None:
        text = " ".join(command)

        def do() -> None:
            done = subprocess.run(command, capture_output=True, text=True, check=False)
            if done.returncode:
                reason = (done.stderr.strip().splitlines() or ["?"])[-1]
                raise NodeFailure("failed-command", command=text, reason=reason)

        self._add("command", do, command=text)

    def _add(self, code: str, do: Callable[[], object], **values: object) -> None:
        def guarded() -> None:
            with explained(self.places.prefix):
                do()

        self.steps.append(Step(code, values, guarded))


def _python() -> str:
    """This machine's interpreter, by the name that outlives an upgrade of it where there is one."""
    here = Path(str(getattr(sys, "_base_executable", sys.executable)))
    lasting = here.with_name("python3")
    return str(lasting if lasting.exists() and lasting.samefile(here) else here)


def _link(path: Path, target: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.symlink_to(target)
