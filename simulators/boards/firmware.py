"""Firmware of simulated boards: images that are built as Espressif's are, and hold no code.

The bootloader of a simulated board checks them as a real one does; what runs then is the real
MicroPython interpreter of this environment, whose version they name.
"""

import random
import subprocess
from functools import cache

from provisioning import esp_image
from simulators.boards.application import interpreter

_CODE_AT = {"esp32": 0x3F400020, "esp32s3": 0x3C000020}
_RAM_AT = {"esp32": 0x3FFF0018, "esp32s3": 0x3FCE3810}


@cache
def version() -> str:
    """The version of the interpreter, such as "1.29.0"."""
    code = "import sys; print('.'.join([str(x) for x in sys.implementation.version[:3]]))"
    said = subprocess.run([interpreter(), "-c", code], capture_output=True, text=True, check=True)
    return said.stdout.strip()


def application(chip: str, flash_size: int, size: int = 400_000, seed: int = 1) -> bytes:
    """An application image of about size bytes that compress as code does."""
    body = esp_image.description(version(), "micropython") + filling(size, seed)
    return esp_image.build(chip, flash_size, [(_CODE_AT[chip], body)])


def bootloader(chip: str, flash_size: int) -> bytes:
    """A bootloader image."""
    return esp_image.build(chip, flash_size, [(_RAM_AT[chip], filling(20_000, 2))])


def combined(chip: str, flash_size: int, size: int = 400_000, seed: int = 1) -> bytes:
    """One file as MicroPython publishes it: from the bootloader's offset to the application's end,
    with a table of one application."""
    start = esp_image.BOOTLOADER_AT[chip]
    table = esp_image.build_table([
        esp_image.Partition("nvs", 1, 2, 0x9000, 0x6000),
        esp_image.Partition("phy_init", 1, 1, 0xF000, 0x1000),
        esp_image.Partition("factory", 0, 0, 0x10000, 0x1F0000),
        esp_image.Partition("vfs", 1, 0x81, 0x200000, flash_size - 0x200000),
    ])  # fmt: skip
    parts = [(start, bootloader(chip, flash_size)), (esp_image.TABLE_AT, table),
             (0x10000, application(chip, flash_size, size, seed))]  # fmt: skip
    whole = b""
    for at, data in parts:
        whole = whole.ljust(at - start, b"\xff") + data
    return whole


def filling(size: int, seed: int) -> bytes:
    """size bytes, rounded up to 4, of which about half can be compressed away."""
    dice = random.Random(seed)
    words = [dice.randbytes(8) for _ in range(256)]
    size += -size % 4
    return b"".join([dice.choice(words) + dice.randbytes(4) for _ in range(size // 12 + 1)])[:size]
