"""UF2 files of simulated firmware."""

from provisioning.uf2_image import FAMILY_GIVEN, FLASH_AT, MAGIC, PAGE
from simulators.boards import firmware
from simulators.boards.uf2_drive import FAMILY


def block(number: int, count: int, page: bytes, family: int, at: int = FLASH_AT) -> bytes:
    """One block of 512 bytes. at: where the first page of the file lies."""
    words = (MAGIC[0], MAGIC[1], FAMILY_GIVEN, at + number * PAGE, len(page), number, count, family)
    head = b"".join(word.to_bytes(4, "little") for word in words)
    return head + page.ljust(476, b"\0") + MAGIC[2].to_bytes(4, "little")


def made(chip: str, data: bytes) -> bytes:
    """A file that holds data, in whole pages."""
    pages = [data[at : at + PAGE] for at in range(0, len(data), PAGE)]
    return b"".join(block(number, len(pages), page, FAMILY[chip]) for number, page in
                    enumerate(pages))  # fmt: skip


def micropython(chip: str, size: int = 100_000) -> bytes:
    """What names the version of the interpreter that a simulated board runs."""
    banner = f"MicroPython v{firmware.version()} on a simulated {chip}\0WLAN\0".encode("ascii")
    data = firmware.filling(size, 3) + banner
    return made(chip, data + bytes(-len(data) % PAGE))
