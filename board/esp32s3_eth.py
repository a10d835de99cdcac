"""ESP32-S3 with Ethernet by a W5500, as the Waveshare ESP32-S3-ETH wires it, and RS-485
transceivers: which pin is what. Source of the W5500's pins: Waveshare wiki, ESP32-S3-ETH; of the
call: MicroPython, quick reference for the ESP32, "SPI Ethernet Interface".
"""

import machine

from board import espressif

NAME = "esp32-s3-eth"
flash = espressif.flash
reset_reason = espressif.reset_reason

# UART number, TX, RX, direction pin.
_UARTS = {"uart1": (1, 17, 18, 16), "uart2": (2, 4, 5, 6)}

# Of the W5500.
_SCK, _MOSI, _MISO, _CS, _INT, _RESET = 13, 11, 12, 14, 10, 9

# To ground: see board.button. Down at power-up it asks the chip for its loader instead.
button = 0


def line(port):
    """The Line of a port of the settings, "uart1" or "uart2"."""
    return espressif.line(_UARTS, port)


def link(log):
    """How this board joins the network: by its cable, not by Wi-Fi. See board.radio.link."""
    import network

    from board.wired import Wired

    pin = machine.Pin
    lan = network.LAN(
        spi=machine.SPI(1, sck=pin(_SCK), mosi=pin(_MOSI), miso=pin(_MISO)), cs=pin(_CS),
        int=pin(_INT), reset=pin(_RESET), phy_type=network.PHY_W5500, phy_addr=0,
    )  # fmt: skip
    lan.active(True)
    return Wired(lan, log)
