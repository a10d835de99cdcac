"""The payload of a frame as the device builds it, and the downlinks that it understands.

A payload is a CBOR map with ascending integer keys (docs/wire-format.md); ``cose.sign1`` makes it a
frame. The other side is agent.frame_reader, which no board needs.
"""

from agent.errors import BadFrame
from agent.protocols import cbor, varint
from agent.protocols.sm3 import digest
from agent.reading import LANES, SYNCED

MAX_FRAME = 1000
# COSE_Sign1 around a payload: tag, array, protected header, lengths, 64 bytes of signature.
ENVELOPE = 90
# The fields of a rows payload beside what RowBuffer counts, at their longest.
ROWS_HEADER = 60

# Keys of the payload.
EPOCH, LANE, SEQ, BOOT, KIND, TIME, TIME_QUALITY = 1, 2, 3, 4, 5, 6, 7
SCHEMA, TIMES, COLUMNS, EXCEPTIONS, BODY, RAW = 8, 9, 10, 11, 12, 13
DEVICE, ACKED, WANT, WANT_SCHEMAS = 14, 15, 16, 17

# Kinds of frames. Rows are the default and not written.
ROWS, SCHEMA_FRAME, STATUS, TIME_RECORD, GAP, ALARM_FRAME, BOOT_RECORD, HOLDINGS = range(8)
MAINTENANCE, ACTUATION, DRILL, SITE, HANDOVER, CHANGE, OUTCOME = 8, 9, 10, 11, 12, 13, 14
ACKNOWLEDGEMENT, COMMAND, SETTINGS = 16, 17, 18

# States of an alarm.
PENDING, RAISED, BLIND, MUTED, CLEARED = range(5)
ALARM_STATES = ("pending", "raised", "blind", "muted", "cleared")


def schema_id(body) -> bytes:
    """What names a schema: the first 4 bytes of SM3 over the CBOR of its body."""
    return digest(cbor.encode(body))[:4]


def payload(epoch, lane, seq, boot, time_ms, time_quality, fields) -> bytes:
    """The bytes of one payload. fields: what the kind adds, by key; seq None where it has none."""
    items = {EPOCH: epoch, LANE: lane, BOOT: boot, TIME: time_ms}
    if seq is not None:
        items[SEQ] = seq
    if time_quality != SYNCED:
        items[TIME_QUALITY] = time_quality
    items.update(fields)
    return cbor.encode(items)


class RowBuffer:
    """The rows of one group between two seals: (time in ms, integers, qualities), by column."""

    def __init__(self, schema_id, columns):
        self.schema_id = schema_id
        self.columns = columns
        self.clear()

    def clear(self):
        """Forget all rows."""
        self.rows = []
        self._raw = []  # [row, column, reply]
        self._size = 0  # at most so many bytes, and
        self._largest = 0  # at most so many for one row of them

    def __len__(self):
        return len(self.rows)

    def begun(self):
        """The time of the first row."""
        return self.rows[0][0]

    def full(self) -> bool:
        """Whether one more row like the largest so far might not fit into a frame."""
        return self._size + self._largest > MAX_FRAME - ENVELOPE - ROWS_HEADER

    def add(self, time_ms, values, qualities, raw=()):
        """One row: values (integers or None) and qualities by column; raw: (column, reply bytes) of
        devices that are unproven."""
        row = len(self.rows)
        before = self.rows[row - 1] if row else None
        size = 2
        kept = []
        for column in range(self.columns):
            last = before[1][column] if row else 0
            # A missing value repeats the one before it; the exception says that it is none.
            value = last if values[column] is None else values[column]
            kept.append(value)
            size += varint.size(value - last)
            # A run of exceptions costs its first row up to 7 bytes, and then nothing.
            if qualities[column] and not (row and before[2][column] == qualities[column]):
                size += 7
        self.rows.append((time_ms, kept, bytes(qualities)))
        for column, reply in raw:
            self._raw.append([row, column, reply])
            size += 6 + len(reply)
        self._size += size
        self._largest = max(self._largest, size)

    def drop(self, count):
        """Forget the first count rows."""
        rows, raw = self.rows[count:], self._raw
        self.clear()
        for time, values, qualities in rows:
            mine = [part[1:] for part in raw if part[0] == count + len(self.rows)]
            self.add(time, values, qualities, mine)

    def fields(self, count):
        """The fields of a ROWS payload for the first count rows; at least one."""
        rows = self.rows[:count]
        times = bytearray()
        step = 0
        for row in range(1, count):
            delta = rows[row][0] - rows[row - 1][0]
            varint.append(times, delta - step)
            step = delta
        columns = bytearray()
        exceptions = []
        for column in range(self.columns):
            before = 0
            for row in rows:
                varint.append(columns, row[1][column] - before)
                before = row[1][column]
            _runs(exceptions, column * count, [row[2][column] for row in rows])
        fields = {SCHEMA: self.schema_id, COLUMNS: bytes(columns)}
        if times:
            fields[TIMES] = bytes(times)
        if exceptions:
            fields[EXCEPTIONS] = exceptions
        raw = [part for part in self._raw if part[0] < count]
        if raw:
            fields[RAW] = raw
        return fields


def _runs(exceptions, start, qualities):
    """Append [first index, how many, quality] for each run of a quality other than good."""
    row = 0
    while row < len(qualities):
        first = row
        while row < len(qualities) and qualities[row] == qualities[first]:
            row += 1
        if qualities[first]:
            exceptions.extend((start + first, row - first, qualities[first]))


def is_uint(value):
    """Whether value is an integer from 0 on."""
    return value is not True and value is not False and isinstance(value, int) and value >= 0


def uint(items, key, default=None):
    """The integer under a key of a payload. BadFrame if it is none."""
    value = items.get(key, default)
    if not is_uint(value):
        raise BadFrame("a frame without its number %d" % key)
    return value


def octets(items, key, default=None):
    """The byte string under a key of a payload. BadFrame if it is none."""
    value = items.get(key, default)
    if not isinstance(value, bytes):
        raise BadFrame("a frame without its bytes %d" % key)
    return value


class Acknowledgement:
    """What the platform holds: acked {lane: seq}, want [(lane, first, last)], schemas it lacks."""

    def __init__(self, device, epoch, acked, want, schemas, utc_ms):
        self.device = device
        self.epoch = epoch
        self.acked = acked
        self.want = want
        self.schemas = schemas
        self.utc_ms = utc_ms


def decode_downlink(data) -> "Acknowledgement":
    """A downlink payload. BadFrame for anything but an acknowledgement of the right shape."""
    items = cbor.decode(data)
    if not isinstance(items, dict) or items.get(KIND) != ACKNOWLEDGEMENT:
        raise BadFrame("a downlink of an unknown kind")
    acked = items.get(ACKED)
    want = items.get(WANT, [])
    schemas = items.get(WANT_SCHEMAS, [])
    if not isinstance(acked, dict) or not isinstance(want, list) or not isinstance(schemas, list):
        raise BadFrame("an acknowledgement of another shape")
    for lane in acked:
        if lane not in LANES or not is_uint(acked[lane]):
            raise BadFrame("an acknowledgement for a lane that does not exist")
    for part in want:
        if not isinstance(part, list) or len(part) != 3 or part[0] not in LANES:
            raise BadFrame("a wanted range that is none")
        if not is_uint(part[1]) or not is_uint(part[2]):
            raise BadFrame("a wanted range that is none")
    return Acknowledgement(
        octets(items, DEVICE), uint(items, EPOCH), acked, want, schemas, uint(items, TIME)
    )
