"""Power cuts at every program and erase of the journal and of the state beside it."""

from agent.buffer.state import StateStore
from agent.errors import JournalFull
from simulators.world.dice import Dice
from simulators.world.flash import TORN, SimFlash
from tests.shared.journal_case import content, opened


def script(journal, log):
    """A life of appends, releases and evictions; log sees what the caller was told."""
    for step in range(90):
        lane = (1, 1, 0, 1, 2)[step % 5]
        seq = journal.next_seq(lane)
        log["tried"][lane] = seq
        try:
            journal.append(lane, seq, content(lane, seq, 120 + step % 90), step)
        except JournalFull:
            continue
        log["sizes"][(lane, seq)] = 120 + step % 90
        log["stored"][lane] = seq
        if step % 9 == 8:
            released = max(0, log["stored"][1] - 12)
            log["released"] = released
            journal.release(1, released)


def survivors(flash, logs, epoch=7):
    """Mount what is left and check every promise; returns the journal."""
    journal = opened(flash, 1234)
    stored = {lane: max([log["stored"][lane] for log in logs]) for lane in (0, 1, 2)}
    if any(stored.values()):
        assert journal.epoch == epoch
    for lane in (0, 1, 2):
        assert journal.next_seq(lane) > stored[lane], "a sequence would be used again"
        assert journal.released(lane) <= max([log["released"] for log in logs])
        gone = [part[:2] for part in journal.missing(lane)]
        # What the platform had acknowledged need not be kept, even if that was forgotten again.
        released = max([log["released"] for log in logs]) if lane == 1 else 0
        for seq in range(released + 1, journal.next_seq(lane)):
            data = journal.read(lane, seq)
            sizes = [log["sizes"][(lane, seq)] for log in logs if (lane, seq) in log["sizes"]]
            if data is not None:
                # An append that was cut may have become complete; its content is still exact.
                assert data == content(lane, seq, len(data)), (lane, seq)
            elif sizes:
                assert any(a <= seq <= b for a, b in gone), ("lost silently", lane, seq)
    return journal


def blank_log():
    return {
        "stored": {0: 0, 1: 0, 2: 0},
        "tried": {0: 0, 1: 0, 2: 0},
        "sizes": {},
        "released": 0,
    }


def life(flash, cut_at, torn, seed):
    """Run the script until the power goes; returns the log."""
    log = blank_log()
    flash.cut_at = cut_at
    flash.torn = torn
    flash.dice = Dice(seed)
    try:
        script(opened(flash), log)
    except OSError:
        pass
    assert flash.overwritten == 0, "programmed what was not erased"
    return log


def sweep(stride, second_stride):
    """Cut at every stride-th operation in every way; again in the next life; count the states."""
    whole = SimFlash(7, 2048)
    life(whole, None, "nothing", 1)
    states = 0
    for cut in range(1, whole.operations + 1, stride):
        for torn in TORN:
            flash = SimFlash(7, 2048)
            first = life(flash, cut, torn, cut)
            for decay in (False, True):
                survivors(flash.reboot(decay), [first])
                states += 1
            if (cut + len(torn)) % second_stride == 0:
                again = flash.reboot(True)
                second = life(again, 1 + cut % 23, torn, cut + 1)
                final = survivors(again.reboot(True), [first, second])
                script(final, blank_log())
                states += 1
    return states


def test_power_cuts_at_every_operation():
    import sys

    full = sys.implementation.name == "cpython"
    states = sweep(1 if full else 9, 5)
    assert states > (1500 if full else 150), states


def test_state_survives_a_cut_at_every_operation():
    for cut in range(1, 60):
        for torn in TORN:
            flash = SimFlash(2, 512)
            flash.dice = Dice(cut)
            flash.cut_at, flash.torn = cut, torn
            store = StateStore(flash)
            value = None
            try:
                for number in range(40):
                    value = b"state %d" % number
                    store.put(value)
            except OSError:
                pass
            kept = StateStore(flash.reboot(True)).get()
            assert kept in (value, store.get()), (cut, torn, kept, value)
