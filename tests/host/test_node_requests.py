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
