"""What every Clock does. ``wait(ms)`` lets at least so much time pass."""

YEAR_2026 = 1767225600000


def never_goes_back(clock, wait):
    last = clock.now_ms()
    for _ in range(1000):
        now = clock.now_ms()
        assert now >= last and isinstance(now, int), (last, now)
        last = now


def goes_on_with_time(clock, wait):
    begun = clock.now_ms()
    wait(50)
    passed = clock.now_ms() - begun
    # A millisecond begins before it is over; a busy machine wakes late, but not by minutes.
    assert 49 <= passed < 60000, passed


def knows_the_utc_time_or_that_it_does_not(clock, wait):
    utc = clock.utc_ms()
    assert utc is None or (isinstance(utc, int) and utc >= YEAR_2026), utc
    if utc is not None:
        wait(50)
        assert 49 <= clock.utc_ms() - utc < 60000


CHECKS = (never_goes_back, goes_on_with_time, knows_the_utc_time_or_that_it_does_not)
