"""The operator's page, followed literally: a node from its bundle to its support archive."""

import os
import re
import shutil
import signal
import subprocess
import sys
import urllib.request
from pathlib import Path

import pytest

from agent.linux import status_door
from agent.linux.node_slots import NodeSlots
from agent.protocols import sm2
from simulators.free_port import free_port
from tests.host import wheelhouse
from tests.host.micropython import ROOT
from tests.host.service_manager import Service
from tests.host.test_node import SETTINGS, World, until, world  # noqa: F401  (a fixture)

# The page's commands as they stand, but for where they act: below a folder, without a network.
_POLE = """\
#!/bin/sh
case "$1" in
install) exec {python} -m agent.cli.main "$@" --root {root} ;;
bundle) case "$*" in *--show*) ;; *) set -- "$@" --wheels {wheels} ;; esac ;;
status|support) set -- "$@" {root}/var/lib/pole/pole.toml ;;
esac
exec {python} -m agent.cli.main "$@"
"""
_PYTHON = '#!/bin/sh\nexec {base} -s "$@" --root {root}\n'
_SUDO = '#!/bin/sh\nexec "$@"\n'
_TEE = "#!/bin/sh\nexec /usr/bin/tee {root}$1\n"
_SYSTEMCTL = '#!/bin/sh\necho "$@" >> {root}/systemctl.log\n'
_LS = "#!/bin/sh\nexec /bin/ls $(echo \"$@\" | sed 's| */opt/| {root}/opt/|')\n"


def blocks(name: str = "operator.md") -> dict[str, list[str]]:
    """A page's commands for nodes, by section."""
    page = (ROOT / "docs" / name).read_text(encoding="utf-8")
    found: dict[str, list[str]] = {}
    for section in page.split("\n## ")[1:]:
        title, _, text = section.partition("\n")
        scripts = re.findall(r"^```sh no-test node\n(.*?)^```", text, re.MULTILINE | re.DOTALL)
        if scripts:
            found[title] = scripts
    return found


class Desk:
    """A folder where the commands are typed, and the root below which they act."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.root = folder / "root"
        values = {
            "python": sys.executable,
            "base": getattr(sys, "_base_executable", sys.executable),
            "root": self.root,
            "wheels": wheelhouse.fill(folder / "wheels"),
        }
        tools = folder / "bin"
        tools.mkdir()
        stubs = {"pole": _POLE, "python3": _PYTHON, "sudo": _SUDO, "ls": _LS, "tee": _TEE,
                 "systemctl": _SYSTEMCTL}  # fmt: skip
        for name, text in stubs.items():
            (tools / name).write_text(text.format(**values))
            (tools / name).chmod(0o755)
        self._environment = {
            **os.environ,
            "PATH": f"{tools}:{os.environ['PATH']}",
            "LANG": "C",
            "POLE_NODE": str(self.root / "opt/pole"),
        }

    def types(self, script: str) -> str:
        """What a script says; it must succeed."""
        done = subprocess.run(
            ["bash", "-e", "-c", script], cwd=self.folder, env=self._environment,
            capture_output=True, text=True, timeout=400, check=False,
        )  # fmt: skip
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout


def test_the_page_leads_from_a_bundle_to_a_support_archive(
    world: World,  # noqa: F811
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("PYTHONPATH", str(ROOT))
    url = world.start_platform(mqtt=False)
    (world.folder / "pole.toml").write_text(SETTINGS.format(
        carrier="coap", url=url, key=sm2.public_key(4711).hex(), modbus=world.modbus
    ), encoding="utf-8")  # fmt: skip
    page, desk = blocks(), Desk(world.folder)
    bundle, first = page["Install a node"]
    assert "Linux" in desk.types(bundle)
    said = desk.types(first)
    assert "would be done" in said and "Installed: 0.1.0" in said
    shutil.copy(world.folder / "device.key", desk.root / "var/lib/pole")
    service = Service(desk.root)
    try:
        service.start()
        until(lambda: status_door.ask(desk.root / "var/lib/pole/journal"))
        slots = desk.root / "opt/pole/versions", desk.root / "var/lib/pole"
        until(lambda: NodeSlots(*slots).confirmed)
        status, metrics = page["See what a node does"]
        said = desk.types(status)
        assert "CD-JJ-0001" in said and "underpass" in said and '"pole"' in said
        assert "version 0.1.0 is confirmed" in said
        desk.types(metrics)
        assert (desk.root / "systemctl.log").read_text() == "restart pole\n"
        _serves_metrics(desk, service)
        update, back = page["Update a node, and go back"]
        assert "nothing was changed" in desk.types(update)
        assert "0.1.0" in desk.types(back)
        (support,) = page["Ask for help"]
        assert "pole-support/status.json" in desk.types(support)
        service.end(signal=signal.SIGTERM)
    finally:
        service.close()


def test_the_technician_installs_with_the_same_commands() -> None:
    operator = blocks()["Install a node"][1]
    for name in ("technician.md", "technician.zh.md"):
        ((_, install, after),) = blocks(name).values()
        assert install == operator
        assert "/var/lib/pole/pole.toml" in after and "sudo pole support" in after


def _serves_metrics(desk: Desk, service: Service) -> None:
    """The node started again with the options of the page, but another port."""
    name, _, options = (desk.root / "etc/pole/options").read_text().strip().partition("=")
    assert name == "POLE_OPTIONS"
    service.end(signal=signal.SIGTERM)
    place = f"127.0.0.1:{free_port()}"
    service.options = f"{options.replace('127.0.0.1:9101', place)} --trust-clock"
    service.start()

    def scraped() -> bytes:
        try:
            with urllib.request.urlopen(f"http://{place}/metrics", timeout=10) as answer:
                return bytes(answer.read())
        except OSError:
            return b""

    assert b"pole_device_up" in until(scraped)


def test_the_metrics_that_the_page_names_are_served() -> None:
    text = (ROOT / "docs" / "operator.md").read_text(encoding="utf-8")
    metrics = (ROOT / "agent/linux/metrics.py").read_text(encoding="utf-8")
    named = re.findall(r"pole_(\w+?)_total\[", text)
    assert len(named) == 2
    for name in named:
        assert f'"{name}"' in metrics
