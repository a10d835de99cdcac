"""Winsen MH-Z19B infrared carbon dioxide module, serial, asked.

Source: Winsen MH-Z19B manual, "UART": ``FF 01 86 00 00 00 00 00 79`` is answered by nine bytes
``FF 86 hi lo ... check``; bytes 2 and 3 are ppm, check is the two's complement of the sum of bytes
1 to 7. 9600 8N1, 180 s to warm up. Captured replies are in the vectors. Nothing but this read is
ever sent: 0x87 and 0x88 calibrate this module. The range is that of the 5000 ppm variant.
"""

from agent.drivers.frames import FrameDevice, complement
from agent.reading import Channel


class Device(FrameDevice):
    model = "winsen-mhz19b"
    title = "Winsen MH-Z19B carbon dioxide module"
    kind = "gas"
    source = "Winsen MH-Z19B manual, UART"
    warm_up_ms = 180000
    request = b"\xff\x01\x86\x00\x00\x00\x00\x00\x79"
    size = 9
    start = b"\xff\x86"
    sound = staticmethod(complement)
    channels = (Channel("co2", "ppm", 0, 0, 5000),)
    at = (2,)
