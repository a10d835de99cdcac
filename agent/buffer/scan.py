"""Reading a sector: its header, and the records that pass their CRC. Never writes."""

import binascii

from agent.buffer import record


class Scan:
    """What a sector holds: records [(type, seq, offset, size, uptime)], where they end, and how
    many bytes behind or between them are neither erased nor intact."""

    def __init__(self):
        self.records = []
        self.end = 0
        self.damaged = 0


class Scanner:
    """Reads sectors of a flash; base: the number of the journal's first one."""

    def __init__(self, flash, base):
        self.flash = flash
        self.base = base
        self.unit = max(4, flash.unit)

    def start(self, version):
        """Where the records begin: behind the header and a program unit for the tombstone."""
        return record.align(record.HEADER[version], self.flash.unit) + self.unit

    def header(self, sector):
        """(fields, blank): the header's fields, or None; whether the sector's start is erased."""
        size = self.start(record.FORMAT)
        try:
            data = self.flash.read(self.base + sector, 0, size)
        except OSError:
            return None, False
        fields = record.parse_header(data)
        if fields is not None:
            end = self.start(fields[0])
            if data[end - self.unit : end] != b"\xff" * self.unit:
                return None, True  # given up on purpose: nothing strange about it
        return fields, data == b"\xff" * size

    def scan(self, sector, version, seed):
        """Scan the whole sector."""
        result = Scan()
        size = self.flash.sector_size
        at = result.end = self.start(version)
        while at + record.RECORD <= size:
            found = self._at(sector, at, seed)
            if found is not None:
                result.records.append((found[0], found[1], at, found[2], found[3]))
                at += record.align(record.RECORD + found[2], self.flash.unit)
                result.end = at
                continue
            step = self._blank(sector, at)
            if not step:
                result.damaged += 4
                step = 4
            at += step
        return result

    def find(self, sector, seed, at, seq):
        """(seq, offset, size) of the first frame from ``at`` whose sequence is seq or later."""
        size = self.flash.sector_size
        while at + record.RECORD <= size:
            found = self._at(sector, at, seed)
            if found is None:
                at += self._blank(sector, at) or 4
                continue
            if found[0] == record.DATA and found[1] >= seq:
                return found[1], at, found[2]
            at += record.align(record.RECORD + found[2], self.flash.unit)
        return None

    def payload(self, sector, at, size):
        """The payload of the record at an offset."""
        return self.flash.read(self.base + sector, at + record.RECORD, size)

    def _at(self, sector, at, seed):
        """(type, seq, size, uptime) of an intact record at an offset, or None."""
        try:
            head = self.flash.read(self.base + sector, at, record.RECORD)
            size = head[0] << 8 | head[1]
            room = self.flash.sector_size - at - record.RECORD
            if size > record.MAX_PAYLOAD or size > room or head[2] not in (1, 2, 3):
                return None
            data = self.flash.read(self.base + sector, at + record.RECORD, size)
        except OSError:
            return None
        crc = binascii.crc32(data, binascii.crc32(head[:12], seed))
        if crc != record.u32(head, 12):
            return None
        return head[2], record.u32(head, 4), size, record.u32(head, 8)

    def _blank(self, sector, at):
        """How many erased bytes begin at an offset, in steps of 4; 0 if none."""
        size = min(256, self.flash.sector_size - at)
        try:
            data = self.flash.read(self.base + sector, at, size)
        except OSError:
            return 0
        if data == b"\xff" * size:
            return size
        count = 0
        while data[count] == 0xFF:
            count += 1
        return count // 4 * 4
