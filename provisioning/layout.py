"""Where things lie in a board's flash: two firmware slots, the journal, the file system."""

from provisioning.esp_image import Partition

APP_AT = 0x10000
_DATA, _APP = 1, 0
_NVS, _OTA, _PHY, _LITTLEFS, _OWN = 0x02, 0x00, 0x01, 0x81, 0x40
_OTA_0 = 0x10

# Erased when a board is set up: settings and choices of whatever ran before must not remain.
_STALE = ("nvs", "otadata", "phy_init", "journal", "vfs")
_LFS_HEAD = 0x2000  # bytes of littlefs's superblocks: without them there is no file system
_ERASE_MOST = 4 << 20  # bytes of one erase: chips need up to some seconds for each MB

# (firmware slot, how many, journal) in bytes, by the size of the flash; the file system has the
# rest. Where two firmware slots fit, a later firmware can be tried as an application is; in 4 MB
# they would leave too little for two applications: a file of any size takes 4 KB.
_SIZES = {4 << 20: (0x1F0000, 1, 0x80000), 8 << 20: (0x200000, 2, 0x100000),
          16 << 20: (0x200000, 2, 0x400000)}  # fmt: skip


def sizes() -> list[int]:
    """The flash sizes that there is a layout for, in bytes."""
    return sorted(_SIZES)


def partitions(flash_size: int) -> list[Partition]:
    """The table of a board. ValueError for a flash that there is no layout for."""
    if flash_size not in _SIZES:
        raise ValueError(f"no layout for a flash of {flash_size >> 20} MB")
    firmware, count, journal = _SIZES[flash_size]
    rows = [Partition("nvs", _DATA, _NVS, 0x9000, 0x4000),
            Partition("otadata", _DATA, _OTA, 0xD000, 0x2000),
            Partition("phy_init", _DATA, _PHY, 0xF000, 0x1000)]  # fmt: skip
    rows += [Partition(f"ota_{number}", _APP, _OTA_0 + number, APP_AT + number * firmware, firmware)
             for number in range(count)]  # fmt: skip
    at = APP_AT + count * firmware
    rows.append(Partition("journal", _DATA, _OWN, at, journal))
    at += journal
    rows.append(Partition("vfs", _DATA, _LITTLEFS, at, flash_size - at))
    return rows


def stale(flash_size: int, wipe: bool) -> list[tuple[int, int]]:
    """(offset, bytes) of what is to be erased, in this order, before a board is set up.

    wipe: every byte of the file system, and not its superblocks alone: device.key, tls-key.der,
    oscore.cbor, and what older states of them the flash still holds. The superblocks come last: a
    board whose wiping was cut short is not taken for a blank one.
    """
    rows = [row for row in partitions(flash_size) if row.label in _STALE]
    spans: list[tuple[int, int]] = []
    for row in rows:
        size = _LFS_HEAD if row.label == "vfs" else row.size
        if spans and sum(spans[-1]) == row.offset:
            begin = spans.pop()[0]
            spans.append((begin, row.offset + size - begin))
        else:
            spans.append((row.offset, size))
    end = rows[-1].offset + rows[-1].size
    begins = range(rows[-1].offset + _LFS_HEAD, end, _ERASE_MOST) if wipe else ()
    return [(at, min(_ERASE_MOST, end - at)) for at in begins] + spans
