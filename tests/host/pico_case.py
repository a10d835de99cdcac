"""A simulated Pico for tests: its firmware, and what is put on it without flash.py."""

from pathlib import Path
from typing import Any

from provisioning import board_image
from provisioning.flashing.repl import Repl
from simulators.boards.pico import SimulatedPico
from tests.host.bench_boards import wait_for

BESIDE = ("board/slots.py", "board/scratch.py")
# Each life leaves a letter; so many lives end in a way of their own, the next one in order.
_APPLICATION = """
import machine, os, time
def start(slots, dog):
    with open("/lives", "a") as file:
        file.write("x")
    if os.stat("/lives")[6] <= {times}:
        {way}
"""


def running(folder: Path, **more: Any) -> SimulatedPico:
    """One with power that runs MicroPython, as if it had been flashed long ago."""
    made = SimulatedPico(folder, **more)
    made.nor.program(0, b"firmware")
    made.start()
    return made


def install(board: SimulatedPico, way: str, times: int) -> None:
    """Put slots into it, and on trial an application that ends so many of its lives that way."""
    repl = Repl(board.port.url)
    repl.enter()
    for name in BESIDE:
        path = board.folder / Path(name).with_suffix(".mpy").name
        board_image.compile_file(Path(name), path, name)
        repl.put("/" + path.name, path.read_bytes())
    repl.run("import os; os.mkdir('/a'); os.mkdir('/a/board')")
    repl.put("/a/board/__init__.py", b"")
    application = _APPLICATION.format(way=way, times=times)
    repl.put("/a/board/app.py", application.encode("ascii"))
    repl.put("/a/manifest", b"pole 1 rp2\nend\n")
    repl.put("/main.py", board_image.MAIN.encode("ascii"))
    repl.restart()
    repl.close()


def failures(board: SimulatedPico, lives: int) -> str:
    """After so many lives: failures that were counted, and the reason of the last one."""
    repl = Repl(board.port.url)

    def done() -> bool:
        repl.enter()
        return repl.run("import os; print('lives' in os.listdir() and os.stat('lives')[6])") == str(
            lives
        )

    wait_for(lambda: board.starts.count("software") + board.starts.count("watchdog") >= lives)
    wait_for(done)
    said = repl.run("import slots\nmade = slots.Slots()\nprint(made.failures, made.reason)")
    repl.close()
    return said.strip()
