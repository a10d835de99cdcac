"""Plantower PMS5003 / PMS7003 particle sensor, serial, asked in passive mode.

Source: Plantower PMS5003 manual, appendix I and II: ``42 4D E2 00 00 01 71`` asks for a frame of 32
bytes, ``42 4D 00 1C``, 13 words, the 16-bit sum of all before; words 3 to 5 are PM1.0, PM2.5 and
PM10 in µg/m³ under atmospheric conditions, byte 29 the error code. In active mode the same frame
comes by itself every 200 to 800 ms, and answers as well. Sister models (PMS5003T, PMS3003) send the
same header with other contents: they are other drivers. 30 s after power-on for the fan to settle.
"""

from agent.drivers.frames import FrameDevice, sum16
from agent.reading import Channel


class Device(FrameDevice):
    model = "plantower-pms5003"
    title = "Plantower PMS5003 / PMS7003 particle sensor"
    kind = "air quality"
    source = "Plantower PMS5003 manual, appendix I and II"
    warm_up_ms = 30000
    request = b"\x42\x4d\xe2\x00\x00\x01\x71"
    size = 32
    start = b"\x42\x4d\x00\x1c"
    sound = staticmethod(sum16)
    channels = tuple([Channel(name, "ug/m3", 0, 0, 1000) for name in ("pm1", "pm25", "pm10")])
    at = (10, 12, 14)
    error_at = 29
