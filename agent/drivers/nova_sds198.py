"""Nova SDS198 dust sensor (PM100), serial, uploading.

Source: the frame of the Nova SDS198 as captured by PyPMS, in the vectors: ten bytes
``AA CF .. .. PM100-lo PM100-hi id id sum AB``; bytes 4 and 5 are PM100 in whole µg/m³, sum is that
of bytes 2 to 7. What bytes 2 and 3 hold is not known. The driver listens only. The range of
20 mg/m³ and the 30 s for the fan are the maker's leaflet's and not verified. 9600 8N1.
"""

from agent.drivers.ask import ask
from agent.drivers.driver import Driver, reading
from agent.reading import Channel

SIZE = 10
START = b"\xaa\xcf"


def check(frame):
    """Whether byte 8 is the sum of bytes 2 to 7, and the tail is there."""
    return sum(frame[2:8]) & 0xFF == frame[8] and frame[9] == 0xAB


class Device(Driver):
    model = "nova-sds198"
    title = "Nova SDS198 dust sensor"
    kind = "air quality"
    source = "captured frame of the SDS198"
    warm_up_ms = 30000
    timeout_ms = 2500
    channels = (Channel("pm100", "ug/m3", 0, 0, 20000),)

    def read(self):
        """Wait for the next upload."""
        frame = yield ask(b"", SIZE, START, check, self.timeout_ms)
        return [reading(self.channels[0], frame[4] | frame[5] << 8)]
