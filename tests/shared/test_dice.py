"""The dice of the simulated world: the same on every runtime, in range, and about even."""

from simulators.world.dice import Dice


def xorshift64star(state, count):
    """Vigna 2016, as it is written there: the upper halves of the outputs."""
    result = []
    for _ in range(count):
        state = state ^ state >> 12
        state = (state ^ state << 25) % 2**64
        state = state ^ state >> 27
        result.append(state * 2685821657736338717 % 2**64 // 2**32)
    return result


def test_the_numbers_are_those_of_the_generator():
    dice = Dice(0)
    assert [dice.below(2**32) for _ in range(50)] == xorshift64star(0x1234567, 50)
    # As on CPython 3.11; MicroPython must make the same.
    dice = Dice(5)
    assert [dice.below(1000) for _ in range(8)] == [9, 243, 518, 429, 313, 423, 302, 448]
    assert Dice(2**70 + 1).take(8).hex() == "fff387c47768d3e7"


def test_below_and_between_keep_their_ends():
    dice = Dice(1)
    assert {dice.below(3) for _ in range(100)} == {0, 1, 2}
    assert {dice.between(-1, 1) for _ in range(100)} == {-1, 0, 1}
    assert dice.below(1) == 0 and dice.between(7, 7) == 7
    for count in (2**16, 2**31 + 1, 2**32):
        assert all(0 <= dice.below(count) < count for _ in range(50))


def test_chance_is_per_mille():
    dice = Dice(2)
    assert not any(dice.chance(0) for _ in range(1000))
    assert all(dice.chance(1000) for _ in range(1000))
    hits = sum([dice.chance(200) for _ in range(5000)])
    assert 850 < hits < 1150


def test_values_are_about_even():
    dice = Dice(3)
    seen = [0] * 6
    for _ in range(6000):
        seen[dice.below(6)] += 1
    assert min(seen) > 850 and max(seen) < 1150
    ones = sum([bin(byte).count("1") for byte in dice.take(4000)])
    assert 15500 < ones < 16500


def test_seeds_have_sequences_of_their_own():
    assert len({Dice(seed).take(8) for seed in range(200)}) == 200
    assert Dice(9).take(40) == Dice(9).take(40)
