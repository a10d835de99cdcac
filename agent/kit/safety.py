"""What may be said on a line of unknown devices: nothing that any of them takes for a write.

One frame can mean opposite things to two models: ``FF 01 87 ...`` reads a gas module of one maker,
and zero-calibrates one of another. So only frames are let through that no model known here obeys.
"""

from collections.abc import Iterator

from agent.protocols import modbus

_MODBUS_WRITES = (5, 6, 8, 15, 16, 21, 22, 23)  # V1.1b3, clause 6; 8 resets counters
_GAS_READS = (0x86,)  # Winsen and its family; 87 and 88 calibrate, 78 switches modes
_METER_READS = (0x11, 0x12, 0x13)  # DL/T 645-2007, clause 7; of 1997 and CJ/T 188: 01, 02, 03
_METER_READS_OLD = (0x01, 0x02, 0x03)
_HPMA_READ = 0x04
_DUST_READS = (0x04, 0x07)  # SDS011: data and firmware; the rest sets where its next byte is 1
_SHDLC_READS = (0x03, 0xD0, 0xD1, 0xD2)
_MPS_WRITES = (b"\x61\x00\x01\x00\x00\x00", b"\x62\x00\x00\x00\x00\x00")  # measure, shut down


class Unsafe(Exception):
    """A frame that some device would take for a write: a bug, never a condition of the line."""


def check_read_only(data: bytes) -> None:
    """Unsafe if data holds, at any place, a frame that some known device takes for a write."""
    for what in writes(data):
        raise Unsafe(f"{what}: {data.hex(' ')}")


def writes(data: bytes) -> Iterator[str]:
    """What the writes in data are, whatever stands around them."""
    for at in range(len(data)):
        rest = data[at:]
        yield from _modbus(rest)
        if rest[:1] == b"\xff" and len(rest) >= 9 and sum(rest[1:9]) & 0xFF == 0:
            if rest[2] not in _GAS_READS:
                yield f"command {rest[2]:02X} of a gas module"
        elif rest[:1] == b"\x68":
            yield from _meter(rest)
        elif rest[:2] == b"\xaa\xb4" and len(rest) >= 19 and rest[2] not in _DUST_READS:
            yield f"command {rest[2]:02X} of an SDS011"
        elif rest[:2] == b"\x42\x4d" and len(rest) >= 7 and rest[2] in (0xE1, 0xE4):
            yield f"command {rest[2]:02X} of a PMS"
        elif rest[:2] == b"\x7e\x00" and rest.find(b"\x7e", 1) > 4 and rest[2] not in _SHDLC_READS:
            yield f"command {rest[2]:02X} of an SPS30"
        elif rest[:6] in _MPS_WRITES and len(rest) >= 8:
            yield f"command {rest[0]:02X} of an MPS"


def _modbus(rest: bytes) -> Iterator[str]:
    """A whole Modbus frame that writes, to whichever unit; or any to unit 0, which all obey."""
    if len(rest) < 4:
        return
    sizes = range(4, min(len(rest), 256) + 1)
    if rest[1] in _MODBUS_WRITES or rest[0] == 0:
        for size in sizes:
            if modbus.crc16(rest[:size]) == 0 and rest[1] <= 43:
                yield f"Modbus function {rest[1]} to unit {rest[0]}"
                return


def _meter(rest: bytes) -> Iterator[str]:
    """A meter's frame with any control but those that read, or a particle sensor's command."""
    if len(rest) >= 12 and rest[7] == 0x68:  # DL/T 645: the address stands between two 68
        if _summed(rest, 10 + rest[9]) and rest[8] not in _METER_READS + _METER_READS_OLD:
            yield f"control {rest[8]:02X} of a meter"
        return
    # CJ/T 188: type, seven bytes of address, control, length.
    if len(rest) >= 13 and _summed(rest, 11 + rest[10]) and rest[9] not in _METER_READS_OLD:
        yield f"control {rest[9]:02X} of a water meter"
    size = rest[1] + 3 if len(rest) > 1 else 0  # HPMA: length, command, ..., check
    if 4 <= size <= len(rest) and sum(rest[:size]) & 0xFF == 0 and rest[2] != _HPMA_READ:
        yield f"command {rest[2]:02X} of an HPMA115"


def _summed(rest: bytes, end: int) -> bool:
    """Whether the byte at end is the sum of those before it."""
    return len(rest) > end and sum(rest[:end]) & 0xFF == rest[end]
