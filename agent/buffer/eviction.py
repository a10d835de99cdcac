"""Gives up the oldest sector of a full journal. What it held is told as lost.

Part of agent.buffer.journal, on whose fields it works: a board whose journal was never full does
not load it.
"""

from agent.buffer import record
from agent.buffer.sectors import BAD, EIO, FREE
from agent.errors import JournalFull


def evict(journal, lane):
    """Give up the oldest sector of the lowest lane; never one of a higher lane than lane, and never
    a lane's newest: until another header is written, it alone tells the lane's next sequence.
    JournalFull: there is none. OSError: the flash fails as a whole, and nothing is given up."""
    table = journal.sectors
    for victim in (2, 1, 0):
        if victim < lane:
            break
        sector = table.oldest(victim)
        if sector is None or sector == table.newest(victim):
            continue
        lost = _losing(journal, victim, sector)
        _give_up(journal, sector)
        journal._lost[victim] = lost
        journal._cursor[victim] = None
        return
    if table.bad == table.count:
        raise OSError(EIO, "the flash takes nothing any more")
    raise JournalFull("the journal is full, and lane %d may not displace the others" % lane)


def _losing(journal, lane, sector):
    """[first, last, begin, end] of what evictions have lost when this one is done: which frames,
    and when they were made; or None."""
    table = journal.sectors
    lost = journal._lost[lane]
    following = table.after(lane, table.gen[sector])
    last = (journal._next[lane] if following is None else table.first[following]) - 1
    if last <= journal.settled(lane):
        return lost
    begin, end = _span(journal, sector)
    if lost is None or lost[1] <= journal.settled(lane):
        return [table.first[sector], last, begin, end]
    return [lost[0], last, lost[2], end or lost[3]]


def _span(journal, sector):
    """(begin, end): [boot, uptime] of the first and the last frame in a sector, or None."""
    fields, _ = journal.scanner.header(sector)
    boot = fields[5] if fields is not None else 0
    begin = end = None
    version = journal.sectors.version[sector]
    scan = journal.scanner.scan(sector, version, journal._seed(sector))
    for kind, seq, _, _, uptime in scan.records:
        if kind == record.BOOT:
            boot = seq
        elif kind == record.DATA:
            end = [boot, uptime]
            begin = begin or end
    return begin, end


def _give_up(journal, sector):
    """Free a sector that holds frames. Before it those go that are free already and older: one
    whose header is still there would claim, behind a restart, what stood in this one. OSError: the
    flash fails as a whole, and the sector keeps what it holds."""
    table = journal.sectors
    for each in range(table.count):
        if table.lane[each] == FREE and 0 < table.gen[each] < table.gen[sector]:
            _entomb(journal, each)
    _entomb(journal, sector)


def _entomb(journal, sector):
    """Mark a sector as given up before it is erased: an interrupted erase may leave its header
    readable, and that would claim frames that are gone."""
    state = FREE
    try:
        journal._mark(sector, journal.sectors.version[sector])
    except OSError:
        if not _works(journal):
            raise
        state = BAD
    journal.sectors.gen[sector] = 0
    journal.sectors.give(sector, state)


def _works(journal) -> bool:
    """Whether the flash takes anything: whether a free sector can be erased."""
    for sector in range(journal.sectors.count):
        if journal.sectors.lane[sector] == FREE and sector not in journal._failed:
            try:
                journal.flash.erase(journal.base + sector)
                return True
            except OSError:
                pass
    return False
