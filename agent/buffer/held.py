"""What the journal holds: frames are read, and let go of once every destination has them."""

from agent.buffer import record
from agent.buffer.scan import Scanner
from agent.buffer.sectors import Sectors

NEVER = 1 << 62
RESERVE = 1  # free sectors that only the alarm lane may take


class Held:
    """The reading half of the journal. destinations: to how many platforms (1 or 2) the frames go;
    a frame is let go of when all of them have it."""

    def __init__(self, flash, first_sector, destinations):
        self.flash = flash
        self.base = first_sector
        self.destinations = destinations
        self.sectors = Sectors(flash.sectors - first_sector)
        self.scanner = Scanner(flash, first_sector)
        self.epoch = 0
        self._acked = [[0, 0, 0], [0, 0, 0]]
        self._next = [1, 1, 1]
        self._cursor = [None, None, None]  # (sector, offset, seq) where reading stands
        self._edge = [0, 0, 0]  # releasing up to here frees nothing
        self._holes = []  # (lane, first, last, reason) of damage that was skipped
        self._lost = [None, None, None]  # [first, last, begin, end] that was evicted
        self._unpersisted = 0

    def next_seq(self, lane) -> int:
        """The sequence that the lane's next frame gets; they start at 1."""
        return self._next[lane]

    def sealed(self) -> int:
        """How many sequences were given, in all lanes."""
        return sum(self._next) - 3

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
            at = 0
        while sector is not None:
            at = at or self._start(sector)
            found = self.scanner.find(sector, self._seed(sector), at, seq)
            if found is not None:
                return sector, found[0], found[1], found[2]
            sector = self.sectors.after(lane, self.sectors.gen[sector])
            at = 0
        return None

    def tail(self, lane, destination=0) -> int:
        """The oldest sequence that is held and not released by the destination; next_seq if there
        is none."""
        oldest = self.sectors.oldest(lane)
        if oldest is None:
            return self._next[lane]
        first = max(self._acked[destination][lane] + 1, self.sectors.first[oldest])
        return min(self._next[lane], first)

    def released(self, lane, destination=0) -> int:
        """The cumulative acknowledgement of one destination."""
        return self._acked[destination][lane]

    def release(self, lane, seq, destination=0) -> None:
        """The destination has the lane's frames up to seq. Going back, or beyond the last, changes
        nothing."""
        acked = self._acked[destination]
        if acked[lane] < seq < self._next[lane]:
            self._unpersisted += seq - acked[lane]
            acked[lane] = seq
            self._free_released(lane)

    def settled(self, lane) -> int:
        """The sequence up to which every destination has the lane's frames."""
        return min([self._acked[one][lane] for one in range(self.destinations)])

    def _free_released(self, lane):
        """Free the lane's sectors whose last frame is settled; its newest stays."""
        settled = self.settled(lane)
        if settled < self._edge[lane]:
            return
        table = self.sectors
        keep = table.holding(lane, settled + 1)
        if keep is None:
            return
        table.free_before(lane, table.gen[keep])
        following = table.after(lane, table.gen[keep])
        self._edge[lane] = NEVER if following is None else table.first[following] - 1

    def missing(self, lane, destination=0):
        """[(first, last, reason, begin, end)] of sequences above the released ones known as not
        held. begin, end: [boot, uptime in ms] of the lost span, or None."""
        result = []
        acked = self._acked[destination][lane]
        tail = self.tail(lane, destination)
        if tail > acked + 1:
            begin = end = None
            lost = self._lost[lane]
            if lost is not None and lost[1] == tail - 1:
                # What was given up before a restart has no begin that is still known.
                begin = lost[2] if lost[0] <= acked + 1 else None
                end = lost[3]
            result.append((acked + 1, tail - 1, "evicted", begin, end))
        for hole in self._holes:
            first = max(hole[1], tail)
            if hole[0] == lane and first <= hole[2] and hole[2] > acked:
                result.append((first, hole[2], hole[3], None, None))
        return result

    def used(self):
        """(bytes of the sectors in use, bytes of all that are not retired)."""
        size = self.flash.sector_size
        good = self.sectors.count - self.sectors.bad
        return (good - self.sectors.free) * size, good * size

    def fullness(self):
        """How full it is, in per mille; 1000: the next sector costs an old one, or is an alarm's
        reserve."""
        good = self.sectors.count - self.sectors.bad
        return min(1000, (good - self.sectors.free) * 1000 // max(1, good - RESERVE))

    def _start(self, sector):
        return self.scanner.start(self.sectors.version[sector])

    def _seed(self, sector):
        return record.salt(self.sectors.gen[sector], self.epoch)
