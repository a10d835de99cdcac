"""Honeywell HPMA115C0 particle sensor (compact), serial, asked.

Source: Honeywell HPM Series manual, "Read particle measuring results": ``68 01 04 93`` is answered
by ``40 0D 04``, the words PM1.0, PM2.5, PM4.0 and PM10 in µg/m³, four bytes kept, and 65536 less
the sum of all before, its low byte. The captured reply is in the vectors; the request is not, and
was not checked against the manual. The HPMA115S0 answers
with two words only: it is another model. No error code stands in the reply. 9600 8N1; 10 s after
power-on are assumed.
"""

from agent.drivers.frames import FrameDevice
from agent.reading import Channel


def sound(frame):
    """Whether all bytes sum up to zero."""
    return sum(frame) & 0xFF == 0


class Device(FrameDevice):
    model = "honeywell-hpma115"
    title = "Honeywell HPMA115C0 particle sensor"
    kind = "air quality"
    source = "Honeywell HPM Series manual, read particle measuring results"
    warm_up_ms = 10000
    request = b"\x68\x01\x04\x93"
    size = 16
    start = b"\x40\x0d\x04"
    sound = staticmethod(sound)
    channels = tuple(
        [Channel(name, "ug/m3", 0, 0, 1000) for name in ("pm1", "pm25", "pm4", "pm10")]
    )
    at = (3, 5, 7, 9)
