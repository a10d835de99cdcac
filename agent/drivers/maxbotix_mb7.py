"""MaxBotix MB736x and MB738x ultrasonic range finders, serial ASCII. Unproven.

Source: docstring of the published weewx driver for MaxBotix sensors: ``R``, four digits and CR, mm,
9600 8N1, unasked; 5000 (models of 5 m) or 9999 (of 10 m) is "no target" and no distance. No frame
was captured. The factory level of the output is RS-232 on some models, TTL on others.

The level of water is mount - distance; mount is the height of the sensor over the dry road.
"""

from agent.drivers.ask import ask
from agent.drivers.driver import Driver, Option, fault, reading
from agent.reading import OUT_OF_RANGE, Channel, Reading

NO_TARGET = {"5 m": 5000, "10 m": 9999}


def check(frame):
    """Whether four digits and CR follow."""
    return frame[5] == 13 and all(48 <= byte <= 57 for byte in frame[1:5])


class Device(Driver):
    model = "maxbotix-mb7"
    title = "MaxBotix MB736x / MB738x ultrasonic range finder"
    kind = "water level"
    proven = False
    source = "published weewx driver, no frame captured"
    warm_up_ms = 1000
    options = (
        Option("range", "choice", "5 m", "how far it sees", choices=("5 m", "10 m")),
        Option(
            "mount",
            "quantity",
            None,
            'the sensor\'s height over the dry road, such as "3200 mm"; gives the channel level',
            300,
            15000,
            "m",
            -3,
            required=False,
        ),
    )

    def __init__(self, options):
        super().__init__(options)
        self.no_target = NO_TARGET[options.get("range", "5 m")]
        self.channels = (Channel("distance", "m", -3, 300, self.no_target - 1),)
        self.mount = options.get("mount")
        if self.mount is not None:
            self.channels = (Channel("level", "m", -3, None, None),) + self.channels

    def read(self):
        """Wait for the next range. Level first, where mount is known."""
        frame = yield ask(b"", 6, b"R", check, self.timeout_ms)
        value = int(frame[1:5])
        if value == self.no_target:
            return [fault(channel) for channel in self.channels]
        distance = reading(self.channels[-1], value)
        if self.mount is None:
            return [distance]
        level = reading(self.channels[0], self.mount - value)
        if distance.quality == OUT_OF_RANGE:
            level = Reading("level", level.value, -3, "m", OUT_OF_RANGE)
        return [level, distance]
