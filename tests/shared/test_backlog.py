"""Which frame goes next: alarms first, telemetry, and diagnostics in their turn."""

from agent.backlog import TURN, Backlog
from agent.reading import ALARM, DIAGNOSTIC, LANES, TELEMETRY

SIZE = 100


class Held:
    """A journal of frames of SIZE bytes, of which nothing was released."""

    def __init__(self, alarms, telemetry, diagnostics):
        self.last = [alarms, telemetry, diagnostics]

    def durable(self, lane):
        return self.last[lane]

    def released(self, lane, destination):
        return 0

    def read(self, lane, seq):
        return bytes(SIZE) if seq <= self.last[lane] else None


def backlog(*held):
    return Backlog(Held(*held), 0)


def offers(one, count, room=0):
    """The lanes of the next offers: each takes what fits behind its first frame."""
    lanes = []
    while len(lanes) < count:
        lane, seq = one.first()
        if lane is None:
            break
        one.take(lane, seq)
        left = room
        while one.behind(lane, seq, left) is not None:
            seq += 1
            left -= SIZE
        lanes.append(lane)
    return lanes


def test_alarms_come_before_everything():
    one = backlog(3, 5, 5)
    assert offers(one, 99)[:3] == [ALARM] * 3
    one.journal.last[ALARM] = 4
    assert one.first() == (ALARM, 4)


def test_a_diagnostic_frame_waits_for_few_offers_of_a_backlog():
    one = backlog(0, 1000, 3)
    lanes = offers(one, 4 * TURN)
    assert lanes == ([TELEMETRY] * TURN + [DIAGNOSTIC]) * 3 + [TELEMETRY] * (TURN - 3)
    # One that comes later finds its turn already waiting.
    offers(one, TURN)
    one.journal.last[DIAGNOSTIC] = 4
    assert one.first() == (DIAGNOSTIC, 4)


def test_a_backlog_of_diagnostics_keeps_to_its_share():
    one = backlog(0, 1000, 1000)
    lanes = offers(one, 90)
    assert lanes.count(DIAGNOSTIC) == 90 // (TURN + 1)
    # An alarm in the turn of diagnostics goes first all the same.
    one = backlog(0, 1000, 1000)
    offers(one, TURN)
    one.journal.last[ALARM] = 1
    assert offers(one, 2) == [ALARM, DIAGNOSTIC]


def test_a_lane_that_is_held_back_has_no_turn():
    one = backlog(0, 1000, 3)
    one.lowest = TELEMETRY
    assert set(offers(one, 3 * TURN)) == {TELEMETRY}
    one.lowest = DIAGNOSTIC
    assert offers(one, 1) == [DIAGNOSTIC]


def test_what_is_first_stays_first_until_it_is_taken():
    one = backlog(0, 2, 0)
    assert [one.first() for _ in LANES] == [(TELEMETRY, 1)] * 3
    one.take(TELEMETRY, 1)
    assert one.first() == (TELEMETRY, 2)
    one.want_again([(TELEMETRY, 1)])
    assert one.first() == (TELEMETRY, 1)
    one.take(TELEMETRY, 1)
    assert one.first() == (TELEMETRY, 2)
    one.take(TELEMETRY, 2)
    assert one.first() == (None, 0)


def test_behind_it_goes_what_fits():
    one = backlog(0, 10, 0)
    assert offers(one, 99, 3 * SIZE) == [TELEMETRY] * 3
    one = backlog(0, 10, 0)
    offers(one, 1, 2 * SIZE - 1)
    assert one.first() == (TELEMETRY, 3)
    # What goes again has nothing behind it that was sent already.
    one.want_again([(TELEMETRY, 1)])
    one.take(TELEMETRY, 1)
    assert one.behind(TELEMETRY, 1, SIZE) is None and one.first() == (TELEMETRY, 3)
