"""WitMotion HWT605-485 inclinometer, the model with 16-bit angles, Modbus RTU. Unproven.

Source: published drivers of WitMotion's RS-485 protocol: holding registers 0x3D, 0x3E and 0x3F hold
roll, pitch and yaw as s16, 180 degrees being 32768. The request is printed, no reply is. The 32-bit
model answers at the same address and start with other contents: it is witmotion-tilt.
Factory setting: 9600 8N1, address 0x50. Yaw has no reference that a pole could trust: not used.
"""

from agent.drivers.driver import address, reading
from agent.drivers.modbus import ModbusDevice, int16


class Device(ModbusDevice):
    model = "witmotion-hwt605"
    title = "WitMotion HWT605-485 inclinometer (16-bit angles)"
    kind = "tilt"
    proven = False
    source = "published drivers of WitMotion's RS-485 protocol, no reply captured"
    timeout_ms = 300
    warm_up_ms = 2000
    options = (address(0x50),)
    fields = (
        int16(0x3D, "roll", "deg", -2, -18000, 18000),
        int16(0x3E, "pitch", "deg", -2, -18000, 18000),
    )

    def requests(self):
        """The read that is printed, with yaw."""
        return [(0x3D, 3)]

    def mean(self, words):
        """180 degrees in 32768 counts, halves away from zero."""
        readings = []
        for field in self.fields:
            count = field.decode(words, field.at)
            size = (abs(count) * 18000 + 0x4000) >> 15
            readings.append(reading(field.channel, -size if count < 0 else size))
        return readings
