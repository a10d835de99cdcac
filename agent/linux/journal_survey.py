"""What a journal holds, told without writing: lanes, gaps, damage, wear."""

import errno
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from agent import frame, frame_reader
from agent.buffer import record
from agent.buffer.journal import Journal
from agent.buffer.scan import Scanner
from agent.errors import AgentError
from agent.linux.readonly_flash import STATE_SECTORS, ReadOnlyFlash, nothing
from agent.protocols import cose
from agent.reading import LANES


@dataclass(frozen=True)
class Stored:
    """One frame as it stands on flash. uptime in ms of that boot."""

    lane: int
    seq: int
    boot: int
    uptime: int
    data: bytes


@dataclass
class Lane:
    """One lane: frames and bytes that are stored, how many of them a platform still lacks, cursors.

    begin, end: [boot, uptime in ms] of the first and the last frame. released: by destination.
    """

    lane: int
    next_seq: int
    released: list[int]
    frames: int = 0
    waiting: int = 0
    bytes: int = 0
    first: int | None = None
    last: int | None = None
    begin: list[int] | None = None
    end: list[int] | None = None
    gaps: list[dict[str, Any]] = field(default_factory=list)

    def count(self, stored: Stored) -> None:
        """Take a frame in; they come in rising order."""
        self.frames += 1
        self.bytes += len(stored.data)
        self.waiting += stored.seq > min(self.released)
        self.end = [stored.boot, stored.uptime]
        if self.first is None:
            self.first, self.begin = stored.seq, self.end
        self.last = stored.seq


class Survey:
    """Everything that a flash with a journal tells. OSError, in a sentence, where there is none."""

    def __init__(self, flash: ReadOnlyFlash) -> None:
        self.flash = flash
        self._scanner = Scanner(flash, 0)
        self.formats: dict[int, int] = {}
        self.foreign = 0  # sectors of an earlier journal
        self.unreadable: list[int] = []
        self.torn: dict[int, int] = {}  # damaged bytes by sector
        self._headers: list[tuple[int, list[int]]] = []
        self._generations = [0] * flash.sectors
        strange, newer = self._read_headers()
        if not self._headers:
            sample = b"".join(self._start(sector) for sector in range(flash.sectors))
            raise OSError(errno.EINVAL, nothing(sample, newer))
        # With two destinations nothing counts as let go of: whatever is stored is shown.
        base = 0 if any(number < STATE_SECTORS for number, _ in self._headers) else STATE_SECTORS
        self.journal = Journal(flash, lambda: 0, base, destinations=2)
        self.journal.mount()
        self.unreadable = [number for number in strange if number >= base]
        self._headers = [part for part in self._headers if self._is_ours(part[1])]
        self.destinations = 2 if any(self.journal.released(lane, 1) for lane in LANES) else 1
        self.lanes = [self._lane(lane) for lane in LANES]
        self._count()

    def _start(self, sector: int) -> bytes:
        try:
            return self.flash.read(sector, 0, record.MAX_HEADER)
        except OSError:
            return b""

    def _read_headers(self) -> tuple[list[int], set[int]]:
        """Fill the tables; returns sectors whose header is unreadable, and newer formats."""
        strange, newer = [], set()
        for sector in range(self.flash.sectors):
            start = self._start(sector)
            known = record.parse_header(start) if len(start) == record.MAX_HEADER else None
            if known is not None:
                self._generations[sector] = known[2]
            fields, blank = self._scanner.header(sector)
            if fields is not None:
                self._headers.append((sector, fields))
            elif not blank:
                strange.append(sector)
                if start[:3] == record.MAGIC and record.FORMAT < start[3] < 0xFF:
                    newer.add(start[3])
        self._headers.sort(key=lambda part: part[1][2])
        return strange, newer

    def _is_ours(self, fields: list[int]) -> bool:
        if fields[4] != self.journal.epoch or fields[1] not in LANES:
            self.foreign += 1
            return False
        self.formats[fields[0]] = self.formats.get(fields[0], 0) + 1
        return True

    def _lane(self, lane: int) -> Lane:
        released = [self.journal.released(lane, to) for to in range(self.destinations)]
        return Lane(lane, self.journal.next_seq(lane), released)

    def stored(self) -> Iterator[Stored]:
        """Every frame that passes its CRC, in rising order within its lane."""
        for sector, fields in self._headers:
            boot = fields[5]
            scan = self._scanner.scan(sector, fields[0], record.salt(fields[2], fields[4]))
            if scan.damaged:
                self.torn[sector] = scan.damaged
            for kind, seq, at, size, uptime in scan.records:
                if kind == record.BOOT:
                    boot = seq
                elif kind == record.DATA:
                    data = self._scanner.payload(sector, at, size)
                    yield Stored(fields[1], seq, boot, uptime, data)

    def _count(self) -> None:
        """Count the frames of each lane, and what is missing between them."""
        expected = [min(lane.released) + 1 for lane in self.lanes]
        told: list[tuple[int, int, int, str]] = []
        for stored in self.stored():
            lane = self.lanes[stored.lane]
            lane.count(stored)
            if stored.seq > expected[stored.lane]:
                _gap(lane, expected[stored.lane], stored.seq - 1)
            expected[stored.lane] = max(expected[stored.lane], stored.seq + 1)
            told.extend(_told(stored))
        for lane in self.lanes:
            if expected[lane.lane] < lane.next_seq:
                _gap(lane, expected[lane.lane], lane.next_seq - 1)
            known = [
                part[:3]
                for to in range(self.destinations)
                for part in self.journal.missing(lane.lane, to)
            ]
            known += [(first, last, why) for to, first, last, why in told if to == lane.lane]
            for gap in lane.gaps:
                reasons = [why for first, last, why in known if first <= gap["first"] <= last]
                gap["reason"] = reasons[0] if reasons else "not readable"
                if gap["last"] == lane.next_seq - 1:
                    # Nothing stands behind: nobody knows whether these ever were frames.
                    gap["reason"] += "; the next start skips these"

    def damaged(self) -> bool:
        """Whether anything cannot be read as it was written."""
        return bool(self.unreadable or self.torn or self.flash.missing)

    def wear(self) -> dict[str, float]:
        """How often sectors were erased: estimates, as if they had always been taken in turn."""
        count = len(self._generations) or 1
        turns = [-(-generation // count) for generation in self._generations]
        newest = max(self._generations)
        return {"lowest": min(turns), "mean": round(newest / count, 1), "highest": max(turns)}

    def as_json(self) -> dict[str, Any]:
        """The whole of it, for a script."""
        return {
            "epoch": self.journal.epoch,
            "boot": self.journal.boot - 1,
            "formats": {str(version): self.formats[version] for version in sorted(self.formats)},
            "sector_size": self.flash.sector_size,
            "unit": self.flash.unit,
            "sectors": self.flash.sectors,
            "sectors_in_use": len(self._headers),
            "sectors_of_an_earlier_journal": self.foreign,
            "lanes": [vars(lane) for lane in self.lanes],
            "damage": {
                "unreadable_sectors": self.unreadable,
                "torn_bytes": {str(sector): size for sector, size in self.torn.items()},
                "missing_bytes": self.flash.missing,
            },
            "wear": self.wear(),
        }


def _gap(lane: Lane, first: int, last: int) -> None:
    lane.gaps.append({"first": first, "last": last, "reason": ""})


def _told(stored: Stored) -> list[tuple[int, int, int, str]]:
    """(lane, first, last, reason) where the frame is the agent's own word on a gap."""
    try:
        found = frame_reader.decode(cose.parse1(stored.data).payload)
    except AgentError:
        return []
    if found.kind != frame.GAP:
        return []
    return [(found.lane, found.body[1], found.body[2], found.body[3])]
