"""ESP32-S3 with RS-485 transceivers: which pin is what. A board is a file like this one."""

from board import espressif

NAME = "esp32-s3"
flash = espressif.flash
reset_reason = espressif.reset_reason

# UART number, TX, RX, direction pin.
_UARTS = {"uart1": (1, 17, 18, 16), "uart2": (2, 8, 9, 10), "uart3": (3, 4, 5, 6)}

# To ground: see board.button. Down at power-up it asks the chip for its loader instead.
button = 0


def line(port):
    """The Line of a port of the settings, such as "uart1"."""
    return espressif.line(_UARTS, port)
