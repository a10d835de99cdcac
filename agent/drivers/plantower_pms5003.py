"""Plantower PMS5003 / PMS7003 particle sensor, serial, asked in passive mode.

Source: Plantower PMS5003 manual, appendix I and II: ``42 4D E2 00 00 01 71`` asks for a frame of 32
bytes, ``42 4D 00 1C``, 13 words, the 16-bit sum of all before; words 3 to 5 are PM1.0, PM2.5 and
PM10 in µg/m³ under atmospheric conditions, byte 29 the error code. In active mode the same frame
comes by itself every 200 to 800 ms, and answers as well. Sister models (PMS5003T, PMS3003) send the
same header with other contents: they are other drivers. 30 s after power-on for the fan to settle.
"""

from agent.drivers.ask import ask
from agent.drivers.driver import Driver, fault, reading
from agent.reading import Channel

MEASURE = b"\x42\x4d\xe2\x00\x00\x01\x71"
SIZE = 32
START = b"\x42\x4d\x00\x1c"


def check(frame):
    """Whether the last two bytes are the sum of all before."""
    return sum(frame[:30]) == frame[30] << 8 | frame[31]


class Device(Driver):
    model = "plantower-pms5003"
    title = "Plantower PMS5003 / PMS7003 particle sensor"
    kind = "air quality"
    source = "Plantower PMS5003 manual, appendix I and II"
    warm_up_ms = 30000
    channels = (
        Channel("pm1", "ug/m3", 0, 0, 1000),
        Channel("pm25", "ug/m3", 0, 0, 1000),
        Channel("pm10", "ug/m3", 0, 0, 1000),
    )

    def read(self):
        """Ask for one frame."""
        frame = yield ask(MEASURE, SIZE, START, check, self.timeout_ms)
        if frame[29]:
            return [fault(channel) for channel in self.channels]
        return [
            reading(self.channels[index], frame[10 + 2 * index] << 8 | frame[11 + 2 * index])
            for index in range(3)
        ]
