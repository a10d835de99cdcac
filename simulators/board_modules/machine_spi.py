"""SPI of the stand-in ``machine``: nothing is said on it, but the pins must be told."""


class SPI:
    """A bus with its pins. id: 1 or 2, those that an ESP32 has to give."""

    def __init__(self, id, baudrate=1000000, *, sck, mosi, miso):
        if id not in (1, 2):
            raise ValueError("SPI(%d) doesn't exist" % id)
        self.pins = (sck.number, mosi.number, miso.number)
