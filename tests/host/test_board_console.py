"""A simulated board's console takes what is typed as a board does, however slow the machine."""

import time
from collections.abc import Iterator
from pathlib import Path

import pytest
import serial

from provisioning.flashing.repl import Repl
from simulators.boards.board import SimulatedBoard
from tests.host import bench_boards
from tests.host.bench_boards import wait_for

RAW = b"raw REPL; CTRL-B to exit\r\n>"
# Ctrl-C ends it in order, which takes longer than anybody waits; another ends it at once.
MAIN = """
import time
print("up")
try:
    while True: time.sleep(1)
except KeyboardInterrupt:
    print("ending")
    time.sleep({ending})
print("ended in order")
"""


@pytest.fixture
def board(tmp_path: Path) -> Iterator[SimulatedBoard]:
    bench_boards.need("mpremote", "serial")
    with bench_boards.board(tmp_path / "board") as made:
        bench_boards.load(made)
        yield made


def put(board: SimulatedBoard, ending: float) -> None:
    """The program that it runs from now on."""
    repl = Repl(board.port.url)
    repl.enter()
    repl.put("main.py", MAIN.format(ending=ending).encode())
    repl.close()


def heard(port: serial.Serial, word: bytes) -> bytes:
    """What it says until it says that."""
    said = bytearray()

    def whether() -> bool:
        said.extend(port.read(port.in_waiting))
        return word in said

    wait_for(whether)
    return bytes(said)


def test_what_is_typed_as_soon_as_it_has_power_is_not_lost(board: SimulatedBoard) -> None:
    put(board, 0)
    with serial.Serial(board.port.url) as port:
        for _ in range(5):
            board.reset()
            port.write(b"\r\x03")
            port.write(b"\r\x01")
            said = heard(port, RAW)
            assert b"Traceback" not in said and b"Guru" not in said, said


def test_what_is_typed_during_an_orderly_end_waits_for_its_prompt(board: SimulatedBoard) -> None:
    put(board, 2.5)
    with serial.Serial(board.port.url) as port:
        board.reset()
        heard(port, b"up")
        port.write(b"\r\x03\r\x01")
        assert b"ended in order" in heard(port, RAW)


def test_a_second_interrupt_ends_the_orderly_end(board: SimulatedBoard) -> None:
    put(board, 60)
    board.reset()
    began = time.monotonic()
    repl = Repl(board.port.url)
    repl.enter(40)
    assert repl.run("print(6 * 7)") == "42"
    repl.close()
    assert time.monotonic() - began < 50
    assert board.starts[-1] == "hard", "it was interrupted, not restarted"
