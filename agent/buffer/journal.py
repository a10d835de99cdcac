"""The journal: signed frames on flash, in three lanes, until the platform has them.

A segmented log over the Flash port. Every sector header is a snapshot of all cursors, so nothing is
rewritten in place; a sector belongs to one lane; a full journal gives up the oldest sector of the
lowest lane. Recovery writes nothing, and scans only the newest sector of each lane. What cannot be
read is skipped and told, never guessed, and its sequence numbers are never used again.
"""

from agent.buffer import record
from agent.buffer.scan import Scanner
from agent.buffer.sectors import BAD, FREE, Sectors
from agent.errors import JournalFull
from agent.reading import ALARM, LANES

EIO = 5
ACK_EVERY = 16  # releases between two persisted cursors; losing one only causes a redelivery
RESERVE = 1  # free sectors that only the alarm lane may take
# The smallest record: how many frames a damaged stretch of bytes may have held at the most.
SMALLEST = 20


class Journal:
    """See the module. flash: a Flash; random_u32: called for a new epoch; the first sectors of the
    flash may belong to somebody else (StateStore)."""

    def __init__(self, flash, random_u32, first_sector=0):
        self.flash = flash
        self.base = first_sector
        self._random = random_u32
        self.sectors = Sectors(flash.sectors - first_sector)
        self.scanner = Scanner(flash, first_sector)
        self.diagnostics = []
        self.epoch = 0
        self.boot = 1
        self._acked = [0, 0, 0]
        self._next = [1, 1, 1]
        self._head = [None, None, None]  # the sector that each lane appends to
        self._offset = [0, 0, 0]
        self._cursor = [None, None, None]  # (sector, offset, seq) where reading stands
        self._pending = [[], [], []]  # (ticket, seq) that is not durable yet
        self._durable = [0, 0, 0]
        self._holes = []
        self._gen = 0
        self._last = -1
        self._unpersisted = 0
        self._boot_told = False

    # Recovery.

    def mount(self) -> None:
        """Find what is there. Writes nothing, and never refuses to start."""
        table = self.sectors
        found = []
        strange = 0
        for sector in range(table.count):
            fields, blank = self.scanner.header(sector)
            if fields is not None:
                found.append((sector, fields))
            elif not blank:
                strange += 1
        if not found:
            self.epoch = self._random() & 0xFFFFFFFF
            if strange:
                self.diagnostics.append(
                    "%d sectors hold nothing of this journal: it starts empty" % strange
                )
            return
        newest = found[0][1]
        for _, fields in found:
            if fields[1] > newest[1]:
                newest = fields
        self.epoch = newest[3]
        boot = 0
        for sector, fields in found:
            if fields[3] != self.epoch or fields[0] not in LANES:
                continue
            table.lane[sector] = fields[0]
            table.gen[sector] = fields[1]
            table.first[sector] = fields[2]
            self._gen = max(self._gen, fields[1])
            boot = max(boot, fields[4])
            for lane in LANES:
                self._acked[lane] = max(self._acked[lane], fields[5 + lane])
                self._next[lane] = max(self._next[lane], fields[8 + lane])
            if fields[1] == newest[1]:
                self._last = sector
        for lane in LANES:
            boot = max(boot, self._recover(lane))
        if strange:
            # A header that cannot be read may have stood before any lane's newest frames.
            self._skip_all(strange)
        self.boot = boot + 1
        for lane in LANES:
            self._acked[lane] = min(self._acked[lane], self._next[lane] - 1)
            self._durable[lane] = self._next[lane] - 1
            self._free_released(lane)

    def _recover(self, lane):
        """Scan the lane's newest sector; returns the highest boot told in it."""
        sector = self.sectors.newest(lane)
        if sector is None:
            return 0
        scan = self.scanner.scan(sector, self._seed(sector))
        boot = 0
        first = self._next[lane] = max(self._next[lane], self.sectors.first[sector])
        last = first - 1
        for kind, seq, at, size in scan.records:
            if kind == record.DATA:
                last = max(last, seq)
            elif kind == record.ACK:
                data = self.scanner.payload(sector, at, size)
                for other in LANES:
                    self._acked[other] = max(self._acked[other], record.u32(data, 4 * other))
            elif kind == record.BOOT:
                boot = max(boot, seq)
        self._next[lane] = max(self._next[lane], last + 1)
        if scan.damaged:
            first = self._next[lane]
            self._next[lane] = first + scan.damaged // SMALLEST + 1
            self._holes.append((lane, first, self._next[lane] - 1, "torn"))
            self.diagnostics.append("lane %d: %d damaged bytes skipped" % (lane, scan.damaged))
        elif scan.records:
            # An interrupted program may have left weak bits that still read as erased: resume
            # behind everything that one record could have touched.
            guard = record.align(record.RECORD + record.MAX_PAYLOAD, self.flash.unit)
            if scan.end + 2 * guard < self.flash.sector_size:
                self._head[lane] = sector
                self._offset[lane] = scan.end + guard
        return boot

    def _skip_all(self, strange):
        skip = self.flash.sector_size // SMALLEST
        for lane in LANES:
            if self._next[lane] > 1:
                first = self._next[lane]
                self._next[lane] = first + skip
                self._head[lane] = None
                self._holes.append((lane, first, first + skip - 1, "unreadable sector"))
        self.diagnostics.append("%d sectors could not be read" % strange)

    # Writing.

    def next_seq(self, lane) -> int:
        """The sequence that the lane's next frame gets; they start at 1."""
        return self._next[lane]

    def append(self, lane, seq, frame, uptime_ms) -> None:
        """Store a frame of at most MAX_PAYLOAD bytes. JournalFull: no space that this lane may
        take. OSError: the flash fails everywhere. In both cases nothing was stored."""
        if seq != self._next[lane]:
            raise ValueError("sequence %d where %d is next" % (seq, self._next[lane]))
        if len(frame) > record.MAX_PAYLOAD:
            raise ValueError("a frame of %d bytes" % len(frame))
        self._write(lane, record.DATA, seq, uptime_ms, frame)
        self._next[lane] = seq + 1
        self._pending[lane].append((self.flash.sync(), seq))
        if self._unpersisted >= ACK_EVERY:
            self.flush()

    def flush(self) -> None:
        """Persist the acknowledged cursors, where a sector is open for it."""
        for lane in LANES:
            if self._head[lane] is None or not self._unpersisted:
                continue
            if self._offset[lane] + record.RECORD + 12 > self.flash.sector_size:
                continue
            data = b"".join([number.to_bytes(4, "big") for number in self._acked])
            self._unpersisted = 0
            self._write(lane, record.ACK, 0, 0, data)
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
        if self._programmed(sector, offset, data):
            self._offset[lane] = offset + len(data)
            return True
        self._head[lane] = None
        self.diagnostics.append("sector %d fails: it takes no more" % sector)
        return False

    def _programmed(self, sector, offset, data):
        try:
            self.flash.program(self.base + sector, offset, data)
            return self.flash.read(self.base + sector, offset, len(data)) == data
        except OSError:
            return False

    def _open(self, lane):
        """Give the lane a fresh sector."""
        for _ in range(self.sectors.count):
            sector = self._take(lane)
            self._gen += 1
            fields = (lane, self._gen, self._next[lane], self.epoch, self.boot)
            data = record.header(
                fields[0], fields[1], fields[2], fields[3], fields[4], self._acked, self._next
            )
            data = record.pad(data, self.flash.unit)
            try:
                self.flash.erase(self.base + sector)
                good = self._programmed(sector, 0, data)
            except OSError:
                good = False
            self._last = sector
            if good:
                self.sectors.lane[sector] = lane
                self.sectors.gen[sector] = self._gen
                self.sectors.first[sector] = self._next[lane]
                self._head[lane] = sector
                self._offset[lane] = self.scanner.start
                self._boot_told = True
                return
            self.sectors.lane[sector] = BAD
            self.diagnostics.append("sector %d cannot be written: retired" % sector)
        raise OSError(EIO, "the flash takes nothing any more")

    def _take(self, lane):
        """A sector that may be erased for lane: a free one, or by eviction."""
        reserve = 0 if lane == ALARM else RESERVE
        while self.sectors.free() <= reserve:
            self._evict(lane)
        return self.sectors.next_free(self._last)

    def _evict(self, lane):
        """Give up the oldest sector of the lowest lane; never one of a higher lane than lane."""
        for victim in (2, 1, 0):
            if victim < lane:
                break
            sector = self.sectors.oldest(victim)
            if sector is None or sector == self._head[victim]:
                continue
            self._entomb(sector)
            self.sectors.lane[sector] = FREE
            self._cursor[victim] = None
            return
        if self.sectors.bad() == self.sectors.count:
            raise OSError(EIO, "the flash takes nothing any more")
        raise JournalFull("the journal is full, and lane %d may not displace the others" % lane)

    def _entomb(self, sector):
        """Mark a sector as given up before it is erased: an interrupted erase may leave its header
        readable, and that would claim frames that are gone."""
        unit = max(4, self.flash.unit)
        try:
            self.flash.program(self.base + sector, self.scanner.start - unit, bytes(unit))
        except OSError:
            self.sectors.lane[sector] = BAD

    # Reading and releasing.

    def durable(self, lane) -> int:
        """The highest sequence that is durable. OSError if the storage failed to sync."""
        pending = self._pending[lane]
        if pending:
            synced = self.flash.synced()
            while pending and pending[0][0] <= synced:
                self._durable[lane] = pending.pop(0)[1]
        return self._durable[lane]

    def read(self, lane, seq):
        """The frame, or None if it is not held. Cheap for sequences in rising order."""
        found = self._find(lane, seq)
        if found is None or found[1] != seq:
            return None
        sector, _, at, size = found
        step = record.align(record.RECORD + size, self.flash.unit)
        self._cursor[lane] = (sector, at + step, seq + 1)
        return self.scanner.payload(sector, at, size)

    def next_held(self, lane, seq) -> int:
        """The lowest sequence from seq on that is held; next_seq if there is none."""
        found = self._find(lane, seq)
        return self._next[lane] if found is None else found[1]

    def _find(self, lane, seq):
        """(sector, seq, offset, size) of the first held frame from seq on, or None."""
        if seq >= self._next[lane]:
            return None
        cursor = self._cursor[lane]
        if cursor is not None and cursor[2] == seq and self.sectors.lane[cursor[0]] == lane:
            sector, at = cursor[0], cursor[1]
        else:
            sector = self.sectors.holding(lane, seq)
            if sector is None:
                sector = self.sectors.oldest(lane)
            at = self.scanner.start
        while sector is not None:
            found = self.scanner.find(sector, self._seed(sector), at, seq)
            if found is not None:
                return sector, found[0], found[1], found[2]
            sector = self.sectors.after(lane, self.sectors.gen[sector])
            at = self.scanner.start
        return None

    def tail(self, lane) -> int:
        """The oldest sequence that is held and not released; next_seq if there is none."""
        oldest = self.sectors.oldest(lane)
        if oldest is None:
            return self._next[lane]
        return min(self._next[lane], max(self._acked[lane] + 1, self.sectors.first[oldest]))

    def released(self, lane) -> int:
        """The cumulative acknowledgement."""
        return self._acked[lane]

    def release(self, lane, seq) -> None:
        """Forget the lane's frames up to seq. Going back, or beyond the last, changes nothing."""
        if self._acked[lane] < seq < self._next[lane]:
            self._unpersisted += seq - self._acked[lane]
            self._acked[lane] = seq
            self._free_released(lane)

    def _free_released(self, lane):
        """Free the lane's sectors whose last frame is released; its newest stays."""
        while True:
            sector = self.sectors.oldest(lane)
            if sector is None or sector == self._head[lane]:
                return
            following = self.sectors.after(lane, self.sectors.gen[sector])
            if following is None or self.sectors.first[following] > self._acked[lane] + 1:
                return
            self.sectors.lane[sector] = FREE
            if self._cursor[lane] is not None and self._cursor[lane][0] == sector:
                self._cursor[lane] = None

    def missing(self, lane):
        """[(first, last, reason)] of sequences above the released ones known as not held."""
        result = []
        tail = self.tail(lane)
        if tail > self._acked[lane] + 1:
            result.append((self._acked[lane] + 1, tail - 1, "evicted"))
        for hole in self._holes:
            first = max(hole[1], tail)
            if hole[0] == lane and first <= hole[2] and hole[2] > self._acked[lane]:
                result.append((first, hole[2], hole[3]))
        return result

    def used(self):
        """(bytes of the sectors in use, bytes of all that are not retired)."""
        size = self.flash.sector_size
        good = self.sectors.count - self.sectors.bad()
        return (good - self.sectors.free()) * size, good * size

    def _seed(self, sector):
        return record.salt(self.sectors.gen[sector], self.epoch)
