"""A batch by hand whose lines name ports: it waits for the plug, and for the pull."""

import signal
import subprocess
import sys
import threading
from pathlib import Path
from typing import Any

import pytest

from provisioning.flashing import ports
from provisioning.flashing.batch_file import Line
from provisioning.flashing.console import Console
from provisioning.flashing.turns import Place
from provisioning.flashing.words import OK, PARTLY
from tests.host.micropython import ROOT
from tests.host.test_flash_words import Scripted
from tests.host.test_flash_workstation import SETTINGS, released


class Technician(Console):
    """Plugs in and pulls what the batch asks for, the latter a moment late."""

    def __init__(self, port: Path) -> None:
        super().__init__("en", False)
        self.port = port
        self.asked: list[str] = []
        self.late: list[threading.Timer] = []

    def say(self, word: str, **values: Any) -> None:
        super().say(word, **values)
        if word == "plug-into":
            self.asked.append(values["id"])
            self.port.touch()
        elif word == "remove":
            self.late.append(threading.Timer(0.5, self.port.unlink))
            self.late[-1].start()


class Bench(Scripted):
    def _run(self, line: Line, place: Place) -> dict[str, str]:
        assert Path(place.name).exists(), "nothing is plugged in"
        return super()._run(line, place)


def test_it_waits_until_the_board_is_plugged_in_and_until_it_is_pulled(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    port = tmp_path / "ttyUSB0"
    technician = Technician(port)
    batch = Bench([Line("A", port=str(port)), Line("B", port=str(port))], [], tmp_path, technician)
    assert batch.by_hand(set) == OK
    for timer in technician.late:
        timer.join()
    assert technician.asked == ["A", "B"] and not port.exists()
    assert f"Plug the board for A into {port}; Ctrl-C ends." in capsys.readouterr().out


def test_a_board_that_is_there_is_not_asked_for(tmp_path: Path) -> None:
    port = tmp_path / "ttyUSB0"
    port.touch()
    technician = Technician(port)
    assert Bench([Line("A", port=str(port))], [], tmp_path, technician).by_hand(set) == OK
    assert technician.asked == []


def test_ctrl_c_leaves_it_while_it_waits(office: Path, tmp_path: Path) -> None:
    jobs, registry = tmp_path / "jobs.csv", tmp_path / "registry.json"
    jobs.write_text("id,port\nJ-1,/dev/ttyNONE7\n", encoding="ascii")
    registry.write_text('{"devices": []}', encoding="ascii")
    with subprocess.Popen(
        [sys.executable, "flash.py", "--bundle", str(office / "kit.pole"),
         "--trust", str(released(office, tmp_path)), "--settings", str(SETTINGS),
         "--registry", str(registry), "--reports", str(tmp_path), "--batch", str(jobs),
         "--language", "zh"],
        cwd=ROOT, stdout=subprocess.PIPE, text=True,
    ) as batch:  # fmt: skip
        assert batch.stdout is not None
        assert "请把用于 J-1 的板卡接到 /dev/ttyNONE7；按 Ctrl-C 结束。" in batch.stdout.readline()
        batch.send_signal(signal.SIGINT)
        assert "剩余 1" in batch.stdout.read()
        assert batch.wait(60) == PARTLY


def test_what_is_plugged_in_is_seen_as_a_port_and_as_a_drive(tmp_path: Path) -> None:
    port, drive = tmp_path / "ttyUSB0", tmp_path / "RPI-RP2"
    drive.mkdir()  # where it is mounted by hand
    assert not ports.is_there(str(port)) and not ports.is_there(str(drive))
    port.touch()
    (drive / "INFO_UF2.TXT").write_text("Board-ID: RPI-RP2\n", encoding="ascii")
    assert ports.is_there(str(port)) and ports.is_there(str(drive))
    assert ports.is_there("socket://192.0.2.7:9000"), "nobody can look there"
