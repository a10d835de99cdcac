"""Small persistent state beside the journal: one value of bytes in two sectors, appended in turn.

A power cut at any moment leaves either the old value or the new one, and what a start has read is
there at the next.
Record: magic(2) size(2) counter(4) crc(4) value.
"""

import binascii

from agent.buffer.record import align, pad, u32

MAGIC = b"ST"
HEAD = 12
MAX_VALUE = 1536
SECTORS = 2


class StateStore:
    """The value in sectors 0 and 1 of flash."""

    def __init__(self, flash):
        self.flash = flash
        self._value = None
        self._counter = 0
        self._sector = self._offset = 0
        for sector in range(SECTORS):
            self._load(sector)
        if self._value is not None:
            # If the power went while it was written, cells may be programmed by half: they read
            # right now, and wrong one day. The same once more makes them whole, before the other
            # sector, which holds the value before, is touched.
            try:
                flash.program(self._sector, self._offset, self._record(self._counter, self._value))
            except OSError:
                pass  # it stays as it is
        # Behind a restart nothing is appended to a sector that may end in a torn record; and that
        # record, should it read whole one day, is not the newest.
        self._offset = flash.sector_size
        self._counter += 1

    def get(self):
        """The value (bytes), or None if there never was one."""
        return self._value

    def put(self, value: bytes) -> None:
        """Replace the value. OSError if it could not be written: the old one stays then."""
        if len(value) > MAX_VALUE:
            raise ValueError("a state of %d bytes" % len(value))
        counter = self._counter + 1
        data = self._record(counter, value)
        sector, offset = self._sector, self._offset
        if offset + len(data) > self.flash.sector_size:
            sector, offset = 1 - sector, 0
            self.flash.erase(sector)
        self.flash.program(sector, offset, data)
        self.flash.sync()
        if self.flash.read(sector, offset, len(data)) != data:
            self._offset = self.flash.sector_size
            raise OSError(5, "the flash did not keep the state")
        self._sector = sector
        self._offset = offset + len(data)
        self._counter = counter
        self._value = value

    def _record(self, counter, value):
        head = MAGIC + len(value).to_bytes(2, "big") + counter.to_bytes(4, "big")
        crc = binascii.crc32(value, binascii.crc32(head))
        return pad(head + crc.to_bytes(4, "big") + value, self.flash.unit)

    def _load(self, sector):
        at = 0
        while at + HEAD <= self.flash.sector_size:
            try:
                head = self.flash.read(sector, at, HEAD)
                size = head[2] << 8 | head[3]
                if head[:2] != MAGIC or size > self.flash.sector_size - at - HEAD:
                    return
                value = bytes(self.flash.read(sector, at + HEAD, size))
            except OSError:
                return
            if binascii.crc32(value, binascii.crc32(head[:8])) != u32(head, 8):
                return
            if u32(head, 4) > self._counter:
                self._counter = u32(head, 4)
                self._sector = sector
                self._offset = at
                self._value = value
            at += align(HEAD + size, self.flash.unit)
