"""What a simulated sensor feels stays where it was put."""

from simulators.world.dice import Dice
from simulators.world.signal import Signal

MINUTE = 60000


def test_a_steady_signal_stays_where_it_jumped_to():
    signal = Signal(Dice(1), 1234, 0, 1234, 1234)
    assert signal.at(0) == signal.at(MINUTE) == 1234
    for value in (2500, -40, 1234):
        signal.jump(value)
        assert [signal.at(MINUTE * (2 + time)) for time in range(9)] == [value] * 9


def test_a_walk_goes_on_from_where_it_jumped_to():
    signal = Signal(Dice(1), 20, 3, 0, 900)
    signal.jump(2000)
    values = [signal.at(10000 * time) for time in range(300)]
    assert len(set(values)) > 3 and max(values) <= 2000 and min(values) >= 2000 - 3 * 300
