"""Deliberate bugs in the journal and the flash: one line each, and the part that must see it."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Mutant:
    """``old`` stands exactly once in the file (below agent/) and becomes ``new``; ``part`` of the
    torture (see parts.play) sees it."""

    name: str
    file: str
    old: str
    new: str
    part: str = "cuts"


_J, _H = "buffer/journal.py", "buffer/held.py"
_M, _E = "buffer/recovery.py", "buffer/eviction.py"
_S, _R = "buffer/scan.py", "buffer/record.py"
_F, _G = "linux/flash.py", "linux/segments.py"

MUTANTS = (
    Mutant("record CRC unchecked", _S, "if crc != record.u32(head, 12):", "if False:"),
    Mutant(
        "header CRC unchecked",
        _R,
        "if binascii.crc32(data[: size - 4]) != ",
        "if False and ",
        "rot",
    ),
    Mutant(
        "no salt", _R, "return (gen ^ epoch << 16 ^ epoch >> 16) & 0xFFFFFFFF", "return 0", "worn"
    ),
    Mutant(
        "no guard",
        _M,
        "journal._offset[lane] = scan.end + guard",
        "journal._offset[lane] = scan.end",
    ),
    Mutant("appends to an empty head", _M, "elif scan.records:", "else:"),
    Mutant(
        "no acknowledged snapshot",
        _J,
        "self.boot, self._acked, self._next",
        "self.boot, [[0] * 3] * 2, self._next",
    ),
    Mutant("no tombstone", _E, " _give_up(journal, sector)\n", " table.give(sector, FREE)\n"),
    Mutant("tail not searched", _M, "last = max(last, seq)", "last = max(last, first - 1)"),
    Mutant(
        "released too early",
        _H,
        "keep = table.holding(lane, settled + 1)",
        "keep = table.holding(lane, self._next[lane])",
    ),
    Mutant("evicts alarms first", _E, "for victim in (2, 1, 0):", "for victim in (0, 1, 2):"),
    Mutant("sequence reused behind damage", _M, "scan.damaged // SMALLEST + 1", "0", "rot"),
    Mutant(
        "no read-back",
        _J,
        "if self.flash.read(self.base + sector, offset + at, len(piece)) != piece:",
        "if False:",
        "worn",
    ),
    Mutant("acknowledgements not recovered", _M, "elif kind == record.ACK:", "elif kind == 99:"),
    Mutant("eviction not told", _H, "if tail > acked + 1:", "if False:"),
    Mutant(
        "resynchronised by page only",
        _S,
        "at += self._blank(sector, at) or 4",
        "at += self._blank(sector, at) or 256",
        "rot",
    ),
    Mutant(
        "release beyond the last",
        _H,
        "if acked[lane] < seq < self._next[lane]:",
        "if acked[lane] < seq:",
    ),
    Mutant(
        "off by one sector at release",
        _H,
        "table.free_before(lane, table.gen[keep])",
        "table.free_before(lane, table.gen[keep] + 1)",
    ),
    Mutant(
        "damaged record ends a sector",
        _S,
        "at += self._blank(sector, at) or 4",
        "return None",
        "rot",
    ),
    Mutant(
        "unreadable headers skip nothing",
        _M,
        "if strange:\n        # A header",
        "if False:\n        # A header",
        "rot",
    ),
    Mutant(
        "next sequence one too low",
        _M,
        "max(journal._next[lane], last + 1)",
        "max(journal._next[lane], last)",
    ),
    Mutant(
        "gives up a lane's newest sector",
        _E,
        "or sector == table.newest(victim)",
        "or sector == journal._head[victim]",
    ),
    Mutant(
        "released claims evicted",
        _E,
        "            _entomb(journal, each)\n",
        "            pass\n",
    ),
    Mutant("a retired sector claims", _J, "self._mark(sector, self.version)", "pass", "disk"),
    Mutant("marks in any order", _F, "        if mark:\n", "        if False:\n", "files"),
    Mutant(
        "erased before the mark is kept",
        _F,
        "        self._keep_marks()\n        self.program(",
        "        self.program(",
        "files",
    ),
    Mutant(
        "only one segment is synced",
        _G,
        "for descriptor in batch:",
        "for descriptor in batch[:1]:",
        "files",
    ),
    Mutant(
        "closed without a sync",
        _G,
        "            if number in self._dirty:\n",
        "            if False:\n",
        "files",
    ),
    Mutant(
        "a failed sync is repeated",
        _G,
        "                self._failed = error\n            with",
        "                pass\n            with",
        "disk",
    ),
    Mutant(
        "the cache is believed at the start",
        _G,
        "os.posix_fadvise(descriptor, 0, 0, os.POSIX_FADV_DONTNEED)",
        "pass",
        "disk",
    ),
    Mutant(
        "nothing is synced at the start",
        _G,
        "                os.fdatasync(descriptor)\n            os.posix",
        "                pass\n            os.posix",
        "files",
    ),
    Mutant(
        "a lost segment looks unused", _G, 'b"\\0" if between else b"\\xff"', 'b"\\xff"', "disk"
    ),
)
