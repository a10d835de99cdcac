"""What somebody at a node asks of its running agent: maintenance, by a file of its folder."""

import json
import threading
from pathlib import Path

import pytest

from agent import frame_reader
from agent.cli.main import main
from agent.linux import node_requests
from agent.protocols import cose
from tests.host.test_node import World, until, world  # noqa: F401  (a fixture)
from tests.host.test_settings import GOOD

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


def test_where_no_agent_ever_ran_it_says_so_at_once(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "pole.toml"
    path.write_text(GOOD)
    assert main(["maintenance", str(path), "--for", "2h"]) == 1
    assert capsys.readouterr().err == f"pole: no agent runs with {path}\n"
    assert [part.name for part in tmp_path.iterdir()] == ["pole.toml"]


RELAYS = """
[[line.device]]
name = "relays"
driver = "relay-board"
address = 1
every = "1s"
relays = 2
drive.relay1 = { alarms = ["underpass/level"] }
"""


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
    assert agent.orders == [
        ("relays", "relay1", 1, 1000, 1_800_000, "Li"),
        ("relays", "relay1", None, 1000, 3_600_000, "Li"),
        (None, None, None, 1000, 0, "None"),
    ]
    assert main(["relay", str(path), "relays/relay2", "on"]) == 1
    assert "known: relays/relay1" in capsys.readouterr().err
    assert main(["relay", str(path), "relays/relay1", "on", "--for", "25h"]) == 1


def test_no_agent_takes_it_and_nothing_stays_behind(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(node_requests, "_TAKEN_WITHIN_S", 0.3)
    assert not node_requests.ask(tmp_path, node_requests.MAINTENANCE, {"for_ms": 1})
    assert list(tmp_path.iterdir()) == []


def test_a_request_is_taken_once(tmp_path: Path) -> None:
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
    assert node_requests.take(tmp_path, "x.request") is None and not list(tmp_path.iterdir())
