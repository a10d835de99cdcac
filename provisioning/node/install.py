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
import venv
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from agent.linux.node_slots import MANIFEST, NodeSlots, point
from provisioning import signed_zip
from provisioning.node import files
from provisioning.node.places import Places, explained, write_whole
from provisioning.node.target import NodeTarget, from_manifest, misfits, this_machine
from provisioning.node.words import NodeFailure

HOURS = 72  # of running without an acknowledged frame, until the version before runs again


@dataclass(frozen=True)
class Step:
    """One thing to do: its sentence (a code of the words, with values), and how it is done."""

    code: str
    values: dict[str, object]
    do: Callable[[], None]


@dataclass(frozen=True)
class Kit:
    """A bundle that may be installed here."""

    version: str
    digest: str
    target: NodeTarget
    files: dict[str, bytes]


def trusted_key(places: Places, given: Path | None) -> bytes:
    """The release key's public half: the pinned one; given counts only where none is pinned, and
    must not contradict. NodeFailure where there is none."""
    path = places.trust if places.trust.exists() else given
    if path is None:
        raise NodeFailure("no-trust")
    key = _key(path)
    if given is not None and _key(given) != key:
        raise NodeFailure("other-trust", path=places.trust)
    return key


def _key(path: Path) -> bytes:
    try:
        key = bytes.fromhex(path.read_text(encoding="ascii"))
    except (OSError, ValueError):
        key = b""
    if len(key) != 65:
        raise NodeFailure("bad-trust", path=path)
    return key


def opened(path: Path, trusted: bytes) -> Kit:
    """The bundle at path, if it is signed by that key and fits this machine; else NodeFailure."""
    try:
        found = signed_zip.read(path, trusted)
    except signed_zip.BadBundle as error:
        raise NodeFailure("bad-bundle", reason=error) from None
    except OSError as error:
        raise NodeFailure("bad-bundle", reason=f"{path}: {error.strerror}") from None
    machine = this_machine()
    targets = from_manifest(found.document.get("nodes", ()))
    if not targets:
        raise NodeFailure("not-for-nodes", architecture=machine.architecture)
    wrong = [misfits(target, machine) for target in targets]
    if [] not in wrong:
        reason = "; ".join(dict.fromkeys(", ".join(each) for each in wrong))
        told = f"{machine.system} {machine.architecture}, {machine.libc}, Python {machine.python}"
        raise NodeFailure("misfit", reason=reason, machine=told)
    fitting = targets[wrong.index([])]
    return Kit(found.document["version"], found.digest, fitting, found.files)


class Installer:
    """Plans an installation below places; ``steps`` says what is to be done, in order."""

    def __init__(self, places: Places) -> None:
        self.places = places
        self.steps: list[Step] = []
        self.slots = NodeSlots(places.versions, places.state)
        self.packages = Path()

    def install(self, kit: Kit, trusted: bytes, settings: Path | None) -> str:
        """Plan a version from a bundle; its name, "" where it runs already."""
        name = self._name(kit)
        if name == self.slots.active:
            return ""
        places = self.places
        folder = places.versions / name
        if not places.trust.exists():
            text = (trusted.hex() + "\n").encode()
            self._add("pin", lambda: write_whole(places.trust, text), path=places.trust)
        if not self.slots.complete(name):
            count = len(kit.target.wheels)
            self._add("venv", lambda: _unpack(kit, folder), path=folder / "venv", count=count)
        checked = places.settings if places.settings.exists() else settings
        if checked is not None:
            self._add("check", lambda: _check(folder, checked), path=checked)
        self._files(folder)
        if settings is not None and not places.settings.exists():
            self._add("settings", lambda: self._copy(settings), path=places.settings)
        self._switch(name)
        self._tidy(name)
        self._start()
        return name

    def use(self, name: str) -> str:
        """Plan to run a version that is there already, on trial; its name, "" where it runs.
        NodeFailure if it is not there."""
        names = self.slots.names()
        if name not in names:
            raise NodeFailure("no-version", name=name, names=", ".join(names) or "-")
        if name == self.slots.active:
            return ""
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
                self._add("remove", found.unlink, path=found)
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
        python = str(getattr(sys, "_base_executable", sys.executable))
        for path, text in files.service_files(python).items():
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
        code = "switch" if before not in (None, name) else "first"

        def do() -> None:
            self.places.state.mkdir(mode=0o750, parents=True, exist_ok=True)
            if slots.fallback:
                slots.back("replaced before it was confirmed")
            importlib.import_module("board.install").switch(slots, name, HOURS)
            point(self.places.prefix, name)

        self._add(code, do, name=name, fallback=before)

    def _tidy(self, name: str) -> None:
        """Plan to remove what neither runs nor is gone back to."""
        kept = {name, self.slots.fallback, self.slots.active}
        there = self.places.versions.iterdir() if self.places.versions.is_dir() else ()
        for folder in sorted(there):
            if folder.name not in kept:
                self._add("remove", functools.partial(_remove, folder), path=folder)

    def _start(self) -> None:
        """Plan what the running system must be told."""
        if not self.places.live:
            return
        self._run("systemd-sysusers", files.USER.name)
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


def _unpack(kit: Kit, folder: Path) -> None:
    """A version's folder: its environment, and the manifest last."""
    _remove(folder)
    folder.mkdir(mode=0o755, parents=True)
    wheels = folder / "wheels"
    wheels.mkdir()
    for name in (*kit.target.wheels, kit.target.pip):
        (folder / name).write_bytes(kit.files[name])
    venv.EnvBuilder(with_pip=False, symlinks=True).create(folder / "venv")
    python = str(folder / "venv/bin/python")
    pip = [python, "-I", str(folder / kit.target.pip) + "/pip"]
    _pip([*pip, "--isolated", "install", "--quiet", "--no-index", "--no-deps",
          "--disable-pip-version-check", "--no-warn-script-location",
          *(str(folder / name) for name in kit.target.wheels)])  # fmt: skip
    _pip([*pip, "--isolated", "check", "--disable-pip-version-check"])
    shutil.rmtree(wheels)
    manifest = f"version {kit.version}\nbundle {kit.digest}\nend\n"
    write_whole(folder / MANIFEST, manifest.encode())


def _pip(command: list[str]) -> None:
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        said = [line for line in (done.stderr + done.stdout).splitlines() if line.strip()]
        raise NodeFailure("failed-wheels", reason=said[-1] if said else done.returncode)


def _check(folder: Path, settings: Path) -> None:
    """The new version must understand the settings; whether the lines keep up is not its matter."""
    python = str(folder / "venv/bin/python")
    command = [python, "-I", "-m", "agent.cli.main", "check", str(settings)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode not in (0, 3):
        said = (done.stdout + done.stderr).strip().splitlines()
        raise NodeFailure("failed-check", path=settings, reason=said[0] if said else "?")


def _link(path: Path, target: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.symlink_to(target)


def _remove(folder: Path) -> None:
    """A version's folder, its manifest first: half removed, it is no version any more."""
    (folder / MANIFEST).unlink(missing_ok=True)
    if folder.is_dir():
        shutil.rmtree(folder)
