"""The ROM loader of a chip, and the stub loader that esptool puts into its RAM.

The stub's code is not run: from the moment it is started, its commands are understood and its
short forms of replies are used, as the real one does. Source: esptool's documentation, "Serial
Protocol".
"""

import hashlib
import zlib
from collections.abc import Callable

from provisioning import esp_image
from simulators.boards import slip
from simulators.boards.chips import Registers
from simulators.boards.faults import Faults
from simulators.boards.nor import Nor

(FLASH_BEGIN, FLASH_DATA, FLASH_END, MEM_BEGIN, MEM_END, MEM_DATA, SYNC, WRITE_REG, READ_REG,
 SPI_SET_PARAMS) = range(0x02, 0x0C)  # fmt: skip
SPI_ATTACH, READ_SLOW, CHANGE_BAUD, DEFL_BEGIN, DEFL_DATA, DEFL_END, MD5, SECURITY = range(
    0x0D, 0x15
)
ERASE_FLASH, ERASE_REGION, READ_FLASH = 0xD0, 0xD1, 0xD2

INVALID, BAD_CHECKSUM = 0x05, 0x07
_SEED = 0xEF
_NOTHING = frozenset((SPI_SET_PARAMS, SPI_ATTACH, CHANGE_BAUD, MEM_BEGIN, MEM_DATA))

# What ends the loader's turn: the board looks at it after every feed.
STAY, RESTART, BROWN_OUT, UNPLUG = range(4)


class Loader:
    """Download mode of one power cycle. send: called with bytes for the port. ``outcome`` says
    what the chip does next; ``stub`` whether the stub runs, ``hung`` whether what runs says
    nothing; ``blocks`` is counted by the board."""

    def __init__(
        self, registers: Registers, nor: Nor, faults: Faults, send: Callable[[bytes], None]
    ) -> None:
        self.registers = registers
        self.nor = nor
        self.faults = faults
        self.stub = False
        self.outcome = STAY
        self._send = send
        self.hung = False  # runs code that says nothing
        self._decoder = slip.Decoder()
        self._at = 0  # where the next bytes go
        self._left = 0  # bytes of the file that is written
        self._inflate = zlib.decompressobj()
        self._reading = b""  # what READ_FLASH still has to send
        self._digest = b""
        self.blocks = 0
        self._take: dict[int, Callable[[bytes], None]] = {
            WRITE_REG: self._write_registers,
            FLASH_BEGIN: self._begin,
            DEFL_BEGIN: self._begin,
            FLASH_END: self._end,
            DEFL_END: self._end,
            MD5: self._md5,
            READ_SLOW: self._read_slow,
            SECURITY: self._security,
        }
        self._take_stub: dict[int, Callable[[bytes], None]] = {
            ERASE_FLASH: lambda body: self._erase(0, nor.size),
            ERASE_REGION: lambda body: self._erase(_word(body, 0), _word(body, 1)),
            READ_FLASH: self._read,
        }

    def feed(self, data: bytes) -> None:
        """Bytes from the port."""
        for packet in self._decoder.feed(data):
            if self.outcome != STAY or self.hung:
                return
            if self._reading or self._digest:
                self._acknowledged()
            elif len(packet) >= 8 and packet[0] == 0:
                self._command(packet[1], _word(packet, 1), packet[8:])

    def _command(self, operation: int, checksum: int, body: bytes) -> None:
        self._operation = operation
        if operation == SYNC:
            for _ in range(8):
                self._reply(value=0 if self.stub else 0x20120707)
        elif operation == READ_REG:
            self._reply(value=self.registers.read(_word(body, 0)))
        elif operation in (FLASH_DATA, DEFL_DATA, MEM_DATA) and _xor(body[16:]) != checksum & 0xFF:
            self._refuse(BAD_CHECKSUM)
        elif operation in (FLASH_DATA, DEFL_DATA):
            self._data(body[16:])
        elif operation in _NOTHING:
            self._reply()
        elif operation == MEM_END:
            self._start(_word(body, 1))
        elif operation in self._take:
            self._take[operation](body)
        elif self.stub and operation in self._take_stub:
            self._take_stub[operation](body)
        else:
            self._refuse(INVALID)
        if self.registers.dog_bites:
            self.registers.dog_bites = False
            self.outcome = RESTART

    def _reply(self, data: bytes = b"", value: int = 0, status: bytes = b"\0\0") -> None:
        status += b"" if self.stub else b"\0\0"
        size = len(data) + len(status)
        head = (
            bytes((1, self._operation)) + size.to_bytes(2, "little") + value.to_bytes(4, "little")
        )
        self._send(slip.encode(head + data + status))

    def _refuse(self, reason: int) -> None:
        self._reply(status=bytes((1, reason)))

    def _write_registers(self, body: bytes) -> None:
        for at in range(0, len(body) // 4, 4):
            self.registers.write(_word(body, at), _word(body, at + 1), _word(body, at + 2))
        self._reply()

    def _start(self, entry: int) -> None:
        """MEM_END: what was loaded into RAM is run. Nothing else than the stub is ever loaded."""
        self._reply()
        if entry and self.faults.no_stub:
            self.hung = True
        elif entry:
            self.stub = True
            self._send(slip.encode(b"OHAI"))

    def _security(self, body: bytes) -> None:
        chip = self.registers.chip
        if not chip.security:
            self._refuse(INVALID)
            return
        flags = self.faults.secure_boot | self.faults.secure_download << 2
        head = bytes((flags, 0, 0, 0, self.faults.encrypted)) + bytes(7)
        self._reply(head + chip.chip_id.to_bytes(4, "little") + bytes(4))

    # Writing.

    def _begin(self, body: bytes) -> None:
        size, self._at = _word(body, 0), _word(body, 3)
        self._left = size
        self._inflate = zlib.decompressobj()
        if size and (self.faults.dead_from is None or self._at < self.faults.dead_from):
            self.nor.erase(self._at, size)
        self._reply()

    def _data(self, data: bytes) -> None:
        self.blocks += 1
        faults = self.faults
        if faults.unplug == self.blocks:
            self.outcome = UNPLUG
            return
        if faults.brown_out is not None and self.blocks >= faults.brown_out:
            faults.brown_out_times -= 1
            if faults.brown_out_times <= 0:
                faults.brown_out = None
            self.outcome = BROWN_OUT
            return
        if self._operation == DEFL_DATA:
            data = self._inflate.decompress(data)
        data = data[: self._left]
        if faults.dead_from is None or self._at < faults.dead_from:
            self.nor.program(self._at, faults.flip(self._at, data))
        self._at += len(data)
        self._left -= len(data)
        if faults.lost_reply == self.blocks:
            faults.lost_reply = None
            return
        self._reply()

    def _end(self, body: bytes) -> None:
        self._reply()
        if not _word(body, 0):
            self.outcome = RESTART

    def _erase(self, at: int, size: int) -> None:
        self.nor.erase(at, size)
        if self.faults.lost_erase:
            self.faults.lost_erase -= 1
            return
        self._reply()

    # Reading.

    def _md5(self, body: bytes) -> None:
        digest = hashlib.md5(self.nor.read(_word(body, 0), _word(body, 1)))
        self._reply(digest.digest() if self.stub else digest.hexdigest().encode("ascii"))

    def _read_slow(self, body: bytes) -> None:
        self._reply(self.nor.read(_word(body, 0), _word(body, 1)).ljust(64, b"\0"))

    def _read(self, body: bytes) -> None:
        """Blocks, each acknowledged by the count of bytes received; then their MD5."""
        if self.faults.lost_read:
            self.faults.lost_read -= 1
            return
        self._reply()
        self._reading = self.nor.read(_word(body, 0), _word(body, 1))
        self._digest = hashlib.md5(self._reading).digest()
        self._block = _word(body, 2)
        self._acknowledged()

    def _acknowledged(self) -> None:
        if self._reading:
            self._send(slip.encode(self._reading[: self._block]))
            self._reading = self._reading[self._block :]
        else:
            self._send(slip.encode(self._digest))
            self._digest = b""


def _word(body: bytes, number: int) -> int:
    """The number-th little-endian word."""
    return int.from_bytes(body[4 * number : 4 * number + 4], "little")


def _xor(data: bytes) -> int:
    return _SEED ^ esp_image.xor(data)[0]
