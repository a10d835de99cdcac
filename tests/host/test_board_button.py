"""The button on a board: held, it opens the page over the board's own Wi-Fi for a while."""

import gzip
import json
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from provisioning.commissioning import board_air, board_button
from provisioning.flashing.repl import Repl
from simulators.boards.town import WIFI, Town
from simulators.free_port import free_port
from tests.host import bench_boards, micropython
from tests.host.bench_boards import wait_for
from tests.host.micropython import ROOT
from tests.host.test_board_air import CODE, POLE, air, flashed, get, good
from tests.host.test_flash_tool import SMALL, flash, report

BUTTON = 0  # the pin in board/esp32s3.py

# board/button.py by itself: each line of time is (ms, pin); says when the page was asked for.
_PRESSED = """
import os, sys
sys.path.insert(0, {modules!r})
import machine
from board import button, clock

class Clock:
    now = 0
    def now_ms(self):
        return Clock.now

class Board:
    button = 0
    def reset_reason(self):
        return {reason!r}

class Slots:
    def folder(self):
        return {folder!r}

class Watch:
    restart = False
    def over(self):
        return False

button.BoardClock = Clock
opened = []
button.Button._open = lambda self, slots, dog: opened.append(Clock.now)
pin = {pin!r}
def level(value):
    with open(pin, "w") as file:
        file.write(str(value))
level({first})
made = button.Button(Board(), Slots(), None, Watch())
for begin, value in {times!r}:
    while Clock.now < begin:
        if made.over():
            break
        Clock.now += 10
    level(value)
print(opened, made.restart, Clock.now, "asked" in os.listdir({folder!r} + "page"))
"""


def pressed(tmp_path: Path, times: list[tuple[int, int]], reason: str = "software",
            first: int = 1) -> str:  # fmt: skip
    """What becomes of it. times: (until when in ms, the pin's level from then on)."""
    (tmp_path / "page").mkdir(exist_ok=True)
    pin = tmp_path / "pin"
    code = _PRESSED.format(modules=str(ROOT / "simulators" / "board_modules"), reason=reason,
                           folder=f"{tmp_path}/", pin=str(pin), first=first,
                           times=times)  # fmt: skip
    done = subprocess.run(
        [micropython.interpreter(), "-c", code], cwd=ROOT, capture_output=True, text=True,
        timeout=240, env={"POLE_PIN0": str(pin), "MICROPYPATH": str(ROOT)}, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    return done.stdout.splitlines()[-1]


@pytest.mark.parametrize(
    ("times", "said"),
    [
        ([(1000, 0), (9000, 1)], "[] True 4000 True"),  # held for three seconds
        ([(1000, 0), (3500, 1), (4000, 0), (6000, 1), (9000, 1)], "[] False 9000 False"),
        ([(1000, 0), (2000, 1), (2020, 0), (9000, 1)], "[] True 4000 True"),  # it bounces
        ([(9000, 0)], "[] False 9000 False"),  # nobody presses it
    ],
)
def test_it_is_held_for_three_seconds(
    tmp_path: Path, times: list[tuple[int, int]], said: str
) -> None:
    assert pressed(tmp_path, times) == said


def test_one_that_is_stuck_opens_nothing_and_power_up_opens_at_once(tmp_path: Path) -> None:
    assert pressed(tmp_path, [(9000, 0)], first=0) == "[] False 9000 False"
    assert pressed(tmp_path, [(100, 1)], "power-on", first=0).startswith("[0]")
    assert pressed(tmp_path, [(100, 1)], "power-on").startswith("[]")
    # What was asked for is opened once.
    (tmp_path / "page" / "asked").touch()
    assert pressed(tmp_path, [(100, 1)]) == "[0] False 100 False"


@pytest.fixture
def town(tmp_path: Path) -> Iterator[Town]:
    bench_boards.need("esptool", "mpremote", "segno")
    made = Town(tmp_path / "town", sensors=4)
    made.kit(("esp32s3",), SMALL)
    (made.folder / "wifi.txt").write_text(WIFI[1], encoding="utf-8")
    made.environment["POLE_AP"] = str(tmp_path / "air")
    made.environment[f"POLE_PIN{BUTTON}"] = str(tmp_path / "pin")
    yield made
    made.stop()


def test_held_it_opens_the_page_which_closes_by_itself(town: Town, tmp_path: Path) -> None:
    board, pin, port = flashed(town), tmp_path / "pin", free_port()
    command = [sys.executable, "-m", "agent.cli.main", "commission", "board", "--port",
               board.port.url, "--button", "--code", CODE, "--for", "2h", "--web-port", str(port),
               "--lang", "en"]  # fmt: skip
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=200)
    assert done.returncode == 0, done.stderr
    password = board_air.password(CODE, POLE)
    assert f"opens Wi-Fi pole-{POLE}, password {password}" in " ".join(done.stdout.split())
    reports(town)
    assert air(tmp_path) == {}

    hold(pin, "0")
    wait_for(lambda: air(tmp_path).get("ssid") == f"pole-{POLE}", 120)
    hold(pin, "1")
    assert shown(port)["pole"] == POLE
    reports(town)  # all the while

    # An update lays it again beside the new application, and it opens as before. What was changed
    # by hand or damaged is mended; what is right is not written again.
    repl = Repl(board.port.url)
    repl.hold()
    repl.put("/a/page/index.html.gz", b"changed by hand")
    repl.put("/a/page/more.txt", b"put there by hand")
    repl.close()
    board.cut_power()
    status, _, said = flash(town, "--port", board.port.url, "--id", POLE, "--update")
    assert status == 0 and "which is laid again" in said, said
    kept = report(town, POLE)
    assert kept["page"] == kept["slot"]["folder"] + "page" == "/b/page"
    assert kept["page_written"] == ["index.html.gz", "open.py"]
    assert password not in json.dumps(kept)
    (tmp_path / "air").unlink()  # it was open when the power went
    begun = time.monotonic()

    def opened() -> bool:
        # It may start again just now: then whoever presses lets go, and presses again.
        hold(pin, "01"[int(time.monotonic() - begun) % 16 < 4])
        return air(tmp_path).get("key") == password

    wait_for(opened, 180)
    hold(pin, "1")
    assert shown(port)["pole"] == POLE
    assert b"<!doctype html>" in gzip.decompress(get(f"http://127.0.0.1:{port}/")[2])

    # When the power comes back it works as before; and so it does when the time is over.
    starts = len(board.starts)
    board.cut_power()
    wait_for(lambda: len(board.starts) > starts, 60)
    reports(town)
    board_button.lay(board.port.url, CODE, 3000, port)
    reports(town)
    starts = len(board.starts)
    hold(pin, "0")
    wait_for(lambda: len(board.starts) >= starts + 2, 120)
    assert board.starts[-2:] == ["software", "software"] and air(tmp_path) == {}
    reports(town)
    assert len(board.starts) == starts + 2, "one that stays down opens nothing more"


def hold(pin: Path, level: str) -> None:
    """Give the pin that level: a file that is written anew is empty for a moment, which is up."""
    half = pin.with_name("pin.new")
    half.write_text(level)
    half.replace(pin)


def shown(port: int) -> dict[str, Any]:
    """The state on the page. Its network is open a moment before its door."""
    url = f"http://127.0.0.1:{port}/"

    def answers() -> bool:
        try:
            return bool(get(url)[0] == 200)
        except OSError:
            return False

    wait_for(answers)
    return good(url)


def reports(town: Town) -> None:
    """Wait until the platform has more of the board."""
    before = town.received(POLE)
    wait_for(lambda: town.received(POLE) > before, 90)
