"""Winsen ZE07-CO electrochemical carbon monoxide module, serial, active upload.

Source: Winsen ZE07-CO manual, "active upload": every second 9 bytes
``FF 04 03 decimals hi lo range-hi range-lo check``; 04 is CO, 03 is ppm; check is the two's
complement of the sum of bytes 1 to 7. 9600 8N1. The driver only listens: other modules of the same
maker take the same nine bytes for a calibration. Warm-up is not printed for this module; 30 s is
that of its sister ZE15-CO.
"""

from agent.drivers.driver import fault, reading, rescale
from agent.drivers.frames import FrameDevice, complement
from agent.reading import Channel


class Device(FrameDevice):
    model = "winsen-ze07"
    title = "Winsen ZE07-CO carbon monoxide module"
    kind = "gas"
    source = "Winsen ZE07-CO manual, active upload mode"
    warm_up_ms = 30000
    timeout_ms = 2500
    size = 9
    start = b"\xff\x04\x03"
    sound = staticmethod(complement)
    channels = (Channel("co", "ppm", -1, 0, 5000),)

    def mean(self, frame):
        """Its decimals come with the value."""
        channel, decimals = self.channels[0], frame[3]
        if decimals > 3:
            return [fault(channel)]
        value = frame[4] << 8 | frame[5]
        return [reading(channel, rescale(value, -decimals, channel.exponent))]
