"""The journal: signed frames on flash, in three lanes, until the platform has them.

A segmented log over the Flash port. Every sector header is a snapshot of all cursors, so nothing is
rewritten in place; a sector belongs to one lane; a full journal gives up the oldest sector of the
lowest lane (agent.buffer.eviction). agent.buffer.recovery finds it again after a start.
"""

from agent.buffer import record
from agent.buffer.held import RESERVE, Held
from agent.buffer.sectors import BAD, EIO
from agent.reading import ALARM, LANES

ACK_EVERY = 16  # releases between two persisted cursors; losing one only causes a redelivery
MAX_PENDING = 8  # syncs that are remembered before it is asked which of them are done
PIECE = 256  # bytes that are read back at once: a small heap has no room for a record twice
ATTEMPTS = 4  # sectors that fail one after another until the flash is taken to fail as a whole


class Journal(Held):
    """See the module. flash: a Flash; random_u32: called for a new epoch; the first sectors of the
    flash may belong to somebody else (StateStore). commit_ms: alarms are synced at once, all else
    at the latest so long after it was appended; 0: at once."""

    def __init__(self, flash, random_u32, first_sector=0, destinations=1, commit_ms=0):
        super().__init__(flash, first_sector, destinations)
        self._random = random_u32
        self.commit_ms = commit_ms
        self.diagnostics = []
        self.foreign = False  # whether mount found bytes, and nothing of a journal in them
        self.boot = 1
        self.version = record.FORMAT  # the format that is written
        self._head = [None, None, None]  # the sector that each lane appends to
        self._offset = [0, 0, 0]
        self._pending = [[], [], []]  # (ticket, seq) that is not durable yet
        self._durable = [0, 0, 0]
        self._unsynced = [0, 0, 0]  # the last sequence that waits for a commit
        self._commit_at = None
        self._gen = 0
        self._last = -1
        self._failed = []  # sectors that raised an error since one was opened
        self._boot_told = False

    def mount(self) -> None:
        """Find what is there. Writes nothing, and never refuses to start."""
        from agent.buffer.recovery import recover  # a board forgets it when it is up

        recover(self)
        self._random = None  # it belongs to whoever starts, and keeps that one alive

    # Writing.

    def confirm(self) -> None:
        """The software that runs now stays: from the next sector on its own format is written."""
        self.version = record.FORMAT

    def append(self, lane, seq, frame, uptime_ms) -> None:
        """Store a frame of at most MAX_PAYLOAD bytes. JournalFull: no space that this lane may
        take. OSError: the flash fails everywhere. In both cases nothing was stored."""
        if seq != self._next[lane]:
            raise ValueError("sequence %d where %d is next" % (seq, self._next[lane]))
        if len(frame) > record.MAX_PAYLOAD:
            raise ValueError("a frame of %d bytes" % len(frame))
        self._write(lane, record.DATA, seq, uptime_ms & 0xFFFFFFFF, frame)
        self._next[lane] = seq + 1
        self._unsynced[lane] = seq
        if lane == ALARM or not self.commit_ms:
            self._commit()
        elif self._commit_at is None:
            self._commit_at = uptime_ms + self.commit_ms
        if self._unpersisted >= ACK_EVERY:
            self.flush()

    def commit(self, now):
        """Sync what is due; returns when more falls due, or None. now: uptime in ms."""
        if self._commit_at is not None and now >= self._commit_at:
            self._commit()
        return self._commit_at

    def durable(self, lane) -> int:
        """The highest sequence that is durable. OSError if the storage failed to sync."""
        pending = self._pending[lane]
        if pending:
            synced = self.flash.synced()
            while pending and pending[0][0] <= synced:
                self._durable[lane] = pending.pop(0)[1]
        return self._durable[lane]

    def _commit(self):
        self._commit_at = None
        ticket = self.flash.sync()
        for lane in LANES:
            if self._unsynced[lane]:
                self._pending[lane].append((ticket, self._unsynced[lane]))
                self._unsynced[lane] = 0
                if len(self._pending[lane]) > MAX_PENDING:
                    # Nobody asks in a long outage, and the list must not grow.
                    try:
                        self.durable(lane)
                    except OSError:
                        self._pending[lane].pop(0)  # never durable: so it will be told

    def flush(self) -> None:
        """Commit, and persist the acknowledged cursors where an open sector has room for them:
        nothing is opened or given up for their sake."""
        self._commit()
        numbers = self._acked[0] if self.destinations == 1 else self._acked[0] + self._acked[1]
        data = record.u32s(numbers)
        size = record.align(record.RECORD + len(data), self.flash.unit)
        for lane in LANES:
            sector = self._head[lane]
            if sector is None or not self._unpersisted or not self._boot_told:
                continue
            if self._offset[lane] + size > self.flash.sector_size:
                continue
            if self._put(lane, sector, record.ACK, 0, 0, data):
                self._unpersisted = 0
                self.flash.sync()
                return

    def _write(self, lane, kind, seq, uptime, payload):
        size = record.align(record.RECORD + len(payload), self.flash.unit)
        boot = record.align(record.RECORD, self.flash.unit)
        for _ in range(self.sectors.count + 1):
            sector = self._head[lane]
            need = size if self._boot_told else size + boot
            if sector is None or self._offset[lane] + need > self.flash.sector_size:
                self._open(lane)
                sector = self._head[lane]
            if not self._boot_told:
                if not self._put(lane, sector, record.BOOT, self.boot, 0, b""):
                    continue
                self._boot_told = True
            if self._put(lane, sector, kind, seq, uptime, payload):
                return
        raise OSError(EIO, "the flash takes nothing any more")

    def _put(self, lane, sector, kind, seq, uptime, payload):
        """Program one record and read it back; a sector that fails takes no more."""
        data = record.record(kind, lane, seq, uptime, payload, self._seed(sector))
        data = record.pad(data, self.flash.unit)
        offset = self._offset[lane]
        try:
            good = self._programmed(sector, offset, data)
        except OSError:
            good = False
        if good:
            self._offset[lane] = offset + len(data)
            return True
        self._head[lane] = None
        self.diagnostics.append("sector %d fails: it takes no more" % sector)
        return False

    def _programmed(self, sector, offset, data):
        self.flash.program(self.base + sector, offset, data)
        for at in range(0, len(data), PIECE):
            piece = data[at : at + PIECE]
            if self.flash.read(self.base + sector, offset + at, len(piece)) != piece:
                return False
        return True

    def _open(self, lane):
        """Give the lane a fresh sector. One that fails while others work is retired. OSError: the
        flash fails as a whole, as a full disk does; nothing is retired or given up then."""
        self._failed = []
        while len(self._failed) < ATTEMPTS:
            sector = self._last = self._take(lane)
            self._gen += 1
            first = self._next[lane]
            data = record.header(
                self.version, lane, self._gen, first, self.epoch, self.boot, self._acked, self._next
            )
            try:
                self.flash.erase(self.base + sector)
                good = self._programmed(sector, 0, record.pad(data, self.flash.unit))
            except OSError:
                self._failed.append(sector)
                continue
            for bad in self._failed if good else [sector]:
                self._retire(bad)
            if good:
                self.sectors.give(sector, lane)
                self.sectors.version[sector] = self.version
                self.sectors.gen[sector] = self._gen
                self.sectors.first[sector] = first
                self._edge[lane] = min(self._edge[lane], first - 1)
                self._head[lane] = sector
                self._offset[lane] = self._start(sector)
                self._boot_told = True
                return
        raise OSError(EIO, "the flash takes nothing any more")

    def _retire(self, sector):
        """Use a sector no more. Its header may stand all the same: marked, it claims nothing."""
        self.sectors.give(sector, BAD)
        self.diagnostics.append("sector %d cannot be written: retired" % sector)
        try:
            self._mark(sector, self.version)
        except OSError:
            pass

    def _take(self, lane):
        """A sector that may be erased for lane: a free one, or one that is given up for it."""
        reserve = 0 if lane == ALARM else RESERVE
        while self.sectors.free - len(self._failed) <= reserve:
            from agent.buffer.eviction import evict  # a board whose journal is not full needs none

            evict(self, lane)
        sector = self.sectors.next_free(self._last)
        while sector in self._failed:
            sector = self.sectors.next_free(sector)
        return sector

    def _mark(self, sector, version):
        """Program the tombstone: the header claims nothing any more."""
        unit = max(4, self.flash.unit)
        self.flash.program(self.base + sector, self.scanner.start(version) - unit, bytes(unit))
