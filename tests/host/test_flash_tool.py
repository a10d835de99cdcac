"""flash.py on simulated boards, as it is typed: from blank to acknowledged, updates, rolling back,
faulty boards, and a workstation that dies.
"""

import json
import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from provisioning import board_image, bundle, layout, registry
from simulators.boards.faults import Faults
from simulators.boards.town import FLASH, WIFI, Town
from tests.host.bench_boards import SMALL, settle, wait_for
from tests.host.micropython import ROOT


@pytest.fixture
def town(tmp_path: Path, office: Path) -> Iterator[Town]:
    """A bench without boards; the test adds them and starts it."""
    made = Town(settle(tmp_path / "town", office))
    yield made
    made.stop()


def command(town: Town, *more: str) -> list[str]:
    place = town.folder
    return [
        sys.executable, "flash.py", "--bundle", f"{place}/kit.pole", "--trust", str(town.trust),
        "--settings", str(town.settings), "--registry", str(town.registry), "--wifi", WIFI[0],
        "--wifi-password-file", f"{place}/wifi.txt", "--reports", f"{place}/reports", "--language",
        "en", "--silence-seconds", "20", "--offline", *more,
    ]  # fmt: skip


def flash(town: Town, *more: str, seconds: float = 400) -> tuple[int, list[dict[str, Any]], str]:
    """(exit status, events, what people read)."""
    done = subprocess.run(
        command(town, "--json", *more), cwd=ROOT, capture_output=True, text=True, timeout=seconds,
        check=False,
    )  # fmt: skip
    return done.returncode, [json.loads(line) for line in done.stdout.splitlines()], done.stderr


def report(town: Town, pole_id: str) -> dict[str, Any]:
    path = town.folder / "reports" / f"{pole_id}.json"
    found: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return found


def test_a_blank_board_reports_in_and_an_update_keeps_its_identity(town: Town) -> None:
    board = town.add()
    town.start()
    one = ("--port", board.port.url, "--id", "SIM-0001", "--requests", f"{town.folder}/csr")
    status, events, said = flash(town, *one)
    assert status == 0, said
    assert events[-1]["state"] == "pass" and "PASS SIM-0001" in said
    assert town.received("SIM-0001") > 0
    first = report(town, "SIM-0001")
    assert all(step["verdict"] in ("pass", "skip") for step in first["steps"])
    assert [step["step"] for step in first["steps"] if step["verdict"] == "skip"] == ["protect"]
    assert "[10/13] carrying certificates and secrets: not needed" in said
    assert {check["name"] for check in first["checks"]} >= {"storage", "clock", "radio",
                                                             "sensor/underpass"}  # fmt: skip
    told = next(check["text"] for check in first["checks"] if check["name"] == "sensor/underpass")
    assert re.fullmatch(r"level -?\d\.\d{3} m, distance \d\.\d{3} m, temperature \d+\.\d Cel", told)
    assert registry.load(town.registry).keys() == [bytes.fromhex(first["public"])]
    assert all(Path(path).exists() for path in first["label"])
    assert (town.folder / "csr" / "SIM-0001.csr").read_text().startswith("-----BEGIN CERT")

    status, _, said = flash(town, *one)
    assert status == 4 and "has an identity already" in said

    journal = next(row.offset for row in layout.partitions(FLASH) if row.label == "journal")
    head = board.nor.read(journal + 2 * 4096, 64)
    assert head[:3] == b"PLJ"
    status, _, said = flash(town, *one, "--update")
    assert status == 0, said
    assert board.nor.read(journal + 2 * 4096, 64) == head
    second = report(town, "SIM-0001")
    assert second["public"] == first["public"]
    assert (first["slot"]["folder"], second["slot"]["folder"]) == ("/a/", "/b/")

    # An update that crashes is taken back: three crashes later the one before runs again.
    bad = str(broken(town))
    status, _, said = flash(town, *one, "--update", "--bundle", bad)
    assert status == 6 and "failed three times (ValueError: a bug)" in said, said
    before = town.received("SIM-0001")
    wait_for(lambda: town.received("SIM-0001") > before, 90)


def test_a_board_that_waits_for_its_registration_has_its_label_and_request(town: Town) -> None:
    board, other = town.add(), town.add()
    town.start()
    without = [part for part in command(town, "--port", board.port.url, "--id", "SIM.0001",
                                        "--requests", f"{town.folder}/csr", "--ack-seconds", "15")
               if part not in ("--registry", str(town.registry))]  # fmt: skip
    done = subprocess.run(without, cwd=ROOT, capture_output=True, text=True, timeout=400,
                          check=False)  # fmt: skip
    assert done.returncode == 6, done.stdout
    request = town.folder / "csr" / "SIM.0001.csr"
    assert f"have {request} enrolled" in done.stdout and request.exists()
    assert "s left: " in done.stdout, "whoever waits is told so"
    assert (town.folder / "reports" / "labels" / "SIM.0001.svg").exists()

    # Nobody enrols it yet, but its request stands: for this id, and for this board.
    requests = ("--requests", f"{town.folder}/csr")
    status, _, said = flash(town, "--port", other.port.url, "--id", "SIM.0001", *requests)
    assert status == 4 and "a request of SIM.0001 by another board, 24:58:7c:00:00:01" in said
    assert other.nor.read(0, FLASH) == b"\xff" * FLASH
    status, _, said = flash(town, "--port", board.port.url, "--id", "SIM.0002", *requests)
    assert status == 4 and "was done already as SIM.0001" in said

    status, _, said = flash(town, "--port", board.port.url, "--id", "SIM.0001", "--update")
    assert status == 0, said


def broken(town: Town) -> Path:
    """A bundle whose application crashes as soon as it runs, properly signed: by the part that
    nothing else loads."""
    kit = bundle.load(town.folder / "kit.pole", bytes.fromhex(town.trust.read_text()))
    source = town.folder / "building.py"
    source.write_text("raise ValueError('a bug')\n", encoding="ascii")
    board_image.compile_file(source, town.folder / "building.mpy", "building.py")
    files = dict(kit.files)
    name = f"agent/{board_image.HOST}/board/building.mpy"
    assert name in files
    files[name] = (town.folder / "building.mpy").read_bytes()
    targets = list(kit.targets.values())
    bundle.write(town.folder / "bad.pole", files, targets, kit.imports, town.release)
    return town.folder / "bad.pole"


def test_a_batch_names_the_faulty_and_goes_on_after_a_crash_of_the_workstation(
    town: Town, tmp_path: Path
) -> None:
    for number in range(1, 5):
        faults = Faults(flip_at=0x12345) if number == 2 else None
        town.add("esp32" if number == 3 else "esp32s3", faults)
    rows = [f"SIM-{n:04},{board.port.url}" for n, board in enumerate(town.boards, 1)]
    jobs = tmp_path / "jobs.csv"
    jobs.write_text("\n".join(["id,port", *rows, ""]), encoding="utf-8")
    done = town.folder / "reports" / "batch.jsonl"
    town.start()
    batch = ("--batch", str(jobs), "--parallel", "2")

    killed = subprocess.Popen(
        command(town, *batch), cwd=ROOT, stdout=subprocess.DEVNULL, start_new_session=True
    )
    wait_for(lambda: done.exists() and '"pass"' in done.read_text(), 90)
    killed.send_signal(signal.SIGKILL)
    killed.wait()
    lines = done.read_text().splitlines()
    finished = [json.loads(line)["id"] for line in lines if '"pass"' in line]

    status, events, said = flash(town, *batch)
    assert status == 7, said
    ended = {event["id"]: event["word"] for event in events if event["step"] == "end"}
    assert ended["SIM-0002"] == "verify-failed" and ended["SIM-0003"] == "wrong-chip"
    last = events.pop()
    assert last["step"] == "batch" and last["state"] == "done"
    assert (last["reporting"], last["awaiting"], last["failed"], last["left"]) == (2, 0, 2, 0)
    ends = [(board["id"], board["state"], board["word"]) for board in last["boards"]]
    assert ends == [("SIM-0001", "reporting", ""), ("SIM-0002", "failed", "verify-failed"),
                    ("SIM-0003", "failed", "wrong-chip"),
                    ("SIM-0004", "reporting", "")]  # fmt: skip
    paths = [*(board["report"] for board in last["boards"]), *last["csv"]]
    assert len(last["csv"]) > 0 and all(Path(path).is_file() for path in paths)
    steps = [(event["id"], event["step"], event["state"]) for event in events]
    assert ("SIM-0002", "write", "begin") in steps
    assert "SIM-0002: writing the firmware ..." in said
    entries = [json.loads(line) for line in done.read_text().splitlines() if line.strip()]
    passed = [entry["id"] for entry in entries if entry["state"] == "pass"]
    assert sorted(passed) == ["SIM-0001", "SIM-0004"]  # each once
    assert all(f"{pole_id} is done already" in said for pole_id in finished)
    words = {entry["id"]: entry["word"] for entry in entries if entry["state"] != "pass"}
    assert words["SIM-0002"] == "verify-failed" and words["SIM-0003"] == "wrong-chip"
    assert all(town.received(pole_id) for pole_id in passed)
    assert len(registry.load(town.registry).devices) == 2

    # The same board a second time, under another id.
    jobs.write_text(f"id,port\nSIM-0009,{town.boards[0].port.url}\n", encoding="utf-8")
    status, _, said = flash(town, *batch)
    assert status == 7 and "was done already as SIM-0001" in said


def test_other_boards_are_refused_untouched(town: Town) -> None:
    small = town.add()
    kit = bundle.load(town.folder / "kit.pole", bytes.fromhex(town.trust.read_text()))
    large = town.folder / "large.pole"
    from simulators.boards import firmware

    images = {"esp32s3": (firmware.combined("esp32s3", 8 << 20, SMALL), 8 << 20)}
    bundle.build(large, images, town.release, board_image.HOST)
    town.start()
    blank = small.nor.read(0, FLASH)
    status, _, said = flash(town, "--port", small.port.url, "--bundle", str(large))
    assert status == 4 and "has 4 MB of flash, and 8 MB are needed" in said
    status, _, said = flash(town, "--port", small.port.url, "--update")
    assert status == 4 and "nothing to update" in said
    status, _, said = flash(town, "--port", small.port.url, "--board", "rp2040", "--language", "zh")
    assert status == 4 and "rp2040" in said and "\u3002" in said
    assert small.nor.read(0, FLASH) == blank and kit.targets
