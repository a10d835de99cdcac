"""Which frames of a lane have come, up to where they are complete, and what is missing."""

MAX_WANT = 4
MAX_ISLAND = 100000  # the longest declared gap that is remembered while what is before it lacks


class Ledger:
    """One lane of one epoch of one device. Sequences start at 1."""

    def __init__(self, contiguous=0):
        self.contiguous = contiguous
        self.later = set()  # what came, or was declared missing, beyond a hole
        self.head = contiguous  # the highest sequence that is known to exist
        self.told = 0  # contiguous when it was last acknowledged

    def has(self, seq) -> bool:
        """Whether the frame came before."""
        return seq <= self.contiguous or seq in self.later

    def add(self, seq):
        """The frame came."""
        if not self.has(seq):
            self.later.add(seq)
            self.head = max(self.head, seq)
            self._advance()

    def declare(self, first, last):
        """The device says (signed) that it does not hold first to last."""
        if first <= self.contiguous + 1:
            # However long: a week's outage may have cost a million frames.
            self.contiguous = max(self.contiguous, last)
            self.later = {seq for seq in self.later if seq > self.contiguous}
        else:
            for seq in range(first, min(last, first + MAX_ISLAND) + 1):
                self.later.add(seq)
        self.head = max(self.head, self.contiguous)
        self._advance()

    def holds(self, tail, next_seq):
        """The device's holdings: it has tail to next_seq - 1, and nothing older."""
        self.head = max(self.head, next_seq - 1)

    def want(self):
        """[(first, last)] of what is missing and may still be held: a few ranges, oldest first."""
        ranges = []
        first = self.contiguous + 1
        # From one that came to the next: a hole may be as long as a device's mistake makes it.
        for seq in sorted(self.later) + [self.head + 1]:
            if len(ranges) == MAX_WANT:
                break
            if seq > first:
                ranges.append((first, seq - 1))
            first = seq + 1
        return ranges

    def _advance(self):
        while self.contiguous + 1 in self.later:
            self.contiguous += 1
            self.later.remove(self.contiguous)
