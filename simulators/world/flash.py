"""A simulated NOR flash: programs clear bits, erases set a sector; the power may go at any
operation, in the middle of it; what was cut leaves weak bits, and the same program once more makes
them strong; sectors may be worn.
"""

EIO = 5

# How the operation under way is torn when the power goes.
TORN = ("nothing", "one byte", "half", "all but one", "random bits", "complete", "second half")
# Besides, for those who look closer: the second page alone; few and most of the bits.
TORN_MORE = ("second page", "few bits", "most bits")
PAGE = 256


class SimFlash:
    """sectors × sector_size bytes, programmed in multiples of unit. After a cut every operation
    fails; ``reboot`` gives a new flash over what is left."""

    def __init__(self, sectors, sector_size=4096, unit=4, cells=None):
        self.sectors = sectors
        self.sector_size = sector_size
        self.unit = unit
        self.cells = bytearray(b"\xff" * (sectors * sector_size)) if cells is None else cells
        self.erases = [0] * sectors
        self.programmed = 0
        self.operations = 0
        self.cut_at = None  # the operation (from 1) at which the power goes
        self.torn = "nothing"
        self.dice = None
        # sector: "program" or "erase" does nothing, "half" erases its first page alone, "error"
        # fails both, "read" cannot be read
        self.worn = {}
        self.endurance = {}  # sector: erases until it sticks: from then on they do nothing
        self.failing = ()  # operations (from 1) that fail once, and change nothing
        self.dead = False
        # (index, AND, OR) of bytes whose cells are between 0 and 1: so they read one day
        self.weak = []
        self.overwritten = 0  # bytes programmed over bytes that were not erased

    def read(self, sector, offset, size):
        """See agent.ports.Flash."""
        self._alive(sector, offset, size)
        if self.worn.get(sector) == "read":
            raise OSError(EIO, "read failed")
        at = sector * self.sector_size + offset
        return bytes(self.cells[at : at + size])

    def program(self, sector, offset, data):
        """See agent.ports.Flash."""
        self._alive(sector, offset, len(data))
        if offset % self.unit or len(data) % self.unit:
            raise ValueError("a program that is not aligned to the unit")
        worn = self.worn.get(sector)
        if worn == "error":
            raise OSError(EIO, "program failed")
        at = sector * self.sector_size + offset
        after = bytearray(self.cells[at : at + len(data)])
        # A program of zeros is a tombstone, and may stand over anything; and the same may be
        # programmed once more.
        if any(data) and after != b"\xff" * len(data) and after != data:
            self.overwritten += 1
        for index in range(len(data)):
            after[index] &= data[index]
        if worn == "program":
            after = self.cells[at : at + len(data)]
        self._change(at, after)
        if self.weak and worn != "program":
            self._strengthen(at, data)
        self.programmed += len(data)

    def erase(self, sector):
        """See agent.ports.Flash."""
        self._alive(sector, 0, self.sector_size)
        if self.worn.get(sector) == "error":
            raise OSError(EIO, "erase failed")
        stuck = self.erases[sector] >= self.endurance.get(sector, self.erases[sector] + 1)
        if self.worn.get(sector) != "erase" and not stuck:
            size = PAGE if self.worn.get(sector) == "half" else self.sector_size
            self._change(sector * self.sector_size, b"\xff" * size)
            self.weak = [cell for cell in self.weak if cell[0] // self.sector_size != sector]
        self.erases[sector] += 1

    def sync(self):
        """Programmed is durable here."""
        return 0

    def synced(self):
        """See agent.ports.Flash."""
        return 0

    def reboot(self, decay=False):
        """The flash after the power came back; decay: weak bits have changed meanwhile, else they
        still may."""
        cells = bytearray(self.cells)
        if decay:
            for index, mask, bits in self.weak:
                cells[index] = cells[index] & mask | bits
        flash = SimFlash(self.sectors, self.sector_size, self.unit, cells)
        flash.erases = list(self.erases)
        flash.worn = self.worn
        flash.endurance = self.endurance
        flash.weak = [] if decay else list(self.weak)
        return flash

    def _strengthen(self, at, data):
        """What was programmed in full stays so: its bits do not rise any more."""
        weak, self.weak = self.weak, []
        for index, mask, bits in weak:
            if at <= index < at + len(data):
                bits &= data[index - at]
            self.weak.append((index, mask, bits))

    def _alive(self, sector, offset, size):
        if self.dead:
            raise OSError(EIO, "no power")
        if not 0 <= sector < self.sectors or offset < 0 or offset + size > self.sector_size:
            raise ValueError("outside the flash")

    def interrupt(self, at, after):
        """The power goes while the bytes from ``at`` on change to ``after``."""
        before = bytes(self.cells[at : at + len(after)])
        self.cells[at : at + len(after)] = self._tear(before, bytes(after))
        # What was to change and reads as before may change later, and what reads as changed may
        # change back: a cell that was not erased in full falls, one not programmed in full rises.
        for index in range(len(after)):
            old, new = before[index], after[index]
            if old == new or not self.dice.chance(300):
                continue
            if new == 0xFF:
                self.weak.append((at + index, old, 0))
            elif self.cells[at + index] == new:
                self.weak.append((at + index, 0xFF, old & ~new & self.dice.below(256)))
            else:
                self.weak.append((at + index, new, 0))
        self.dead = True

    def _change(self, at, after):
        self.operations += 1
        if self.operations in self.failing:
            raise OSError(EIO, "failed once")
        if self.operations == self.cut_at:
            self.interrupt(at, after)
            raise OSError(EIO, "the power went")
        self.cells[at : at + len(after)] = after

    def _tear(self, before, after):
        size = len(after)
        done = {"nothing": 0, "one byte": 1, "half": size // 2, "all but one": size - 1}
        if self.torn == "complete":
            return after
        if self.torn == "second half":
            return before[: size // 2] + after[size // 2 :]
        if self.torn in done:
            count = done[self.torn]
            return after[:count] + before[count:]
        if self.torn == "second page":
            return before[:PAGE] + after[PAGE : 2 * PAGE] + before[2 * PAGE :]
        mixed = bytearray(before)
        for index in range(size):
            mask = self.dice.below(256)
            if self.torn == "few bits":
                mask &= self.dice.below(256) & self.dice.below(256)
            elif self.torn == "most bits":
                mask |= self.dice.below(256) | self.dice.below(256)
            mixed[index] = before[index] & (255 - mask) | after[index] & mask
        return bytes(mixed)
