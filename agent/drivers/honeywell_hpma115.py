"""Honeywell HPMA115C0 particle sensor (compact), serial, asked.

Source: Honeywell HPM Series manual, "Read particle measuring results": ``68 01 04 93`` is answered
by ``40 0D 04``, the words PM1.0, PM2.5, PM4.0 and PM10 in µg/m³, four bytes kept, and 65536 less
the sum of all before, its low byte. The captured reply is in the vectors; the request is not, and
was not checked against the manual. The HPMA115S0 answers
with two words only: it is another model. No error code stands in the reply. 9600 8N1; 10 s after
power-on are assumed.
"""

from agent.drivers.ask import ask
from agent.drivers.driver import Driver, reading
from agent.reading import Channel

READ = b"\x68\x01\x04\x93"
SIZE = 16
START = b"\x40\x0d\x04"


def check(frame):
    """Whether all bytes sum up to zero."""
    return sum(frame) & 0xFF == 0


class Device(Driver):
    model = "honeywell-hpma115"
    title = "Honeywell HPMA115C0 particle sensor"
    kind = "air quality"
    source = "Honeywell HPM Series manual, read particle measuring results"
    warm_up_ms = 10000
    channels = tuple(
        [Channel(name, "ug/m3", 0, 0, 1000) for name in ("pm1", "pm25", "pm4", "pm10")]
    )

    def read(self):
        """Ask for the four sizes."""
        frame = yield ask(READ, SIZE, START, check, self.timeout_ms)
        return [
            reading(self.channels[index], frame[3 + 2 * index] << 8 | frame[4 + 2 * index])
            for index in range(4)
        ]
