"""The journal in a small heap: 1 MB of flash in a file, 3,400 frames, acknowledgements, a restart,
and a drain of all that is held. ``main(path)`` prints the free heap. MicroPython only.
"""

import gc

from agent.buffer.journal import Journal
from agent.errors import JournalFull

SECTORS, SECTOR = 256, 4096
FRAMES = 3400
SIZE = 300


def opened(path):
    """The file of an erased flash, or of what it held before."""
    try:
        return open(path, "r+b")
    except OSError:
        with open(path, "wb") as file:
            for _ in range(SECTORS * SECTOR // 256):
                file.write(b"\xff" * 256)
        return open(path, "r+b")


class FileBackedFlash:
    """The Flash port over one file; what it does not need of NOR semantics it leaves out."""

    sectors = SECTORS
    sector_size = SECTOR
    unit = 4

    def __init__(self, path):
        self._file = opened(path)

    def read(self, sector, offset, size):
        """See agent.ports.Flash."""
        self._file.seek(sector * SECTOR + offset)
        return self._file.read(size)

    def program(self, sector, offset, data):
        """See agent.ports.Flash."""
        self._file.seek(sector * SECTOR + offset)
        self._file.write(data)

    def erase(self, sector):
        """See agent.ports.Flash."""
        self._file.seek(sector * SECTOR)
        for _ in range(SECTOR // 256):
            self._file.write(b"\xff" * 256)

    def sync(self):
        """The file is not what is tested."""
        self._file.flush()
        return 0

    def synced(self):
        """See agent.ports.Flash."""
        return 0

    def close(self):
        """Before the same file is opened again."""
        self._file.close()


def content(lane, seq):
    """300 bytes that no other frame has."""
    return (b"%d/%d " % (lane, seq) * 40)[:SIZE]


def mounted(path):
    """(flash, journal) of a file."""
    flash = FileBackedFlash(path)
    journal = Journal(flash, lambda: 77, 2)
    journal.mount()
    return flash, journal


def told(text):
    """One line with the heap that is free."""
    gc.collect()
    print("%s: %d bytes free, %d in use" % (text, gc.mem_free(), gc.mem_alloc()))


def write(journal, first, last):
    """Append frames by turns: mostly telemetry, every 17th an alarm, every 10th diagnostics, and
    acknowledge an eighth of them. Returns how many found no room."""
    full = 0
    for number in range(first, last):
        lane = 0 if number % 17 == 0 else 2 if number % 10 == 0 else 1
        seq = journal.next_seq(lane)
        try:
            journal.append(lane, seq, content(lane, seq), number * 1000)
        except JournalFull:
            full += 1
        journal.durable(lane)
        if number % 14 == 0:
            journal.release(lane, seq // 8)
    journal.flush()
    return full


def drain(journal):
    """Read and acknowledge all that is held, oldest first. Returns how many frames it was."""
    frames = 0
    for lane in (0, 1, 2):
        seq = journal.next_held(lane, journal.tail(lane))
        while seq < journal.next_seq(lane):
            assert journal.read(lane, seq) == content(lane, seq), (lane, seq)
            frames += 1
            if frames % 14 == 0:
                journal.release(lane, seq)
            seq = journal.next_held(lane, seq + 1)
        journal.release(lane, seq - 1)
        assert journal.missing(lane) == [], journal.missing(lane)
    return frames


def main(path):
    """The whole life; an assertion or a MemoryError ends it."""
    told("loaded")
    flash, journal = mounted(path)
    told("mounted")
    full = write(journal, 0, FRAMES // 2)
    told("half written")
    flash.close()
    flash = journal = None
    gc.collect()
    flash, journal = mounted(path)
    assert journal.boot == 2 and journal.epoch == 77
    full += write(journal, FRAMES // 2, FRAMES)
    told("written, %d found no room" % full)
    flash.close()
    flash = journal = None
    gc.collect()
    flash, journal = mounted(path)
    told("mounted again")
    held = drain(journal)
    told("drained %d frames" % held)
    assert held > 2500 and full < 50, (held, full)
    print("passed")
