"""The Flash port on a MicroPython block device: esp32.Partition, rp2.Flash and their like."""

_IOCTL_BLOCKS, _IOCTL_SIZE, _IOCTL_ERASE = 4, 5, 6


class BlockFlash:
    """device: readblocks, writeblocks (with an offset: program only) and ioctl, as MicroPython's
    block device protocol has them. unit: the smallest program, 4 on an ESP32, 256 on an RP2."""

    def __init__(self, device, unit=4):
        self._device = device
        self.unit = unit
        self.sectors = device.ioctl(_IOCTL_BLOCKS, 0)
        self.sector_size = device.ioctl(_IOCTL_SIZE, 0)

    def read(self, sector, offset, size):
        """See agent.ports.Flash. A bytearray: a copy of it would need a second piece of heap."""
        self._check(sector, offset, size)
        data = bytearray(size)
        self._device.readblocks(sector, data, offset)
        return data

    def program(self, sector, offset, data):
        """See agent.ports.Flash."""
        self._check(sector, offset, len(data))
        if offset % self.unit or len(data) % self.unit:
            raise ValueError("a program that is not aligned to the unit")
        self._device.writeblocks(sector, data, offset)

    def erase(self, sector):
        """See agent.ports.Flash."""
        self._check(sector, 0, self.sector_size)
        self._device.ioctl(_IOCTL_ERASE, sector)

    def sync(self):
        """NOR flash: what is programmed is durable."""
        return 0

    def synced(self):
        """See agent.ports.Flash."""
        return 0

    def _check(self, sector, offset, size):
        if not 0 <= sector < self.sectors or offset < 0 or offset + size > self.sector_size:
            raise ValueError("outside the flash")
