"""The register of devices: serial, MAC, certificates, pole and place over time, state, history.

SQLite, one file, each change one transaction. Nothing is ever deleted: what ends gets an end.
Times are seconds UTC, places 10**-7 degrees of CGCS2000.
"""

import sqlite3
from dataclasses import dataclass
from pathlib import Path

from agent.errors import BadSettings
from provisioning.authority.coordinates import Place

VERSION = 1  # PRAGMA user_version
# How long a change waits for those of others: SQLite lets them in without an order, and each waits
# for the disk.
_PATIENCE_S = 60.0

_TABLES = """
CREATE TABLE device(
  serial TEXT PRIMARY KEY, mac TEXT UNIQUE, state TEXT NOT NULL, replaced_by TEXT
) STRICT;
CREATE TABLE certificate(
  number TEXT PRIMARY KEY, serial TEXT NOT NULL REFERENCES device, kind TEXT NOT NULL,
  public BLOB NOT NULL UNIQUE, kid BLOB, der BLOB NOT NULL, begin INTEGER NOT NULL,
  end INTEGER NOT NULL, revoked INTEGER, reason TEXT
) STRICT;
CREATE INDEX certificate_serial ON certificate(serial);
CREATE INDEX certificate_kid ON certificate(kid);
CREATE TABLE binding(
  id INTEGER PRIMARY KEY, serial TEXT NOT NULL REFERENCES device, pole TEXT NOT NULL,
  longitude INTEGER, latitude INTEGER, begin INTEGER NOT NULL, end INTEGER, record BLOB NOT NULL
) STRICT;
CREATE INDEX binding_serial ON binding(serial);
CREATE UNIQUE INDEX binding_now ON binding(pole) WHERE end IS NULL;
CREATE UNIQUE INDEX binding_device ON binding(serial) WHERE end IS NULL;
CREATE TABLE history(
  at INTEGER NOT NULL, serial TEXT NOT NULL, what TEXT NOT NULL, detail TEXT NOT NULL,
  record BLOB
) STRICT;
CREATE INDEX history_serial ON history(serial);
"""

SM2, TLS = "sm2", "tls"


@dataclass(frozen=True)
class Device:
    """One device. state: enrolled, revoked or retired; ``mac`` and ``replaced_by`` may be None."""

    serial: str
    mac: str | None
    state: str
    replaced_by: str | None


@dataclass(frozen=True)
class Certificate:
    """One certificate. number: its serial number in hex; kid only for kind ``sm2``."""

    number: str
    serial: str
    kind: str
    public: bytes
    kid: bytes | None
    der: bytes
    begin: int
    end: int
    revoked: int | None
    reason: str | None


@dataclass(frozen=True)
class Binding:
    """A device at a pole from begin until end (None: still there), by a signed record."""

    id: int
    serial: str
    pole: str
    longitude: int | None
    latitude: int | None
    begin: int
    end: int | None
    record: bytes

    @property
    def place(self) -> Place | None:
        """Where the pole stands, if that was said."""
        if self.longitude is None or self.latitude is None:
            return None
        return Place(self.longitude, self.latitude)


class DeviceRegister:
    """The file. Use as a context manager for a change: ``with register: ...`` is one transaction.

    BadSettings for a file that is none of ours, or that a newer version wrote.
    """

    def __init__(self, path: Path) -> None:
        try:
            self._file = sqlite3.connect(path, _PATIENCE_S, isolation_level=None)
            version = self._file.execute("PRAGMA user_version").fetchone()[0]
            if version > VERSION:
                raise BadSettings(
                    [f"{path} was written by a newer version ({version}); this one reads {VERSION}"]
                )
            self._file.execute("PRAGMA foreign_keys = ON")
            self._file.execute("PRAGMA synchronous = FULL")
            if version == 0:
                self._file.executescript(
                    f"BEGIN; {_TABLES} PRAGMA user_version = {VERSION}; COMMIT;"
                )
        except sqlite3.DatabaseError as error:
            raise BadSettings([f"{path} is no register of devices: {error}"]) from None

    def close(self) -> None:
        """Let go of the file."""
        self._file.close()

    def __enter__(self) -> "DeviceRegister":
        self._file.execute("BEGIN IMMEDIATE")
        return self

    def __exit__(self, kind: object, error: object, trace: object) -> None:
        self._file.execute("ROLLBACK" if kind else "COMMIT")

    def device(self, serial: str) -> Device | None:
        """The device with this serial."""
        row = self._file.execute("SELECT * FROM device WHERE serial = ?", (serial,)).fetchone()
        return Device(*row) if row else None

    def device_by_mac(self, mac: str) -> Device | None:
        """The device with this MAC."""
        row = self._file.execute("SELECT * FROM device WHERE mac = ?", (mac,)).fetchone()
        return Device(*row) if row else None

    def devices(self) -> list[Device]:
        """All, by serial."""
        return [Device(*row) for row in self._file.execute("SELECT * FROM device ORDER BY serial")]

    def certificates(self, serial: str | None = None) -> list[Certificate]:
        """Of one device, or all; the oldest first."""
        where = "" if serial is None else "WHERE serial = ?"
        rows = self._file.execute(
            f"SELECT * FROM certificate {where} ORDER BY begin, number", (serial,) if serial else ()
        )
        return [Certificate(*row) for row in rows]

    def certificate_of(self, public: bytes) -> Certificate | None:
        """The certificate of this public key."""
        row = self._file.execute("SELECT * FROM certificate WHERE public = ?", (public,)).fetchone()
        return Certificate(*row) if row else None

    def bindings(self, serial: str | None = None) -> list[Binding]:
        """Of one device, or all; the oldest first."""
        where = "" if serial is None else "WHERE serial = ?"
        rows = self._file.execute(
            f"SELECT * FROM binding {where} ORDER BY begin, id", (serial,) if serial else ()
        )
        return [Binding(*row) for row in rows]

    def holder_of(self, pole: str) -> Binding | None:
        """Which device is at this pole now."""
        row = self._file.execute(
            "SELECT * FROM binding WHERE pole = ? AND end IS NULL", (pole,)
        ).fetchone()
        return Binding(*row) if row else None

    def binding_at(self, kid: bytes, at: int) -> Binding | None:
        """Where the device that holds this key was at a time: a reading's place is that of its
        time."""
        row = self._file.execute(
            "SELECT binding.* FROM binding JOIN certificate USING (serial) WHERE kid = ? "
            "AND binding.begin <= ? AND (binding.end IS NULL OR binding.end > ?)",
            (kid, at, at),
        ).fetchone()
        return Binding(*row) if row else None

    def history(self, serial: str) -> list[tuple[int, str, str, bytes | None]]:
        """(time, what, detail, signed record) of one device, the oldest first."""
        rows = self._file.execute(
            "SELECT at, what, detail, record FROM history WHERE serial = ? ORDER BY rowid",
            (serial,),
        )
        return [tuple(row) for row in rows]

    def put_device(self, device: Device) -> None:
        """Add a device, or change one."""
        self._file.execute(
            "INSERT INTO device VALUES (?, ?, ?, ?) ON CONFLICT(serial) DO UPDATE SET "
            "mac = excluded.mac, state = excluded.state, replaced_by = excluded.replaced_by",
            (device.serial, device.mac, device.state, device.replaced_by),
        )

    def add_certificate(self, certificate: Certificate) -> None:
        """Add one."""
        self._file.execute(
            "INSERT INTO certificate VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            tuple(vars(certificate).values()),
        )

    def revoke(self, number: str, at: int, reason: str) -> None:
        """A certificate is valid no more, from at on; the first revocation stands."""
        self._file.execute(
            "UPDATE certificate SET revoked = ?, reason = ? WHERE number = ? AND revoked IS NULL",
            (at, reason, number),
        )

    def end_certificate(self, number: str, at: int) -> None:
        """A certificate whose key was replaced is not used beyond at."""
        self._file.execute(
            "UPDATE certificate SET end = min(end, ?) WHERE number = ?", (at, number)
        )

    def bind(self, serial: str, pole: str, place: Place | None, begin: int, record: bytes) -> None:
        """A device is at a pole from begin on, and no more where it was."""
        self.unbind(serial, begin)
        self._file.execute(
            "INSERT INTO binding(serial, pole, longitude, latitude, begin, record) "
            "VALUES (?, ?, ?, ?, ?, ?)",
            (
                serial,
                pole,
                place.longitude if place else None,
                place.latitude if place else None,
                begin,
                record,
            ),
        )

    def unbind(self, serial: str, at: int) -> None:
        """A device is at no pole from at on."""
        self._file.execute(
            "UPDATE binding SET end = max(begin, ?) WHERE serial = ? AND end IS NULL", (at, serial)
        )

    def note(
        self, at: int, serial: str, what: str, detail: str, record: bytes | None = None
    ) -> None:
        """Add to a device's history."""
        self._file.execute(
            "INSERT INTO history VALUES (?, ?, ?, ?, ?)", (at, serial, what, detail, record)
        )
