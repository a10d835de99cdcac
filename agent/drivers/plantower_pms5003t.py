"""Plantower PMS5003T particle, temperature and humidity sensor, serial, asked in passive mode.

Source: Plantower PMS5003T manual, appendix I and II: the frame of the PMS5003 (its header, length
and sum), but words 10 and 11 are temperature and humidity in tenths, where the PMS5003 counts
particles. Nothing in the frame tells the two apart: the model must be named. The captured frame is
in the vectors; that this model answers the PMS5003's request was not checked.
An error code is not documented for this model; byte 29 is read as on the PMS5003.
"""

from agent.drivers.frames import FrameDevice, sum16
from agent.reading import Channel


class Device(FrameDevice):
    model = "plantower-pms5003t"
    title = "Plantower PMS5003T particle, temperature and humidity sensor"
    kind = "air quality"
    source = "Plantower PMS5003T manual, appendix I and II"
    warm_up_ms = 30000
    request = b"\x42\x4d\xe2\x00\x00\x01\x71"
    size = 32
    start = b"\x42\x4d\x00\x1c"
    sound = staticmethod(sum16)
    channels = (
        Channel("pm1", "ug/m3", 0, 0, 1000),
        Channel("pm25", "ug/m3", 0, 0, 1000),
        Channel("pm10", "ug/m3", 0, 0, 1000),
        Channel("temperature", "Cel", -1, -400, 850),
        Channel("humidity", "%RH", -1, 0, 1000),
    )
    at = (10, 12, 14, 24, 26)
    signed = ("temperature",)
    error_at = 29
