"""The chips that can be simulated: what their ROM loader and registers say.

Sources: ESP32 Technical Reference Manual v5.x (SPI, eFuse) and ESP32-S3 TRM v1.x; the loaders'
serial protocol as esptool's documentation describes it ("Serial Protocol").
"""

from dataclasses import dataclass

MAGIC_REGISTER = 0x40001000
_USER_COMMAND = 1 << 18
_READ_ID, _VENDOR = 0x9F, 0xC8  # GigaDevice
_DOG_ON = 1 << 31


@dataclass(frozen=True)
class Chip:
    """Offsets of SPI registers are relative to ``spi``. ``security``: whether the ROM answers
    GET_SECURITY_INFO, ``crypt`` and ``done`` else: the eFuse registers with FLASH_CRYPT_CNT and
    ABS_DONE; ``dog``: the RTC watchdog's register. 0 where one is not simulated."""

    name: str
    chip_id: int
    magic: int
    spi: int
    command: int
    data: int
    mac_low: int
    mac_high: int
    security: bool
    dog: int
    clock_divider: int
    banner: str
    crypt: int = 0
    done: int = 0


ESP32 = Chip(
    "esp32", 0, 0x00F01D83, 0x3FF42000, 0x24, 0x80, 0x3FF5A004, 0x3FF5A008, False, 0,
    0x3FF40014, "ets Jul 29 2019 12:21:46", 0x3FF5A000, 0x3FF5A018,
)  # fmt: skip
ESP32S3 = Chip(
    "esp32s3", 9, 0x9, 0x60002000, 0x20, 0x58, 0x60007044, 0x60007048, True, 0x60008098,
    0x60000014, "ESP-ROM:esp32s3-20210327",
)  # fmt: skip
CHIPS = {chip.name: chip for chip in (ESP32, ESP32S3)}


class Registers:
    """The registers of one chip. reset: called when the RTC watchdog is switched on."""

    def __init__(self, chip: Chip, mac: bytes, flash_size: int, baud: int = 115200) -> None:
        self.chip = chip
        self.dog_bites = False
        self._capacity = flash_size.bit_length() - 1
        self._values = {
            MAGIC_REGISTER: chip.magic,
            chip.mac_low: int.from_bytes(mac[2:], "big"),
            chip.mac_high: int.from_bytes(mac[:2], "big"),
            chip.clock_divider: 40_000_000 // baud,
        }

    def lock(self, secure_boot: bool, encrypted: bool) -> None:
        """Burn what locks a chip that is asked by its registers."""
        if self.chip.crypt:
            self._values |= {self.chip.crypt: encrypted << 20, self.chip.done: secure_boot << 4}

    def read(self, address: int) -> int:
        """A register; what nobody wrote is 0."""
        return self._values.get(address, 0)

    def write(self, address: int, value: int, mask: int) -> None:
        """Write the bits of mask; a command to the flash is carried out at once."""
        value = self._values.get(address, 0) & ~mask | value & mask
        chip = self.chip
        if address == chip.spi and value & _USER_COMMAND:
            command = self._values.get(chip.spi + chip.command, 0) & 0xFF
            identity = self._capacity << 16 | 0x40 << 8 | _VENDOR
            self._values[chip.spi + chip.data] = identity if command == _READ_ID else 0
            value &= ~_USER_COMMAND
        if chip.dog and address == chip.dog and value & _DOG_ON:
            self.dog_bites = True
        self._values[address] = value
