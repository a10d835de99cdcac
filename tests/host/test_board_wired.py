"""A board on Ethernet: its own file says so, flash.py brings it to its first acknowledged frame
without a word of Wi-Fi, and a cable that is pulled is told.
"""

import json
import os
import subprocess
from pathlib import Path

from simulators.boards.town import Town
from tests.host.micropython import ROOT, interpreter
from tests.host.test_flash_tool import command, report, town

__all__ = ["town"]  # a fixture

_CABLE = """
import os, sys
sys.path[:0] = [{modules!r}, {root!r}]
from board import esp32s3_eth, radio
joining = radio.link(esp32s3_eth, lambda topic, text: print(topic, text))
assert joining.fitted()
print(joining.check(0), joining.check(10))
open({cable!r}, "w").close()
print(joining.check(20), joining.check(30), joining.how())
os.remove({cable!r})
print(joining.check(40))
"""


def test_from_blank_to_acknowledged_by_cable(town: Town) -> None:
    town.environment["POLE_WIFI"] = ""
    board = town.add()
    town.start()
    words = command(town, "--json", "--port", board.port.url, "--id", "SIM-0001", "--board",
                    "esp32s3_eth")  # fmt: skip
    for option in ("--wifi", "--wifi-password-file"):
        at = words.index(option)
        del words[at : at + 2]
    done = subprocess.run(words, cwd=ROOT, capture_output=True, text=True, timeout=400, check=False)
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout.splitlines()[-1])["state"] == "pass"
    assert town.received("SIM-0001") > 0
    told = {check["name"]: check for check in report(town, "SIM-0001")["checks"]}
    assert told["radio"]["verdict"] == "pass"
    assert "joined by cable as 127.0.0.1" in json.dumps(told["radio"])


def test_a_pulled_cable_is_told_once(tmp_path: Path) -> None:
    cable = tmp_path / "cable"
    code = _CABLE.format(modules=str(ROOT / "simulators" / "board_modules"), root=str(ROOT),
                         cable=str(cable))  # fmt: skip
    done = subprocess.run(
        [interpreter(), "-c", code], env={**os.environ, "POLE_CABLE": str(cable)},
        cwd=tmp_path, capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr
    assert done.stdout.splitlines() == [
        "network not joined: no network at the cable",
        "False False",
        "network joined by cable as 127.0.0.1",
        "True True joined by cable as 127.0.0.1",
        "network not joined: no network at the cable",
        "False",
    ]
