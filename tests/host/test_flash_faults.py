"""What flash.py makes of all that may be wrong with a board while esptool works on it: what a retry
mends is mended, and the rest has its name. Real esptool, simulated chips.
"""

from pathlib import Path

import pytest

from provisioning import esp_image
from provisioning.flashing.chip import Esptool
from provisioning.flashing.words import Failure
from simulators.boards import firmware
from simulators.boards.faults import Faults
from simulators.boards.town import Town
from tests.host import bench_boards
from tests.host.bench_boards import FLASH, SMALL
from tests.host.test_flash_tool import flash, town

__all__ = ["town"]  # a fixture
SILENCE_S = 20.0


@pytest.fixture(autouse=True)
def _tools() -> None:
    bench_boards.need("esptool", "serial")


LOCKS = [
    ("esp32", Faults(secure_boot=True), "Secure Boot"),
    ("esp32", Faults(encrypted=True), "Flash Encryption"),
    ("esp32s3", Faults(secure_boot=True, encrypted=True), "Secure Boot, Flash Encryption"),
]


@pytest.mark.parametrize("chip,faults,locked", LOCKS)
def test_a_lock_is_seen(tmp_path: Path, chip: str, faults: Faults, locked: str) -> None:
    with bench_boards.board(tmp_path / "board", chip, faults=faults) as board:
        assert Esptool(board.port.url, SILENCE_S).identify().locked == locked


def test_a_locked_board_is_refused_untouched(town: Town) -> None:
    closed = town.add(faults=Faults(secure_boot=True))
    silent = town.add(faults=Faults(secure_download=True))
    town.start()
    for board, what in ((closed, "Secure Boot"), (silent, "Secure Download Mode")):
        status, _, said = flash(town, "--port", board.port.url)
        assert status == 4 and f"This board is locked ({what})" in said, said
        assert board.nor.read(0, FLASH) == b"\xff" * FLASH


def test_one_lost_reply_is_asked_for_again(tmp_path: Path) -> None:
    told: list[str] = []
    faults = Faults(lost_read=1, lost_erase=1)
    with bench_boards.board(tmp_path / "board", faults=faults) as board:
        tool = Esptool(board.port.url, SILENCE_S)
        assert tool.identify().chip == "esp32s3"
        tool.erase(0x9000, 0x6000, lambda reason, how: told.append(how))
        assert told == ["115200 baud"]
        faults.lost_erase = 2
        with pytest.raises(Failure) as failed:
            tool.erase(0x9000, 0x6000, lambda reason, how: told.append(how))
        assert failed.value.word == "write-failed"


def test_a_stub_that_never_starts_is_done_without(tmp_path: Path) -> None:
    with bench_boards.board(tmp_path / "board", faults=Faults(no_stub=True)) as board:
        tool = Esptool(board.port.url, silence=8)
        assert tool.identify().flash_size == FLASH and not tool.stub


OUTCOMES = {
    "lost reply": (Faults(lost_reply=2), ""),
    "one brown-out": (Faults(brown_out=2, brown_out_times=1), ""),
    "one bit flipped": (Faults(flip_at=0x12345, flip_times=1), ""),
    "brown-outs": (Faults(brown_out=2), "write-failed"),
    "bad bit": (Faults(flip_at=0x12345), "verify-failed"),
    "dead flash": (Faults(dead_from=0x10000), "verify-failed"),
    "pulled cable": (Faults(unplug=2), "port-gone"),
}


@pytest.mark.parametrize("name", OUTCOMES)
def test_a_write_is_mended_or_named(tmp_path: Path, name: str) -> None:
    faults, word = OUTCOMES[name]
    path = tmp_path / "firmware.bin"
    path.write_bytes(firmware.combined("esp32s3", FLASH, SMALL))
    parts = [(esp_image.BOOTLOADER_AT["esp32s3"], path)]
    told: list[str] = []
    with bench_boards.board(tmp_path / "board", faults=faults) as board:
        tool = Esptool(board.port.url, SILENCE_S)
        try:
            tool.write(parts, lambda percent: None, lambda reason, how: told.append(how))
            tool.verify(parts)
        except Failure as failure:
            assert failure.word == word
        else:
            assert not word and told == ["460800 baud"]
            assert board.nor.read(0, 0x18000) == path.read_bytes()[:0x18000]
