"""Holding a board and letting it go: whatever moment Ctrl-C comes at, it does not stay half-way."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from provisioning import board_image
from provisioning.flashing import board_code, slot_copy
from provisioning.flashing.repl import Repl
from simulators.boards.board import SimulatedBoard
from tests.host import bench_boards
from tests.host.micropython import ROOT

SLOTS = (ROOT / "board" / "slots.py").read_bytes()
# Takes longer at first than the workstation waits before its next Ctrl-C.
SLOW = b"""
import machine, time
takes = [3, 0]
def hold():
    time.sleep(takes.pop(0))
    machine.reset()
"""


@pytest.fixture
def board(tmp_path: Path) -> Iterator[SimulatedBoard]:
    bench_boards.need("mpremote")
    with bench_boards.board(tmp_path / "board") as made:
        bench_boards.load(made)
        yield made


@pytest.fixture
def repl(board: SimulatedBoard) -> Iterator[Repl]:
    made = Repl(board.port.url)
    made.enter()
    yield made
    made.close()


def test_a_board_whose_start_was_interrupted_is_told_again(
    board: SimulatedBoard, repl: Repl
) -> None:
    repl.put("/slots.py", SLOW)
    repl.run("left = 1")
    before = len(board.starts)
    repl.hold()
    assert repl.held and board.starts[before:] == ["software"]
    assert repl.run("print('left' in globals())") == "False"


def test_a_held_board_that_did_not_notice_starts_its_application(repl: Repl) -> None:
    repl.put("/slots.py", SLOTS)
    repl.put("/main.py", board_image.MAIN.encode("ascii"))
    repl.run("import slots; slots._memory(__import__('machine'), slots.HELD)")
    repl.restart()
    said = next(line for line in repl.console(30) if line.startswith("slots: "))
    assert said == "slots: nothing is installed"


@pytest.mark.parametrize("cut", ["slots.mpy", "main.py", "between"])
def test_what_chooses_the_slot_was_cut_off_while_it_was_written(
    cut: str, tmp_path: Path, board: SimulatedBoard, repl: Repl
) -> None:
    board_image.compile_file(ROOT / "board" / "slots.py", tmp_path / "slots.mpy", "slots.py")
    data = (tmp_path / "slots.mpy").read_bytes()
    repl.put("/slots.mpy", data[: len(data) // 2] if cut == "slots.mpy" else data)
    if cut == "main.py":
        repl.put("/main.py", b"")
    assert not board_code.installed(repl).starter
    before = len(board.starts)
    repl.restart()
    bench_boards.wait_for(lambda: board.starts[before:] == ["software"])
    repl.close()
    repl.enter()
    slot_copy.start_with(repl, {"slots.mpy": data, "main.py": board_image.MAIN.encode("ascii")})
    assert repl.run("import slots; print(slots.Slots().active)") == "None"
    assert board_code.installed(repl).starter


def test_a_board_without_slots_is_restarted_too(board: SimulatedBoard, repl: Repl) -> None:
    before = len(board.starts)
    repl.restart()
    bench_boards.wait_for(lambda: board.starts[before:] == ["software"])


def test_a_board_without_slots_begins_a_life_of_its_own(board: SimulatedBoard, repl: Repl) -> None:
    repl.run("left = 1")
    before = len(board.starts)
    repl.start_again()
    assert not repl.held and board.starts[before:] == ["software"]
    assert repl.run("print('left' in globals())") == "False"
