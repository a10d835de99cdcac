"""Opening a node's journal: foreign bytes are kept aside, a changed size touches nothing stored."""

import errno
import os
import random
from pathlib import Path
from typing import Any

import pytest

from agent.buffer.journal import Journal
from agent.buffer.state import SECTORS, StateStore
from agent.linux.flash import SECTOR, SEGMENT, FileFlash
from agent.linux.quarantine import open_journal
from agent.linux.segments import Segments
from tests.shared.contracts_flash import wait_synced


def opened(folder: Path, size: int = SEGMENT) -> tuple[FileFlash, Journal, list[str]]:
    said: list[str] = []
    flash, journal = open_journal(
        folder, size, lambda flash: Journal(flash, lambda: 5, SECTORS), said.append
    )
    return flash, journal, said


def store(folder: Path, size: int, first: int, last: int) -> None:
    flash, journal, _ = opened(folder, size)
    for seq in range(first, last + 1):
        journal.append(1, seq, b"frame %04d" % seq * 20, seq)
    wait_synced(flash, flash.sync())
    flash.close()


def garbage(folder: Path, seed: int, segments: int = 1) -> list[bytes]:
    folder.mkdir(exist_ok=True)
    dice = random.Random(seed)
    made = []
    for number in range(segments):
        made.append(dice.randbytes(SEGMENT))
        (folder / f"segment-{number:04d}").write_bytes(made[-1])
    return made


def works(flash: FileFlash, journal: Journal) -> None:
    seq = journal.next_seq(1)
    journal.append(1, seq, b"alive", 1)
    wait_synced(flash, flash.sync())
    assert journal.durable(1) == seq and journal.read(1, seq) == b"alive"


def test_foreign_bytes_are_kept_and_the_node_starts(tmp_path: Path) -> None:
    made = garbage(tmp_path, 1, 2)
    flash, journal, said = opened(tmp_path, 2 * SEGMENT)
    works(flash, journal)
    flash.close()
    kept = tmp_path / "foreign-1"
    assert [(kept / f"segment-000{n}").read_bytes() for n in (0, 1)] == made
    assert len(said) == 1 and "foreign-1" in said[0]
    flash, journal, said = opened(tmp_path, 2 * SEGMENT)
    assert journal.read(1, 1) == b"alive" and said == []
    flash.close()


def test_two_are_kept_and_the_oldest_goes(tmp_path: Path) -> None:
    made = []
    for seed in range(4):
        made += garbage(tmp_path, seed)
        opened(tmp_path)[0].close()
    kept = sorted(path.name for path in tmp_path.glob("foreign-*"))
    assert kept == ["foreign-3", "foreign-4"]
    assert (tmp_path / "foreign-4" / "segment-0000").read_bytes() == made[3]


def test_a_journal_with_damage_is_not_foreign(tmp_path: Path) -> None:
    store(tmp_path, SEGMENT, 1, 900)
    segment = tmp_path / "segment-0000"
    data = bytearray(segment.read_bytes())
    data[3 * SECTOR : 3 * SECTOR + 64] = bytes(64)
    segment.write_bytes(data)
    flash, journal, _ = opened(tmp_path)
    assert journal.read(1, 1) is not None and not list(tmp_path.glob("foreign-*"))
    flash.close()


def test_the_state_beside_it_moves_on(tmp_path: Path) -> None:
    flash = FileFlash(tmp_path, SEGMENT)
    StateStore(flash).put(b"settings")
    flash.program(5, 0, b"something else here.")
    flash.close()
    flash, journal, _ = opened(tmp_path)
    assert StateStore(flash).get() == b"settings" and not journal.foreign
    assert (tmp_path / "foreign-1").is_dir()
    flash.close()


def no_room(monkeypatch: pytest.MonkeyPatch, after: int) -> None:
    """A disk on which so many new segments find room, and no more."""
    made = [0]
    real = Segments._prepare

    def prepare(self: Segments, number: int, between: bool) -> None:
        if not (self.folder / f"segment-{number:04d}").exists():
            if made[0] >= after:
                raise OSError(errno.ENOSPC, "no room for the journal")
            made[0] += 1
        real(self, number, between)

    monkeypatch.setattr(Segments, "_prepare", prepare)


@pytest.mark.parametrize("room", [0, 1])
def test_no_room_keeps_what_can_be_kept(
    room: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = garbage(tmp_path, 1, 2)
    no_room(monkeypatch, room)
    flash, journal, said = opened(tmp_path, 2 * SEGMENT)
    works(flash, journal)
    flash.close()
    assert "no room" in said[-1]
    kept = [path.read_bytes() for path in (tmp_path / "foreign-1").iterdir()]
    assert kept == made[:room]


def test_a_folder_that_takes_no_other_starts_all_the_same(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    garbage(tmp_path, 1)

    def refuse(*_: Any) -> None:
        raise OSError(errno.EROFS, "no new folder here")

    monkeypatch.setattr(os, "mkdir", refuse)
    flash, journal, said = opened(tmp_path)
    works(flash, journal)
    flash.close()
    assert "cannot be kept" in said[0]


def check(journal: Journal, last: int) -> None:
    for seq in range(1, last + 1):
        assert journal.read(1, seq) == b"frame %04d" % seq * 20


def test_a_larger_size_adds_segments(tmp_path: Path) -> None:
    store(tmp_path, SEGMENT, 1, 900)
    before = (tmp_path / "segment-0000").read_bytes()
    flash, journal, said = opened(tmp_path, 3 * SEGMENT)
    assert flash.sectors == 48 and said == []
    assert (tmp_path / "segment-0000").read_bytes() == before
    check(journal, 900)
    flash.close()


def test_a_smaller_size_changes_nothing_and_says_so(tmp_path: Path) -> None:
    store(tmp_path, 3 * SEGMENT, 1, 6000)
    before = [path.read_bytes() for path in sorted(tmp_path.glob("segment-*"))]
    flash, journal, said = opened(tmp_path, SEGMENT)
    assert flash.sectors == 48 and "below the 3 MB" in said[0]
    check(journal, 6000)
    flash.close()
    assert [path.read_bytes() for path in sorted(tmp_path.glob("segment-*"))] == before
