"""Nova SDS198 dust sensor (PM100), serial, uploading.

Source: the frame of the Nova SDS198 as captured by PyPMS, in the vectors: ten bytes
``AA CF .. .. PM100-lo PM100-hi id id sum AB``; bytes 4 and 5 are PM100 in whole µg/m³, sum is that
of bytes 2 to 7. What bytes 2 and 3 hold is not known. The driver listens only. The range of
20 mg/m³ and the 30 s for the fan are the maker's leaflet's and not verified. 9600 8N1.
"""

from agent.drivers.frames import FrameDevice
from agent.drivers.nova_sds011 import sound
from agent.reading import Channel


class Device(FrameDevice):
    model = "nova-sds198"
    title = "Nova SDS198 dust sensor"
    kind = "air quality"
    source = "captured frame of the SDS198"
    warm_up_ms = 30000
    timeout_ms = 2500
    size = 10
    start = b"\xaa\xcf"
    sound = staticmethod(sound)
    channels = (Channel("pm100", "ug/m3", 0, 0, 20000),)
    order = "little"
    at = (4,)
