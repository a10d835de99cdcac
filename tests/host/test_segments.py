"""The segment files of a journal: few are open, and none is closed before it is synced."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from agent.linux import segments as module
from agent.linux.flash import SECTOR, FileFlash
from agent.linux.segments import OPEN, SEGMENT, Segments
from tests.host.micropython import ROOT
from tests.shared.contracts_flash import wait_synced

_MANY = """
import os, resource, sys
from pathlib import Path
from agent.linux.flash import SECTOR, FileFlash
resource.setrlimit(resource.RLIMIT_NOFILE, (32, 32))
flash = FileFlash(Path(sys.argv[1]), 48 << 20)
most = 0
for turn in range(2):
    for sector in range(0, flash.sectors, 16):
        flash.program(sector, 64 * turn, b"%08d" % (sector + turn))
        most = max(most, len(os.listdir("/proc/self/fd")))
    ticket = flash.sync()
    while flash.synced() < ticket:
        pass
for sector in range(0, flash.sectors, 16):
    assert flash.read(sector, 0, 8) == b"%08d" % sector
    assert flash.read(sector, 64, 8) == b"%08d" % (sector + 1)
flash.close()
print(most, len(os.listdir("/proc/self/fd")))
"""


def test_more_segments_than_a_process_may_have_files(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-c", _MANY, str(tmp_path)],
        cwd=ROOT, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    most, last = (int(part) for part in done.stdout.split())
    assert OPEN < most <= OPEN + 10 and last < 10
    flash = FileFlash(tmp_path, 48 << 20)
    assert flash.read(47 * 16, 0, 8) == b"%08d" % (47 * 16)
    flash.close()


def inode(descriptor: int) -> int:
    return os.fstat(descriptor).st_ino


def test_what_was_written_is_synced_before_its_file_is_closed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "OPEN", 3)
    segments = Segments(tmp_path, 6)
    synced: list[int] = []
    real = os.fdatasync

    def fdatasync(descriptor: int) -> None:
        synced.append(inode(descriptor))
        real(descriptor)

    monkeypatch.setattr(os, "fdatasync", fdatasync)
    places = [(tmp_path / f"segment-{number:04d}").stat().st_ino for number in range(6)]
    segments.write(0, 0, b"first")
    for number in (1, 2, 3, 4):
        segments.read(number, 0, 1)
    assert not synced, "those that are clean are closed before"
    segments.write(3, 0, b"second")
    segments.write(4, 0, b"third")
    segments.write(5, 0, b"fourth")
    assert synced == [places[0]]
    segments.sync()
    assert sorted(synced) == sorted(places[number] for number in (0, 3, 4, 5))
    segments.sync()
    assert len(synced) == 4
    segments.close()


def test_a_sync_that_fails_at_closing_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "OPEN", 1)
    flash = FileFlash(tmp_path, 3 * SEGMENT)
    real = os.fdatasync
    broken = (tmp_path / "segment-0001").stat().st_ino

    def fdatasync(descriptor: int) -> None:
        if inode(descriptor) == broken:
            raise OSError(5, "the disk is broken")
        real(descriptor)

    monkeypatch.setattr(os, "fdatasync", fdatasync)
    flash.program(16, 0, b"lost")
    assert flash.read(0, 0, 4) == b"\xff" * 4  # and the file of the write is closed
    flash.program(0, 0, b"next")
    ticket = flash.sync()
    with pytest.raises(OSError, match="failed to keep"):
        wait_synced(flash, ticket)
    flash.close()


def test_a_sector_is_given_up_on_the_disk_before_it_is_erased(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    flash = FileFlash(tmp_path, 2 * SEGMENT)
    done: list[str] = []
    real = os.fdatasync

    def fdatasync(descriptor: int) -> None:
        done.append("sync")
        real(descriptor)

    monkeypatch.setattr(os, "fdatasync", fdatasync)
    flash.program(3, 64, b"data")
    flash.erase(4)
    assert not done, "an ordinary erase waits for nothing"
    flash.program(3, 128, bytes(4))
    flash.program(20, 128, bytes(4))
    assert done == ["sync"], "marks keep their order"
    flash.erase(3)
    assert done == ["sync", "sync"]
    assert flash.read(3, 0, SECTOR) == b"\xff" * SECTOR
    flash.close()
