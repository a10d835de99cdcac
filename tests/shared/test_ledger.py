"""Which frames came, what is missing, and what the device declared lost."""

from simulators.world.ledger import MAX_WANT, Ledger


def test_frames_in_any_order():
    ledger = Ledger()
    for seq in (3, 1, 2, 2, 7, 5):
        ledger.add(seq)
    assert ledger.contiguous == 3 and ledger.head == 7
    assert ledger.want() == [(4, 4), (6, 6)]
    assert ledger.has(2) and ledger.has(7) and not ledger.has(6)
    ledger.add(4)
    ledger.add(6)
    assert ledger.contiguous == 7 and ledger.want() == []


def test_holdings_tell_what_exists():
    ledger = Ledger()
    ledger.holds(1, 5)
    assert ledger.want() == [(1, 4)] and ledger.contiguous == 0


def test_a_declared_gap_closes_a_hole_however_long():
    ledger = Ledger()
    ledger.add(1)
    ledger.declare(2, 3000000)
    assert ledger.contiguous == 3000000 and ledger.want() == []
    ledger.add(3000001)
    assert ledger.contiguous == 3000001


def test_a_gap_beyond_a_hole_waits_for_it():
    ledger = Ledger()
    ledger.add(1)
    ledger.declare(4, 6)
    ledger.add(7)
    assert ledger.contiguous == 1 and ledger.want() == [(2, 3)]
    ledger.add(2)
    ledger.add(3)
    assert ledger.contiguous == 7


def test_few_ranges_are_wanted_at_once():
    ledger = Ledger()
    for seq in range(2, 40, 2):
        ledger.add(seq)
    assert len(ledger.want()) == MAX_WANT


def test_a_hole_of_any_length_is_one_range():
    ledger = Ledger()
    ledger.add(1)
    ledger.add(1 << 40)
    ledger.add((1 << 40) + 2)
    ledger.holds(1, (1 << 40) + 6)
    top = 1 << 40
    assert ledger.want() == [(2, top - 1), (top + 1, top + 1), (top + 3, top + 5)]
    assert Ledger(7).want() == []
