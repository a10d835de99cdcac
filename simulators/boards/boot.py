"""How a chip starts from its flash: what ROM and second-stage bootloader check, and say."""

from provisioning import esp_image
from simulators.boards.chips import Chip
from simulators.boards.nor import Nor

_OTA_0, _OTA_1, _FACTORY = 0x10, 0x11, 0x00
_OTA_DATA = 0x00
_MAX_IMAGE = 4 << 20


def log(chip: Chip, download: bool) -> bytes:
    """What the ROM says after a reset."""
    if chip.name == "esp32":
        mode = "0x3 (DOWNLOAD_BOOT(UART0/UART1/SDIO_REI_REO_V2))" if download else (
            "0x13 (SPI_FAST_FLASH_BOOT)")  # fmt: skip
    else:
        mode = "0x0 (DOWNLOAD(USB/UART0))" if download else "0x8 (SPI_FAST_FLASH_BOOT)"
    said = f"{chip.banner}\r\nrst:0x1 (POWERON),boot:{mode}\r\n"
    return (said + ("waiting for download\r\n" if download else "")).encode("ascii")


def refusal(chip: Chip, nor: Nor) -> bytes | None:
    """What is said by a chip that finds nothing to run; None if it does."""
    at = esp_image.BOOTLOADER_AT[chip.name]
    if _image(chip, nor, at, 0x8000 - at) is None:
        word = int.from_bytes(nor.read(at, 4), "little")
        return b"invalid header: 0x%08x\r\n" % word * 3
    try:
        table = esp_image.parse_table(nor.read(esp_image.TABLE_AT, esp_image.TABLE_SIZE))
    except ValueError:
        return b"E (41) boot: Failed to verify partition table\r\n"
    running = running_partition(nor, table)
    if running is None or _image(chip, nor, running.offset, running.size) is None:
        return b"E (88) boot: No bootable app partitions in the partition table\r\n"
    return None


def running_partition(nor: Nor, table: list[esp_image.Partition]) -> esp_image.Partition | None:
    """The application partition that the bootloader chooses: by the OTA data, where it is set."""
    apps = {row.subtype: row for row in table if row.type == 0}
    sequence = 0
    for row in table:
        if row.type == 1 and row.subtype == _OTA_DATA:
            for sector in (0, 4096):
                number = int.from_bytes(nor.read(row.offset + sector, 4), "little")
                if number != 0xFFFFFFFF:
                    sequence = max(sequence, number)
    if sequence:
        return apps.get(_OTA_0 + (sequence - 1) % 2)
    return apps.get(_FACTORY) or apps.get(_OTA_0)


def _image(chip: Chip, nor: Nor, at: int, size: int) -> esp_image.Image | None:
    try:
        image = esp_image.parse(nor.read(at, min(size, _MAX_IMAGE)))
    except ValueError:
        return None
    return image if image.chip == chip.name else None
