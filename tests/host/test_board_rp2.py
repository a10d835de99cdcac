"""The board file of the Pico W: the whole agent runs on it under the real MicroPython interpreter,
with a simulated ``machine`` and the journal's files on a real littlefs."""

import os
import pty
import select
import subprocess
import tty
from pathlib import Path

import pytest

from agent.linux import pole_toml
from agent.protocols import modbus, sm2
from provisioning import board_image
from tests.host import pico_case
from tests.host.micropython import ROOT, interpreter

SETTINGS = """
[pole]
id = "pico"
[uplink]
carrier = "coap"
url = "coap://127.0.0.1:9"
platform_key = "{key}"
seal_every = "1s"
[[line]]
name = "rs485"
port = "uart1"
[[line.device]]
name = "cover"
driver = "witmotion-tilt"
address = 80
every = "1s"
"""
# A board's root is its file system; here the journal alone has one, kept in a file.
BEGIN = """
import gc, sys, vfs
gc.threshold(2048)
class Card:
    def __init__(self):
        self.file = open("card", "r+b")
    def readblocks(self, block, buf, offset=0):
        self.file.seek(block * 4096 + offset)
        self.file.readinto(buf)
    def writeblocks(self, block, buf, offset=0):
        self.file.seek(block * 4096 + offset)
        self.file.write(buf)
        self.file.flush()
    def ioctl(self, op, arg):
        return {4: 212, 5: 4096}.get(op, 0)
try:
    vfs.mount(vfs.VfsLfs2(Card()), "/journal")
except OSError:
    vfs.VfsLfs2.mkfs(Card())
    vfs.mount(vfs.VfsLfs2(Card()), "/journal")
import rp2_chip
rp2_chip.install()
from board import app, rp2
"""
RUN = """
asked = []
class Flag:
    def __call__(self):
        return journal.next_seq(1) > asked[0]
def build(*given):
    global journal
    agent = whole(*given)
    journal = agent.ports.journal
    print("boot", journal.boot, "from", journal.next_seq(1), rp2.reset_reason())
    asked.append(journal.next_seq(1) + 6)
    return agent
whole, app.build, app.FINISH_MS = app.build, build, 100
app.run(rp2, Flag())
print("to", journal.next_seq(1), "read", len(journal.read(1, 1)))
"""


def slot(folder: Path) -> None:
    """What a slot holds, but as sources."""
    key = sm2.public_key(7).hex()
    (folder / "pole.toml").write_text(SETTINGS.format(key=key), encoding="utf-8")
    file = pole_toml.load(folder / "pole.toml")
    (folder / "settings.bin").write_bytes(file.packed)
    (folder / "device.key").write_text(f"{7:064x}\n", encoding="ascii")
    (folder / "card").write_bytes(b"\xff" * (212 * 4096))


def life(folder: Path, program: str, cause: str) -> str:
    """What the board prints in one life, with a sensor on its wire."""
    wire, end = pty.openpty()
    tty.setraw(wire)
    environment = {**os.environ, "POLE_UART1": os.ttyname(end), "POLE_RESET": cause,
                   "MICROPYPATH": f"{ROOT}/simulators/board_modules:{ROOT}:{ROOT}/board",
                   "POLE_CHIP": "rp2040", "POLE_RTC": f"{folder}/scratch"}  # fmt: skip
    process = subprocess.Popen(
        [interpreter(), "-X", "heapsize=2M", "-c", BEGIN + program], cwd=folder, env=environment,
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
    )  # fmt: skip
    try:
        while process.poll() is None:
            if select.select([wire], [], [], 0.05)[0]:
                asked = os.read(wire, 64)
                reply = bytes([asked[1], 2 * asked[5]]) + bytes(2 * asked[5])
                os.write(wire, modbus.rtu_frame(asked[0], reply))
        assert process.stdout is not None
        return process.stdout.read()
    finally:
        process.kill()
        os.close(wire)
        os.close(end)


def test_the_agent_runs_on_it_and_its_journal_outlives_a_reset(tmp_path: Path) -> None:
    slot(tmp_path)
    first = life(tmp_path, RUN, "power-on")
    assert "rp2 is up" in first and "boot 1 from 1 power-on" in first, first
    last = int(first.rpartition("to ")[2].split()[0])
    assert last > 6 and int(first.split()[-1]) > 100, first
    (tmp_path / "scratch").write_bytes(b"running\0")  # as board.slots leaves it
    second = life(tmp_path, RUN, "watchdog")
    assert "boot 2 from " in second and "watchdog" in second, second
    assert int(second.partition("from ")[2].split()[0]) >= last, second
    (tmp_path / "scratch").write_bytes(bytes(8))  # and so it ends in order
    assert life(tmp_path, "print(rp2.reset_reason())", "watchdog") == "reset\n"


@pytest.mark.parametrize("port,found", [("uart1", "2"), ("uart3", "this board has no uart3")])
def test_a_port_that_it_does_not_have_is_told(port: str, found: str, tmp_path: Path) -> None:
    (tmp_path / "card").write_bytes(b"\xff" * (212 * 4096))
    program = f"""
try:
    print(len([rp2.line({port!r}), rp2.NAME]))
except OSError as error:
    print(error.errno, error)
"""
    assert found in life(tmp_path, program, "power-on")


def test_a_slot_can_be_made_for_it(tmp_path: Path) -> None:
    slot(tmp_path)
    settings = pole_toml.load(tmp_path / "pole.toml").settings
    names = board_image.slot_files(board_image.needs(), settings, "rp2")
    assert {"board/rp2.py", "board/files_flash.py"} <= set(names)
    assert "board/espressif.py" not in names


@pytest.mark.parametrize(
    ("way", "counted"),
    [
        ("slots.restart()", "0"),
        ("machine.WDT(timeout=300); time.sleep(30)", "3 watchdog"),
        ("raise ValueError('a bug')", "3 ValueError: a bug"),
    ],
    ids=["restarts in order", "hangs", "crashes"],
)
def test_only_what_went_wrong_counts_against_a_trial(
    way: str, counted: str, tmp_path: Path
) -> None:
    """Its reset cause is the watchdog each time."""
    board = pico_case.running(tmp_path / "pico")
    try:
        pico_case.install(board, way, 3)
        assert pico_case.failures(board, 4) == counted
        assert set(board.starts) <= {"power-on", "software", "watchdog"}
    finally:
        board.stop()


def test_a_board_that_is_held_or_loses_its_power_has_not_failed(tmp_path: Path) -> None:
    board = pico_case.running(tmp_path / "pico")
    try:
        pico_case.install(board, "time.sleep(60)", 9)
        for _ in range(2):
            pico_case.wait_for(lambda: board.mode == "application")
            board.cut_power()
        repl = pico_case.Repl(board.port.url)
        repl.hold()
        assert repl.run("import sys; print('board' in sys.modules)") == "False"
        assert repl.run("import slots; print(slots.Slots().failures)") == "0"
        repl.restart()
        repl.close()
    finally:
        board.stop()
