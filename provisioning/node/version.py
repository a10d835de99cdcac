"""The folder of one version: an environment of its own, complete once its manifest is there."""

import contextlib
import os
import shutil
import subprocess
import venv
from errno import ENOSPC
from pathlib import Path

from agent.linux.node_slots import MANIFEST
from provisioning.node.kit import Kit
from provisioning.node.places import write_whole
from provisioning.node.words import NodeFailure
from provisioning.signed_zip import SETTINGS

BUNDLED = "pole.toml"  # the settings that came with a version


def unpack(kit: Kit, folder: Path) -> None:
    """A version's folder: its environment, and the manifest last. Where that fails nothing of it
    stays: the journal of the version that runs may need the room."""
    remove(folder)
    try:
        _fill(kit, folder)
    except BaseException:
        with contextlib.suppress(OSError):
            remove(folder)
        raise


def _fill(kit: Kit, folder: Path) -> None:
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
    if SETTINGS in kit.files:
        write_whole(folder / BUNDLED, kit.files[SETTINGS], 0o600)  # a password may stand in them
    os.sync()  # a manifest that outlives a power cut promises files that do, too
    manifest = f"version {kit.version}\nbundle {kit.digest}\nend\n"
    write_whole(folder / MANIFEST, manifest.encode())


def _pip(command: list[str]) -> None:
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        said = [line for line in (done.stderr + done.stdout).splitlines() if line.strip()]
        if os.strerror(ENOSPC) in done.stderr:
            raise OSError(ENOSPC, os.strerror(ENOSPC))
        raise NodeFailure("failed-wheels", reason=said[-1] if said else done.returncode)


def check(folder: Path, settings: Path) -> None:
    """The new version must understand the settings; whether the lines keep up is not its matter."""
    python = str(folder / "venv/bin/python")
    command = [python, "-I", "-m", "agent.cli.main", "check", str(settings)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode not in (0, 3):
        said = (done.stdout + done.stderr).strip().splitlines()
        raise NodeFailure("failed-check", path=settings, reason=said[0] if said else "?")


def remove(folder: Path) -> None:
    """A version's folder, its manifest first: half removed, it is no version any more."""
    (folder / MANIFEST).unlink(missing_ok=True)
    if folder.is_dir():
        shutil.rmtree(folder)
