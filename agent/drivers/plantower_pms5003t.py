"""Plantower PMS5003T particle, temperature and humidity sensor, serial, asked in passive mode.

Source: Plantower PMS5003T manual, appendix I and II: the frame of the PMS5003 (its header, length
and sum), but words 10 and 11 are temperature and humidity in tenths, where the PMS5003 counts
particles. Nothing in the frame tells the two apart: the model must be named. The captured frame is
in the vectors; that this model answers the PMS5003's request was not checked.
An error code is not documented for this model; byte 29 is read as on the PMS5003.
"""

from agent.drivers.ask import ask
from agent.drivers.driver import Driver, fault, reading
from agent.reading import Channel

MEASURE = b"\x42\x4d\xe2\x00\x00\x01\x71"
SIZE = 32
START = b"\x42\x4d\x00\x1c"
AT = (10, 12, 14, 24, 26)  # where the channels' words stand


def check(frame):
    """Whether the last two bytes are the sum of all before."""
    return sum(frame[:30]) == frame[30] << 8 | frame[31]


class Device(Driver):
    model = "plantower-pms5003t"
    title = "Plantower PMS5003T particle, temperature and humidity sensor"
    kind = "air quality"
    source = "Plantower PMS5003T manual, appendix I and II"
    warm_up_ms = 30000
    channels = (
        Channel("pm1", "ug/m3", 0, 0, 1000),
        Channel("pm25", "ug/m3", 0, 0, 1000),
        Channel("pm10", "ug/m3", 0, 0, 1000),
        Channel("temperature", "Cel", -1, -400, 850),
        Channel("humidity", "%RH", -1, 0, 1000),
    )

    def read(self):
        """Ask for one frame."""
        frame = yield ask(MEASURE, SIZE, START, check, self.timeout_ms)
        if frame[29]:
            return [fault(channel) for channel in self.channels]
        words = [frame[at] << 8 | frame[at + 1] for at in AT]
        if words[3] & 0x8000:
            words[3] -= 0x10000
        return [reading(self.channels[index], words[index]) for index in range(5)]
