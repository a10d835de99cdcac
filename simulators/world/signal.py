"""What a simulated sensor feels: a seeded random walk in integers, that can step and stop."""


class Signal:
    """value walks by up to step every period_ms, within low and high."""

    def __init__(self, dice, value, step, low, high, period_ms=10000):
        self.dice = dice
        self.value = value
        self.step = step
        self.low = low
        self.high = high
        self.period_ms = period_ms
        self._walked = None

    def at(self, now_ms) -> int:
        """The value at an instant; instants never go back."""
        period = now_ms // self.period_ms
        if self._walked is None:
            self._walked = period
        # Whoever looks again after a long time sees one big step, not a thousand small ones.
        steps = min(period - self._walked, 20)
        self._walked = period
        value, step, below = self.value, self.step, self.dice.below
        for _ in range(steps):
            value += below(2 * step + 1) - step
            if value < self.low:
                value = self.low
            elif value > self.high:
                value = self.high
        self.value = value
        return value

    def jump(self, value):
        """Step to a value; the walk goes on from there, also from beyond what it kept to."""
        self.value = value
        self.low = min(self.low, value)
        self.high = max(self.high, value)
