"""The journal: order, release, eviction, damage, and what two destinations have."""

from agent.buffer.journal import Journal
from agent.buffer.sectors import BAD, FREE
from agent.errors import JournalFull
from simulators.world.dice import Dice
from simulators.world.flash import SimFlash
from tests.shared.journal_case import content, opened


def fill(journal, lane, count, size=60):
    for _ in range(count):
        seq = journal.next_seq(lane)
        journal.append(lane, seq, content(lane, seq, size), seq * 1000)


def check(journal, lane, first, last, size=60):
    for seq in range(first, last + 1):
        assert journal.read(lane, seq) == content(lane, seq, size), (lane, seq)


def test_what_is_appended_is_read_in_any_order():
    journal = opened(SimFlash(16))
    for lane in (0, 1, 2):
        fill(journal, lane, 100)
    for lane in (2, 0, 1):
        check(journal, lane, 1, 100)
        assert journal.tail(lane) == 1 and journal.next_seq(lane) == 101
        assert journal.durable(lane) == 100
    assert journal.read(1, 50) == content(1, 50)
    assert journal.read(1, 101) is None and journal.read(1, 0) is None


def test_a_remount_finds_everything_and_counts_the_boot():
    flash = SimFlash(16)
    journal = opened(flash)
    fill(journal, 1, 120)
    journal.release(1, 40)
    journal.flush()
    for boot in (2, 3, 4):
        flash = flash.reboot()
        journal = opened(flash, seed=99)
        assert (journal.boot, journal.epoch) == (boot, 7)
        assert journal.released(1) == 40 and journal.tail(1) == 41
        check(journal, 1, 41, 118 + boot)
        fill(journal, 1, 1)
        fill(journal, 0, 1)


def test_release_is_cumulative_and_only_forward():
    journal = opened(SimFlash(16))
    fill(journal, 1, 30)
    for seq, expected in ((10, 10), (5, 10), (31, 10), (30, 30)):
        journal.release(1, seq)
        assert journal.released(1) == expected
    assert journal.tail(1) == 31


def test_a_full_journal_gives_up_the_oldest_of_the_lowest_lane():
    journal = opened(SimFlash(8))
    fill(journal, 0, 100)
    fill(journal, 2, 100)
    fill(journal, 1, 700)
    check(journal, 0, 1, 100)
    assert journal.missing(0) == []
    first, last, reason, begin, end = journal.missing(1)[0]
    assert begin == [1, 1000] and end == [1, last * 1000]
    assert (first, reason) == (1, "evicted") and last == journal.tail(1) - 1
    check(journal, 1, journal.tail(1), 700)
    assert journal.next_held(1, 1) == journal.tail(1)
    # The diagnostic lane may not displace telemetry: it goes round in its own head and one more.
    try:
        fill(journal, 2, 400)
    except JournalFull:
        pass
    check(journal, 1, journal.tail(1), 700)
    # Alarms displace everything below them.
    fill(journal, 0, 150)
    check(journal, 0, 1, 250)


def test_a_cut_eviction_never_brings_a_sequence_back():
    """A lane's only sector, not appended to any more, tells its next sequence: until another
    header does so too, it must not go."""
    flash = SimFlash(5, 2048)
    fill(opened(flash), 2, 22)
    for cut in range(1, 12):
        again = flash.reboot()
        journal = opened(again)
        again.cut_at = again.operations + 66 + cut
        again.torn = "complete"
        again.dice = Dice(cut)
        try:
            fill(journal, 1, 200)
        except (OSError, JournalFull):
            pass
        assert again.dead and opened(again.reboot()).next_seq(2) >= 23, cut


def test_what_was_released_never_claims_what_was_evicted_behind_it():
    """A released sector that nobody has erased yet is older than the evicted one, and its header
    is still there."""
    flash = SimFlash(6, 2048)
    journal = opened(flash)
    while journal.sectors.free > 1:
        fill(journal, 1, 1)
    oldest = journal.sectors.oldest(1)
    following = journal.sectors.after(1, journal.sectors.gen[oldest])
    released = journal.sectors.first[following]
    journal.release(1, released)  # the oldest sector is free now, and nothing has taken it
    fill(journal, 1, 3)
    journal.flush()
    flash = flash.reboot()
    journal = opened(flash)
    evicted = journal.sectors.oldest(1)
    while journal.sectors.lane[evicted] == 1:
        image = flash.reboot()
        fill(journal, 1, 1)
    # The power goes right behind the marks of what is given up.
    for cut in (1, 2, 3):
        cells = image.reboot()
        cells.dice, cells.torn = Dice(1), "complete"
        cells.cut_at = cut
        try:
            fill(opened(cells), 1, 1)
        except (OSError, JournalFull):
            pass
        again = opened(cells.reboot())
        gone = [part[:2] for part in again.missing(1)]
        for seq in range(released + 1, again.next_seq(1)):
            told = any(first <= seq <= last for first, last in gone)
            assert (again.read(1, seq) is None) == told, (cut, seq, gone)


def test_a_retired_sector_claims_nothing():
    """Its header could be programmed, and not be read back: it is there behind a restart."""

    class Unread(SimFlash):
        once = -1  # a sector that cannot be read now

        def read(self, sector, offset, size):
            if sector == self.once:
                self.once = -1
                raise OSError(5, "read failed")
            return SimFlash.read(self, sector, offset, size)

    flash = Unread(8, 2048)
    journal = opened(flash)
    flash.once = 0
    fill(journal, 2, 40)
    assert journal.sectors.bad == 1 and journal.sectors.first[1] == 1
    while not journal.missing(2):
        fill(journal, 0, 1)
    again = opened(flash.reboot())
    assert again.tail(2) == journal.tail(2) and again.missing(2)[0][:3] == journal.missing(2)[0][:3]


def test_free_and_retired_sectors_are_counted_as_they_change():
    flash = SimFlash(8, 2048)
    flash.worn = {3: "error"}
    journal = opened(flash)
    seen = []
    for _ in range(300):
        fill(journal, 1, 1)
        seen.append(counted(journal))
    journal.release(1, journal.next_seq(1) - 1)
    seen.append(counted(journal))
    assert (0, 1) not in seen and (1, 1) in seen and seen[-1] == (6, 1)
    assert counted(opened(flash.reboot()))[0] < 7


def counted(journal):
    """(free, retired) sectors, by what stands in the table."""
    lanes = list(journal.sectors.lane)
    found = lanes.count(FREE), lanes.count(BAD)
    assert found == (journal.sectors.free, journal.sectors.bad)
    return found


def test_random_content_starts_empty_and_says_so():
    flash = SimFlash(8)
    dice = Dice(3)
    flash.cells[:] = dice.take(len(flash.cells))
    journal = opened(flash, 55)
    assert journal.epoch == 55 and journal.diagnostics
    fill(journal, 1, 200)
    check(journal, 1, journal.tail(1), 200)
    assert opened(flash.reboot()).epoch == 55


def test_sectors_of_an_earlier_journal_do_not_count():
    flash = SimFlash(12)
    old = opened(flash, 77)
    fill(old, 1, 300)
    old.release(1, 250)
    old.flush()
    kept = flash.cells[5 * 4096 : 6 * 4096]
    for sector in range(12):
        flash.erase(sector)
    journal = opened(flash, 78)
    fill(journal, 1, 120)
    # A younger journal has higher generations: this one's are moved up by as many openings.
    for _ in range(8):
        journal._gen += 1
    fill(journal, 1, 120)
    flash.cells[9 * 4096 : 10 * 4096] = kept
    again = opened(flash.reboot(), 99)
    assert (again.epoch, again.released(1), again.boot) == (78, 0, 2)
    check(again, 1, 1, 240)


def test_cursors_are_never_worth_a_sector():
    flash = SimFlash(5, 2048)
    fill(opened(flash), 1, 200)
    journal = opened(flash.reboot())
    before = journal.tail(1)
    journal.release(1, before + 1)
    operations = journal.flash.operations
    journal.flush()
    assert journal.flash.operations == operations
    fill(journal, 0, 32)
    journal.release(0, 30)
    journal.flush()
    assert opened(journal.flash.reboot()).released(0) == 30


def test_a_long_outage_fills_the_flash_and_not_the_memory():
    journal = opened(SimFlash(16))
    fill(journal, 1, 500)  # and nobody asks what is durable
    assert len(journal._pending[1]) <= 9
    assert journal.durable(1) == 500


def test_worn_sectors_are_retired_and_nothing_is_lost():
    for mode in ("program", "erase", "error"):
        flash = SimFlash(12)
        flash.cells[4096 * 3 : 4096 * 4] = bytes(4096)
        flash.worn = {3: mode, 5: mode}
        if mode == "erase":
            flash.cells[4096 * 5 : 4096 * 6] = bytes(4096)
        journal = opened(flash)
        fill(journal, 1, 300)
        check(journal, 1, 1, 300)
        again = opened(flash.reboot())
        check(again, 1, 1, 300)


def test_a_flipped_bit_costs_one_record():
    for at in (3 * 4096 // 2, 4096 + 900, 2 * 4096 + 2000):
        flash = SimFlash(12)
        fill(opened(flash), 1, 200)
        flash.cells[at] ^= 0x10
        journal = opened(flash.reboot())
        lost = [seq for seq in range(1, 201) if journal.read(1, seq) != content(1, seq)]
        assert len(lost) <= 1, lost
        for seq in lost:
            assert journal.read(1, seq) is None
        assert journal.next_seq(1) > 200


def test_a_frame_is_let_go_of_when_both_destinations_have_it():
    flash = SimFlash(16)
    journal = Journal(flash, lambda: 7, destinations=2)
    journal.mount()
    fill(journal, 1, 300)
    journal.release(1, 300)
    assert journal.used()[0] > 5 * 4096
    check(journal, 1, 1, 300)
    assert (journal.tail(1), journal.tail(1, 1)) == (301, 1)
    journal.release(1, 120, 1)
    assert journal.read(1, 1) is None
    check(journal, 1, 121, 300)
    journal.flush()
    fill(journal, 1, 90)
    again = Journal(flash.reboot(), lambda: 9, destinations=2)
    again.mount()
    assert (again.released(1), again.released(1, 1)) == (300, 120)
    check(again, 1, 121, 390)


def test_the_old_format_is_written_until_the_update_is_confirmed():
    flash = SimFlash(16)
    old = opened(flash)
    old.version = 1
    fill(old, 1, 100)
    old.release(1, 3)
    old.flush()
    for life in (2, 3):
        flash = flash.reboot()
        journal = opened(flash, 99)
        assert (journal.boot, journal.epoch, journal.released(1)) == (life, 7, 3)
        check(journal, 1, 4, 100)
        fill(journal, 1, 100)
        assert headers(flash) == {1}, "software before the update could not read this"
    journal.confirm()
    fill(journal, 1, 100)
    assert headers(flash) == {1, 2}
    again = opened(flash.reboot(), 99)
    assert again.released(1) == 3
    check(again, 1, 4, 100)
    check(again, 1, again.next_seq(1) - 100, again.next_seq(1) - 1)


def headers(flash):
    """The formats of all sector headers."""
    starts = [flash.read(sector, 0, 4) for sector in range(flash.sectors)]
    return {start[3] for start in starts if start[:3] == b"PLJ"}


def test_a_commit_waits_for_its_time_and_an_alarm_does_not():
    class Slow(SimFlash):
        tickets = done = 0

        def sync(self):
            self.tickets += 1
            return self.tickets

        def synced(self):
            return self.done

    flash = Slow(16)
    journal = Journal(flash, lambda: 7, commit_ms=500)
    journal.mount()
    for seq in (1, 2, 3):
        journal.append(1, seq, content(1, seq), 1000 + seq)
    assert journal.commit(1400) == 1501 and flash.tickets == 0
    assert journal.commit(1501) is None and flash.tickets == 1
    assert journal.durable(1) == 0
    flash.done = 1
    assert journal.durable(1) == 3
    journal.append(1, 4, content(1, 4), 2000)
    journal.append(0, 1, content(0, 1), 2001)
    assert flash.tickets == 2 and journal.commit(2001) is None
    flash.done = 2
    assert journal.durable(1) == 4 and journal.durable(0) == 1
