"""Scan, doctor and address through a board over USB: the real REPL of a simulated board."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from agent.cli.main import main
from provisioning.board_line import BoardLine
from provisioning.flashing.repl import Repl
from simulators.world.troubled_line import Settable
from tests.host import bench_boards
from tests.host.bench_boards import wait_for
from tests.host.kit_lines import Pty, driver_of, dyp
from tests.host.micropython import ROOT
from tests.host.unwrapped import unwrapped

# What a line needs of the application on a board.
FILES = (
    "board/__init__.py", "board/which.py", "board/esp32s3.py", "board/espressif.py",
    "board/line.py", "board/flash.py", "agent/__init__.py", "agent/protocols/__init__.py",
    "agent/protocols/serial_mode.py",
)  # fmt: skip


@pytest.fixture(scope="module")
def board(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, Settable]]:
    """(--port of UART 1 of a board with a DYP on it, the DYP's twin)."""
    bench_boards.need("mpremote", "serial")
    tmp_path = tmp_path_factory.mktemp("board")
    twin = Settable(dyp(1), driver_of("dyp-ultrasonic", address=1).renumber)
    uart = {"POLE_UART1": str(tmp_path / "line")}
    with Pty(tmp_path, [twin]), bench_boards.board(tmp_path / "b", environment=uart) as made:
        bench_boards.load(made)
        wait_for(lambda: made.mode == "application")
        repl = Repl(made.port.url)
        repl.enter()
        repl.run("import os\nfor name in ('a', 'a/board', 'a/agent', 'a/agent/protocols'):"
                 " os.mkdir(name)")  # fmt: skip
        repl.put("/slots.py", (ROOT / "board" / "slots.py").read_bytes())
        for name in FILES:
            repl.put(f"/a/{name}", (ROOT / name).read_bytes())
        repl.put("/a/manifest", b"pole 0 esp32s3\nend\n")
        repl.close()
        yield f"board:{made.port.url}:1", twin


def test_the_commands_through_a_board(
    board: tuple[str, Settable], capsys: pytest.CaptureFixture[str]
) -> None:
    port, twin = board
    asked = ["--port", port, "--json"]
    assert main(["scan", *asked, "--modes", "9600 8N1", "--ids", "1", "--wait", "1000"]) == 0
    found = json.loads(capsys.readouterr().out)["found"]
    assert found[0]["models"][0]["model"] == "dyp-ultrasonic"
    doctor = ["doctor", *asked, "--driver", "dyp-ultrasonic", "--rounds", "1"]
    assert main(doctor) == 0
    assert json.loads(capsys.readouterr().out)["counts"][0]["answered"] == 1
    assert twin.written == []
    renumber = ["--driver", "dyp-ultrasonic", "--from", "1", "--to", "5", "--yes"]
    assert main(["address", *asked, *renumber]) == 0, capsys.readouterr()
    assert json.loads(capsys.readouterr().out)["done"]
    assert twin.unit == 5 and twin.written == [(0x200, 5)]


def test_a_board_without_that_uart_is_a_sentence(
    board: tuple[str, Settable], capsys: pytest.CaptureFixture[str]
) -> None:
    port = board[0][:-1] + "7"
    assert main(["scan", "--port", port, "--modes", "9600 8N1", "--ids", "1"]) == 1
    assert "this board has no uart7" in unwrapped(capsys.readouterr().err)


@pytest.mark.parametrize("where", ["board:", "board:/dev/ttyACM0", "board::1", "board:x:y"])
def test_a_place_that_will_not_do(where: str) -> None:
    with pytest.raises(OSError, match="expected board:PORT:UART"):
        BoardLine(where)


def test_a_board_that_is_not_there(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    line = BoardLine(f"board:{tmp_path}/none:1")
    line._repl.enter = lambda: Repl.enter(line._repl, 0.1)
    with pytest.raises(OSError, match="does not answer"):
        line.open("9600 8N1")
    with pytest.raises(OSError, match="not open"):
        line.read()
    line.release()
