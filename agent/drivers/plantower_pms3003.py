"""Plantower PMS3003 particle sensor, serial, uploading.

Source: Plantower PMS3003 (G3) manual: 24 bytes ``42 4D 00 14``, nine words, the 16-bit sum of all
before; words 3 to 5 are PM1.0, PM2.5 and PM10 in µg/m³ under atmospheric conditions. The captured
frame is in the vectors. The driver listens only. No error code is documented. 9600 8N1; 30 s after
power-on for the fan to settle.
"""

from agent.drivers.ask import ask
from agent.drivers.driver import Driver, reading
from agent.reading import Channel

SIZE = 24
START = b"\x42\x4d\x00\x14"


def check(frame):
    """Whether the last two bytes are the sum of all before."""
    return sum(frame[:22]) == frame[22] << 8 | frame[23]


class Device(Driver):
    model = "plantower-pms3003"
    title = "Plantower PMS3003 particle sensor"
    kind = "air quality"
    source = "Plantower PMS3003 manual, frame format"
    warm_up_ms = 30000
    timeout_ms = 2500
    channels = (
        Channel("pm1", "ug/m3", 0, 0, 1000),
        Channel("pm25", "ug/m3", 0, 0, 1000),
        Channel("pm10", "ug/m3", 0, 0, 1000),
    )

    def read(self):
        """Wait for the next upload."""
        frame = yield ask(b"", SIZE, START, check, self.timeout_ms)
        return [
            reading(self.channels[index], frame[10 + 2 * index] << 8 | frame[11 + 2 * index])
            for index in range(3)
        ]
