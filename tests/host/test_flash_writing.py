"""A board that stops to answer while it is written: the technician is told within seconds, and
esptool keeps its own patience.
"""

import os
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace

import pytest

from provisioning.flashing import writing
from provisioning.flashing.chip import Esptool
from provisioning.flashing.console import Console
from provisioning.flashing.words import Failure
from provisioning.flashing.writing import QUIET_S, Writing
from simulators.boards import firmware
from simulators.boards.faults import Faults
from tests.host import bench_boards

# What esptool does: blocks, and then none until somebody puts the cable in again.
_ESPTOOL = """
import os, sys, time
sys.stdout.write("Writing at 0x00010000 ━━━━    9.8% 16.00kB/163.49kB [0s] \\n"
                 "Writing at 0x00014000 ━━━━   19.6% 32.00kB/163.49kB [0s] \\n"
                 "\\nLost connection, retrying...\\n")  # in one piece: nothing comes between
while not os.path.exists(sys.argv[1]):
    print(end=".", flush=True)
    time.sleep(0.1)
print("\\nWriting at 0x00038000 ━━━━  100.0% 163.49kB/163.49kB [9s] ", flush=True)
print("Wrote 16384 bytes", flush=True)
time.sleep(float(sys.argv[2]))
"""


def test_silence_is_told_once_and_what_comes_then_goes_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(writing, "QUIET_S", 1.0)
    told: list[str] = []
    cable = tmp_path / "cable"

    def quiet(seconds: int) -> None:
        told.append("quiet")
        assert seconds >= 1
        cable.touch()

    tool = Esptool("none", 60, quiet)
    with subprocess.Popen(
        [sys.executable, "-c", _ESPTOOL, str(cable), "2"], stdout=subprocess.PIPE,
        env={**os.environ, "PYTHONIOENCODING": "utf-8"},
    ) as process:  # fmt: skip
        said = tool._follow(process, lambda percent: told.append(f"{percent} %"))
    # Dots are no answer; and a chip that works out its hash at the end may take its time.
    assert told == ["9 %", "19 %", "quiet", "100 %"], told
    assert "Lost connection" in said


def test_nothing_is_told_before_the_first_block_and_after_the_last(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    now = [0.0]
    monkeypatch.setattr(writing, "time", SimpleNamespace(monotonic=lambda: now[0]))
    told: list[int] = []
    watch = Writing(lambda percent: None, told.append)

    def after(seconds: float, *pieces: str) -> list[int]:
        for piece in pieces:
            watch.hear(piece)
        now[0] += seconds
        watch.look()
        return told

    assert after(60, "Flash will be erased from 0x00000000 to 0x00059fff...\n") == []
    assert after(QUIET_S - 0.1, "Writing at 0x0001", "1674 ━   9.8% 16.00kB/163.49kB\n") == []
    assert after(0.1) == [3] and after(9) == [3]
    assert after(9, "Writing at 0x00019173 ━  19.6% 32.00kB/163.49kB\n") == [3, 9]
    assert after(60, "Writing at 0x00038000 ━ 100.0% 163.49kB/163.49kB\n") == [3, 9]
    assert after(60, "Writing at 0x00019173 ━  19.6% 32.00kB\n", "Wrote 16384 bytes\n") == [3, 9]


@pytest.mark.parametrize(("language", "said"), [
    ("en", "        no answer from the board for 3 s: is the cable in?"),
    ("zh", "        板卡已 3 秒无应答：线缆是否插好？"),
])  # fmt: skip
def test_it_is_a_line_for_people_and_then_the_percents_go_on(
    language: str, said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    console = Console(language, False)
    console.event("write", "progress", percent=41)
    console.event("write", "quiet", word="quiet", seconds=3)
    console.event("write", "progress", percent=43)
    assert capsys.readouterr().out.splitlines() == ["         40 %", said, "         40 %"]
    console.relay("P-1", {"step": "write", "state": "quiet", "word": "quiet", "seconds": 3})
    assert capsys.readouterr().out.strip() == f"P-1: {said.strip()}"


def test_a_cable_that_is_pulled_while_the_real_esptool_writes_is_told(tmp_path: Path) -> None:
    bench_boards.need("esptool", "serial")
    image = tmp_path / "image.bin"
    image.write_bytes(firmware.combined("esp32s3", bench_boards.FLASH, 300_000))
    told: list[str] = []
    with bench_boards.board(tmp_path / "board", faults=Faults(unplug=6)) as board:
        tool = Esptool(board.port.url, 45, lambda seconds: told.append("quiet"))
        with pytest.raises(Failure) as failed:
            tool.write([(0, image)], lambda percent: told.append("block"), lambda *why: None)
    assert failed.value.word == "port-gone"
    assert told[0] == "block" and told[-1] == "quiet", told
