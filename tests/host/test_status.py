"""A running agent tells what it does: by a socket in its folder, to people and to Prometheus."""

import asyncio
import json
import os
import re
import shutil
import signal
import stat
import subprocess
import sys
import urllib.request
from pathlib import Path
from typing import Any

import pytest

from agent.bus import Bus
from agent.cli import status as status_command
from agent.cli.main import main
from agent.cli.speech import Speaker, wide
from agent.cli.status_page import Page, duration, moment, size
from agent.cli.status_texts import STATUS_TEXTS
from agent.linux import status, status_door
from agent.linux.entropy import Entropy
from agent.linux.line import SerialLine
from simulators.free_port import free_port
from tests.host.micropython import ROOT
from tests.host.test_node import World, until, world  # noqa: F401  (a fixture)
from tests.host.unwrapped import unwrapped

UP = 'pole_device_up{device="underpass",line="gateway",model="dyp-ultrasonic"} 1.0'


def told(folder: Path) -> dict[str, Any] | None:
    try:
        return status_door.ask(folder / "journal")
    except FileNotFoundError:
        return None


def test_a_running_agent_tells_what_it_does(
    world: World,  # noqa: F811
    capsys: pytest.CaptureFixture[str],
) -> None:
    url = world.start_platform(mqtt=False)
    process = world.run("coap", url)
    until(lambda: world.rows("SELECT COUNT(*) FROM readings")[0][0] >= 2)

    def settled() -> dict[str, Any] | None:
        found = told(world.folder)
        if not found or found["uplinks"][0]["acknowledged_ms_ago"] is None:
            return None
        return found if found["devices"][0]["state"] == "well" else None

    found = until(settled)
    assert found["pole"] == "CD-JJ-0001" and found["process"]["pid"] == process.pid
    assert 0 < found["process"]["cpu_ms"] < 60_000 and found["process"]["memory"] > 5 << 20
    assert found["process"]["memory"] <= found["process"]["memory_peak"]
    line, device = found["lines"][0], found["devices"][0]
    # A request of 12 bytes, a reply of 13, per reading of one register block.
    assert line["sent_bytes"] % 12 == 0 and line["heard_bytes"] > 0 and line["busy_ms"] is None
    assert (device["state"], device["model"]) == ("well", "dyp-ultrasonic")
    assert found["uplinks"][0]["connected"] and found["uplinks"][0]["url"] == url
    assert found["uplinks"][0]["sent_bytes"] > 0 and found["data"]["today"] > 0
    assert found["time"]["quality"] == "synced" and found["time"]["source"] == "system clock"
    assert found["journal"]["size"] > found["journal"]["used"] > 0
    mode = (world.folder / "journal" / status_door.SOCKET).stat().st_mode
    assert stat.S_IMODE(mode) == 0o600

    path = str(world.folder / "pole.toml")
    assert main(["status", path, "--lang", "en"]) == 0
    page = capsys.readouterr().out
    for word in ("CD-JJ-0001", "underpass", "well", "connected", "synced", "ALARMS   none"):
        assert word in page, page
    assert main(["status", path, "--lang", "zh"]) == 0
    assert "已连接" in capsys.readouterr().out
    assert main(["status", path, "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["pole"] == "CD-JJ-0001"

    process.send_signal(signal.SIGTERM)
    assert process.wait(60) == 0
    assert not (world.folder / "journal" / status_door.SOCKET).exists()
    assert main(["status", path, "--lang", "en"]) == 1
    assert "No agent runs" in unwrapped(capsys.readouterr().err)


def test_on_an_installed_node_its_own_agent_is_meant(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    shutil.copy(ROOT / "examples" / "pole.toml", tmp_path)
    node = tmp_path / "node"
    node.mkdir()
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("POLE_NODE", str(node))
    monkeypatch.setattr(status_command, "INSTALLED", node / "pole.toml")
    assert main(["status", "--lang", "en"]) == 1
    assert "Start it with `pole run pole.toml`." in unwrapped(capsys.readouterr().err)
    (node / "current").symlink_to("versions/1")  # installed from this very folder
    shutil.copy(tmp_path / "pole.toml", node)
    assert main(["status", "--lang", "en"]) == 1
    said = unwrapped(capsys.readouterr().err)
    assert f"runs with {node}/pole.toml. Start it with `sudo systemctl start pole`" in said


def test_a_socket_left_by_a_killed_agent_is_nobody(
    world: World,  # noqa: F811
) -> None:
    process = world.run("coap", f"coap://127.0.0.1:{world.coap}")
    until(lambda: told(world.folder))
    process.kill()
    process.wait()
    assert (world.folder / "journal" / status_door.SOCKET).exists()
    assert told(world.folder) is None
    again = world.run("coap", f"coap://127.0.0.1:{world.coap}")
    found = until(lambda: told(world.folder))
    assert found["process"]["pid"] == again.pid and found["started_by"] == "crash"


def test_prometheus_reads_the_same(world: World) -> None:  # noqa: F811
    pytest.importorskip("prometheus_client")
    url = world.start_platform(mqtt=False)
    world.run("coap", url).kill()  # writes the settings
    place = f"127.0.0.1:{free_port()}"
    command = [sys.executable, "-m", "agent.cli.main", "run", "--settings", "pole.toml"]
    process = subprocess.Popen(
        [*command, "--trust-clock", "--metrics", place], cwd=world.folder,
        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
    )  # fmt: skip
    world.processes.append(process)

    def scraped() -> str | None:
        try:
            with urllib.request.urlopen(f"http://{place}/metrics", timeout=10) as answer:
                text = str(answer.read().decode())
        except OSError:
            return None
        return text if "pole_uplink_acknowledged_seconds{" in text and UP in text else None

    text = until(scraped)
    assert 'pole_info{pole="CD-JJ-0001",settings="' in text
    assert re.search(r'pole_line_sent_bytes_total\{line="gateway"\} [1-9]', text)
    assert 'pole_line_skipped_total{line="gateway"} 0.0' in text
    assert "pole_line_busy_seconds_total{" not in text, "TCP has no time of a bit"
    assert re.search(r"pole_cpu_seconds_total [0-9.e-]+", text)
    process.send_signal(signal.SIGTERM)
    assert process.wait(60) == 0


def test_metrics_without_their_package_are_one_sentence(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setitem(sys.modules, "prometheus_client", None)
    monkeypatch.delitem(sys.modules, "agent.linux.metrics", raising=False)
    text = (ROOT / "examples" / "pole.toml").read_text(encoding="utf-8")
    (tmp_path / "pole.toml").write_text(text, encoding="utf-8")
    settings = str(tmp_path / "pole.toml")
    assert main(["run", "--settings", settings, "--metrics", "127.0.0.1:9101"]) == 1
    assert "pip install 'pole-agent[metrics]'" in unwrapped(capsys.readouterr().err)
    assert not (tmp_path / "journal").exists()


def test_the_use_of_a_serial_line_is_its_bytes_times_their_time() -> None:
    ours, theirs = os.openpty()
    try:
        line = SerialLine(os.ttyname(theirs))
        bus = Bus(line, "9600 8N1", [], Entropy(), lambda _topic, _text: None)
        line.open("9600 8N1")
        line.write(bytes(8))
        until(lambda: line.read() is not None and not line.wants_write())
        os.write(ours, bytes(25))
        until(lambda: (line.read(), line.heard_bytes)[1] == 25)
        told = status.line_of("rs485-1", bus)
        # 33 characters of 10 bits at 9600 bit/s: 34.4 ms.
        assert (told["sent_bytes"], told["heard_bytes"], told["busy_ms"]) == (8, 25, 34)
        assert told["broken"] == ""
        line.close()
        bus.exchange.why = "it was unplugged"
        assert status.line_of("rs485-1", bus)["broken"] == "it was unplugged"
    finally:
        os.close(ours)
        os.close(theirs)


def test_who_may_write_into_the_folder_may_ask(tmp_path: Path) -> None:
    async def modes() -> list[int]:
        found = []
        for mode in (0o700, 0o750, 0o770):
            folder = tmp_path / f"{mode:o}" / ("long" * 50)
            folder.mkdir(parents=True)
            folder.chmod(mode)
            door = status_door.Door(folder, lambda: {"a": 1})
            await door.open()
            assert await asyncio.to_thread(status_door.ask, folder) == {"a": 1}
            found.append(stat.S_IMODE(door.path.stat().st_mode))
            await door.close()
            assert not door.path.exists()
        return found

    assert asyncio.run(modes()) == [0o600, 0o600, 0o660]


BAD_DAY: dict[str, Any] = {
    "pole": "CD-JJ-0001", "version": "0.1.0", "settings": "00" * 8, "runtime": "", "boot": 7,
    "started_by": "crash", "uptime_ms": 200_000_000, "rows_dropped": 60,
    "process": {"pid": 1, "cpu_ms": 2_000_000, "memory": 30 << 20, "memory_peak": 31 << 20},
    "lines": [
        {"name": "rs485-1", "port": "/dev/ttyS1", "mode": "9600 8N1", "sent_bytes": 20_000,
         "heard_bytes": 20 << 20, "busy_ms": 20_000_000, "timeouts": 12,
         "skipped": 123_456,
         "broken": "/dev/ttyS1 is gone: is the adapter still plugged in? (device disconnected)"}],
    "devices": [
        {"line": "rs485-1", "name": f"d{index}", "model": "witmotion-tilt", "every_ms": 1000,
         "state": state, "error": "no reply within 500 ms", "probe_in_ms": 4500}
        for index, state in enumerate(("well", "warming up", "unheard", "failing", "silent"))],
    "journal": {"used": 3 << 20, "size": 4 << 20, "full_per_mille": 901, "sealed": 9,
                "lanes": {"alarm": {"frames": 3, "waiting": 1, "oldest": [5000, "unsynced"]},
                          "telemetry": {"frames": 9, "waiting": 8,
                                        "oldest": [1_790_000_000_000, "synced"]},
                          "diagnostic": {"frames": 1, "waiting": 0, "oldest": None}}},
    "uplinks": [{"url": "mqtts://a.very.long.name.of.a.platform.example:8883", "connected": False,
                 "round_trip_ms": None, "acknowledged_ms_ago": None, "frames": 0, "sent_bytes": 0,
                 "heard_bytes": 0, "error": "a.very.long.name: [Errno 111] Connection refused"}],
    "data": {"today": 3_000_000, "budget": 4_000_000},
    "time": {"quality": "unsynced", "source": "", "utc_ms": None},
    "alarms": [{"device": "chamber", "channel": "co", "state": state, "for_ms": 61_000}
               for state in ("pending", "raised", "blind", "muted")],
    "maintenance": True,
    "release": {"active": "0.2.0", "fallback": "0.1.0", "confirmed": False, "failures": 2,
                "hours": 71, "deadline": 72, "reason": "crash: exit-code 1.",
                "lost_python": "3.11"},
    "ration": {"keep_one_in": 4, "lowest_lane": "telemetry",
               "why": "the data budget of the day is running out"},
}  # fmt: skip


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_the_worst_page_fits_80_columns(lang: str) -> None:
    lines = list(Page(Speaker(lang, STATUS_TEXTS), BAD_DAY).lines())
    assert max(map(wide, lines)) <= 80
    page = "\n".join(lines)
    assert "123456" in page
    assert "10.0 %" in page and "+5 s" in page and "20.0 MB" in page and "2930 KB" in page
    assert "{" not in page and "71" in page and "crash: exit-code 1." in page


def test_a_watch_shows_what_happened_since_the_last_look() -> None:
    before = json.loads(json.dumps(BAD_DAY))
    after = json.loads(json.dumps(BAD_DAY))
    after["uptime_ms"] += 2000
    after["process"]["cpu_ms"] += 100
    after["lines"][0]["busy_ms"] += 500
    after["lines"][0]["timeouts"] += 1
    after["lines"][0]["skipped"] += 7
    page = "\n".join(Page(Speaker("en", STATUS_TEXTS), after, before).lines())
    assert "CPU 5.0 %" in page and "25.0 %" in page
    assert "cannot keep up: 7 read-outs skipped" in page
    before["process"]["pid"] = 2  # another agent: nothing can be taken off
    page = "\n".join(Page(Speaker("en", STATUS_TEXTS), after, before).lines())
    assert "10.0 %" in page


def test_people_and_prometheus_are_told_what_it_costs() -> None:
    metrics = pytest.importorskip("agent.linux.metrics", exc_type=ImportError)
    found = json.loads(json.dumps(BAD_DAY))
    found["uplinks"][0] |= {"connected": True, "round_trip_ms": 120, "acknowledged_ms_ago": 4000}
    page = " ".join(" ".join(Page(Speaker("en", STATUS_TEXTS), found).lines()).split())
    for words in (
        "CPU 1.0 %, memory 30.0 MB", "rs485-1 10.0 %", "JOURNAL 3072 KB of 4096 KB",
        "round trip 120 ms", "DATA 2930 KB today, of 3906 KB",
    ):  # fmt: skip
        assert words in page, words
    told = {
        sample.name: sample.value for family in metrics.families(found) for sample in family.samples
    }
    expected = {
        "pole_cpu_seconds_total": 2000, "pole_memory_bytes": 30 << 20,
        "pole_line_busy_seconds_total": 20_000, "pole_journal_used_bytes": 3 << 20,
        "pole_uplink_round_trip_seconds": 0.12, "pole_data_today_bytes": 3_000_000,
    }  # fmt: skip
    assert {name: told[name] for name in expected} == expected


def test_figures_as_people_read_them() -> None:
    assert [size(count) for count in (0, 10_239, 10_240, 10 << 20)] == [
        "0 B", "10239 B", "10 KB", "10.0 MB"]  # fmt: skip
    assert [duration(ms) for ms in (99_999, 3_600_000, 90_061_000)] == [
        "99 s", "01:00:00", "1 d 01:01:01"]  # fmt: skip
    assert moment(12_000, "unsynced") == "+12 s" and moment(0, "synced")[:2] in ("19",)
