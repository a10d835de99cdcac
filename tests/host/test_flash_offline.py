"""``flash.py --offline`` where there is no network at all, not even the machine's own."""

import json
import shutil
import subprocess

import pytest

from simulators.boards.town import Town
from tests.host.micropython import ROOT
from tests.host.test_flash_tool import command, town

__all__ = ["town"]  # a fixture
_ALONE = ("unshare", "--map-root-user", "--net")


def test_a_blank_board_reports_in_and_the_workstation_has_no_network(town: Town) -> None:
    """The board reaches its platform; what flash.py does goes through the port and files alone."""
    if shutil.which("unshare") is None or subprocess.run([*_ALONE, "true"], check=False).returncode:
        pytest.skip("unshare may not take the network away here")
    board = town.add()
    town.start()
    words = command(town, "--json", "--port", board.port.url, "--id", "SIM-0001")
    done = subprocess.run([*_ALONE, *words], cwd=ROOT, capture_output=True, text=True, timeout=400,
                          check=False)  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout.splitlines()[-1])["state"] == "pass"
    assert town.received("SIM-0001") > 0
