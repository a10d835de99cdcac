"""Frames in a bag: a real `pole run` without coverage, a real platform elsewhere, and back."""

import os
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from agent import frame, frame_reader
from agent.cli.main import main
from agent.errors import BadFrame
from agent.linux.commissioning import requests
from agent.linux.entropy import Entropy
from agent.linux.libcrypto import make_signer
from agent.linux.stick import Stick, split
from agent.protocols import cose
from simulators.demo import broker
from simulators.free_port import free_port
from tests.host.page_pole import CODE, PagePole, until
from tests.host.unwrapped import unwrapped

POLE = "CD-JJ-0001"


@pytest.fixture
def pole(tmp_path: Path) -> Iterator[PagePole]:
    found = PagePole(tmp_path)
    yield found
    found.close()


def far_away(pole: PagePole) -> "subprocess.Popen[bytes]":
    """The pole runs where no network is, until it has sealed a few frames."""
    process = pole.serve(f"coap://127.0.0.1:{pole.coap}", "--trust-clock")
    pole.coap = free_port()  # the platform is elsewhere
    until(lambda: waiting(pole)["telemetry"] >= 4)
    return process


def waiting(pole: PagePole) -> dict[str, int]:
    return {lane["lane"]: lane["waiting"] for lane in pole.state()["journal"]}


def acknowledged(pole: PagePole) -> int:
    """Frames that it need not keep any more, of all lanes."""
    return sum(lane["made"] - lane["waiting"] for lane in pole.state()["journal"])


def run(*words: object) -> int:
    return main([str(word) for word in words])


def test_by_the_page_there_and_back(
    pole: PagePole, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    far_away(pole)
    bag = tmp_path / "bag"
    assert run("courier", "collect", pole.url, "--stick", bag) == 0
    pole.start_platform(mqtt=False)
    to = f"coap://127.0.0.1:{pole.coap}"
    assert run("courier", "deliver", "--stick", bag, "--to", to) == 0
    readings = pole.rows("SELECT COUNT(*) FROM readings WHERE value=50")[0][0]
    assert readings >= 1
    collected = len(Stick(bag).frames(POLE)) - 1  # the last one is the holdings
    assert pole.rows("SELECT COUNT(*) FROM frames") == [(collected,)]
    first = pole.rows("SELECT COUNT(*) FROM frames WHERE lane=1")[0][0]
    assert run("courier", "return", pole.url, "--stick", bag, "--code", "AAAA-AAAA") == 1
    assert acknowledged(pole) == 0
    assert run("courier", "return", pole.url, "--stick", bag, "--code", CODE) == 0
    until(lambda: acknowledged(pole) == collected)
    until(lambda: pole.state()["uplink"]["acknowledged"] is not None)
    # The same stick once more, either way.
    assert run("courier", "deliver", "--stick", bag, "--to", to) == 0
    assert run("courier", "return", pole.url, "--stick", bag, "--code", CODE) == 0
    assert pole.rows("SELECT COUNT(*) FROM frames") == [(collected,)]
    assert pole.rows("SELECT COUNT(*) FROM incidents") == [(0,)]
    # A second round carries the rest, and nothing twice.
    until(lambda: waiting(pole)["telemetry"] >= 2)
    assert run("courier", "collect", pole.url, "--stick", bag) == 0
    assert run("courier", "deliver", "--stick", bag, "--to", to) == 0
    numbers = [row[0] for row in pole.rows("SELECT seq FROM frames WHERE lane=1 ORDER BY seq")]
    assert numbers == list(range(1, len(numbers) + 1)) and len(numbers) > first
    assert pole.rows("SELECT COUNT(*) FROM incidents") == [(0,)]
    # What the courier carried, anybody may prove.
    from provisioning.registry import RegisteredDevice, Registry
    from tests.host.test_commissioning import public

    Registry([RegisteredDevice(POLE, POLE, [public(pole)])]).save(tmp_path / "registry.json")
    command = ["frames", "verify", "--registry", tmp_path / "registry.json", bag / f"{POLE}.frames"]
    assert run(*command) == 0
    assert "0 refused" in capsys.readouterr().out


def test_by_files_and_a_lost_stick_costs_a_way(pole: PagePole, tmp_path: Path) -> None:
    far_away(pole)
    settings = pole.folder / "pole.toml"
    lost, bag = tmp_path / "lost", tmp_path / "bag"
    assert run("courier", "collect", settings, "--stick", lost) == 0
    assert run("courier", "collect", settings, "--stick", bag) == 0
    taken = set(Stick(lost).frames(POLE))
    assert taken <= set(Stick(bag).frames(POLE)), "it still holds all of it"
    journal = pole.folder / "journal"
    assert run("courier", "collect", journal, "--stick", bag) == 1
    assert run("courier", "collect", journal, "--stick", bag, "--pole", POLE) == 0
    pole.start_platform(mqtt=False)
    assert run("courier", "deliver", "--stick", bag, "--to", f"coap://127.0.0.1:{pole.coap}") == 0
    delivered = pole.rows("SELECT COUNT(*) FROM frames")[0][0]
    assert acknowledged(pole) == 0
    assert run("courier", "return", settings, "--stick", bag) == 0
    until(lambda: acknowledged(pole) == delivered)
    assert run("courier", "deliver", "--stick", tmp_path / "empty", "--to", "coap://h:1") == 1


def test_by_mqtt(pole: PagePole, tmp_path: Path) -> None:
    if broker.find() is None:
        if os.environ.get("CI") == "true":
            pytest.fail("mosquitto is missing")
        pytest.skip("mosquitto is missing")
    far_away(pole)
    bag = tmp_path / "bag"
    assert run("courier", "collect", pole.url, "--stick", bag) == 0
    to = pole.start_platform(mqtt=True)
    assert run("courier", "deliver", "--stick", bag, "--to", to) == 0
    assert pole.rows("SELECT COUNT(*) FROM frames")[0][0] == len(Stick(bag).frames(POLE)) - 1
    assert run("courier", "return", pole.url, "--stick", bag, "--code", CODE) == 0
    until(lambda: acknowledged(pole) == len(Stick(bag).frames(POLE)) - 1)


def test_what_is_forged_is_refused_at_either_end(pole: PagePole, tmp_path: Path) -> None:
    far_away(pole)
    bag = tmp_path / "bag"
    assert run("courier", "collect", pole.url, "--stick", bag) == 0
    # An acknowledgement of everything, by somebody else's key.
    real = frame_reader.identify(cose.parse1(Stick(bag).frames(POLE)[0]).payload)
    device = cose.parse1(Stick(bag).frames(POLE)[0]).kid
    ack = frame.Acknowledgement(device, real.epoch, {0: 0, 1: 3, 2: 1}, [], [], 1_800_000_000_000)
    forged = cose.sign1(frame_reader.encode_acknowledgement(ack), make_signer(99, Entropy()))
    Stick(bag).add_acks(POLE, [forged, forged[:-1], b"\x00"])
    before = waiting(pole)
    assert run("courier", "return", pole.url, "--stick", bag, "--code", CODE) == 1
    assert run("courier", "return", pole.folder / "pole.toml", "--stick", bag) == 1
    # What the page shows of the agent may be of a second ago.
    until(lambda: pole.state()["uplink"]["refused"] == 2 * 2)
    after = waiting(pole)
    assert all(after[lane] >= before[lane] for lane in before)
    # A frame that was changed on the way hurts no other.
    data = b"".join(Stick(bag).frames(POLE))
    spoilt = bytearray(data)
    spoilt[len(Stick(bag).frames(POLE)[0]) - 1] ^= 1
    (bag / f"{POLE}.frames").write_bytes(bytes(spoilt))
    pole.start_platform(mqtt=False)
    assert run("courier", "deliver", "--stick", bag, "--to", f"coap://127.0.0.1:{pole.coap}") == 0
    assert pole.rows("SELECT COUNT(*) FROM incidents") == [(1,)]
    assert pole.rows("SELECT COUNT(*) FROM frames")[0][0] == len(Stick(bag).frames(POLE)) - 2
    # Nothing that the platform lacks is forgotten.
    assert run("courier", "return", pole.folder / "pole.toml", "--stick", bag) == 1
    assert waiting(pole)["telemetry"] >= 4


def test_a_drill_from_the_command_line(pole: PagePole, capsys: pytest.CaptureFixture[str]) -> None:
    pole.serve(pole.start_platform(mqtt=False), "--trust-clock")
    settings = pole.folder / "pole.toml"
    until(lambda: pole.value() == 50)
    drill = ("drill", settings, "underpass/level", "--who", "Li Wei")
    assert run(*drill, "--for", "2h") == 1
    assert run("drill", settings, "underpass/distance") == 1
    assert "known: underpass/level" in unwrapped(capsys.readouterr().err)
    assert run(*drill) == 0
    assert run(*drill) == 1
    assert "another drill" in unwrapped(capsys.readouterr().err)
    assert until(lambda: pole.state()["drill"])["who"] == "Li Wei"
    assert run("drill", settings, "--end") == 0
    until(lambda: pole.state()["drill"] is None)
    pole.processes[-1].kill()
    pole.processes[-1].wait()


def test_nobody_answers_where_no_agent_runs(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("agent.linux.node_requests._TAKEN_WITHIN_S", 0.3)
    assert requests.ask(tmp_path, requests.DRILL, {"for_ms": 0}) is None
    assert list(tmp_path.iterdir()) == []


def test_a_stick_keeps_what_is_whole(tmp_path: Path) -> None:
    stick = Stick(tmp_path / "bag")
    items: list[Any] = [bytes([0x42, n, n]) for n in range(5)]
    assert stick.add_frames("P", items) == 5 and stick.add_frames("P", items[2:]) == 0
    assert stick.frames("P") == items and stick.poles() == ["P"] and stick.acks("P") == []
    path = tmp_path / "bag" / "P.frames"
    path.write_bytes(path.read_bytes()[:-1])
    assert stick.frames("P") == items[:4]
    assert stick.add_frames("P", items) == 1
    assert list(split(b"\xff")) == []
    for name in ("..", "a/b", ""):
        with pytest.raises(BadFrame):
            stick.add_acks(name, items)
