"""Rationing: what a pole gives up, and in which order, when its journal fills or its data budget
runs out. Alarms are judged, stored and sent as ever. Every change is told in a status record.

The journal: three quarters full, every second row is kept; at seven eighths every fourth; when it
is full, every eighth, so that what is left of the history reaches eight times as far back.
The budget of a day: at 60 % diagnostics wait, at 80 % every fourth row is kept, and when it is
spent telemetry waits in the journal for the next day.
"""

from agent.reading import ALARM, DIAGNOSTIC, TELEMETRY

DAY = 86400000
OVERHEAD = 48  # bytes of carrier, TCP or UDP and IP around one offer, about
HYSTERESIS = 100  # per mille that the journal must empty below a step before it is taken back
# (full in per mille, one row kept in so many)
STEPS = ((980, 8), (875, 4), (750, 2))


class Ration:
    """keep: one row in so many is kept; lowest: the lowest lane that is sent; reason: why, "" while
    nothing is held back. budget: bytes a day, 0 for no limit."""

    def __init__(self, journal, budget):
        self.journal = journal
        self.budget = budget
        self.keep = 1
        self.lowest = DIAGNOSTIC
        self.reason = ""
        self.day = None
        self.spent = 0
        self._counted = 0
        self._kept_by_room = 1

    def count(self, total, day):
        """total bytes were carried since the start, up and down; day: a number that changes daily.
        Returns whether another sixteenth of the budget is gone, which is worth remembering."""
        if day != self.day:
            self.day = day
            self.spent = 0
        before = self.spent
        self.spent += total - self._counted
        self._counted = total
        return self.budget > 0 and before * 16 // self.budget != self.spent * 16 // self.budget

    def judge(self) -> bool:
        """Look at the journal and the budget; whether anything changed."""
        keep = self._kept_by_room = self._by_room()
        reason = "the journal is filling" if keep > 1 else ""
        lowest = DIAGNOSTIC
        used = self.spent * 100 // self.budget if self.budget else 0
        if used >= 60:
            reason = "the data budget of the day is running out"
            lowest = TELEMETRY
        if used >= 80:
            keep = max(keep, 4)
        if used >= 100:
            reason = "the data budget of the day is spent"
            lowest = ALARM
        before = (self.keep, self.lowest, self.reason)
        self.keep, self.lowest, self.reason = keep, lowest, reason
        return before != (keep, lowest, reason)

    def _by_room(self):
        full = self.journal.fullness()
        for step, keep in STEPS:
            # A step once taken holds until the journal is well below it.
            if full >= step or (keep <= self._kept_by_room and full >= step - HYSTERESIS):
                return keep
        return 1
