"""The clock on simulated time."""

from simulators.world.clock import SimClock
from tests.shared import contracts_clock


def test_the_contract_of_every_clock():
    for offset in (None, contracts_clock.YEAR_2026):
        for check in contracts_clock.CHECKS:
            clock = SimClock(7, offset)
            check(clock, clock.advance)


def test_it_stands_still_until_it_is_told():
    clock = SimClock(1000)
    assert clock.now_ms() == clock.now_ms() == 1000
    clock.advance(5)
    assert clock.now_ms() == 1005
    try:
        clock.advance(-1)
    except ValueError:
        assert clock.now_ms() == 1005
        return
    raise AssertionError("went back")


def test_the_wall_clock_jumps_and_the_monotonic_does_not():
    clock = SimClock(1000)
    assert clock.utc_ms() is None
    clock.set_utc(1800000000000)
    clock.advance(500)
    assert clock.utc_ms() == 1800000000500 and clock.now_ms() == 1500
    clock.set_utc(946684800000)
    assert clock.utc_ms() == 946684800000 and clock.now_ms() == 1500
    clock.set_utc(None)
    assert clock.utc_ms() is None
