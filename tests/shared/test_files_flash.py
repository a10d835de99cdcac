"""The Flash port over files: the contract, and the real littlefs with power cuts (MicroPython)."""

import os
import sys

from agent.buffer.journal import Journal
from board.files_flash import FilesFlash
from tests.shared.contracts_flash import check_flash, check_journal
from tests.shared.own_path import own_path

MICROPYTHON = sys.implementation.name == "micropython"
SIZE = 300


def content(seq):
    return (b"frame %05d " % seq * 30)[:SIZE]


def remove(folder):
    for name in os.listdir(folder):
        os.remove(folder + "/" + name)
    os.rmdir(folder)


def contract(place):
    flash = FilesFlash(place + "/a", 4)
    check_flash(flash)
    flash.close()
    first = FilesFlash(place + "/b", 8)

    def again():
        first.close()
        return FilesFlash(place + "/b", 8)

    check_journal(first, again)


def test_the_contract_on_any_file_system():
    place = own_path("files-flash")
    os.mkdir(place)
    try:
        contract(place)
    finally:
        remove(place + "/a")
        remove(place + "/b")
        os.rmdir(place)


def test_a_program_is_in_no_file_before_the_sync():
    place = own_path("files-flash")
    try:
        flash = FilesFlash(place, 2)
        flash.program(1, 8, b"abcd")
        assert flash.read(1, 8, 4) == b"abcd" and os.listdir(place) == []
        flash.sync()
        assert FilesFlash(place, 2).read(1, 4, 12) == b"\xff\xff\xff\xffabcd\xff\xff\xff\xff"
        flash.program(1, 12, bytes(4) + b"\xf0\xf0\xf0\xf0")
        flash.program(1, 16, b"\x0f\x0f\x0f\x0f")
        assert flash.read(1, 8, 16) == b"abcd" + bytes(8) + b"\xff" * 4
        flash.program(1, 100, bytes(9000))
        assert os.stat(place + "/0001")[6] > 9000, "RAM is bounded"
        flash.close()
    finally:
        remove(place)


def test_a_sync_that_failed_stays_failed():
    place = own_path("files-flash")
    flash = FilesFlash(place, 2)
    flash.program(0, 0, b"abcd")
    os.rmdir(place)
    for _ in range(2):
        assert flash.sync() > 0
        try:
            flash.synced()
        except OSError:
            continue
        raise AssertionError("durable in a folder that is gone")


def opened(sectors=8, commit_ms=0):
    from tests.shared import littlefs_ram

    flash = FilesFlash(littlefs_ram.PLACE + "/journal", sectors)
    journal = Journal(flash, lambda: 7, 2, commit_ms=commit_ms)
    journal.mount()
    return flash, journal


def test_the_contract_on_littlefs():
    if not MICROPYTHON:
        return
    from tests.shared import littlefs_ram

    littlefs_ram.mount(littlefs_ram.Blocks(), True)
    contract(littlefs_ram.PLACE)


def life(device, frames, commit_ms, log):
    """Append until the power goes; log gets what was told to be durable, and what was released."""
    flash, journal = opened(commit_ms=commit_ms)
    for number in range(frames):
        now = number * 1000
        seq = journal.next_seq(1)
        journal.append(1, seq, content(seq), now)
        journal.commit(now)
        log[0] = max(log[0], journal.durable(1))
        if number % 14 == 13:
            log[1] = log[0] - 5
            journal.release(1, log[1])
    flash.close()


def survivors(log):
    """Whatever was told to be durable is there, or was acknowledged."""
    flash, journal = opened()
    assert journal.next_seq(1) > log[0], (journal.next_seq(1), log)
    assert journal.released(1) <= log[1]
    for seq in range(journal.tail(1), journal.next_seq(1)):
        data = journal.read(1, seq)
        if data is None:
            gone = [part for part in journal.missing(1) if part[0] <= seq <= part[1]]
            assert gone, ("lost silently", seq)
            assert seq > log[0], ("a durable frame is gone", seq, log)
        else:
            assert data == content(seq), seq
    assert journal.tail(1) <= log[1] + 1, "evicted without need"
    flash.close()


def test_littlefs_survives_cuts():
    if not MICROPYTHON:
        return
    from tests.shared import littlefs_ram

    states = 0
    for commit_ms, frames, stride in ((0, 70, 29), (12500, 100, 7)):
        whole = littlefs_ram.Blocks()
        littlefs_ram.mount(whole, True)
        life(whole, frames, commit_ms, [0, 0])
        for cut in range(1, whole.writes + 1, stride):
            device = littlefs_ram.Blocks()
            littlefs_ram.mount(device, True)
            device.cut_at = cut
            log = [0, 0]
            try:
                life(device, frames, commit_ms, log)
            except OSError:
                pass
            second = littlefs_ram.Blocks(cells=device.cells)
            littlefs_ram.mount(second)
            survivors(log)
            second.cut_at = second.writes + 1 + cut % 40
            try:
                life(second, 20, commit_ms, log)
            except OSError:
                pass
            littlefs_ram.mount(littlefs_ram.Blocks(cells=second.cells))
            survivors(log)
            states += 2
    assert states > 100, states


def cost(commit_ms):
    """(bytes programmed, blocks erased) per 300 frames of 300 B, one a second."""
    from tests.shared import littlefs_ram

    device = littlefs_ram.Blocks(200)
    littlefs_ram.mount(device, True)
    flash, journal = opened(32, commit_ms)
    for seq in range(1, 301):
        journal.append(1, seq, content(seq), seq * 1000)
        journal.commit(seq * 1000)
        journal.durable(1)
    flash.close()
    return device.programmed, device.erases


def test_a_batch_costs_a_fraction():
    if not MICROPYTHON:
        return
    each, each_erases = cost(0)
    batch, batch_erases = cost(12000)
    print(
        "littlefs, bytes per payload byte: %d %% each, %d %% in batches of 13; erases %d, %d"
        % (each * 100 // 90000, batch * 100 // 90000, each_erases, batch_erases)
    )
    assert batch * 3 < each and batch_erases * 5 < each_erases
