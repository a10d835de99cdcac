"""Nova SDS011 particle sensor, serial, uploading.

Source: Nova "Laser Dust Sensor Control Protocol" V1.3 and SDS011 specification: every second ten
bytes ``AA C0 PM2.5-lo PM2.5-hi PM10-lo PM10-hi id id sum AB``, in 0.1 µg/m³; sum is that of bytes 2
to 7. The captured frame is in the vectors. The driver listens only: a sensor that was set to a
working period of minutes, or to answer questions, must be set back. 9600 8N1; 30 s after power-on
for the fan to settle. No error code is known. The
protocol's name and version were not checked.
"""

from agent.drivers.frames import FrameDevice
from agent.reading import Channel


def sound(frame):
    """Whether byte 8 is the sum of bytes 2 to 7, and the tail is there."""
    return sum(frame[2:8]) & 0xFF == frame[8] and frame[9] == 0xAB


class Device(FrameDevice):
    model = "nova-sds011"
    title = "Nova SDS011 particle sensor"
    kind = "air quality"
    source = "Nova Laser Dust Sensor Control Protocol V1.3"
    warm_up_ms = 30000
    timeout_ms = 2500
    size = 10
    start = b"\xaa\xc0"
    sound = staticmethod(sound)
    channels = (
        Channel("pm25", "ug/m3", -1, 0, 9999),
        Channel("pm10", "ug/m3", -1, 0, 9999),
    )
    order = "little"
    at = (2, 4)
