"""flash.py on several simulated Pico Ws at a time, which are found by themselves and told apart by
their USB sockets: their drives have one serial number, and their ports change names.
"""

import json
import signal
import subprocess
from pathlib import Path
from typing import Any

import pytest

from provisioning import bundle, registry, uf2_image
from provisioning.flashing import ports, turns, usb
from provisioning.flashing.batch_file import Line
from provisioning.flashing.turns import Place, Turns
from simulators.boards.faults import Faults
from simulators.boards.town import Town
from simulators.boards.usb_bus import UsbBus, UsbSocket
from tests.host.bench_boards import wait_for
from tests.host.micropython import ROOT
from tests.host.test_flash_pico import pico_office, town
from tests.host.test_flash_tool import command, flash, report

__all__ = ["pico_office", "town"]  # fixtures


@pytest.fixture
def bus(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> UsbBus:
    """The sockets of this workstation."""
    made = UsbBus(tmp_path / "system")
    monkeypatch.setenv(usb.SYSTEM, str(made.folder))
    return made


def jobs(folder: Path, *ids: str) -> tuple[str, ...]:
    """A batch of those, wherever they are."""
    path = folder / "jobs.csv"
    path.write_text("\n".join(["id", *ids, ""]), encoding="utf-8")
    return "--batch", str(path), "--parallel", "4"


def entries(town: Town, folder: str = "reports") -> list[dict[str, Any]]:
    path = town.folder / folder / "batch.jsonl"
    found = [json.loads(line) for line in path.read_text().splitlines() if line.strip()]
    return [entry for entry in found if entry["state"] != "begun"]


def test_several_at_a_time_outlive_a_crash_of_the_workstation(
    town: Town, bus: UsbBus, tmp_path: Path
) -> None:
    for number in range(1, 6):
        chip = "rp2350" if number == 3 else "rp2040"
        town.add_pico(chip, Faults(flip_at=0x1234) if number == 2 else None, bus)
    town.start()
    assert len(ports.drives()) == 5 and not ports.picos()
    batch = jobs(tmp_path, *(f"SIM-{number:04}" for number in range(1, 6)))
    done = town.folder / "reports" / "batch.jsonl"

    killed = subprocess.Popen(
        command(town, *batch), cwd=ROOT, stdout=subprocess.DEVNULL, start_new_session=True
    )
    wait_for(lambda: done.exists() and '"pass"' in done.read_text())
    killed.send_signal(signal.SIGKILL)
    killed.wait()
    finished = [entry["id"] for entry in entries(town) if entry["state"] == "pass"]

    status, _, said = flash(town, *batch)
    assert status == 7, said
    passed = [entry["id"] for entry in entries(town) if entry["state"] == "pass"]
    assert sorted(passed) == ["SIM-0001", "SIM-0004", "SIM-0005"]  # each once
    assert finished and all(f"{pole_id} is done already" in said for pole_id in finished)
    assert len({entry["mac"] for entry in entries(town) if entry["state"] == "pass"}) == 3
    words = {entry["id"]: entry["word"] for entry in entries(town) if entry["state"] == "fail"}
    assert words["SIM-0002"] == "verify-failed" and words["SIM-0003"] == "wrong-chip", said
    assert town.picos[2].nor.read(0, 4096) == b"\xff" * 4096
    assert all(town.received(pole_id) for pole_id in passed)
    known = {device.id: device.public for device in registry.load(town.registry).devices}
    assert {pole_id for pole_id in known if pole_id in passed} == set(passed)
    assert all(known[pole_id] == [bytes.fromhex(report(town, pole_id)["public"])]
               for pole_id in passed)  # fmt: skip
    rows = next((town.folder / "reports").glob("20*.csv")).read_text(encoding="utf-8-sig")
    assert all(pole_id in rows for pole_id in (*passed, *words))

    # One of them a second time, under another id.
    for board in town.picos[1:]:
        board.unplug()
    status, _, said = flash(town, *jobs(tmp_path, "SIM-0009"))
    assert status == 7 and "was done already as SIM-0001" in said


def test_they_become_drives_at_the_same_time_and_each_stays_whose_it_is(
    town: Town, bus: UsbBus, tmp_path: Path
) -> None:
    ids = ["SIM-0001", "SIM-0002", "SIM-0003"]
    for _ in ids:
        town.add_pico(bus=bus)
    town.start()
    status, _, said = flash(town, *jobs(tmp_path, *ids))
    assert status == 0, said
    first = {pole_id: report(town, pole_id) for pole_id in ids}

    # Other firmware for all of them, in another order than that of their ports.
    kit = bundle.load(town.folder / "kit.pole", bytes.fromhex(town.trust.read_text()))
    ((_, firmware),) = uf2_image.spans(kit.files["firmware/rp2040/micropython.uf2"])
    for board in town.picos:
        board.nor.program(len(firmware) - 300, bytes(4))
    again = ("--update", "--reports", f"{town.folder}/again")
    status, _, said = flash(town, *jobs(tmp_path, *ids[1:], ids[0]), *again)
    assert status == 0, said
    assert {entry["id"]: entry["mac"] for entry in entries(town, "again")} == {
        pole_id: report["mac"] for pole_id, report in first.items()}  # fmt: skip
    for pole_id, before, board in zip(ids, first.values(), town.picos, strict=True):
        path = town.folder / "again" / f"{pole_id}.json"
        after = json.loads(path.read_text(encoding="utf-8"))
        assert after["public"] == before["public"] and after["socket"] == before["socket"]
        assert board.starts.count("download") == 1
        assert board.nor.read(0, len(firmware)) == firmware


def test_what_cannot_be_told_apart_comes_alone_and_last(bus: UsbBus, tmp_path: Path) -> None:
    for number in (1, 2):
        UsbSocket(bus, number, str(number)).show_drive("rp2040", drive(tmp_path, number))
    for number in (3, 4):  # mounted by hand, from what is no USB device here
        (bus.folder / "dev" / f"loop{number}").touch()
        with bus.lock:
            bus.mount(f"loop{number}", drive(tmp_path, number))
    made = Turns([Line(str(number)) for number in range(1, 6)], {"5": "1-2"})
    assert made.untold() == 2
    begun = [made.next(), made.next()]
    assert [turn[1].name for turn in begun if turn] == ["1-1", "1-2"]
    alone = []
    for _ in range(2):
        for turn in begun:
            assert turn is not None
            made.over(*turn)
        begun = [made.next()]
        alone += begun
    assert all(turn and not turn[1].told for turn in alone)
    assert [turn[1].name for turn in alone if turn] == [str(drive(tmp_path, n)) for n in (3, 4)]
    made.over(*alone[-1])  # type: ignore[misc]
    assert made.next() is None  # the fifth has no place


def drive(folder: Path, number: int) -> Path:
    """A mounted drive."""
    path = folder / f"drive-{number}"
    path.mkdir(exist_ok=True)
    (path / "INFO_UF2.TXT").write_text("Board-ID: RPI-RP2\n", encoding="ascii")
    return path


def test_a_board_says_whose_it_is_and_that_one_comes_there(
    bus: UsbBus, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for number in (1, 2):
        UsbSocket(bus, number, str(number)).show_port(tmp_path / f"pty{number}")
    made = Turns([Line("A"), Line("B")], {})
    first, second = made.next(), made.next()
    assert first and second and (first[1].name, second[1].name) == ("1-1", "1-2")
    made.over(*first, "B")
    made.over(*second, "A")
    found = sorted((turn[0].id, turn[1].name) for turn in (made.next(), made.next()) if turn)
    assert found == [("A", "1-2"), ("B", "1-1")]
    assert turns.place_of(str(bus.folder / "dev/ttyACM0")) == Place("1-1", ("--socket", "1-1"))
    assert turns.place_of("/dev/ttyUSB7") == Place("/dev/ttyUSB7", ("--port", "/dev/ttyUSB7"))


def test_a_socket_is_told_of_what_is_plugged_in(bus: UsbBus, tmp_path: Path) -> None:
    one, two = UsbSocket(bus, 1, "a"), UsbSocket(bus, 2, "b")
    one.show_drive("rp2040", drive(tmp_path, 1))
    two.show_drive("rp2350", drive(tmp_path, 2))
    assert ports.drive_at("1-2") == drive(tmp_path, 2) and ports.port_at("1-2") is None
    assert ports.socket_of(str(drive(tmp_path, 1))) == "1-1"
    for name in ("pty1", "pty2"):
        (tmp_path / name).touch()
    two.show_port(tmp_path / "pty2")
    one.show_port(tmp_path / "pty1")  # the later one has the later name
    assert ports.port_at("1-2") == str(bus.folder / "dev/ttyACM0") and not ports.drives()
    assert ports.choose(None, None, "1-1") == (str(bus.folder / "dev/ttyACM1"), None)
    assert [port.what for port in ports.found()] == ["Raspberry Pi USB"] * 2
    one.show_nothing()
    assert ports.port_at("1-1") is None and ports.is_pico(str(tmp_path / "pty2"))
