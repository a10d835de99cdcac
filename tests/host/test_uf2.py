"""Firmware by drive: what is wrong is refused before anything is written; what is right arrives."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from provisioning import uf2_image
from provisioning.flashing import uf2, uf2_command
from simulators.boards import uf2_file
from simulators.boards.uf2_drive import FAMILY, Uf2Drive
from simulators.boards.uf2_file import block

FIRMWARE = bytes(range(256)) * 40


@pytest.fixture
def folder(tmp_path: Path) -> Iterator[Path]:
    (tmp_path / "drive").mkdir()
    yield tmp_path / "drive"


@pytest.mark.parametrize("chip", ["rp2040", "rp2350"])
def test_the_firmware_arrives_and_the_board_starts(chip: str, folder: Path) -> None:
    drive = Uf2Drive(folder, chip)
    image = uf2.write(uf2_file.made(chip, FIRMWARE), folder)
    drive.close()
    assert image == uf2_image.Image(chip, uf2_image.FLASH_AT, len(FIRMWARE)) and drive.started
    assert b"".join(drive.flash[at] for at in sorted(drive.flash)) == FIRMWARE


def test_the_block_against_the_erratum_is_no_part_of_the_image() -> None:
    beside = block(0, 2, bytes(256), uf2_image.ABSOLUTE, 0x10FFFF00)
    assert uf2_image.parse(beside + uf2_file.made("rp2350", FIRMWARE)).size == len(FIRMWARE)


def test_what_is_for_another_chip_is_refused_before_it_is_written(folder: Path) -> None:
    drive = Uf2Drive(folder, "rp2040")
    with pytest.raises(uf2_image.BadUf2, match="wrong-chip"):
        uf2.write(uf2_file.made("rp2350", FIRMWARE), folder)
    drive.close()
    assert not drive.flash and [path.name for path in folder.iterdir()] == [uf2.INFO]


GOOD = uf2_file.made("rp2040", FIRMWARE)
DAMAGED = {
    "empty": b"",
    "cut off in a block": GOOD[:-1],
    "cut off behind a block": GOOD[:-512],
    "without its beginning": GOOD[512:],
    "a block missing": GOOD[:512] + GOOD[1024:],
    "a block twice": GOOD[:512] + GOOD,
    "another format": b"\x7fELF" + GOOD[4:],
    "a damaged end": GOOD[:-1] + b"\0",
    "another family": GOOD.replace(FAMILY["rp2040"].to_bytes(4, "little"), b"\0\1\2\3"),
    "two chips": GOOD[:512] + uf2_file.made("rp2350", FIRMWARE)[512:],
    "no family": GOOD[:8] + bytes(4) + GOOD[12:],
    "not for the flash": GOOD.replace((uf2_image.FLASH_AT).to_bytes(4, "little"), b"\0\0\0\x20"),
    "a page of another size": GOOD[:16] + b"\x80" + GOOD[17:],
    "a page twice": block(0, 2, FIRMWARE[:256], FAMILY["rp2040"])
    + block(1, 2, FIRMWARE[:256], FAMILY["rp2040"], uf2_image.FLASH_AT - 256),
}


@pytest.mark.parametrize("what", sorted(DAMAGED))
def test_what_is_damaged_is_refused_before_it_is_written(what: str, folder: Path) -> None:
    drive = Uf2Drive(folder, "rp2040")
    with pytest.raises(uf2_image.BadUf2) as refused:
        uf2.write(DAMAGED[what], folder)
    for language in ("en", "zh"):
        assert "{" not in refused.value.sentence(language)
    drive.close()
    assert not drive.flash and [path.name for path in folder.iterdir()] == [uf2.INFO]


@pytest.mark.parametrize("said", [None, "", "Board-ID: FEATHER\n", "Board-ID\n"])
def test_what_is_no_board_is_left_alone(said: str | None, folder: Path) -> None:
    if said is not None:
        (folder / uf2.INFO).write_text(said, encoding="ascii")
    before = sorted(folder.iterdir())
    with pytest.raises(uf2_image.BadUf2, match=r"no-board|unknown-board"):
        uf2.write(GOOD, folder)
    assert sorted(folder.iterdir()) == before


def test_a_board_that_takes_nothing_is_told(folder: Path) -> None:
    drive = Uf2Drive(folder, "rp2040", deaf=True)
    with pytest.raises(OSError, match="did not take it"):
        uf2.write(GOOD, folder, restart_s=0.3)
    drive.close()
    assert not drive.started


def test_the_command_says_what_became_of_it(
    folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "firmware.uf2"
    file.write_bytes(uf2_file.made("rp2350", FIRMWARE))
    drive = Uf2Drive(folder, "rp2040")
    assert uf2_command.main([str(file), str(folder), "--language", "zh"]) == uf2_command.REFUSED
    assert "本板是 rp2040" in capsys.readouterr().out
    file.write_bytes(GOOD)
    assert uf2_command.main([str(file), str(folder)]) == 0
    drive.close()
    assert "rp2040: 10240 bytes written" in capsys.readouterr().out and drive.started
    assert uf2_command.main([str(file), str(folder)]) == uf2_command.REFUSED
    assert "hold BOOTSEL" in capsys.readouterr().out
    assert uf2_command.main([str(tmp_path / "none"), str(folder)]) == uf2_command.FAILED


def test_every_sentence_is_there_in_both_languages() -> None:
    for english, chinese in (*uf2_command.WORDS.values(), *uf2_image.WORDS.values()):
        assert english and chinese and english != chinese
        assert set(re.findall("{.*?}", english)) == set(re.findall("{.*?}", chinese))
