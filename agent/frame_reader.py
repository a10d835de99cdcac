"""Frames as a platform reads them: payloads taken apart, acknowledgements built.

Anything that is not a payload by docs/wire-format.md is a BadFrame, never another exception.
"""

from agent.errors import BadFrame
from agent.frame import (
    ACKED,
    ACKNOWLEDGEMENT,
    ACTUATION,
    ALARM_FRAME,
    ALARM_STATES,
    BODY,
    BOOT,
    BOOT_RECORD,
    CHANGE,
    COLUMNS,
    COMMAND,
    DEVICE,
    DRILL,
    EPOCH,
    EXCEPTIONS,
    GAP,
    HANDOVER,
    HOLDINGS,
    KIND,
    LANE,
    MAINTENANCE,
    OUTCOME,
    RAW,
    ROWS,
    SCHEMA,
    SCHEMA_FRAME,
    SEQ,
    SETTINGS,
    SITE,
    STATUS,
    TIME,
    TIME_QUALITY,
    TIME_RECORD,
    TIMES,
    WANT,
    WANT_SCHEMAS,
    is_uint,
    octets,
    schema_id,
    uint,
)
from agent.protocols import cbor, varint_reader
from agent.reading import LANES, NOT_FITTED, QUALITY_NAMES, SYNCED, UNSYNCED

KIND_NAMES = {
    ROWS: "rows",
    SCHEMA_FRAME: "schema",
    STATUS: "status",
    TIME_RECORD: "time",
    GAP: "gap",
    ALARM_FRAME: "alarm",
    BOOT_RECORD: "boot",
    HOLDINGS: "holdings",
    MAINTENANCE: "maintenance",
    ACTUATION: "actuation",
    DRILL: "drill",
    SITE: "site",
    HANDOVER: "handover",
    CHANGE: "change of settings",
    OUTCOME: "outcome of a command",
    ACKNOWLEDGEMENT: "acknowledgement",
    COMMAND: "command",
    SETTINGS: "settings",
}


MAX_KIND = 15  # kinds that a platform keeps, whether it knows them or not

# The longest range that one GAP record may declare.
MAX_GAP = 1 << 24


class Frame:
    """A payload taken apart. For rows: times, columns (lists of values or None), qualities.

    ``undecoded`` says why the rest cannot be read while the identity (epoch, lane, seq, boot, time)
    can; "" if all could. BadFrame for what has no identity.
    """

    def __init__(self, items):
        self.items = items
        self.epoch = uint(items, EPOCH)
        self.lane = uint(items, LANE)
        self.boot = uint(items, BOOT)
        self.kind = uint(items, KIND, ROWS)
        self.seq = None if self.kind == HOLDINGS else uint(items, SEQ)
        self.time_ms = uint(items, TIME)
        self.time_quality = uint(items, TIME_QUALITY, SYNCED)
        self.body = items.get(BODY)
        if self.lane not in LANES or self.time_quality > UNSYNCED or self.kind > MAX_KIND:
            raise BadFrame("a lane, kind or time quality that does not exist")
        self.undecoded = ""
        try:
            self._read()
        except BadFrame as error:
            if self.kind == HOLDINGS:
                raise  # it has no seq to be kept under
            self.undecoded = str(error)

    def _read(self):
        if self.kind > OUTCOME:
            raise BadFrame("a frame of kind %d" % self.kind)
        if self.kind == ROWS:
            self._rows()
        elif not isinstance(self.body, dict):
            raise BadFrame("a frame without its body")
        else:
            _check_body(self.kind, self.body)

    def schema_id_of_body(self) -> bytes:
        """The id of the schema that a schema frame's body describes."""
        return schema_id(self.body)

    def _rows(self):
        self.schema_id = octets(self.items, SCHEMA)
        self.times = [self.time_ms]
        step = 0
        for change in varint_reader.read_all(octets(self.items, TIMES, b"")):
            step += change
            self.times.append(self.times[-1] + step)
        rows = len(self.times)
        deltas = varint_reader.read_all(octets(self.items, COLUMNS))
        if len(deltas) % rows:
            raise BadFrame("columns of unequal length")
        self.columns = []
        self.qualities = []
        for first in range(0, len(deltas), rows):
            column = []
            value = 0
            for delta in deltas[first : first + rows]:
                value += delta
                column.append(value)
            self.columns.append(column)
            self.qualities.append([0] * rows)
        self._exceptions(rows)
        self.raw = self.items.get(RAW, [])
        if not isinstance(self.raw, list):
            raise BadFrame("raw replies that are no list")

    def _exceptions(self, rows):
        exceptions = self.items.get(EXCEPTIONS, [])
        if not isinstance(exceptions, list) or len(exceptions) % 3:
            raise BadFrame("exceptions that are no runs")
        for at in range(0, len(exceptions), 3):
            start, length, quality = exceptions[at : at + 3]
            if not is_uint(start) or not is_uint(length) or quality not in QUALITY_NAMES:
                raise BadFrame("a run of exceptions that is no run")
            if start + length > rows * len(self.columns):
                raise BadFrame("a run of exceptions beyond the last row")
            for index in range(start, start + length):
                self.qualities[index // rows][index % rows] = quality
                if quality >= NOT_FITTED:
                    self.columns[index // rows][index % rows] = None


def _is_age(part):
    """Whether part is [schema id, ms]."""
    if not isinstance(part, list) or len(part) != 2:
        return False
    return isinstance(part[0], bytes) and is_uint(part[1])


# The numbers (from 0 on) and lists that a body of each kind must have.
_NUMBERS = {
    SCHEMA_FRAME: (1, 2),
    TIME_RECORD: (1, 2, 3, 4),
    GAP: (1, 2),
    ALARM_FRAME: (3, 7),
    MAINTENANCE: (1, 4),
    DRILL: (1, 5),
    HANDOVER: (1,),
    CHANGE: (1, 4),
    OUTCOME: (1,),
}
_LISTS = {SCHEMA_FRAME: (3, 4), BOOT_RECORD: (2,), HOLDINGS: (1,), ALARM_FRAME: (8,)}


def _check_body(kind, body):
    """BadFrame unless a body has what its kind needs: also a genuine device may have a bug."""
    for key in _NUMBERS.get(kind, ()):
        uint(body, key)
    for key in _LISTS.get(kind, ()):
        if not isinstance(body.get(key), list):
            raise BadFrame("a %s frame without its list %d" % (KIND_NAMES[kind], key))
    if kind == SCHEMA_FRAME:
        uint(body, 5, 0)
        for row in body[4]:
            if not isinstance(row, list) or len(row) != 5 or not is_uint(row[0]):
                raise BadFrame("a schema with a channel of another shape")
            if row[0] >= len(body[3]):
                raise BadFrame("a schema whose channel has no device")
        if not all(isinstance(device, list) and len(device) == 3 for device in body[3]):
            raise BadFrame("a schema with a device of another shape")
    if kind == HOLDINGS:
        uint(body, 4, 0)
        for row in body[1]:
            if not isinstance(row, list) or len(row) != 3 or not all(is_uint(part) for part in row):
                raise BadFrame("holdings of another shape")
            if row[0] not in LANES:
                raise BadFrame("holdings of a lane that does not exist")
        if not isinstance(body.get(3, []), list) or not all(map(_is_age, body.get(3, []))):
            raise BadFrame("ages of another shape")
    if kind == GAP and (body[2] - body[1] > MAX_GAP or not isinstance(body.get(3), str)):
        raise BadFrame("a gap without reason, or beyond reason")
    if kind == ACTUATION and not all(body.get(key) in (None, 0, 1) for key in (3, 4)):
        raise BadFrame("a relay in a state that does not exist")
    if kind == DRILL and not all(isinstance(body.get(key), str) for key in (3, 4)):
        raise BadFrame("a drill of nothing")
    beneath = uint(body, 10, 0) if kind == ALARM_FRAME else 0
    if kind == ALARM_FRAME and (max(body[3], beneath) >= len(ALARM_STATES) or len(body[8]) != 2):
        raise BadFrame("an alarm in a state that does not exist")


def decode(data) -> "Frame":
    """The frame in the payload bytes data, wholly read. BadFrame for anything else."""
    got = identify(data)
    if got.undecoded:
        raise BadFrame(got.undecoded)
    return got


def identify(data) -> "Frame":
    """As ``decode``, but a frame whose rest is unreadable is marked ``undecoded``."""
    items = cbor.decode(data)
    if not isinstance(items, dict):
        raise BadFrame("a payload that is no map")
    return Frame(items)


def encode_acknowledgement(ack) -> bytes:
    """The payload of a frame.Acknowledgement."""
    items = {EPOCH: ack.epoch, KIND: ACKNOWLEDGEMENT, TIME: ack.utc_ms, DEVICE: ack.device}
    items[ACKED] = ack.acked
    if ack.want:
        items[WANT] = [list(part) for part in ack.want]
    if ack.schemas:
        items[WANT_SCHEMAS] = ack.schemas
    return cbor.encode(items)
