"""DYP A02 / L04 ultrasonic level sensor on a UART, automatic upload.

Source: DYP's protocol as the DFRobot wiki prints it (A02YYUW, SKU SEN0311): ``FF hi lo sum``, mm,
sum the low byte of the sum of those before. 9600 8N1 (A02) or 115200. The driver only listens. What
is sent when no echo returns is not printed: a distance outside 30 to 4500 mm is out of range.

The level of water is mount - distance; mount is the height of the sensor over the dry road.
"""

from agent.drivers.driver import reading
from agent.drivers.frames import FrameDevice
from agent.drivers.ranging import levelled, mount_option, with_level
from agent.reading import Channel


class Device(FrameDevice):
    model = "dyp-uart"
    title = "DYP A02 / L04 ultrasonic level sensor, UART"
    kind = "water level"
    source = "DFRobot wiki A02YYUW (SEN0311), UART output"
    warm_up_ms = 1000
    options = (mount_option(30),)
    size = 4
    start = b"\xff"
    distance = Channel("distance", "m", -3, 30, 4500)

    def __init__(self, options):
        super().__init__(options)
        self.mount = options.get("mount")
        self.channels = with_level(self.mount, (self.distance,))

    def mean(self, frame):
        """Level first, where mount is known."""
        return levelled(self.mount, [reading(self.distance, frame[1] << 8 | frame[2])])
