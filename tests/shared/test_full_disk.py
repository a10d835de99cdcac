"""A flash that fails as a whole for a while, as a full disk does: nothing is given up for it."""

from agent.buffer.journal import Journal
from agent.errors import JournalFull
from simulators.world.flash import SimFlash

SECTORS = 8
FRAME = b"x" * 300


def filled(count):
    flash = SimFlash(SECTORS)
    journal = Journal(flash, lambda: 7)
    journal.mount()
    for seq in range(1, count + 1):
        journal.append(1, seq, FRAME, seq)
    return flash, journal


def held(journal):
    return [seq for seq in range(1, journal.next_seq(1)) if journal.read(1, seq) is not None]


def refused(journal, lane):
    try:
        journal.append(lane, journal.next_seq(lane), FRAME, 1)
    except (OSError, JournalFull):
        return True
    return False


def fails_and_returns(count):
    flash, journal = filled(count)
    before = held(journal)
    flash.worn = dict.fromkeys(range(SECTORS), "error")
    for lane in (1, 0, 2) * 10:
        assert refused(journal, lane), lane
    assert held(journal) == before
    assert journal.sectors.bad == 0
    flash.worn = {}
    journal.append(0, 1, FRAME, 1)
    journal.append(1, count + 1, FRAME, 1)
    assert journal.read(1, count + 1) == FRAME
    return before, held(journal)


def test_a_journal_with_room_keeps_all():
    before, after = fails_and_returns(20)
    assert after == before + [21]


def test_a_full_journal_keeps_all_until_it_may_write_again():
    before, after = fails_and_returns(150)
    assert before[0] > 1 and after[-1] == 151
    # One sector for the alarm, one for the frame behind the pause.
    assert len(before) - len(after) <= 26


def test_one_bad_sector_is_retired_and_the_others_go_on():
    for bad in range(SECTORS):
        flash, journal = filled(60)
        flash.worn = {bad: "error"}
        for seq in range(61, 200):
            journal.append(1, seq, FRAME, seq)
            assert journal.read(1, seq) == FRAME
        assert journal.sectors.bad == 1, bad
