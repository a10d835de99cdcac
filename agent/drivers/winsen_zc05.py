"""Winsen ZC05 catalytic module for combustible gas (methane), serial, asked. Unproven.

Source: a published detector built on it (satoshi-nakao28/Mobile-Methane-Detector): the read
``FF 01 86 00 00 00 00 00 79`` is answered by nine bytes, of which 2 and 3 are ppm of methane, up to
1.25 %VOL (25 %LEL) in steps of 100 ppm. That the rest is as in Winsen's other modules (FF 86 first,
the two's complement of the sum last) is not printed; nor is the warm-up, for which 180 s are
assumed. Nothing but this read is ever sent: 87 and 88 calibrate. 9600 8N1.
"""

from agent.drivers.frames import FrameDevice, complement
from agent.reading import Channel


class Device(FrameDevice):
    model = "winsen-zc05"
    title = "Winsen ZC05 combustible gas module"
    kind = "gas"
    proven = False
    source = "published methane detector with a ZC05, no reply captured"
    warm_up_ms = 180000
    request = b"\xff\x01\x86\x00\x00\x00\x00\x00\x79"
    size = 9
    start = b"\xff\x86"
    sound = staticmethod(complement)
    channels = (Channel("ch4", "ppm", 0, 0, 12500),)
    at = (2,)
