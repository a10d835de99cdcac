"""The clock of a board: ``micropython tests/shared/clock_board.py`` prints ok."""

import sys
import time

HERE = __file__.rpartition("/")[0] or "."
sys.path.insert(0, HERE + "/../..")

from board import clock  # noqa: E402
from tests.shared import contracts_clock  # noqa: E402

_PERIOD = 1 << 30  # of ticks_ms on every port but the 64-bit ones
_TO_2000 = 946684800


class PortTime:
    """The module time of a port: its ticks wrap, and its epoch may be 2000."""

    def __init__(self, ticks, seconds, epoch):
        self.ticks = ticks
        self.seconds = seconds
        self.epoch = epoch

    def ticks_ms(self):
        return self.ticks % _PERIOD

    def ticks_diff(self, after, before):
        return (after - before + _PERIOD // 2) % _PERIOD - _PERIOD // 2

    def time_ns(self):
        return self.seconds * 1000000000

    def gmtime(self, seconds):
        if seconds:
            return time.gmtime(seconds + (_TO_2000 if self.epoch == 2000 else 0))
        return (self.epoch, 1, 1, 0, 0, 0, 3, 1)


class Machine:
    """The module machine of a port: an RTC that notes what it was set to."""

    def __init__(self):
        self.set = []

    def RTC(self):  # noqa: N802
        return self

    def datetime(self, then):
        self.set.append(then)


def goes_on_when_the_ticks_wrap():
    clock.time = PortTime(_PERIOD - 1000, 0, 1970)
    made = clock.BoardClock()
    begun = made.now_ms()
    for days in range(1, 61):
        clock.time.ticks += 86400000
        assert made.now_ms() - begun == days * 86400000


def counts_from_1970_whatever_the_port_does():
    clock.time = PortTime(0, 1800000000, 1970)
    assert clock.BoardClock().utc_ms() == 1800000000000
    clock.time = PortTime(0, 1800000000 - _TO_2000, 2000)
    assert clock.BoardClock().utc_ms() == 1800000000000


def knows_nothing_until_it_is_set():
    # What boards wake up with: 0, or the first of January of 2000 or 2021.
    for seconds, epoch in ((0, 1970), (0, 2000), (_TO_2000, 1970), (1609459200, 1970)):
        clock.time = PortTime(0, seconds, epoch)
        assert clock.BoardClock().utc_ms() is None


def follows_the_platform():
    sys.modules["machine"] = machine = Machine()
    for epoch, seconds in ((1970, 0), (2000, 0), (1970, 4000000000), (2000, 4000000000)):
        clock.time = PortTime(0, seconds, epoch)
        clock.prove(1795248000250)
        assert machine.set.pop() == (2026, 11, 21, 0, 8, 0, 0, 250000)
        assert clock.proven()
    # Half a second is left alone: each setting costs a little.
    clock.time = PortTime(0, 1795248000, 1970)
    clock.prove(1795248000500)
    assert machine.set == []


for check in contracts_clock.CHECKS:
    check(clock.BoardClock(), time.sleep_ms)
goes_on_when_the_ticks_wrap()
counts_from_1970_whatever_the_port_does()
knows_nothing_until_it_is_set()
assert not clock.proven()
follows_the_platform()
print("ok")
