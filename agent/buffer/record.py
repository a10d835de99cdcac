"""Bytes on flash: sector headers and records. Nothing is ever rewritten in place.

A sector begins with its header (52 bytes, padded to the program unit), then one program unit for
the tombstone, then records. A record is 16 bytes of header and its payload, aligned to the unit and
to 4 bytes. The CRC-32 of a record is salted by generation and epoch, so that bytes left over from
an earlier life of the sector never pass.

Header:  magic(4: "PLJ", format) lane(4) gen(4) first_seq(4) epoch(4) boot(4)
         acked[3](12) next_seq[3](12) crc(4), big-endian
         Format 2 puts acked[3] of the second destination between next_seq and crc.
Record:  size(2) type(1) lane(1) seq(4) uptime(4) crc(4) payload
         An ACK's payload is acked[3], of format 2 for both destinations in turn.
"""

import binascii

MAGIC = b"PLJ"
FORMAT = 2  # what is written; 1 is read, and written until an update is confirmed
HEADER = {1: 52, 2: 64}  # bytes by format
MAX_HEADER = 64
RECORD = 16
MAX_PAYLOAD = 1024

DATA, ACK, BOOT = 1, 2, 3


def u32(data, at):
    """The big-endian number of 4 bytes at ``at``."""
    return int.from_bytes(data[at : at + 4], "big")


def salt(gen, epoch):
    """What the CRC of a sector's records begins with."""
    return (gen ^ epoch << 16 ^ epoch >> 16) & 0xFFFFFFFF


def align(size, unit):
    """size rounded up to a multiple of unit and of 4."""
    unit = max(4, unit)
    return (size + unit - 1) // unit * unit


def pad(data, unit):
    """data padded with 0xFF to a multiple of unit and of 4."""
    rest = align(len(data), unit) - len(data)
    return data + b"\xff" * rest if rest else data


def header(version, lane, gen, first_seq, epoch, boot, acked, next_seq) -> bytes:
    """A sector header: also a snapshot of every lane's cursors. acked: of each destination."""
    numbers = [lane, gen, first_seq, epoch, boot]
    numbers.extend(acked[0])
    numbers.extend(next_seq)
    if version > 1:
        numbers.extend(acked[1])
    data = MAGIC + bytes((version,)) + u32s(numbers)
    return data + binascii.crc32(data).to_bytes(4, "big")


def parse_header(data):
    """[version, lane, gen, first_seq, epoch, boot, acked × 3, next_seq × 3, acked of the second
    destination × 3], or None."""
    size = HEADER.get(data[3], 0)
    if data[:3] != MAGIC or not size:
        return None
    if binascii.crc32(data[: size - 4]) != u32(data, size - 4):
        return None
    fields = [data[3]]
    fields.extend([u32(data, at) for at in range(4, size - 4, 4)])
    return fields if data[3] > 1 else fields + [0, 0, 0]


def u32s(numbers):
    """Numbers as big-endian words."""
    return b"".join([number.to_bytes(4, "big") for number in numbers])


def record(kind, lane, seq, uptime, payload, seed) -> bytes:
    """One record, not yet padded."""
    head = len(payload).to_bytes(2, "big") + bytes((kind, lane))
    head += seq.to_bytes(4, "big") + uptime.to_bytes(4, "big")
    crc = binascii.crc32(payload, binascii.crc32(head, seed))
    return head + crc.to_bytes(4, "big") + payload
