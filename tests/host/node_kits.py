"""Bundles for Linux nodes, made of what is installed here, and the command that installs them."""

import io
import os
import subprocess
import sys
import zipfile
from dataclasses import asdict
from pathlib import Path

import pytest

from agent.cli.main import main
from agent.linux.node_slots import NodeSlots
from agent.protocols import sm2
from provisioning import signed_zip
from provisioning.node import wheels
from provisioning.node.target import NodeTarget, this_machine
from tests.host import wheelhouse

KEY, OTHER = 0x1234567, 0x7654321
PUBLIC = sm2.public_key(KEY)
CRASHES = b'raise SystemExit("this version cannot even start")\n'


class Kits:
    """Bundles of one set of wheels."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.trust = folder / "release.pub"
        self.trust.write_text(PUBLIC.hex() + "\n", encoding="ascii")
        self.target, self.files = wheels.gather(
            this_machine().architecture, wheelhouse.fill(folder / "wheels")
        )
        self.own = next(name for name in self.files if "pole_agent" in name)

    def make(
        self,
        version: str,
        change: dict[str, bytes] | None = None,
        key: int = KEY,
        target: NodeTarget | None = None,
        settings: str = "",
    ) -> Path:
        """A bundle of that version. change: files of the agent that are other than here; settings:
        those that go along."""
        files = dict(self.files)
        if settings:
            files[signed_zip.SETTINGS] = settings.encode()
        if change:
            files[self.own] = _changed(files[self.own], change)
        path = self.folder / f"{version}-{key}-{bool(change)}.pole"
        document = {"version": version, "targets": [], "imports": {},
                    "nodes": [asdict(target or self.target)]}  # fmt: skip
        signed_zip.write(path, document, files, key)
        return path


def _changed(wheel: bytes, change: dict[str, bytes]) -> bytes:
    found = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(wheel)) as before, zipfile.ZipFile(found, "w") as after:
        for name in before.namelist():
            after.writestr(name, change.get(name, before.read(name)))
    return found.getvalue()


@pytest.fixture(scope="module", name="kits")
def kits_fixture(tmp_path_factory: pytest.TempPathFactory) -> Kits:
    return Kits(tmp_path_factory.mktemp("kits"))


@pytest.fixture(scope="module", name="node")
def node_fixture(kits: Kits, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A root with version 0.1.0, installed by nothing but the agent's wheel and a bare Python."""
    folder = tmp_path_factory.mktemp("node")
    root, own = folder / "root", folder / Path(kits.own).name
    own.write_bytes(kits.files[kits.own])
    python = str(getattr(sys, "_base_executable", sys.executable))
    done = subprocess.run(
        [python, "-s", "-m", "agent.cli.main", "install", kits.make("0.1.0"), "--trust",
         kits.trust, "--root", root],
        cwd=folder, env={"PATH": os.environ["PATH"], "PYTHONPATH": str(own)}, timeout=400,
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr
    assert "Installed: 0.1.0" in done.stdout
    return root


def slots_below(root: Path) -> NodeSlots:
    return NodeSlots(root / "opt/pole/versions", root / "var/lib/pole")


def run(*arguments: object) -> int:
    return main(["install", *map(str, arguments), "--lang", "en"])
