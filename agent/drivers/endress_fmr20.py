"""Endress+Hauser Micropilot FMR20 radar level, Modbus RTU.

Source: a published integration of the FMR20 with captured exchanges: function 03, 0x1388, 16
registers, eight IEEE 754 singles, high word first: level (m), distance (m), signal (dB),
temperature (°C), quality, diagnosis, latitude, longitude. The level is the device's own: its
configured empty height less the distance. What values of quality and diagnosis mean was not found:
they are handed on as they are. Factory setting: 9600 8E1, address 200.

For 8 to 12 s after power-on it answers zeros with a right CRC: 15 s are waited for, and a distance
and signal of zero have no value whenever they come.
"""

from agent.drivers.driver import address, fault
from agent.drivers.modbus import ModbusDevice, float32


class Device(ModbusDevice):
    model = "endress-fmr20"
    title = "Endress+Hauser Micropilot FMR20 radar"
    kind = "water level"
    line = "9600 8E1"
    source = "published FMR20 integration, captured exchanges"
    warm_up_ms = 15000
    options = (address(200),)
    fields = (
        float32(0x1388, "level", "m", -3, -20000, 20000),
        float32(0x138A, "distance", "m", -3, 1, 20000),
        float32(0x138C, "signal", "dB", -1),
        float32(0x138E, "temperature", "Cel", -1, -400, 850),
        float32(0x1390, "quality", "/", 0),
        float32(0x1392, "diagnosis", "/", 0),
    )

    def mean(self, words):
        """No values at all where distance and signal are zero: it has not measured yet."""
        if not any(words[at] for at in range(0x138A, 0x138E)):
            return [fault(channel) for channel in self.channels]
        return super().mean(words)

    def requests(self):
        """The whole block, as it was captured: a read that cuts a value is refused."""
        return [(0x1388, 16)]
