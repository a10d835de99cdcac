"""The page of a board on a cable: flashed by flash.py, held by a laptop, and commissioned."""

import asyncio
import os
import signal
import subprocess
import sys
from collections.abc import Coroutine, Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from agent.cli.main import main
from agent.errors import NotAcknowledged
from agent.linux.commissioning import code, server
from agent.linux.commissioning.client import PageClient
from agent.linux.pole_page import PageSettings
from agent.linux.stick import Stick
from agent.protocols import sm2
from provisioning import label, registry
from provisioning.commissioning import board_desk
from provisioning.commissioning.board_desk import BoardDesk
from provisioning.flashing.repl import Repl
from simulators.boards.town import Town
from simulators.demo.practice import rehearse
from simulators.free_port import free_port
from simulators.platform.service import Platform
from tests.host.bench_boards import settle, wait_for
from tests.host.micropython import ROOT
from tests.host.test_district import DISTRICT_KEY, TABLE
from tests.host.test_flash_tool import flash

POLE = "SIM-0001"
CODE = "ABCD-2345"


@pytest.fixture
def town(tmp_path: Path, office: Path) -> Iterator[Town]:
    made = Town(settle(tmp_path / "town", office), sensors=4)
    yield made
    made.stop()


def test_a_board_is_commissioned_by_its_cable(town: Town, tmp_path: Path) -> None:
    board = town.add()
    town.start()
    status, _, said = flash(town, "--port", board.port.url, "--id", POLE)
    assert status == 0, said
    command = [sys.executable, "-m", "agent.cli.main", "commission", "board", "--port",
               board.port.url, "--page", "127.0.0.1:0", "--lang", "en"]  # fmt: skip
    served = subprocess.Popen(
        command, cwd=ROOT, stdout=subprocess.PIPE, text=True, env={**os.environ}
    )
    try:
        assert served.stdout is not None
        words = served.stdout.readline().split()
        assert words[:4] == ["page", "of", "the", "pole:"], words
        public = registry.load(town.registry).devices[0].public[0]
        pole = SimpleNamespace(
            url=words[4], code=words[-1], label=label.text(POLE, "00:00:00:00:00:00", public),
            flood=town.levels[0].jump,
        )  # fmt: skip
        told: dict[str, Any] = {}
        sheet = tmp_path / "sheet.html"
        rehearse(pole, sheet, lambda code, **values: told.update({code: values}))
        assert 0 < told["drilled"]["acknowledged"] < 10_000
        verify = ["handover", "verify", str(sheet), "--registry", str(town.registry)]
        assert main(verify) == 0
        seen = PageClient(pole.url).state()
        assert "micropython" in seen["runtime"] and seen["pole"] == POLE
        good = {one["device"] for one in seen["channels"] if one["quality"] == "good"}
        assert good == {"underpass", "cover", "chamber", "air"}, seen["channels"]
        bag = tmp_path / "bag"
        assert main(["courier", "collect", pole.url, "--stick", str(bag)]) == 0
        served.send_signal(signal.SIGINT)
        assert served.wait(60) == 0
    finally:
        if served.poll() is None:
            served.kill()
            served.wait()
    # It works by itself again, and nothing of ours is left on it.
    before = town.received(POLE)
    wait_for(lambda: town.received(POLE) > before)


def test_a_courier_serves_both_platforms_of_a_board(town: Town, tmp_path: Path) -> None:
    # It never reaches its district; the courier does.
    nowhere, there = free_port(), ("127.0.0.1", free_port())
    table = TABLE.format(url=f"coap://127.0.0.1:{nowhere}", key=sm2.public_key(DISTRICT_KEY).hex())
    town.settings.write_text(town.settings.read_text(encoding="utf-8") + table, encoding="utf-8")
    board = town.add()
    town.start()
    status, _, said = flash(town, "--port", board.port.url, "--id", POLE)
    assert status == 0, said
    desk = BoardDesk(board.port.url)
    desk.start()
    page = server.PageServer(PageSettings("127.0.0.1", 0, code.hashed(CODE)), desk)
    page.start()
    district = _do(town, _district(town, there))
    try:
        wait_for(lambda: desk.state()["journal"][1]["waiting"] == 0, 60)  # the city has all
        bag, last = tmp_path / "bag", tmp_path / "last"
        assert main(["courier", "collect", page.url, "--stick", str(bag)]) == 0
        taken = set(Stick(bag).frames(POLE)[:-1])
        assert len(taken) >= 4
        to = f"coap://127.0.0.1:{there[1]}"
        assert main(["courier", "deliver", "--stick", str(bag), "--to", to]) == 0
        back = ["courier", "return", page.url, "--stick", str(bag), "--code", CODE]
        assert main(back) == 0
        assert main(["courier", "collect", page.url, "--stick", str(last)]) == 0
        assert not taken & set(Stick(last).frames(POLE))
        assert desk.state()["uplink"]["refused"] == 0
        rows = _do(town, _count(district))
        assert rows >= len(taken)
    finally:
        page.stop()
        desk.stop()
        _do(town, district.stop())
    assert not desk.trouble


def _do(town: Town, work: Coroutine[Any, Any, Any]) -> Any:
    return asyncio.run_coroutine_threadsafe(work, town._loop).result(60)


async def _district(town: Town, there: tuple[str, int]) -> Platform:
    made = Platform(registry.load(town.registry), DISTRICT_KEY, ":memory:", coap=there)
    await made.start()
    return made


async def _count(platform: Platform) -> int:
    return int(platform.store.rows("SELECT COUNT(*) FROM frames")[0][0])


def test_a_board_whose_laptop_went_works_by_itself_again(town: Town) -> None:
    board = town.add()
    town.start()
    status, _, said = flash(town, "--port", board.port.url, "--id", POLE)
    assert status == 0, said
    desk = BoardDesk(board.port.url)
    desk.start()
    desk._over.set()  # from now on the laptop asks for nothing any more
    desk._thread.join()
    desk._repl.run("import machine; machine.WDT(timeout=2000)")  # GONE_MS is long for a test
    desk._repl.close()
    wait_for(lambda: board.starts[-1] == "watchdog")
    before = town.received(POLE)
    wait_for(lambda: town.received(POLE) > before)
    # Nothing of ours is left, and the application that ran is not blamed for it.
    repl = Repl(board.port.url)
    repl.hold()
    said = repl.run("import os, slots; print(os.listdir('/'), slots.Slots().failures)")
    repl.restart()
    repl.close()
    assert "'held'" not in said and said.endswith(" 0"), said


def test_a_board_that_cannot_take_part_works_by_itself_again(
    town: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    board = town.add()
    town.start()
    status, _, said = flash(town, "--port", board.port.url, "--id", POLE)
    assert status == 0, said
    desk = BoardDesk(board.port.url)
    monkeypatch.setattr(board_desk, "_BEGIN", "raise MemoryError")
    with pytest.raises(NotAcknowledged, match="does not take part"):
        desk.start()
    before = town.received(POLE)
    wait_for(lambda: town.received(POLE) > before)


def test_a_board_that_is_not_there_is_a_sentence(tmp_path: Path) -> None:
    desk = BoardDesk(f"{tmp_path}/none")
    desk._repl.enter = lambda: Repl.enter(desk._repl, 0.1)  # type: ignore[method-assign,misc]
    with pytest.raises(NotAcknowledged, match="does not take part"):
        desk.start()
