"""How much may be on its way: it follows what the way carries, and leaves room for an alarm."""

from agent.flights import Flights
from agent.pace import FLOOR, Pace


def drain(pace, link, round_trip, total, now=0):
    """Send total bytes, as 1,000 byte offers, over a link of so many bytes a second; returns when
    the last is confirmed, and the most that was ever out."""
    due = []
    free = most = 0
    while total > 0 or due:
        while due and due[0] <= now:
            due.pop(0)
            pace.ended(1000, True)
            pace.timed(round_trip)
        while total > 0 and pace.room(now) > 0:
            pace.sent(1000, now)
            total -= 1000
            free = max(free, now) + 1000 * 1000 // link
            due.append(free + round_trip)
        most = max(most, pace.out)
        now += 10
    return now, most


def test_a_fast_way_of_a_long_round_trip_is_filled():
    # A week of frames of 1 KB at a round trip of 3 s.
    spent, _ = drain(Pace(1 << 20), 10_000_000, 3000, 10_080_000)
    assert spent < 300_000, spent


def test_a_slow_way_gets_four_seconds_of_itself_and_no_more():
    # 16 kbit/s: 2,000 bytes a second.
    spent, most = drain(Pace(1 << 20), 2000, 500, 200_000)
    assert most <= 4 * 2000 + 1000, most
    assert spent < 110_000, spent


def test_the_floor_and_the_ceiling():
    pace = Pace(8192)
    assert pace.room(0) == FLOOR
    _, most = drain(pace, 1_000_000, 20, 500_000)
    assert FLOOR < most <= 8192 + 1000


def test_a_short_round_trip_is_measured_although_all_comes_at_once():
    # Whatever is out ends together every 50 ms, and more follows at once.
    pace = Pace(1 << 20)
    for now in range(0, 2000, 50):
        pace.ended(pace.out, True)
        pace.timed(50)
        while pace.room(now) > 0:
            pace.sent(1000, now)
    assert pace.out > 500_000, pace.out


def test_a_pause_for_want_of_frames_is_no_slow_way():
    pace = Pace(1 << 20)
    drain(pace, 100_000, 100, 1_000_000)
    rate = pace.rate()
    pace.starved()
    pace.sent(100, 1_000_000)
    pace.ended(100, True)
    pace.room(1_060_000)
    assert pace.rate() == rate or len(pace._rates) == 3
    assert pace.rate() > rate // 2


def flights(round_trip=500):
    pace = Pace(8192)
    pace.timed(round_trip)
    return Flights(pace)


def test_what_nobody_was_asked_about_ends_by_the_platforms_word():
    out = flights()
    out.begin(1, 1, 10, 12, 900, 0, False)
    out.begin(2, 1, 13, 13, 300, 0, True)
    out.acknowledged(1, 13)
    assert out.has(2) and not out.has(1) and out.pace.out == 300
    assert out.arrived(2) == 0 and out.pace.out == 0
    assert out.arrived(2) is None


def test_what_was_sent_lately_is_not_sent_again_at_once():
    out = flights()
    out.begin(1, 1, 10, 12, 900, 1000, False)
    assert out.may_arrive(1, 11, 1500) and not out.may_arrive(1, 13, 1500)
    assert not out.may_arrive(0, 11, 1500)
    assert not out.may_arrive(1, 11, 2500)
    out.begin(2, 1, 13, 13, 300, 1000, True)
    assert out.may_arrive(1, 13, 60000), "its answer decides"
    out.arrived(2)
    assert not out.may_arrive(1, 13, 60000)


def test_what_is_never_heard_of_expires_frame_by_frame():
    out = flights()
    out.begin(1, 1, 10, 12, 900, 1000, False)
    assert out.expired(5999) == []
    assert out.expired(6000) == [(1, 10), (1, 11), (1, 12)]
    assert out.expired(6000) == [] and out.pace.out == 0
    out.begin(-1, 2, 0, 0, 150, 7000, True)
    out.begin(3, 1, 14, 15, 150, 7000, True)
    assert out.lost(-1) == [] and out.clear() == [(1, 14)]
