"""UF2 images (github.com/microsoft/uf2), as MicroPython publishes them for RP2040 and RP2350. They
are judged whole: a drive takes any file, and starts nothing, or something wrong, without a word.
"""

import re
from dataclasses import dataclass

BLOCK, PAGE = 512, 256
MAGIC = (0x0A324655, 0x9E5D5157, 0x0AB16F30)  # two at the beginning of a block, one at its end
NOT_FLASH, FAMILY_GIVEN = 0x0001, 0x2000
FLASH_AT = 0x10000000
CHIPS = {0xE48BFF56: "rp2040", 0xE48BFF59: "rp2350"}
ABSOLUTE = 0xE48BFF57  # one block beside the image, against an erratum of the RP2350 (E10)

_HEAD = 32  # bytes of a block before its page
_WLAN = b"WLAN\0"  # a name that a MicroPython with Wi-Fi knows
_VERSION = re.compile(rb"MicroPython v(\d+\.\d+\.\d+)")


# What may be wrong, in English and Chinese.
WORDS: dict[str, tuple[str, str]] = {
    "no-uf2": ("the file is cut off, or no UF2 file", "文件不完整，或不是 UF2 文件"),
    "damaged": ("a block of the file is damaged, or it is no UF2 file",
                "文件中有损坏的块，或不是 UF2 文件"),
    "missing": ("a part of the file is missing", "文件缺少一部分"),
    "cut-off": ("the file has fewer or more blocks than it says", "文件的块数与其声明不符"),
    "no-chip": ("the file does not say which chip it is for", "文件没有注明适用的芯片"),
    "no-family": ("the file is for none of {known}, or for several chips",
                  "文件不适用于 {known}，或同时用于多种芯片"),
    "not-flash": ("the file is not for the flash", "文件不是写入闪存的"),
    "twice": ("the file writes a page twice", "文件重复写入同一页"),
    "page": ("a block of the file has {size} bytes where the chip takes {page}",
             "文件中有 {size} 字节的块，而芯片只接受 {page} 字节"),
    "no-board": ("{drive} is no board: hold BOOTSEL while you plug it in",
                 "{drive} 不是板卡：请按住 BOOTSEL 再插入"),
    "unknown-board": ("{drive} is a board that is not known here", "{drive} 是未知的板卡"),
    "wrong-chip": ("the file is for {wanted}, and this board is an {chip}",
                   "文件适用于 {wanted}，而本板是 {chip}"),
}  # fmt: skip


class BadUf2(ValueError):
    """The file is no firmware for this board, or the drive no board; nothing was written. word: of
    WORDS, with its values."""

    def __init__(self, word: str, **values: object) -> None:
        super().__init__(word)
        self.word = word
        self.values = values

    def sentence(self, language: str = "en") -> str:
        """What is wrong, in "en" or "zh"."""
        return WORDS[self.word][language == "zh"].format(**self.values)


@dataclass(frozen=True)
class Image:
    """What a file holds: for which chip, from which address of the flash, how many bytes."""

    chip: str
    begin: int
    size: int


def parse(data: bytes) -> Image:
    """Judge a file. BadUf2 says what is wrong with it."""
    if not data or len(data) % BLOCK:
        raise BadUf2("no-uf2")
    blocks = [_block(data[at : at + BLOCK]) for at in range(0, len(data), BLOCK)]
    image = [block for block in blocks if block.family != ABSOLUTE]
    families = {block.family for block in image}
    if len(families) != 1 or not families <= set(CHIPS):
        raise BadUf2("no-family", known=", ".join(sorted(CHIPS.values())))
    if [block.number for block in image] != list(range(len(image))):
        raise BadUf2("missing")
    if {block.count for block in image} != {len(image)}:
        raise BadUf2("cut-off")
    addresses = sorted(block.address for block in image)
    if addresses[0] < FLASH_AT or any(address % PAGE for address in addresses):
        raise BadUf2("not-flash")
    if len(set(addresses)) != len(addresses):
        raise BadUf2("twice")
    return Image(CHIPS[families.pop()], addresses[0], addresses[-1] + PAGE - addresses[0])


def spans(data: bytes) -> list[tuple[int, bytes]]:
    """What a good file writes: (address, content) of each piece without a gap, in order."""
    found: list[tuple[int, bytearray]] = []
    for at in range(0, len(data), BLOCK):
        block = _block(data[at : at + BLOCK])
        if block.family == ABSOLUTE:
            continue
        page = data[at + _HEAD : at + _HEAD + PAGE]
        if found and found[-1][0] + len(found[-1][1]) == block.address:
            found[-1][1].extend(page)
        else:
            found.append((block.address, bytearray(page)))
    return sorted((address, bytes(content)) for address, content in found)


def version(data: bytes) -> str:
    """The version of MicroPython that a good file holds, such as "1.29.0", or ""."""
    found = _VERSION.search(_content(data))
    return found[1].decode() if found else ""


def has_radio(data: bytes) -> bool:
    """Whether the MicroPython in a good file knows Wi-Fi: that of a Pico without W does not."""
    return _WLAN in _content(data)


def _content(data: bytes) -> bytes:
    return b"".join(content for _, content in spans(data))


@dataclass(frozen=True)
class _Block:
    address: int
    number: int
    count: int
    family: int


def _block(data: bytes) -> _Block:
    words = [int.from_bytes(data[at : at + 4], "little") for at in range(0, 32, 4)]
    last = int.from_bytes(data[-4:], "little")
    if (words[0], words[1], last) != MAGIC:
        raise BadUf2("damaged")
    if words[2] & NOT_FLASH or not words[2] & FAMILY_GIVEN:
        raise BadUf2("no-chip")
    if words[4] != PAGE:
        raise BadUf2("page", size=words[4], page=PAGE)
    return _Block(words[3], words[5], words[6], words[7])
