"""Every board's file, under the real MicroPython: what it says, and that no pin does two things.

A new file in board/ is found by itself: nothing here names a board.
"""

import json
import os
import pty
import subprocess
from pathlib import Path

import pytest

from provisioning import board_image
from tests.host.micropython import ROOT, interpreter

UARTS = 4  # of any chip, numbered from 0
TOLD = """
import json, machine, rp2_chip
rp2_chip.install()
pins = []
class Pin(machine.Pin):
    def __init__(self, number, *more):
        pins.append(number)
        super().__init__(number, *more)
machine.Pin = Pin
from board import {name} as board
if hasattr(board, "link"):
    board.link(lambda topic, sentence: None)
refused = 0
try:
    board.line("uart99")
except OSError as error:
    refused = error.errno
for port in board._UARTS:
    line = board.line(port)
    line.open("9600 8N1")
    line.close()
    pins.extend(board._UARTS[port][1:3])
print(json.dumps([board.NAME, sorted(board._UARTS), [uart[0] for uart in board._UARTS.values()],
                  pins + [board.button], refused, board.reset_reason(), callable(board.flash)]))
"""


def told(name: str, folder: Path, tree: Path = ROOT) -> list[object]:
    """What the file board/NAME.py of a tree says of its board, each of its lines opened once."""
    ends = [pty.openpty() for _ in range(UARTS)]
    lines = {f"POLE_UART{number}": os.ttyname(end) for number, (_, end) in enumerate(ends)}
    path = f"{ROOT}/simulators/board_modules:{tree}:{ROOT}:{ROOT}/board"
    environment = {**os.environ, **lines, "MICROPYPATH": path, "POLE_RESET": "power-on",
                   "POLE_CHIP": "rp2040", "POLE_RTC": str(folder / "scratch")}  # fmt: skip
    try:
        done = subprocess.run(
            [interpreter(), "-c", TOLD.format(name=name)], cwd=folder, env=environment,
            capture_output=True, text=True, timeout=60, check=False,
        )  # fmt: skip
    finally:
        for end in (end for pair in ends for end in pair):
            os.close(end)
    assert done.returncode == 0, done.stdout + done.stderr
    found = json.loads(done.stdout)
    assert isinstance(found, list)
    return found


@pytest.mark.parametrize("name", board_image.boards())
def test_a_boards_file_says_all_that_is_asked_of_it(name: str, tmp_path: Path) -> None:
    label, ports, numbers, pins, refused, reason, has_flash = told(name, tmp_path)
    assert label and isinstance(label, str)
    assert isinstance(numbers, list) and isinstance(pins, list)
    assert ports == [f"uart{number}" for number in sorted(numbers)] != []
    # Of each line the pins to send, to receive, and for the direction; the button's; those of link.
    assert len(pins) >= 3 * len(numbers) + 1
    assert len(set(pins)) == len(pins), f"a pin has two uses: {sorted(pins)}"
    assert (refused, reason, has_flash) == (19, "power-on", True)


@pytest.mark.parametrize("name", board_image.boards())
def test_a_boards_file_goes_with_a_chip_that_there_is(name: str) -> None:
    imports = board_image.needs()
    chips = [chip for chip in board_image.ARCHITECTURES if board_image.fits(imports, name, chip)]
    assert chips and {"esp32", "rp2040"} & set(chips), "it has the rules of one family of chips"


def test_every_board_has_a_name_of_its_own(tmp_path: Path) -> None:
    names = [told(name, tmp_path)[0] for name in board_image.boards()]
    assert len(set(map(str, names))) == len(names)


def test_the_integrators_board_is_a_board(tmp_path: Path) -> None:
    page = (ROOT / "docs" / "integrator.md").read_text(encoding="utf-8")
    source = page.partition("## Add a board")[2].partition("```python\n")[2].partition("```")[0]
    scope = tmp_path / "board"
    scope.mkdir()
    for name in ("espressif.py", "flash.py", "line.py"):
        (scope / name).symlink_to(ROOT / "board" / name)
    (scope / "acme_box.py").write_text(source, encoding="utf-8")
    assert told("acme_box", tmp_path, tmp_path)[:3] == ["acme-box", ["uart1", "uart2"], [1, 2]]
