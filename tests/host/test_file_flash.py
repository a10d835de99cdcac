"""The Flash port on files: the contract, kills, a disk that fails, and what littlefs would say."""

import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from agent.buffer.journal import Journal
from agent.linux.flash import SEGMENT, FileFlash
from tests.host.micropython import ROOT
from tests.shared.contracts_flash import check_flash, check_journal, wait_synced


def test_the_contract(tmp_path: Path) -> None:
    flash = FileFlash(tmp_path / "a", SEGMENT)
    check_flash(flash)
    flash.close()
    folder = tmp_path / "b"
    first = FileFlash(folder, SEGMENT)

    def again() -> FileFlash:
        first.close()
        return FileFlash(folder, SEGMENT)

    check_journal(first, again)


def test_one_process_at_a_time(tmp_path: Path) -> None:
    flash = FileFlash(tmp_path, SEGMENT)
    with pytest.raises(OSError, match="in use by another agent"):
        FileFlash(tmp_path, SEGMENT)
    flash.close()
    FileFlash(tmp_path, SEGMENT).close()


def test_a_sync_that_failed_is_never_durable(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    flash = FileFlash(tmp_path, SEGMENT)
    journal = Journal(flash, lambda: 5)
    journal.mount()
    journal.append(1, 1, b"kept", 1)
    wait_synced(flash, flash.sync())
    assert journal.durable(1) == 1

    def broken(_: int) -> None:
        raise OSError(5, "the disk is broken")

    monkeypatch.setattr(os, "fdatasync", broken)
    journal.append(1, 2, b"not kept", 2)
    end = time.monotonic() + 20
    with pytest.raises(OSError, match="failed to keep"):
        while time.monotonic() < end:
            assert journal.durable(1) == 1
            time.sleep(0.01)
    monkeypatch.undo()
    with pytest.raises(OSError, match="failed to keep"):
        journal.durable(1)
    flash.close()


_WRITER = """
import sys
from pathlib import Path
from agent.buffer.journal import Journal
from agent.linux.flash import FileFlash
flash = FileFlash(Path(sys.argv[1]), 1 << 20)
journal = Journal(flash, lambda: 5, 2)
journal.mount()
seq = journal.next_seq(1)
while True:
    journal.append(1, seq, b"%d," % seq * 40, seq)
    while journal.durable(1) < seq:
        pass
    print(seq, flush=True)
    if seq % 20 == 0:
        journal.release(1, seq - 10)
    seq += 1
"""


def test_what_was_reported_durable_outlives_sigkill(tmp_path: Path) -> None:
    dice = random.Random(3)
    last = 0
    for _ in range(6):
        writer = subprocess.Popen(
            [sys.executable, "-c", _WRITER, str(tmp_path)], cwd=ROOT, stdout=subprocess.PIPE
        )
        assert writer.stdout is not None
        for _ in range(dice.randrange(5, 60)):
            last = int(writer.stdout.readline())
        writer.send_signal(signal.SIGKILL)
        rest = writer.stdout.read().split()
        writer.wait()
        last = int(rest[-1]) if rest else last
        flash = FileFlash(tmp_path, SEGMENT)
        journal = Journal(flash, lambda: 9, 2)
        journal.mount()
        assert journal.epoch == 5 and journal.next_seq(1) > last
        holes = [part[:2] for part in journal.missing(1)]
        for seq in range(journal.released(1) + 1, last + 1):
            held = journal.read(1, seq)
            assert held == b"%d," % seq * 40 or any(a <= seq <= b for a, b in holes), seq
            assert held is not None or not any(a <= last <= b for a, b in holes)
        flash.close()


def test_a_torn_tail_costs_the_torn_frame_alone(tmp_path: Path) -> None:
    flash = FileFlash(tmp_path, SEGMENT)
    journal = Journal(flash, lambda: 5, 2)
    journal.mount()
    for seq in range(1, 31):
        journal.append(1, seq, bytes([seq]) * 300, seq)
    flash.close()
    segment = tmp_path / "segment-0000"
    data = bytearray(segment.read_bytes())
    at = data.rindex(bytes([30]) * 300)
    data[at + 100 : at + 300] = b"\xff" * 200
    segment.write_bytes(data)
    flash = FileFlash(tmp_path, SEGMENT)
    journal = Journal(flash, lambda: 9, 2)
    journal.mount()
    assert [journal.read(1, seq) for seq in range(1, 30)] == [
        bytes([seq]) * 300 for seq in range(1, 30)
    ]
    assert journal.read(1, 30) is None and journal.next_seq(1) > 30
    assert (30, journal.next_seq(1) - 1, "torn", None, None) in journal.missing(1)
    flash.close()
