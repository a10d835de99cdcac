"""The door of the platform: verifies, drops repeats, commits, and only then acknowledges."""

import hashlib
import sqlite3
from collections.abc import Callable
from typing import Any

from agent import frame, frame_reader
from agent.errors import BadFrame, BadSignature
from agent.ports import FrameVerifier, Signer
from agent.protocols import cbor, cose
from agent.reading import ALARM, LANES, SYNCED, TELEMETRY, UNSYNCED
from provisioning.registry import Registry
from simulators.platform.orders import Desk
from simulators.platform.store import Store
from simulators.world.ledger import Ledger

ACK_EVERY = 10
ACK_AFTER_MS = 600_000


class Ingest:
    """Takes frames from every carrier. utc_ms: the platform's clock."""

    def __init__(
        self,
        store: Store,
        registry: Registry,
        verifier: FrameVerifier,
        signer: Signer,
        utc_ms: Callable[[], int],
    ) -> None:
        self.store = store
        self.registry = registry
        self.verifier = verifier
        self.desk = Desk(store, signer)
        self.utc_ms = utc_ms
        self.repeats = 0
        self.frames = 0
        # When the channels of a schema were last read and found as in their last row, in UTC.
        self.looked: dict[tuple[str, bytes], int] = {}
        self._ledgers: dict[tuple[str, int, int], Ledger] = {}
        self._acked_at: dict[str, int] = {}
        self._orders: dict[str, bytes] = {}  # to go with the next answer
        self._schemas: dict[tuple[str, bytes], Any] = {}

    def receive(self, device: str, data: bytes, carrier: str, ask: bool = False) -> list[bytes]:
        """Take a frame, or several in sequence, that came under a device's name, in one
        transaction; returns the signed downlinks to send.

        Each frame stands for itself: what is not genuine is an incident (one for a message) and
        hurts no other. ask: acknowledge in any case. sqlite3.Error: nothing was stored, nothing
        may be acknowledged; the device sends it again.
        """
        now = self.utc_ms()
        try:
            parts = cose.split(data)
        except BadFrame:
            parts = [data]
        refused: list[tuple[str, str, bytes]] = []
        last = None
        try:
            with self.store.transaction():
                for part in parts:
                    opened = self._open(device, part, refused)
                    if opened is not None:
                        last = opened
                        ask = self._take(device, opened[1], part, carrier, now) or ask
                if refused:
                    kind, reason, part = refused[0]
                    more = f" (and {len(refused) - 1} more)" if len(refused) > 1 else ""
                    self._incident(device, now, kind, reason + more, part)
        except sqlite3.Error:
            self._forget(device)
            raise
        if last is None or (not ask and now - self._acked_at.get(device, 0) < ACK_AFTER_MS):
            return []
        self._acked_at[device] = now
        answers = [self._acknowledge(device, last[0], last[1].epoch, now)]
        if device in self._orders:
            answers.append(self._orders.pop(device))
        return answers

    def _open(
        self, device: str, data: bytes, refused: list[tuple[str, str, bytes]]
    ) -> tuple[bytes, frame_reader.Frame] | None:
        """(kid, frame) of a genuine frame of the device; else why not is in refused."""
        try:
            parsed = cose.parse1(data)
            known = self.registry.by_kid(parsed.kid)
            if known is None:
                raise BadSignature("a key that is not registered")
            if known.id != device:
                raise BadSignature(f"the key of {known.id}, under the name of {device}")
            self.verifier.verify(parsed.alg, parsed.kid, parsed.message, parsed.signature)
            return parsed.kid, frame_reader.identify(parsed.payload)
        except BadSignature as error:
            refused.append(("signature", str(error), data))
        except BadFrame as error:
            refused.append(("frame", str(error), data))
        return None

    def _forget(self, device: str) -> None:
        """What was rolled back is built again from the store."""
        self._ledgers = {key: kept for key, kept in self._ledgers.items() if key[0] != device}
        self._schemas = {key: kept for key, kept in self._schemas.items() if key[0] != device}

    def _take(
        self, device: str, got: frame_reader.Frame, data: bytes, carrier: str, now: int
    ) -> bool:
        """Store one genuine frame, in the open transaction; whether it wants an answer now."""
        if got.kind == frame.HOLDINGS:
            order = self.desk.heard(
                device, frame.uint(got.body, 4, 0), got.time_quality == SYNCED, now
            )
            if order is not None:
                self._orders[device] = order
            for lane, tail, next_seq in _holdings(got.body):
                self.ledger(device, got.epoch, lane).holds(tail, next_seq)
                if lane == TELEMETRY and not self._outstanding(device, got.epoch, next_seq):
                    for schema, age in got.body.get(3, []):
                        self.looked[(device, schema)] = now - age
            self._heard(self.store.db, device, got, carrier, now)
            return True
        ledger = self.ledger(device, got.epoch, got.lane)
        digest = hashlib.sha256(data).digest()
        if ledger.has(got.seq) and self._known(device, got, digest, data, now):
            self.repeats += 1
            return bool(got.lane == ALARM)
        db = self.store.db
        decoded = not got.undecoded and self._keep(db, device, got, now)
        if got.undecoded:
            self._incident(
                device, now, "undecoded", f"cannot be decoded yet: {got.undecoded}", data
            )
        schema = got.schema_id if got.kind == frame.ROWS and not got.undecoded else None
        db.execute(
            "INSERT INTO frames VALUES (?,?,?,?,?,?,?,?,?,?,?,?)",
            (device, got.epoch, got.lane, got.seq, got.boot, got.kind, carrier, now, digest,
             data, schema, decoded),
        )  # fmt: skip
        self._heard(db, device, got, carrier, now)
        self.frames += 1
        ledger.add(got.seq)
        if got.kind == frame.GAP and not got.undecoded:
            ledger.declare(got.body[1], got.body[2])
        return bool(got.lane == ALARM or ledger.contiguous - ledger.told >= ACK_EVERY)

    def _outstanding(self, device: str, epoch: int, next_seq: int) -> bool:
        """Whether rows are still to come that were sealed before a beacon."""
        return bool(self.ledger(device, epoch, TELEMETRY).contiguous < next_seq - 1)

    def _known(
        self, device: str, got: frame_reader.Frame, digest: bytes, data: bytes, now: int
    ) -> bool:
        """Whether this identity is stored. Other content under it is an incident."""
        stored = self.store.rows(
            "SELECT digest FROM frames WHERE device=? AND epoch=? AND lane=? AND seq=?",
            (device, got.epoch, got.lane, got.seq),
        )
        if not stored:
            return False  # it was declared missing, and came after all
        if stored[0][0] != digest:
            reason = f"lane {got.lane}, frame {got.seq} came again with other content"
            self._incident(device, now, "conflict", reason, data)
        return True

    def ledger(self, device: str, epoch: int, lane: int) -> Ledger:
        """The ledger of a lane, built from the store when it is first asked for."""
        key = (device, epoch, lane)
        if key not in self._ledgers:
            ledger = Ledger()
            where = "WHERE device=? AND epoch=? AND lane=?"
            for first, last in self.store.rows(f"SELECT first, last FROM gaps {where}", key):
                ledger.declare(first, last)
            for (seq,) in self.store.rows(f"SELECT seq FROM frames {where} ORDER BY seq", key):
                ledger.add(seq)
            ledger.told = ledger.contiguous
            self._ledgers[key] = ledger
        return self._ledgers[key]

    def ledgers(self) -> list[tuple[tuple[str, int, int], Ledger]]:
        """Every ledger, by (device, epoch, lane)."""
        return list(self._ledgers.items())

    # What a frame means.

    def _keep(self, db: sqlite3.Connection, device: str, got: frame_reader.Frame, now: int) -> bool:
        body = got.body
        offset = self._offset(db, device, got)
        if got.kind == frame.ROWS:
            return self._rows(db, device, got, offset)
        if got.kind == frame.SCHEMA_FRAME:
            identity = got.schema_id_of_body()
            db.execute("INSERT OR REPLACE INTO schemas VALUES (?,?,?)",
                       (device, identity, cbor.encode(body)))  # fmt: skip
            self._schemas[(device, identity)] = body
            self._decode_later(db, device, identity)
        elif got.kind == frame.STATUS:
            db.execute("INSERT OR IGNORE INTO heard (device) VALUES (?)", (device,))
            db.execute("UPDATE heard SET status=? WHERE device=?", (cbor.encode(body), device))
        elif got.kind == frame.TIME_RECORD:
            self._time(db, device, got, body)
        elif got.kind == frame.ALARM_FRAME:
            time = got.time_ms + offset if offset is not None else None
            direction, threshold = body.get(8) or (None, None)
            db.execute(
                "INSERT INTO alarms VALUES (?,?,?,?,?,?,?,?,?,?,?,?,?,?,?)",
                (device, got.epoch, got.boot, got.seq, body.get(1), body.get(2), body.get(3),
                 body.get(4), body.get(5), body.get(6), direction, threshold, time, got.time_ms,
                 now),
            )  # fmt: skip
        elif got.kind == frame.GAP:
            db.execute("INSERT INTO gaps VALUES (?,?,?,?,?,?,?,?)",
                       (device, got.epoch, got.lane, body[1], body[2], body[3],
                        self._instant(db, device, got, body.get(4)),
                        self._instant(db, device, got, body.get(5))))  # fmt: skip
        elif got.kind == frame.BOOT_RECORD:
            self._boot(db, device, got, offset)
        return True

    def _offset(self, db: sqlite3.Connection, device: str, got: frame_reader.Frame) -> int | None:
        """What to add to the frame's times for UTC; None while that is unknown."""
        if got.time_quality != UNSYNCED:
            return 0
        known = db.execute(
            "SELECT utc_offset FROM boots WHERE device=? AND epoch=? AND boot=?",
            (device, got.epoch, got.boot),
        ).fetchone()
        return int(known[0]) if known else None

    def _instant(
        self, db: sqlite3.Connection, device: str, got: frame_reader.Frame, instant: Any
    ) -> int | None:
        """UTC of a gap's [boot, uptime]; None while that boot's time is unknown."""
        if not isinstance(instant, list) or len(instant) != 2:
            return None
        known = db.execute(
            "SELECT utc_offset FROM boots WHERE device=? AND epoch=? AND boot=?",
            (device, got.epoch, instant[0]),
        ).fetchone()
        return int(known[0]) + int(instant[1]) if known else None

    def _schema(self, db: sqlite3.Connection, device: str, identity: bytes) -> Any:
        key = (device, identity)
        if key not in self._schemas:
            found = db.execute("SELECT body FROM schemas WHERE device=? AND id=?", key).fetchone()
            if found is None:
                return None
            self._schemas[key] = cbor.decode(found[0])
        return self._schemas[key]

    def _rows(
        self, db: sqlite3.Connection, device: str, got: frame_reader.Frame, offset: int | None
    ) -> bool:
        schema = self._schema(db, device, got.schema_id)
        if schema is None or len(schema[4]) != len(got.columns):
            return False
        times = [None if offset is None else time + offset for time in got.times]
        for column, (sensor, channel, unit, exponent, _) in enumerate(schema[4]):
            head = (device, got.epoch, got.boot, got.seq, schema[3][sensor][0], channel)
            tail = (exponent, unit)
            db.executemany(
                "INSERT INTO readings VALUES (?,?,?,?,?,?,?,?,?,?,?,?)",
                [
                    (*head, times[row], got.times[row], value, *tail, got.qualities[column][row])
                    for row, value in enumerate(got.columns[column])
                ],
            )
        return True

    def _decode_later(self, db: sqlite3.Connection, device: str, identity: bytes) -> None:
        """Rows that came before their schema."""
        waiting = db.execute(
            "SELECT rowid, data FROM frames WHERE device=? AND schema=? AND decoded=0",
            (device, identity),
        ).fetchall()
        for rowid, data in waiting:
            got = frame_reader.decode(cose.parse1(data).payload)
            if self._rows(db, device, got, self._offset(db, device, got)):
                db.execute("UPDATE frames SET decoded=1 WHERE rowid=?", (rowid,))

    def _time(
        self, db: sqlite3.Connection, device: str, got: frame_reader.Frame, body: Any
    ) -> None:
        """A TIME record places what its boot recorded before it knew the time."""
        offset = body[3] - body[2]
        key = (device, got.epoch, body[1])
        db.execute("INSERT OR REPLACE INTO boots VALUES (?,?,?,?,?)", (*key, offset, body[4]))
        for table in ("readings", "alarms"):
            db.execute(
                f"UPDATE {table} SET time = uptime + ? "
                "WHERE device=? AND epoch=? AND boot=? AND time IS NULL",
                (offset, *key),
            )

    def _boot(
        self, db: sqlite3.Connection, device: str, got: frame_reader.Frame, offset: int | None
    ) -> None:
        """A new boot: what lay between the last sealed row and it was never sealed."""
        for lane, seq, time, quality in body_ends(got.body):
            if lane == TELEMETRY and time is not None and quality != UNSYNCED:
                stop = got.time_ms + offset if offset is not None else None
                db.execute("INSERT INTO gaps VALUES (?,?,?,?,?,?,?,?)",
                           (device, got.epoch, lane, seq + 1, seq, "unsealed", time,
                            stop))  # fmt: skip

    def _heard(
        self, db: sqlite3.Connection, device: str, got: frame_reader.Frame, carrier: str, now: int
    ) -> None:
        beacon = got.body.get(2) if got.kind == frame.HOLDINGS else None
        db.execute("INSERT OR IGNORE INTO heard (device) VALUES (?)", (device,))
        db.execute(
            "UPDATE heard SET time=?, carrier=?, beacon_ms=COALESCE(?, beacon_ms), "
            "time_quality=? WHERE device=?",
            (now, carrier, beacon, got.time_quality, device),
        )

    # What goes back.

    def _acknowledge(self, device: str, kid: bytes, epoch: int, now: int) -> bytes:
        acked: dict[int, int] = {}
        want: list[tuple[int, int, int]] = []
        for lane in LANES:
            ledger = self.ledger(device, epoch, lane)
            acked[lane] = ledger.told = ledger.contiguous
            want.extend((lane, first, last) for first, last in ledger.want())
        lacking = [
            row[0]
            for row in self.store.rows(
                "SELECT DISTINCT schema FROM frames WHERE device=? AND decoded=0 "
                "AND schema IS NOT NULL LIMIT 4",
                (device,),
            )
        ]
        ack = frame.Acknowledgement(kid, epoch, acked, want, lacking, now)
        return cose.sign1(frame_reader.encode_acknowledgement(ack), self.desk.speaker(device))

    def _incident(self, device: str, now: int, kind: str, reason: str, data: bytes) -> None:
        digest = hashlib.sha256(data).hexdigest()[:16]
        self.store.db.execute(
            "INSERT INTO incidents VALUES (?,?,?,?,?)", (device, now, kind, reason, digest)
        )


def _holdings(body: Any) -> list[tuple[int, int, int]]:
    parts = body.get(1)
    if not isinstance(parts, list):
        return []
    return [tuple(part) for part in parts if len(part) == 3 and part[0] in LANES]


def body_ends(body: Any) -> list[list[Any]]:
    """[lane, last sealed seq, last row time, its quality] of a BOOT record."""
    parts = body.get(2)
    return [part for part in parts if len(part) == 4] if isinstance(parts, list) else []
