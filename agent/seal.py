"""Sealing: rows and records become signed frames in the journal. Sealed means durable, before any
send. Also the agent's idea of time: uptime always, UTC once a source has given it.
"""

from agent import frame
from agent.errors import JournalFull
from agent.protocols import cbor, cose
from agent.reading import HOLDOVER, LANES, SYNCED, TELEMETRY, UNSYNCED

# A source that disagrees by less than this is not worth a new TIME record.
TIME_STEP = 1000
# A step must be seen twice, so many ms apart at least: an acknowledgement that was long on its way,
# or came again, tells an old time.
STEP_CONFIRM = 10000
HOLDOVER_AFTER = 6 * 3600 * 1000  # ms; a crystal of 50 ppm is off by a second by then


class Sealer:
    """Makes frames for one device: epoch, boot and sequences from the journal, key from signer."""

    def __init__(self, journal, signer, log):
        self.journal = journal
        self.signer = signer
        self.kids = [signer.kid]  # acknowledgements may name any: former keys signed, too
        self.log = log
        self.utc_offset = None  # UTC minus uptime
        self.time_quality = UNSYNCED
        self.time_source = ""  # who gave it last
        self.unsynced_lanes = []
        self.sealed = 0
        self.by_exception = ()  # the groups that do not keep every row
        self._checked_at = 0  # when a source last gave the time
        self._doubt = None  # (uptime, offset) of a step that was seen once

    def use(self, signer):
        """Sign with another key from now on; what the former one signed stays as it is."""
        self.signer = signer
        self.kids.append(signer.kid)

    def at(self, uptime):
        """(time, time quality) to write for an instant of uptime."""
        if self.utc_offset is None:
            return uptime, UNSYNCED
        quality = self.time_quality
        if quality == SYNCED and uptime - self._checked_at > HOLDOVER_AFTER:
            quality = HOLDOVER
        return uptime + self.utc_offset, quality

    def learn_time(self, uptime, utc_ms, uncertainty_ms, source, quality=SYNCED):
        """UTC at an instant of uptime, from a source. Journals TIME records for what was sealed
        without it. Returns whether anything changed. quality HOLDOVER: a time that a person gave,
        which counts only while there is none, and makes way for any other source."""
        offset = utc_ms - uptime
        step = 0
        if self.utc_offset is not None and quality != SYNCED:
            return False
        if self.utc_offset is not None:
            step = offset - self.utc_offset
        if self.utc_offset is not None and self.time_quality == SYNCED:
            tolerance = max(TIME_STEP, 2 * uncertainty_ms)
            if abs(step) < tolerance:
                self._checked_at = uptime
                self._doubt = None
                return False
            if not self._confirmed(uptime, offset, tolerance):
                return False
        self._checked_at = uptime
        self._doubt = None
        before = (self.utc_offset, self.time_quality, self.unsynced_lanes)
        lanes = self.unsynced_lanes if self.utc_offset is None else [TELEMETRY]
        self.utc_offset = offset
        self.time_quality = quality
        self.unsynced_lanes = []
        body = {
            1: self.journal.boot,
            2: uptime,
            3: utc_ms,
            4: uncertainty_ms,
            5: source,
            6: step,
        }
        try:
            for lane in lanes:
                self.record(lane, frame.TIME_RECORD, body, uptime)
        except (OSError, JournalFull):
            # What is not told is not known: it is learned again.
            self.utc_offset, self.time_quality, self.unsynced_lanes = before
            raise
        self.time_source = source
        self.log("time", "UTC known from %s, within %d ms" % (source, uncertainty_ms))
        return True

    def sure(self):
        """Whether UTC is known, and no source contradicts it."""
        return self.utc_offset is not None and self._doubt is None

    def _confirmed(self, uptime, offset, tolerance):
        """Whether a step was seen before, and long enough ago."""
        if self._doubt is None or abs(offset - self._doubt[1]) >= tolerance:
            self._doubt = (uptime, offset)
        return uptime - self._doubt[0] >= STEP_CONFIRM

    def record(self, lane, kind, body, uptime):
        """Seal a frame of one record. Returns its sequence. OSError, JournalFull: not sealed."""
        return self._seal(lane, {frame.KIND: kind, frame.BODY: body}, uptime)

    def rows(self, buffer):
        """Seal a RowBuffer's oldest rows, as many as fit, as one telemetry frame; forget them."""
        count = len(buffer)
        while True:
            fields = buffer.fields(count)
            size = len(fields[frame.COLUMNS]) + len(cbor.encode(fields.get(frame.EXCEPTIONS)))
            size += len(fields.get(frame.TIMES, b"")) + len(cbor.encode(fields.get(frame.RAW)))
            if size + frame.ENVELOPE + frame.ROWS_HEADER <= frame.MAX_FRAME:
                break
            if count == 1:
                del fields[frame.RAW]  # a row always fits; its raw replies may not
                break
            count = max(1, count * 3 // 4)
        self._seal(TELEMETRY, fields, buffer.begun())
        if count == len(buffer):
            buffer.clear()
        else:
            buffer.drop(count)

    def beacon(self, beacon_ms, uptime, destination=0, ordered=0) -> bytes:
        """A signed holdings beacon: not journaled, without a sequence. ordered: the count of the
        newest order of the platform."""
        journal = self.journal
        holdings = [
            [lane, journal.tail(lane, destination), journal.next_seq(lane)] for lane in LANES
        ]
        time, quality = self.at(uptime)
        body = {1: holdings, 2: beacon_ms}
        # Rows that are not sealed yet say themselves that something changed.
        ages = [
            [group.schema_id, uptime - group.exceptions.looked_at]
            for group in self.by_exception
            if group.exceptions.looked_at is not None and not len(group.rows)
        ]
        if ages:
            body[3] = ages
        if ordered:
            body[4] = ordered
        fields = {frame.KIND: frame.HOLDINGS, frame.BODY: body}
        payload = frame.payload(journal.epoch, LANES[-1], None, journal.boot, time, quality, fields)
        return cose.sign1(payload, self.signer)

    def _seal(self, lane, fields, uptime):
        journal = self.journal
        seq = journal.next_seq(lane)
        time, quality = self.at(uptime)
        payload = frame.payload(journal.epoch, lane, seq, journal.boot, time, quality, fields)
        data = cose.sign1(payload, self.signer)
        if len(data) > frame.MAX_FRAME:
            raise ValueError("a frame of %d bytes" % len(data))
        journal.append(lane, seq, data, uptime)
        if quality == UNSYNCED and lane not in self.unsynced_lanes:
            self.unsynced_lanes.append(lane)
        self.sealed += 1
        return seq
