"""MaxBotix MB736x and MB738x ultrasonic range finders, serial ASCII. Unproven.

Source: docstring of the published weewx driver for MaxBotix sensors: ``R``, four digits and CR, mm,
9600 8N1, unasked; 5000 (models of 5 m) or 9999 (of 10 m) is "no target" and no distance. No frame
was captured. The factory level of the output is RS-232 on some models, TTL on others.

The level of water is mount - distance; mount is the height of the sensor over the dry road.
"""

from agent.drivers.driver import Option, fault, reading
from agent.drivers.frames import FrameDevice
from agent.drivers.ranging import levelled, mount_option, with_level
from agent.reading import Channel

NO_TARGET = {"5 m": 5000, "10 m": 9999}


def sound(frame):
    """Whether four digits and CR follow."""
    return frame[5] == 13 and all(48 <= byte <= 57 for byte in frame[1:5])


class Device(FrameDevice):
    model = "maxbotix-mb7"
    title = "MaxBotix MB736x / MB738x ultrasonic range finder"
    kind = "water level"
    proven = False
    source = "published weewx driver, no frame captured"
    warm_up_ms = 1000
    size = 6
    start = b"R"
    sound = staticmethod(sound)
    options = (
        Option("range", "choice", "5 m", "how far it sees", choices=("5 m", "10 m")),
        mount_option(300),
    )

    def __init__(self, options):
        super().__init__(options)
        self.no_target = NO_TARGET[options.get("range", "5 m")]
        self.mount = options.get("mount")
        self.distance = Channel("distance", "m", -3, 300, self.no_target - 1)
        self.channels = with_level(self.mount, (self.distance,))

    def mean(self, frame):
        """Level first, where mount is known."""
        value = int(frame[1:5])
        none = value == self.no_target
        distance = fault(self.distance) if none else reading(self.distance, value)
        return levelled(self.mount, [distance])
