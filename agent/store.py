"""What is to be sealed, and a storage that may fail: alarms are owed until it takes them, rows wait
in memory, and nothing is tried again at once.
"""

from agent.errors import JournalFull
from agent.reading import ALARM

RETRY = 1000  # ms; after a storage that failed, before the next attempt
MAX_ROWS = 600  # rows kept in memory while the storage fails; the oldest go first, counted


class Store:
    """Seals by a Sealer what an Agent makes. groups: agent.schedule.Group; seal_ms: how long a row
    waits at the most."""

    def __init__(self, sealer, groups, seal_ms, log):
        self.sealer = sealer
        self.groups = groups
        self.seal_ms = seal_ms
        self.log = log
        self.owed = []  # (kind, body, instant) of the alarm lane that the storage has not taken yet
        self.alarm_seq = 0  # what the newest of them will have
        self.rows_dropped = 0
        self._retry_at = 0
        self._rows_at = 0  # no rows are to be sealed before

    def ready(self, now) -> bool:
        """Whether the storage has not failed just now."""
        return now >= self._retry_at

    def put(self, now, action, *arguments) -> bool:
        """Do what writes to the journal; whether it was stored. A storage that fails is said."""
        try:
            action(*arguments)
            return True
        except (OSError, JournalFull) as error:
            self._retry_at = now + RETRY
            self.log("storage", "not stored: %s" % error)
            return False

    def tell(self, kind, body, now):
        """Seal a record in the alarm lane at once, or as soon as the storage takes it."""
        self.owed.append((kind, body, now))
        self.alarm_seq = self.sealer.journal.next_seq(ALARM) + len(self.owed) - 1

    def step(self, now, sampling) -> int:
        """Seal owed alarms, then the groups whose time or size has come; returns the next time.
        sampling: whether more rows are to come, for which those of now may wait."""
        while self.owed and self.ready(now):
            kind, body, at = self.owed[0]
            if not self.put(now, self.sealer.record, ALARM, kind, body, at):
                break
            self.owed.pop(0)
        wake = self._retry_at if self.owed else now + 60000
        if now >= self._rows_at or not sampling:
            self._rows_at = now + 60000
            for group in self.groups:
                if len(group.rows):
                    self._rows_at = min(self._rows_at, self._rows(group, now, sampling))
        return min(wake, self._rows_at)

    def grew(self, group):
        """A row may have come to a group: when its rows are to be sealed."""
        if len(group.rows):
            self._rows_at = min(self._rows_at, self._due(group.rows))

    def _due(self, rows):
        return 0 if rows.full() else rows.begun() + self.seal_ms

    def _rows(self, group, now, sampling):
        rows = group.rows
        due = self._due(rows)
        if now < due and (sampling or group.busy()):
            return due
        if self.ready(now) and self.put(now, self.sealer.rows, rows):
            return max(now + 1, self._due(rows)) if len(rows) else now + 60000
        if len(rows) > MAX_ROWS:
            rows.drop(MAX_ROWS // 10)
            self.rows_dropped += MAX_ROWS // 10
        return max(self._retry_at, now + 1)
