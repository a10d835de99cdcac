"""Images of Espressif chips: what is in them, and whether they are whole.

Layout: header (24 bytes: magic E9, segments, mode, size and frequency, entry, ..., chip id at 12,
hash flag at 23), segments (address, size, data), padding to a checksum byte, SHA-256 over all of
it. Source: ESP-IDF Programming Guide, "App Image Format" and "Partition Tables".
"""

import hashlib
from dataclasses import dataclass

MAGIC = 0xE9
HEADER = 24
MAX_SEGMENTS = 16
_CHECKSUM_SEED = 0xEF
_DESCRIPTION = 0xABCD5432  # begins the first segment of an application

CHIPS = {0: "esp32", 2: "esp32s2", 5: "esp32c3", 9: "esp32s3", 12: "esp32c2", 13: "esp32c6",
         16: "esp32h2", 18: "esp32p4", 23: "esp32c5"}  # fmt: skip
CHIP_IDS = {name: number for number, name in CHIPS.items()}
BOOTLOADER_AT = {"esp32": 0x1000, "esp32s3": 0x0}
TABLE_AT = 0x8000
TABLE_SIZE = 0xC00

_SIZES = {0: 1 << 20, 1: 2 << 20, 2: 4 << 20, 3: 8 << 20, 4: 16 << 20, 5: 32 << 20}
SIZE_CODES = {size: code for code, size in _SIZES.items()}


@dataclass(frozen=True)
class Image:
    """chip: "esp32s3"; flash_size: bytes that its header asks for; size: its bytes with checksum
    and hash; version and project: of an application's description, "" without one."""

    chip: str
    flash_size: int
    size: int
    version: str = ""
    project: str = ""


@dataclass(frozen=True)
class Partition:
    """One row of a partition table; sizes and offsets in bytes."""

    label: str
    type: int
    subtype: int
    offset: int
    size: int


def parse(data: bytes) -> Image:
    """What an image says. ValueError if it is none, cut off, or damaged."""
    if len(data) < HEADER or data[0] != MAGIC:
        raise ValueError("no image of an Espressif chip: it does not begin with E9")
    chip = int.from_bytes(data[12:14], "little")
    if not 0 < data[1] <= MAX_SEGMENTS:
        raise ValueError(f"damaged: {data[1]} segments")
    at, checksum, description = HEADER, _CHECKSUM_SEED, b""
    for number in range(data[1]):
        size = int.from_bytes(data[at + 4 : at + 8], "little")
        segment = data[at + 8 : at + 8 + size]
        if len(data) < at + 8 or len(segment) < size:
            raise ValueError(f"cut off in segment {number + 1} of {data[1]}")
        checksum ^= xor(segment)[0]
        if not number:
            description = segment[:256]
        at += 8 + size
    at = at // 16 * 16 + 16  # the checksum is the last byte of a line of 16
    if len(data) < at:
        raise ValueError("cut off before its checksum")
    if data[at - 1] != checksum:
        raise ValueError("damaged: its checksum is wrong")
    if data[23]:
        if len(data) < at + 32:
            raise ValueError("cut off before its hash")
        if hashlib.sha256(data[:at]).digest() != data[at : at + 32]:
            raise ValueError("damaged: its hash is wrong")
        at += 32
    version, project = _described(description)
    return Image(CHIPS.get(chip, f"chip {chip}"), _SIZES.get(data[3] >> 4, 0), at, version, project)


def xor(data: bytes) -> bytes:
    """The XOR of all bytes, as one byte: by halves, which big integers do fast."""
    size = len(data)
    if size < 2:
        return data or b"\0"
    width = 1 << (size - 1).bit_length()
    number = int.from_bytes(data, "little")
    while width > 1:
        width //= 2
        number = (number >> 8 * width) ^ (number & ((1 << 8 * width) - 1))
    return bytes((number,))


def _described(segment: bytes) -> tuple[str, str]:
    """(version, project) of an application's description (esp_app_desc_t)."""
    if int.from_bytes(segment[:4], "little") != _DESCRIPTION or len(segment) < 80:
        return "", ""
    texts = [segment[16:48], segment[48:80]]
    version, project = (text.split(b"\0")[0].decode("ascii", "replace") for text in texts)
    return version, project


def build(chip: str, flash_size: int, segments: list[tuple[int, bytes]]) -> bytes:
    """An image of those (address, data) segments; data in multiples of 4 bytes."""
    header = bytearray(HEADER)
    header[0], header[1], header[3] = MAGIC, len(segments), SIZE_CODES[flash_size] << 4
    header[4:8] = segments[0][0].to_bytes(4, "little")
    header[12:14] = CHIP_IDS[chip].to_bytes(2, "little")
    header[23] = 1
    body, checksum = bytes(header), _CHECKSUM_SEED
    for address, data in segments:
        body += address.to_bytes(4, "little") + len(data).to_bytes(4, "little") + data
        checksum ^= xor(data)[0]
    body += bytes(15 - len(body) % 16) + bytes((checksum,))
    return body + hashlib.sha256(body).digest()


def description(version: str, project: str) -> bytes:
    """The 256 bytes that begin an application's first segment."""
    texts = [text.encode("ascii")[:31].ljust(32, b"\0") for text in (version, project)]
    return (_DESCRIPTION.to_bytes(4, "little") + bytes(12) + b"".join(texts)).ljust(256, b"\0")


def build_table(partitions: list[Partition]) -> bytes:
    """A partition table of TABLE_SIZE bytes, with its MD5."""
    rows = b"".join(
        b"\xaa\x50" + bytes((row.type, row.subtype)) + row.offset.to_bytes(4, "little")
        + row.size.to_bytes(4, "little") + row.label.encode("ascii").ljust(16, b"\0") + bytes(4)
        for row in partitions
    )  # fmt: skip
    table = rows + b"\xeb\xeb" + b"\xff" * 14 + hashlib.md5(rows).digest()
    return table.ljust(TABLE_SIZE, b"\xff")


def parse_table(data: bytes) -> list[Partition]:
    """The rows of a partition table. ValueError if it is none, or damaged."""
    found: list[Partition] = []
    for at in range(0, min(len(data), TABLE_SIZE), 32):
        row = data[at : at + 32]
        if row[:2] == b"\xeb\xeb":
            if hashlib.md5(data[:at]).digest() != row[16:32]:
                raise ValueError("a damaged partition table: its MD5 is wrong")
            return found
        if row[:2] != b"\xaa\x50":
            break
        offset, size = (int.from_bytes(row[i : i + 4], "little") for i in (4, 8))
        label = row[12:28].split(b"\0")[0].decode("ascii", "replace")
        found.append(Partition(label, row[2], row[3], offset, size))
    raise ValueError("no partition table, or one that is cut off")
