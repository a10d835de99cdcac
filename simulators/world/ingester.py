"""A small platform for scenarios: verifies, drops repeats, keeps all in memory, acknowledges.

Shared code; the platform simulator (simulators/platform) does the same with a database.
"""

from agent import frame, frame_reader
from agent.errors import AgentError
from agent.protocols import cose
from agent.reading import ALARM, LANES
from simulators.world.ledger import Ledger

ACK_EVERY = 10


class Ingester:
    """One platform for one device. verifier: knows the device's key; signer: the platform's."""

    def __init__(self, verifier, signer, utc_offset=1_790_000_000_000):
        self.verifier = verifier
        self.signer = signer
        self.utc_offset = utc_offset
        self.ledgers = {}
        self.contents = {}  # (epoch, lane, seq) to frame bytes
        self.rows = []  # (boot, time, quality of it, schema id, values, qualities) as they came
        self.schemas = {}
        self.alarms = []
        self.gaps = []
        self.offsets = {}  # boot to UTC minus uptime, from TIME records
        self.repeats = 0
        self.refused = 0
        self.conflicts = 0
        self._last = None  # (device, epoch) of what came last

    def receive(self, now_ms, data, ask=False):
        """Take one frame or several in sequence; returns the downlinks to send. ask: the pole waits
        for an acknowledgement, and gets it at once if anything in data was genuine."""
        try:
            parts = cose.split(data)
        except AgentError:
            self.refused += 1
            return []
        self._last = None
        downlinks = []
        for part in parts:
            downlinks.extend(self._take(now_ms, part))
        if ask and not downlinks and self._last is not None:
            downlinks.append(self._acknowledge(self._last[0], self._last[1], now_ms))
        return downlinks[-1:]

    def _take(self, now_ms, data):
        try:
            parsed = cose.parse1(data)
            self.verifier.verify(parsed.alg, parsed.kid, parsed.message, parsed.signature)
            got = frame_reader.decode(parsed.payload)
        except AgentError:
            self.refused += 1
            return []
        self._last = (parsed.kid, got.epoch)
        if got.kind == frame.HOLDINGS:
            for lane, tail, next_seq in got.body[1]:
                self._ledger(got.epoch, lane).holds(tail, next_seq)
            return [self._acknowledge(parsed.kid, got.epoch, now_ms)]
        ledger = self._ledger(got.epoch, got.lane)
        key = (got.epoch, got.lane, got.seq)
        if ledger.has(got.seq) and key in self.contents:
            if self.contents[key] == data:
                self.repeats += 1
            else:
                self.conflicts += 1
        else:
            self.contents[key] = data
            self._keep(got, ledger)
            ledger.add(got.seq)
        if got.lane == ALARM or ledger.contiguous - ledger.told >= ACK_EVERY:
            return [self._acknowledge(parsed.kid, got.epoch, now_ms)]
        return []

    def _keep(self, got, ledger):
        if got.kind == frame.ROWS:
            for row in range(len(got.times)):
                values = [column[row] for column in got.columns]
                qualities = [column[row] for column in got.qualities]
                self.rows.append(
                    (got.boot, got.times[row], got.time_quality, got.schema_id, values, qualities)
                )
        elif got.kind == frame.SCHEMA_FRAME:
            self.schemas[got.schema_id_of_body()] = got.body
        elif got.kind == frame.ALARM_FRAME:
            self.alarms.append((got.time_ms, got.body[1], got.body[2], got.body[3], got.body[4]))
        elif got.kind == frame.TIME_RECORD:
            self.offsets[got.body[1]] = got.body[3] - got.body[2]
        elif got.kind == frame.GAP:
            self.gaps.append((got.lane, got.body[1], got.body[2], got.body[3]))
            ledger.declare(got.body[1], got.body[2])

    def _ledger(self, epoch, lane):
        return self.ledgers.setdefault((epoch, lane), Ledger())

    def _acknowledge(self, device, epoch, now_ms):
        acked = {}
        want = []
        for lane in LANES:
            ledger = self._ledger(epoch, lane)
            acked[lane] = ledger.told = ledger.contiguous
            want.extend([(lane, first, last) for first, last in ledger.want()])
        unknown = {row[3] for row in self.rows[-40:]} - set(self.schemas)
        ack = frame.Acknowledgement(
            device, epoch, acked, want, sorted(unknown), now_ms + self.utc_offset
        )
        return cose.sign1(frame_reader.encode_acknowledgement(ack), self.signer)
