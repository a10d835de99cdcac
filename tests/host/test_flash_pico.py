"""flash.py on a simulated Pico W, as it is typed: blank and as a drive, running and by its port."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from agent.protocols import sm2
from provisioning import bundle, registry, uf2_image
from provisioning.flashing import ports, uf2
from provisioning.flashing.repl import Repl
from simulators.boards import pico, uf2_file
from simulators.boards.faults import Faults
from simulators.boards.pico import SimulatedPico
from simulators.boards.town import Town
from simulators.boards.uf2_drive import FAMILY
from tests.host import bench_boards
from tests.host.bench_boards import SMALL, settle, wait_for
from tests.host.test_flash_tool import flash, report

ID = "SIM-0001"
FILES_AT = 0x12C000  # where the file system of a Pico W begins


@pytest.fixture(scope="module")
def pico_office(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where the bundle for Pico Ws is made, once for all tests: release.key and kit.pole."""
    bench_boards.need("mpremote", "segno", "littlefs")
    folder = tmp_path_factory.mktemp("office")
    Town(folder).kit(("rp2040",), SMALL)
    return folder


@pytest.fixture
def town(tmp_path: Path, pico_office: Path) -> Iterator[Town]:
    """A bench without boards; the test adds them and starts it."""
    made = Town(settle(tmp_path / "town", pico_office))
    yield made
    made.stop()


def place(board: SimulatedPico) -> tuple[str, ...]:
    """Which board: in earnest both are found by themselves."""
    return "--drive", str(board.drive), "--port", board.port.url, "--id", ID


def content(town: Town) -> bytes:
    """What the firmware in the bundle writes, from the beginning of the flash on."""
    kit = bundle.load(town.folder / "kit.pole", bytes.fromhex(town.trust.read_text()))
    ((_, firmware),) = uf2_image.spans(kit.files["firmware/rp2040/micropython.uf2"])
    return firmware


def file_of(board: SimulatedPico, name: str) -> bytes:
    """A file that lies on a Pico W."""
    import littlefs

    image = board.nor.read(FILES_AT, pico.FLASH["rp2040"] - FILES_AT)
    files = littlefs.LittleFS(block_size=4096, block_count=len(image) // 4096, mount=False)
    files.context.buffer = bytearray(image)
    files.mount()
    with files.open(name, "rb") as file:
        data: bytes = file.read()
    return data


def test_a_blank_pico_reports_in_and_an_update_keeps_its_identity(town: Town) -> None:
    board = town.add_pico()
    town.start()
    wait_for(lambda: (board.drive / uf2.INFO).exists())
    status, _, said = flash(town, *place(board))
    assert status == 0, said
    assert town.received(ID) > 0 and "rp2040 on the drive" in said
    first = report(town, ID)
    assert first["mac"] == "28:cd:c1:00:00:01" and first["slot"]["bytes"] > 0
    assert registry.load(town.registry).keys() == [bytes.fromhex(first["public"])]
    assert board.nor.read(0, len(content(town))) == content(town)

    status, _, said = flash(town, *place(board))
    assert status == 4 and "has an identity already" in said
    before = town.received(ID)
    wait_for(lambda: town.received(ID) > before, 90)  # what was refused works on

    head = file_of(board, "journal/0002")[:64]
    assert head[:3] == b"PLJ"
    status, _, said = flash(town, *place(board), "--update")
    assert status == 0, said
    assert file_of(board, "journal/0002")[:64] == head
    assert (
        "holds this firmware already" in said
        and "[13/13]" in said
        and "identity and journal stay" in said
    )
    second = report(town, ID)
    assert second["public"] == first["public"]
    assert (first["slot"]["folder"], second["slot"]["folder"]) == ("/a/", "/b/")


def at_work(town: Town) -> SimulatedPico:
    """A Pico that reports."""
    board = town.add_pico()
    town.start()
    wait_for(lambda: (board.drive / uf2.INFO).exists())
    status, _, said = flash(town, *place(board))
    assert status == 0, said
    return board


def test_other_firmware_is_written_and_a_new_identity_leaves_nothing_of_the_old(
    town: Town,
) -> None:
    board = at_work(town)
    first = report(town, ID)["public"]
    firmware = content(town)

    # Other firmware comes over the drive that it becomes when it is told to; it keeps the rest.
    board.nor.program(len(firmware) - 300, bytes(4))
    status, _, said = flash(town, *place(board), "--update")
    assert status == 0, said
    assert board.starts.count("download") == 1 and report(town, ID)["public"] == first
    assert board.nor.read(0, len(firmware)) == firmware

    # A new identity: every byte of the old one goes.
    secret = file_of(board, "device.key")
    assert secret in board.nor.read(FILES_AT, 1 << 20)
    status, _, said = flash(town, *place(board), "--reprovision")
    assert status == 0, said
    assert report(town, ID)["public"] != first
    assert secret not in board.nor.read(FILES_AT, 1 << 20)


def test_what_is_left_of_an_application_that_was_taken_away_does_not_spoil_the_next(
    town: Town,
) -> None:
    board = at_work(town)
    first = report(town, ID)["public"]

    # By hand, while it works: its code is still in memory, and nothing would start it any more.
    repl = Repl(board.port.url)
    repl.enter()
    names = ("device.key", "main.py", "slots.mpy", "scratch.mpy")
    repl.run(f"import os\nfor name in {names}: os.remove(name)")
    repl.close()
    town.registry.write_text('{"devices": []}', encoding="ascii")
    before = len(board.starts)
    status, _, said = flash(town, *place(board))
    assert status == 0, said
    assert report(town, ID)["public"] != first and len(board.starts) > before


@pytest.mark.parametrize(
    ("faults", "status", "sentence"),
    [
        (Faults(flip_at=0x1234), 5, "is not what was written"),
        (Faults(mute_application=True), 1, "does not start it"),
    ],
    ids=["a bit flips", "nothing starts"],
)
def test_a_faulty_pico_is_named(faults: Faults, status: int, sentence: str, town: Town) -> None:
    board = town.add_pico(faults=faults)
    town.start()
    wait_for(lambda: (board.drive / uf2.INFO).exists())
    found, _, said = flash(town, *place(board))
    assert found == status and sentence in said, said


def test_what_is_no_pico_of_the_bundle_is_refused_untouched(town: Town, tmp_path: Path) -> None:
    other = town.add_pico("rp2350")
    town.start()
    wait_for(lambda: (other.drive / uf2.INFO).exists())
    status, _, said = flash(town, *place(other))
    assert status == 4 and "is a rp2350, and the bundle is for rp2040" in said
    assert other.mode == "download" and other.nor.read(0, 4096) == b"\xff" * 4096
    status, _, said = flash(town, "--drive", str(tmp_path), "--id", ID, "--language", "zh")
    assert status == 3 and "BOOTSEL" in said and "\u3002" in said


NAMES = b"MicroPython v1.29.0\0WLAN\0"
GOOD = uf2_file.made("rp2040", NAMES.ljust(512, b"\0"))


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (GOOD[:-512], "fewer or more blocks"),
        (uf2_file.made("rp2350", bytes(512)), "is for rp2350, not for rp2040"),
        (uf2_file.made("rp2040", bytes(512)), "is no MicroPython"),
        (uf2_file.made("rp2040", NAMES[:20].ljust(512, b"\0")), "knows no Wi-Fi"),
        (uf2_file.made("rp2040", NAMES.ljust(3 << 20, b"\0")), "does not fit"),
        (uf2_file.block(0, 1, NAMES.ljust(256), FAMILY["rp2040"], 0x10001000), "does not begin"),
        (b"\0" * 512, "damaged"),
    ],
    ids=[
        "truncated",
        "another chip",
        "no MicroPython",
        "no radio",
        "too large",
        "elsewhere",
        "no UF2",
    ],
)
def test_wrong_firmware_gets_into_no_bundle_and_out_of_none(
    data: bytes, reason: str, tmp_path: Path
) -> None:
    with pytest.raises(bundle.BadBundle, match=reason):
        bundle.build(tmp_path / "kit.pole", {"rp2040": (data, 2 << 20)}, 7, "")
    # Nor out of one that somebody signed all the same.
    part = bundle.Part("firmware/rp2040/micropython.uf2", uf2_image.FLASH_AT)
    target = bundle.Target("rp2040", 2 << 20, "", "1.29.0", (part,))
    bundle.write(tmp_path / "kit.pole", {part.name: data}, [target], {}, 7)
    with pytest.raises(bundle.BadBundle, match=reason):
        bundle.load(tmp_path / "kit.pole", sm2.public_key(7))


def test_a_changed_or_unsigned_bundle_is_refused_before_the_drive_is_looked_at(
    town: Town, tmp_path: Path
) -> None:
    town.start()
    data = (town.folder / "kit.pole").read_bytes()
    half = len(data) // 2
    for wrong in (data[:-700], data[:half] + bytes([data[half] ^ 1]) + data[half + 1 :]):
        (town.folder / "kit.pole").write_bytes(wrong)
        status, _, said = flash(town, "--drive", str(tmp_path), "--id", ID)
        assert status == 4 and "bundle is refused" in said


def test_mounted_drives_are_found(tmp_path: Path) -> None:
    drive = tmp_path / "RPI RP2"
    drive.mkdir()
    mounts = tmp_path / "mounts"
    escaped = str(drive).replace(" ", "\\040")
    mounts.write_text(f"{mounts} {escaped} vfat rw 0 0\n/dev/sda2 / ext4 rw 0 0\n")
    assert ports.drives(mounts) == []
    (drive / uf2.INFO).write_text("Board-ID: RPI-RP2\n")
    assert ports.drives(mounts) == [drive]
    assert ports.choose(None, drive) == ("", drive)
    assert ports.drives(tmp_path / "none") == []
    mounts.write_text(f"{tmp_path}/gone {escaped} vfat rw 0 0\n")  # its board is unplugged
    assert ports.drives(mounts) == []
    assert ports.option(str(drive)) == ["--drive", str(drive)]
    assert ports.option(str(mounts)) == ["--port", str(mounts)]
