"""The Clock port on simulated time."""


class SimClock:
    """A clock that stands still until it is told. utc_offset: UTC less the monotonic time, in ms,
    or None while nobody set the clock."""

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

    def set_utc(self, utc_ms):
        """Somebody sets the clock, forwards or backwards; None: the time is lost."""
        self.utc_offset = None if utc_ms is None else utc_ms - self.now
