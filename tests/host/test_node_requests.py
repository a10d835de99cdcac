"""What somebody at a node asks of its running agent: maintenance, by a file of its folder."""

import json
import os
import threading
import time
from pathlib import Path

import pytest

from agent import frame_reader
from agent.cli.main import main
from agent.linux import journal_lock, node_requests
from agent.linux.entropy import Entropy
from agent.protocols import cose
from agent.protocols.signers import SoftSigner
from tests.host.test_node import World, until, world  # noqa: F401  (a fixture)
from tests.host.test_settings import GOOD
from tests.host.unwrapped import unwrapped

RELAYS = """
[[line.device]]
name = "relays"
driver = "relay-board"
address = 1
every = "1s"
relays = 2
drive.relay1 = { alarms = ["underpass/level"] }
"""
TOLD = "SELECT data FROM frames WHERE kind=8 ORDER BY seq"


def test_maintenance_of_a_running_node_is_told_signed(world: World) -> None:  # noqa: F811
    url = world.start_platform(mqtt=False)
    world.run("coap", url)
    until(lambda: world.rows("SELECT COUNT(*) FROM readings")[0][0])
    path = str(world.folder / "pole.toml")
    begin = ["maintenance", path, "--for", "2h", "--who", "Li Wei", "--why", "new cable"]
    assert main(begin) == 0
    until(lambda: len(world.rows(TOLD)) == 1)
    # A request that makes no sense is taken away and hurts nobody.
    (world.folder / "journal" / node_requests.MAINTENANCE).write_text("[")
    until(lambda: not (world.folder / "journal" / node_requests.MAINTENANCE).exists())
    assert main(["maintenance", path, "--end", "--who", "Li Wei"]) == 0
    until(lambda: len(world.rows(TOLD)) == 2)
    bodies = [frame_reader.decode(cose.parse1(row[0]).payload).body for row in world.rows(TOLD)]
    assert bodies[0] == {1: 1, 2: "Li Wei", 3: "new cable", 4: 7_200_000}
    assert (bodies[1][1], bodies[1][2]) == (0, "Li Wei")


@pytest.mark.parametrize("before", ["never", "stopped"])
def test_where_no_agent_runs_it_says_so_at_once(
    tmp_path: Path,
    before: str,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setattr(node_requests, "_TAKEN_WITHIN_S", 600.0)  # to wait for one would be seen
    path = tmp_path / "pole.toml"
    path.write_text(GOOD.replace("address = 1", "address = 2") + RELAYS)
    if before == "stopped":
        (tmp_path / "journal").mkdir()
        os.close(journal_lock.take(tmp_path / "journal"))
    (tmp_path / "an.order").write_bytes(cose.sign1(b"", SoftSigner(7, Entropy())))
    begun = time.monotonic()
    for words in (
        ("maintenance", str(path), "--for", "2h"),
        ("relay", str(path), "relays/relay1", "on"),
        ("drill", str(path), "underpass/level"),
    ):
        assert main([*words, "--lang", "en"]) == 1
        assert unwrapped(capsys.readouterr().err) == f"No agent runs with {path}.\n"
        assert main([*words, "--lang", "zh"]) == 1
        told = unwrapped(capsys.readouterr().err)
        assert told.replace(" ", "") == f"没有程序在使用{path}运行。\n"
    assert main(["order", "apply", str(tmp_path / "an.order"), str(path)]) == 1
    assert str(path) in unwrapped(capsys.readouterr().err)
    assert time.monotonic() - begun < node_requests._TAKEN_WITHIN_S, "it waited for nobody"
    assert not list(tmp_path.glob("**/*.request"))


class Ordered:
    """As much of an agent as orders reach."""

    def __init__(self) -> None:
        self.maintenance = None
        self.actuation = self
        self.orders: list[tuple[object, ...]] = []

    def order(self, *arguments: object) -> bool:
        self.orders.append(arguments)
        return True


def test_an_order_to_a_relay_reaches_its_drive(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "pole.toml"
    path.write_text(GOOD.replace("address = 1", "address = 2") + RELAYS)
    (tmp_path / "journal").mkdir()
    agent, ended = Ordered(), threading.Event()

    def serve() -> None:
        while not ended.wait(0.02):
            node_requests.obey(tmp_path / "journal", agent, 1000)  # type: ignore[arg-type]

    thread = threading.Thread(target=serve)
    thread.start()
    lock = journal_lock.take(tmp_path / "journal")
    try:
        assert (
            main(["relay", str(path), "relays/relay1", "on", "--for", "30min", "--who", "Li"]) == 0
        )
        assert main(["relay", str(path), "relays/relay1", "auto", "--who", "Li"]) == 0
        (tmp_path / "journal" / node_requests.RELAY).write_text('{"value": 7, "for_ms": "x"}')
        until(lambda: len(agent.orders) == 3)
    finally:
        ended.set()
        thread.join()
        os.close(lock)
    assert agent.orders == [
        ("relays", "relay1", 1, 1000, 1_800_000, "Li"),
        ("relays", "relay1", None, 1000, 3_600_000, "Li"),
        (None, None, None, 1000, 0, "None"),
    ]
    assert main(["relay", str(path), "relays/relay2", "on"]) == 1
    assert "known: relays/relay1" in unwrapped(capsys.readouterr().err)
    assert main(["relay", str(path), "relays/relay1", "on", "--for", "25h"]) == 1


def test_an_agent_that_hangs_takes_nothing_and_nothing_stays_behind(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(node_requests, "_TAKEN_WITHIN_S", 0.3)
    path = tmp_path / "pole.toml"
    path.write_text(GOOD)
    (tmp_path / "journal").mkdir()
    lock = journal_lock.take(tmp_path / "journal")
    assert main(["maintenance", str(path), "--for", "2h", "--lang", "en"]) == 1
    assert "does not answer" in unwrapped(capsys.readouterr().err)
    assert [part.name for part in (tmp_path / "journal").iterdir()] == ["lock"]
    os.close(lock)


def test_who_looks_for_an_agent_does_not_keep_one_from_its_journal(tmp_path: Path) -> None:
    over = threading.Event()

    def look() -> None:
        while not over.wait(0.001):
            journal_lock.is_taken(tmp_path)

    looker = threading.Thread(target=look)
    looker.start()
    try:
        for _ in range(50):
            lock = journal_lock.take(tmp_path)
            assert journal_lock.is_taken(tmp_path)
            os.close(lock)
    finally:
        over.set()
        looker.join()


def test_a_request_is_taken_once(tmp_path: Path) -> None:
    lock = journal_lock.take(tmp_path)
    asked: list[bool] = []
    thread = threading.Thread(
        target=lambda: asked.append(node_requests.ask(tmp_path, "x.request", {"why": "修理"}))
    )
    thread.start()
    found = until(lambda: node_requests.take(tmp_path, "x.request"))
    thread.join()
    assert asked == [True] and found == {"why": "修理"}
    assert node_requests.take(tmp_path, "x.request") is None
    (tmp_path / "x.request").write_text(json.dumps([1]))
    assert node_requests.take(tmp_path, "x.request") is None
    assert [part.name for part in tmp_path.iterdir()] == ["lock"]
    os.close(lock)
