"""DYP A02 / L04 ultrasonic level sensor on a UART, automatic upload.

Source: DYP's protocol as the DFRobot wiki prints it (A02YYUW, SKU SEN0311): ``FF hi lo sum``, mm,
sum the low byte of the sum of those before. 9600 8N1 (A02) or 115200. The driver only listens. What
is sent when no echo returns is not printed: a distance outside 30 to 4500 mm is out of range.

The level of water is mount - distance; mount is the height of the sensor over the dry road.
"""

from agent.drivers.ask import ask
from agent.drivers.driver import Driver, Option, reading
from agent.reading import OUT_OF_RANGE, Channel, Reading


def check(frame):
    """Whether the last byte is the sum of those before."""
    return sum(frame[:3]) & 0xFF == frame[3]


class Device(Driver):
    model = "dyp-uart"
    title = "DYP A02 / L04 ultrasonic level sensor, UART"
    kind = "water level"
    source = "DFRobot wiki A02YYUW (SEN0311), UART output"
    warm_up_ms = 1000
    options = (
        Option(
            "mount",
            "quantity",
            None,
            'the sensor\'s height over the dry road, such as "3200 mm"; gives the channel level',
            30,
            15000,
            "m",
            -3,
            required=False,
        ),
    )
    channels = (Channel("distance", "m", -3, 30, 4500),)

    def __init__(self, options):
        super().__init__(options)
        self.mount = options.get("mount")
        if self.mount is not None:
            self.channels = (Channel("level", "m", -3, None, None),) + self.channels

    def read(self):
        """Wait for the next upload. Level first, where mount is known."""
        frame = yield ask(b"", 4, b"\xff", check, self.timeout_ms)
        distance = reading(self.channels[-1], frame[1] << 8 | frame[2])
        if self.mount is None:
            return [distance]
        level = reading(self.channels[0], self.mount - distance.value)
        if distance.quality == OUT_OF_RANGE:
            level = Reading("level", level.value, -3, "m", OUT_OF_RANGE)
        return [level, distance]
