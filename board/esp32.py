"""ESP32 with RS-485 transceivers: which pin is what. UART 0 is the console."""

from board import espressif

NAME = "esp32"
flash = espressif.flash
reset_reason = espressif.reset_reason

# UART number, TX, RX, direction pin.
_UARTS = {"uart1": (1, 25, 26, 27), "uart2": (2, 17, 16, 4)}

# To ground: see board.button. Down at power-up it asks the chip for its loader instead.
button = 0


def line(port):
    """The Line of a port of the settings, such as "uart1"."""
    return espressif.line(_UARTS, port)
