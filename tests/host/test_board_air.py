"""The page of a board over its own Wi-Fi: begun by the cable, seen by a phone, gone by itself."""

import gzip
import json
import socket
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from agent.cli.main import main
from provisioning.commissioning import board_air
from provisioning.flashing.repl import Repl
from simulators.boards.board import SimulatedBoard
from simulators.boards.town import Town
from simulators.free_port import free_port
from tests.host.bench_boards import settle, wait_for
from tests.host.chromium import CONTRASTS, chromium, new_page, text
from tests.host.test_flash_tool import flash

POLE = "SIM-0001"
CODE = "ABCD-2345"
PHONE = {"width": 360, "height": 740}


@pytest.fixture
def town(tmp_path: Path, office: Path) -> Iterator[Town]:
    made = Town(settle(tmp_path / "town", office), sensors=4)
    made.environment["POLE_AP"] = str(tmp_path / "air")
    yield made
    made.stop()


def flashed(town: Town) -> SimulatedBoard:
    board = town.add()
    town.start()
    status, _, said = flash(town, "--port", board.port.url, "--id", POLE)
    assert status == 0, said
    return board


def get(url: str, method: str = "GET") -> Any:
    """Status, headers and body."""
    try:
        with urllib.request.urlopen(urllib.request.Request(url, method=method), timeout=30) as it:
            return it.status, it.headers, it.read()
    except urllib.error.HTTPError as error:
        return error.code, error.headers, error.read()


def air(tmp_path: Path) -> dict[str, Any]:
    """What the board's access point is set to; nothing while there is none."""
    path = tmp_path / "air"
    found = json.loads(path.read_text() or "{}") if path.exists() else {}
    assert isinstance(found, dict)
    return found


def test_a_phone_sees_a_board_over_its_own_wifi(
    town: Town, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    board = flashed(town)
    port = free_port()
    command = ["commission", "board", "--port", board.port.url, "--wifi", "--code", CODE, "--for",
               "2h", "--web-port", str(port), "--lang", "en"]  # fmt: skip
    status, (printed, complained) = main(command), capsys.readouterr()
    assert status == 0, complained
    url, password = f"http://127.0.0.1:{port}/", board_air.password(CODE, POLE)
    said = " ".join(printed.split())
    assert f"Wi-Fi pole-{POLE}, password {password}: {url} for 2h" in said
    assert air(tmp_path) == {"ssid": f"pole-{POLE}", "key": password, "security": 3}
    # Whoever says nothing, and whoever says nonsense, keeps nobody else waiting.
    idle = [socket.create_connection(("127.0.0.1", port)) for _ in range(2)]
    with socket.create_connection(("127.0.0.1", port), timeout=30) as rude:
        rude.sendall(b"x" * 3000)
        with pytest.raises((ConnectionError, StopIteration)):
            while rude.recv(4096):
                pass
            raise StopIteration
    status, headers, body = get(url)
    assert status == 200 and b"<!doctype html>" in gzip.decompress(body)
    assert "default-src 'self'" in headers["Content-Security-Policy"]
    assert get(url + "none")[0] == 404 and get(url + "api/write", "POST")[0] == 405
    seen = good(url)
    assert seen["pole"] == POLE and seen["uplink"]["connected"]
    before = town.received(POLE)
    look(url, tmp_path)
    wait_for(lambda: town.received(POLE) > before, 60)  # it reports all the while
    for each in idle:
        each.close()
    # A cut of the power ends it, and nothing of it stays.
    board.cut_power()
    before = town.received(POLE)
    wait_for(lambda: town.received(POLE) > before)
    repl = Repl(board.port.url)
    repl.hold()
    assert "'held'" not in repl.run("import os; print(os.listdir('/'))")
    repl.close()


def good(url: str) -> dict[str, Any]:
    """The state, once all four sensors are read."""
    found: dict[str, Any] = {}

    def all_good() -> bool:
        found.update(json.loads(get(url + "api/state")[2]))
        return all(one["quality"] == "good" for one in found["channels"])

    wait_for(all_good)
    assert {one["device"] for one in found["channels"]} == {"underpass", "cover", "chamber", "air"}
    assert found["next"]["code"] in ("next.cable", "next.wait"), found["next"]
    return found


def look(url: str, folder: Path) -> None:
    """What a phone shows, in both languages; it offers nothing to write."""
    with chromium() as browser:
        page = new_page(browser, viewport=PHONE, locale="zh-CN")
        errors: list[str] = []
        page.on("pageerror", lambda error: errors.append(str(error)))
        page.goto(url)
        page.wait_for_selector(".channel")
        assert text(page, "h1") == f"灯杆 {POLE}"
        page.screenshot(path=str(folder / "air-zh.png"), full_page=True)
        page.click("#language")
        assert text(page, "h1") == f"Pole {POLE}"
        assert page.locator(".channel").count() >= 8
        assert not page.locator(".work-part").is_visible()
        assert min(ratio for _, ratio in page.evaluate(CONTRASTS)) >= 7
        assert page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]
        page.screenshot(path=str(folder / "air-en.png"), full_page=True)
        assert errors == []


def test_the_page_ends_by_itself(
    town: Town, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    board = flashed(town)
    leave, starts = Repl.leave, []

    def leaving(repl: Repl, code: str) -> None:
        starts.append(len(board.starts))  # from here on its time runs, however slow this machine is
        leave(repl, code)

    monkeypatch.setattr(Repl, "leave", leaving)
    board_air.open_page(board.port.url, CODE, 3000, free_port())
    wait_for(lambda: len(board.starts) > starts[0])
    assert board.starts[-1] == "software" and air(tmp_path) == {}
    before = town.received(POLE)
    wait_for(lambda: town.received(POLE) > before)


def test_a_password_is_a_poles_own_and_tells_no_code() -> None:
    one = board_air.password("abcd2345", POLE)
    assert one == board_air.password(CODE, POLE) != board_air.password(CODE, "SIM-0002")
    assert len(one) == 14 and "ABCD" not in one
    assert board_air.network("灯" * 20) == "pole-" + "灯" * 9
