"""Chance from a seed: xorshift64*, the same on every runtime. Also the simulated Entropy port."""

_MASK = 0xFFFFFFFFFFFFFFFF
_WORD = 1 << 32


class Dice:
    """A seeded generator. Source: S. Vigna, "An experimental exploration of Marsaglia's xorshift
    generators, scrambled", 2016."""

    def __init__(self, seed):
        self._state = (seed * 0x9E3779B97F4A7C15 + 0x1234567) & _MASK or 1

    def below(self, count):
        """A number from 0 to count - 1; count up to 2**32."""
        x = self._state
        x ^= x >> 12
        x ^= x << 25 & _MASK
        x ^= x >> 27
        self._state = x
        return ((x * 0x2545F4914F6CDD1D & _MASK) >> 32) * count >> 32

    def between(self, low, high):
        """A number from low to high, both included."""
        return low + self.below(high - low + 1)

    def chance(self, per_mille):
        """True in so many of a thousand cases."""
        return self.below(1000) < per_mille

    def take(self, size):
        """size bytes."""
        return bytes([self.below(_WORD) & 0xFF for _ in range(size)])
