"""What is known of each sector: fixed-size tables, so that a small heap does not fragment."""

from array import array

FREE = 0xFF  # may be erased and used
BAD = 0xFE  # failed a read-back: used no more

EIO = 5  # the errno of a flash that fails as a whole


class Sectors:
    """lane (or FREE, BAD), format, generation and first sequence of each sector. free and bad count
    those that are so; they are asked for every second."""

    def __init__(self, count):
        self.count = count
        self.free = count
        self.bad = 0
        self.lane = bytearray(count)
        for sector in range(count):
            self.lane[sector] = FREE
        self.version = bytearray(count)
        self.gen = array("I", bytes(4 * count))
        self.first = array("I", bytes(4 * count))

    def give(self, sector, lane):
        """From now on the sector is the lane's, or FREE, or BAD."""
        before = self.lane[sector]
        self.lane[sector] = lane
        self.free += (lane == FREE) - (before == FREE)
        self.bad += (lane == BAD) - (before == BAD)

    def next_free(self, after):
        """The first free sector behind ``after``, around the end; None if there is none."""
        for step in range(1, self.count + 1):
            sector = (after + step) % self.count
            if self.lane[sector] == FREE:
                return sector
        return None

    def oldest(self, lane):
        """The lane's sector of the lowest generation, or None."""
        return self.after(lane, 0)

    def newest(self, lane):
        """The lane's sector of the highest generation, or None."""
        best = None
        for sector in range(self.count):
            if self.lane[sector] == lane and (best is None or self.gen[sector] > self.gen[best]):
                best = sector
        return best

    def after(self, lane, gen):
        """The lane's sector of the lowest generation above gen, or None."""
        best = None
        for sector in range(self.count):
            if (
                self.lane[sector] == lane
                and self.gen[sector] > gen
                and (best is None or self.gen[sector] < self.gen[best])
            ):
                best = sector
        return best

    def holding(self, lane, seq):
        """The lane's sector where seq would stand: the last that begins at or before it."""
        best = None
        for sector in range(self.count):
            if (
                self.lane[sector] == lane
                and self.first[sector] <= seq
                and (best is None or self.gen[sector] > self.gen[best])
            ):
                best = sector
        return best

    def free_before(self, lane, gen):
        """Free the lane's sectors of a lower generation than gen."""
        for sector in range(self.count):
            if self.lane[sector] == lane and self.gen[sector] < gen:
                self.give(sector, FREE)
