"""The Clock port on simulated time."""


class SimClock:
    """A clock that stands still until it is told."""

    def __init__(self, now_ms=0, utc_offset=None):
        self.now = now_ms
        self.utc_offset = utc_offset

    def now_ms(self):
        """See agent.ports.Clock."""
        return self.now

    def utc_ms(self):
        """See agent.ports.Clock."""
        return None if self.utc_offset is None else self.now + self.utc_offset

    def advance(self, step_ms):
        """Time passes."""
        if step_ms < 0:
            raise ValueError("time does not go back")
        self.now += step_ms
