"""Plantower PMS3003 particle sensor, serial, uploading.

Source: Plantower PMS3003 (G3) manual: 24 bytes ``42 4D 00 14``, nine words, the 16-bit sum of all
before; words 3 to 5 are PM1.0, PM2.5 and PM10 in µg/m³ under atmospheric conditions. The captured
frame is in the vectors. The driver listens only. No error code is documented. 9600 8N1; 30 s after
power-on for the fan to settle.
"""

from agent.drivers.frames import FrameDevice, sum16
from agent.reading import Channel


class Device(FrameDevice):
    model = "plantower-pms3003"
    title = "Plantower PMS3003 particle sensor"
    kind = "air quality"
    source = "Plantower PMS3003 manual, frame format"
    warm_up_ms = 30000
    timeout_ms = 2500
    size = 24
    start = b"\x42\x4d\x00\x14"
    sound = staticmethod(sum16)
    channels = tuple([Channel(name, "ug/m3", 0, 0, 1000) for name in ("pm1", "pm25", "pm10")])
    at = (10, 12, 14)
