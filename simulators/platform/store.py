"""What the platform has, in SQLite: frames as they came, and what they mean."""

import sqlite3
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

_SCHEMA = """
PRAGMA journal_mode = WAL;
PRAGMA synchronous = FULL;
CREATE TABLE IF NOT EXISTS frames (
    device TEXT, epoch INTEGER, lane INTEGER, seq INTEGER, boot INTEGER, kind INTEGER,
    carrier TEXT, arrived INTEGER, digest BLOB, data BLOB, schema BLOB, decoded INTEGER,
    PRIMARY KEY (device, epoch, lane, seq));
CREATE TABLE IF NOT EXISTS readings (
    device TEXT, epoch INTEGER, boot INTEGER, seq INTEGER, sensor TEXT, channel TEXT,
    time INTEGER, uptime INTEGER, value INTEGER, exponent INTEGER, unit TEXT, quality INTEGER);
CREATE INDEX IF NOT EXISTS readings_by_channel ON readings (device, sensor, channel, time);
CREATE INDEX IF NOT EXISTS readings_unsynced ON readings (device, epoch, boot) WHERE time IS NULL;
CREATE TABLE IF NOT EXISTS alarms (
    device TEXT, epoch INTEGER, boot INTEGER, seq INTEGER, sensor TEXT, channel TEXT,
    state INTEGER, value INTEGER, exponent INTEGER, unit TEXT, direction INTEGER,
    threshold INTEGER, time INTEGER, uptime INTEGER, committed INTEGER);
CREATE TABLE IF NOT EXISTS schemas (device TEXT, id BLOB, body BLOB, PRIMARY KEY (device, id));
CREATE TABLE IF NOT EXISTS boots (
    device TEXT, epoch INTEGER, boot INTEGER, utc_offset INTEGER, uncertainty INTEGER,
    PRIMARY KEY (device, epoch, boot));
CREATE TABLE IF NOT EXISTS gaps (
    device TEXT, epoch INTEGER, lane INTEGER, first INTEGER, last INTEGER, reason TEXT,
    start INTEGER, stop INTEGER);
CREATE TABLE IF NOT EXISTS incidents (
    device TEXT, time INTEGER, kind TEXT, reason TEXT, digest TEXT);
CREATE TABLE IF NOT EXISTS orders (
    device TEXT, count INTEGER, kind INTEGER, expires INTEGER, data BLOB, about BLOB,
    state INTEGER, PRIMARY KEY (device, kind, count));
CREATE TABLE IF NOT EXISTS heard (
    device TEXT PRIMARY KEY, time INTEGER, carrier TEXT, beacon_ms INTEGER, status BLOB,
    time_quality INTEGER);
"""


class Store:
    """One SQLite file, or ``:memory:``. Used from one thread; ``reader`` opens another view."""

    def __init__(self, path: Path | str) -> None:
        self.path = str(path)
        self.db = sqlite3.connect(self.path, isolation_level=None, timeout=5)
        self.db.executescript(_SCHEMA)

    def close(self) -> None:
        self.db.close()

    @contextmanager
    def transaction(self) -> Iterator[sqlite3.Connection]:
        """All or nothing. sqlite3.Error leaves nothing behind."""
        self.db.execute("BEGIN IMMEDIATE")
        try:
            yield self.db
        except BaseException:
            self.db.execute("ROLLBACK")
            raise
        self.db.execute("COMMIT")

    def rows(self, query: str, values: Iterable[Any] = ()) -> list[tuple[Any, ...]]:
        """The answer to a query."""
        return self.db.execute(query, tuple(values)).fetchall()

    # What the demo and the tests ask.

    def readings(self) -> list[tuple[Any, ...]]:
        """(device, sensor, channel, time or None, value or None, quality), as they are stored."""
        return self.rows("SELECT device, sensor, channel, time, value, quality FROM readings")

    def stored_twice(self) -> int:
        """Readings of one channel with one time that stand more than once."""
        return int(
            self.rows(
                "SELECT COALESCE(SUM(n - 1), 0) FROM (SELECT COUNT(*) AS n FROM readings "
                "WHERE time IS NOT NULL GROUP BY device, sensor, channel, time)"
            )[0][0]
        )

    def alarms(self) -> list[tuple[Any, ...]]:
        """(device, sensor, channel, state, value, time, committed), oldest first."""
        return self.rows(
            "SELECT device, sensor, channel, state, value, time, committed FROM alarms "
            "ORDER BY committed"
        )

    def count(self, table: str, kind: str | None = None) -> int:
        """How many rows a table has (of a kind, for incidents)."""
        if kind is None:
            return int(self.rows(f"SELECT COUNT(*) FROM {table}")[0][0])
        return int(self.rows(f"SELECT COUNT(*) FROM {table} WHERE kind = ?", (kind,))[0][0])
