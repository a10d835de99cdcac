"""Finds a journal on its flash after a start. It writes nothing, and scans only the newest sector
of each lane. What cannot be read is skipped and told, never guessed, and its sequence numbers are
never used again.

The other half of agent.buffer.journal, whose fields it fills; a board forgets it when it is up.
"""

from agent.buffer import record
from agent.buffer.sectors import Sectors
from agent.reading import LANES

# The smallest record: how many frames a damaged stretch of bytes may have held at the most.
SMALLEST = 20


def recover(journal):
    """Fill the tables of a new Journal by what its flash holds; never refuses."""
    strange, epochs = _read_headers(journal, None)
    if not epochs:
        journal.epoch = journal._random() & 0xFFFFFFFF
        journal.foreign = strange > 0
        if strange:
            journal.diagnostics.append(
                "%d sectors hold nothing of this journal: it starts empty" % strange
            )
        return
    if len(epochs) > 1:
        # Sectors of an earlier journal are left: only the newest one counts.
        journal.sectors = Sectors(journal.sectors.count)
        journal._acked = [[0, 0, 0], [0, 0, 0]]
        journal._next = [1, 1, 1]
        journal._gen = 0
        journal.boot = 1
        _read_headers(journal, journal.epoch)
    boot = journal.boot
    for lane in LANES:
        boot = max(boot, _scan(journal, lane))
    if strange:
        # A header that cannot be read may have stood before any lane's newest frames.
        _skip_all(journal, strange)
    journal.boot = boot + 1
    for lane in LANES:
        for acked in journal._acked:
            acked[lane] = min(acked[lane], journal._next[lane] - 1)
        journal._durable[lane] = journal._next[lane] - 1
        journal._free_released(lane)


def _read_headers(journal, epoch):
    """Take in every header, of one epoch or of all; returns (sectors that are neither blank nor of
    a journal, the epochs found). The newest sector gives epoch and format."""
    strange = 0
    epochs = []
    for sector in range(journal.sectors.count):
        fields, blank = journal.scanner.header(sector)
        if fields is None:
            strange += not blank
        elif fields[1] in LANES and epoch in (None, fields[4]):
            if fields[4] not in epochs:
                epochs.append(fields[4])
            _enter(journal, sector, fields)
    return strange, epochs


def _enter(journal, sector, fields):
    """Take a header into the tables, and its cursors."""
    table = journal.sectors
    table.give(sector, fields[1])
    table.version[sector] = fields[0]
    table.gen[sector], table.first[sector] = fields[2], fields[3]
    if fields[2] > journal._gen:
        journal._gen = fields[2]
        journal._last = sector
        journal.epoch = fields[4]
        # An update is not confirmed yet, and the version before it must still be able to read.
        journal.version = fields[0]
    journal.boot = max(journal.boot, fields[5])
    for lane in LANES:
        _acknowledged(journal, 0, lane, fields[6 + lane])
        journal._next[lane] = max(journal._next[lane], fields[9 + lane])
        _acknowledged(journal, 1, lane, fields[12 + lane])


def _acknowledged(journal, destination, lane, seq):
    acked = journal._acked[destination]
    acked[lane] = max(acked[lane], seq)


def _scan(journal, lane):
    """Scan the lane's newest sector; returns the highest boot told in it."""
    sector = journal.sectors.newest(lane)
    if sector is None:
        return 0
    seed = journal._seed(sector)
    scan = journal.scanner.scan(sector, journal.sectors.version[sector], seed)
    boot = 0
    first = journal._next[lane] = max(journal._next[lane], journal.sectors.first[sector])
    last = first - 1
    for kind, seq, at, size, _ in scan.records:
        if kind == record.DATA:
            last = max(last, seq)
        elif kind == record.ACK:
            data = journal.scanner.payload(sector, at, size)
            for word in range(min(6, size // 4)):
                _acknowledged(journal, word // 3, word % 3, record.u32(data, 4 * word))
        elif kind == record.BOOT:
            boot = max(boot, seq)
    journal._next[lane] = max(journal._next[lane], last + 1)
    if scan.damaged:
        _skip(journal, lane, scan.damaged // SMALLEST + 1, "torn")
        journal.diagnostics.append("lane %d: %d damaged bytes skipped" % (lane, scan.damaged))
    elif scan.records:
        # An interrupted program may have left weak bits that still read as erased: resume behind
        # everything that one record could have touched.
        guard = record.align(record.RECORD + record.MAX_PAYLOAD, journal.flash.unit)
        if scan.end + 2 * guard < journal.flash.sector_size:
            journal._head[lane] = sector
            journal._offset[lane] = scan.end + guard
    return boot


def _skip(journal, lane, count, reason):
    """Never use the lane's next count sequences."""
    first = journal._next[lane]
    journal._next[lane] = first + count
    journal._holes.append((lane, first, first + count - 1, reason))


def _skip_all(journal, strange):
    for lane in LANES:
        if journal._next[lane] > 1:
            _skip(journal, lane, journal.flash.sector_size // SMALLEST, "unreadable sector")
            journal._head[lane] = None
    journal.diagnostics.append("%d sectors could not be read" % strange)
